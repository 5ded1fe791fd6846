"""Who has spoken in adjourned sessions: the projector's rows, so that a year is read in a moment."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from uuid import UUID

import asyncpg

from orchestrator.domain.statistics import Spoken
from orchestrator.store.pool import Connection, Pool

TIME_ZONE = "Europe/Oslo"
"""A meeting belongs to the year that it was in Norway when it was opened."""


@dataclass(frozen=True, slots=True)
class SpokenRow:
    """One person's speeches of one kind in one session; ``public_``: as far as the public may know."""

    person_id: UUID
    group_name: str | None
    kind: str
    number: int
    seconds: float
    public_number: int
    public_seconds: float


@dataclass(frozen=True, slots=True)
class CountedMeeting:
    """A meeting with speeches in it, and those speeches."""

    meeting_id: UUID
    slug: str
    title: str
    body_id: UUID | None
    opened_at: datetime
    lines: tuple[Spoken, ...]


_COLUMNS = [field.name for field in fields(SpokenRow)]
_HELD = "meeting.rehearsal_of is null"
_ANNOUNCED = "and session.public and meeting.public and meeting.status <> 'draft'"


async def put_spoken(connection: Connection, session_id: UUID, rows: Iterable[SpokenRow]) -> None:
    """Let these be the session's rows."""
    await connection.execute("delete from spoken_view where session_id = $1", session_id)
    records = [(session_id, *astuple(row)) for row in rows]
    if records:
        await connection.copy_records_to_table(
            "spoken_view", records=records, columns=["session_id", *_COLUMNS]
        )


class Statistics:
    """Reads those rows. ``public``: only what the public may know, of announced meetings."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def years(self, organisation_id: UUID, *, public: bool) -> list[int]:
        """The years in which a session that has been adjourned was opened, the latest first."""
        rows = await self._pool.fetch(
            "select distinct extract(year from session.opened_at at time zone $2)::int as year "  # noqa: S608
            "from session_view session join meeting_view meeting using (meeting_id) "
            "where session.organisation_id = $1 and session.status = 'adjourned' "
            f"and {_HELD} and session.opened_at is not null {_ANNOUNCED if public else ''} "
            "order by year desc",
            *(organisation_id, TIME_ZONE),
        )
        return [row["year"] for row in rows]

    async def year(
        self, organisation_id: UUID, year: int, body_id: UUID | None = None, *, public: bool
    ) -> list[CountedMeeting]:
        """The meetings of a year, of one body or all, in order."""
        counted = "public_" if public else ""
        rows = await self._pool.fetch(
            "select meeting_id, meeting.slug, meeting.title, meeting.body_id, "  # noqa: S608  (names from here)
            "min(session.opened_at) over (partition by meeting_id) as opened_at, "
            f"person_id, group_name, spoken.kind, {counted}number as number, {counted}seconds as seconds "
            "from spoken_view spoken join session_view session using (session_id) "
            "join meeting_view meeting using (meeting_id) "
            "where session.organisation_id = $1 and ($3::uuid is null or meeting.body_id = $3) "
            "and extract(year from session.opened_at at time zone $4)::int = $2 "
            f"and {_HELD} and {counted}number > 0 {_ANNOUNCED if public else ''} "
            "order by opened_at, meeting_id",
            *(organisation_id, year, body_id, TIME_ZONE),
        )
        return [_meeting(list(rows_of_one)) for _, rows_of_one in groupby(rows, key=itemgetter("meeting_id"))]


def _meeting(rows: list[asyncpg.Record]) -> CountedMeeting:
    names = ("meeting_id", "slug", "title", "body_id", "opened_at")
    lines = (
        Spoken(row["person_id"], row["group_name"], row["kind"], row["number"], row["seconds"])
        for row in rows
    )
    return CountedMeeting(**{name: rows[0][name] for name in names}, lines=tuple(lines))
