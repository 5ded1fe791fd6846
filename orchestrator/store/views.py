"""What pages read, made from the log. The projector writes rows and its checkpoint in one transaction."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import asyncpg

from orchestrator.store.pool import Connection, Pool
from orchestrator.store.room_rows import RoomView

MeetingStatus = Literal["draft", "published", "cancelled"]
SessionStatus = Literal["planned", "open", "break", "closed_doors", "adjourned", "cancelled"]

STILL_EXPECTED = timedelta(hours=12)
"""How long after its planned start a session that has not been opened is still shown as upcoming."""


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A meeting as announced. ``public``: neither internal nor cancelled before it was announced.

    A draft is invisible outside all the same. ``rehearsal_of``: what this, if anything, only rehearses.
    """

    meeting_id: UUID
    organisation_id: UUID
    slug: str
    body_id: UUID | None
    title: str
    status: MeetingStatus
    public: bool
    starts_at: datetime
    ends_at: datetime
    place: str
    kind: str
    changed_at: datetime | None
    version: int
    rehearsal_of: UUID | None = None

    @property
    def announced(self) -> bool:
        """Whether the public may see it."""
        return self.public and self.status != "draft"


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as of now. ``current_item_title`` is the public one; behind closed doors it is null."""

    session_id: UUID
    meeting_id: UUID
    organisation_id: UUID
    title: str
    kind: str
    status: SessionStatus
    public: bool
    starts_at: datetime
    ends_at: datetime
    opened_at: datetime | None
    adjourned_at: datetime | None
    current_item_id: UUID | None
    current_item_number: str | None
    current_item_title: str | None
    current_speaker_id: UUID | None
    broadcast_id: UUID
    source_id: UUID | None
    recording_published: bool
    duration_seconds: float | None
    version: int
    room_id: UUID | None = None
    by_itself: bool = False
    recording_deleted_at: datetime | None = None

    @property
    def going_on(self) -> bool:
        """Whether it has been opened and not adjourned."""
        return self.status in ("open", "break", "closed_doors")


@dataclass(frozen=True, slots=True)
class Listed:
    """A session on a list, and the meeting it belongs to."""

    meeting: MeetingView
    session: SessionView


_MEETING = tuple(field.name for field in fields(MeetingView))
_SESSION = tuple(field.name for field in fields(SessionView))


def _upsert(table: str, columns: tuple[str, ...]) -> str:
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
    return (
        f"insert into {table} ({', '.join(columns)}) values ({places}) "  # noqa: S608  (names from this file)
        f"on conflict ({columns[0]}) do update set {changes}"
    )


_PUT_MEETING = _upsert("meeting_view", _MEETING)
_PUT_SESSION = _upsert("session_view", _SESSION)
_ANNOUNCED = "meeting.public and meeting.status <> 'draft'"
_LISTED = (
    "select "  # noqa: S608  (names from this file)
    + ", ".join(
        [*(f"meeting.{name} as m_{name}" for name in _MEETING), *(f"session.{name}" for name in _SESSION)]
    )
    + " from session_view session join meeting_view meeting using (meeting_id) "
)


# Written by the projector


async def checkpoint(connection: Connection, name: str) -> int:
    """The position ``name`` has come to, 0 at first. Whoever else asks waits until the transaction ends."""
    await connection.execute("insert into checkpoint values ($1, 0) on conflict do nothing", name)
    position: int = await connection.fetchval(
        "select log_position from checkpoint where name = $1 for update", name
    )
    return position


async def set_checkpoint(connection: Connection, name: str, position: int) -> None:
    """``name`` has come to ``position``."""
    await connection.execute(
        "insert into checkpoint values ($1, $2) "
        "on conflict (name) do update set log_position = excluded.log_position",
        *(name, position),
    )


async def put_meeting(connection: Connection, row: MeetingView) -> None:
    """Write the row; its slug leads to it from now on, unless the slug is another meeting's."""
    await connection.execute(_PUT_MEETING, *[getattr(row, name) for name in _MEETING])
    await connection.execute(
        "insert into meeting_address values ($1, $2, $3) on conflict do nothing",
        *(row.organisation_id, row.slug, row.meeting_id),
    )


async def put_session(connection: Connection, row: SessionView) -> None:
    """Write the row."""
    await connection.execute(_PUT_SESSION, *[getattr(row, name) for name in _SESSION])


async def clear(connection: Connection, name: str) -> None:
    """Forget all rows and the checkpoint ``name``, to make them anew. Addresses are kept."""
    await connection.execute("delete from meeting_view")
    await connection.execute("delete from session_view")
    await connection.execute("delete from room_view")
    await connection.execute("delete from spoken_view")
    await connection.execute("delete from impartiality_view")
    await set_checkpoint(connection, name, 0)


class Views:
    """Reads what the projector wrote. What is for the public holds announced meetings only."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def claim_address(self, organisation_id: UUID, slug: str, meeting_id: UUID) -> bool:
        """Give the meeting this slug for good; False if it is another meeting's. Ask before planning it."""
        owner = await self._pool.fetchval(
            "insert into meeting_address as address values ($1, $2, $3) "
            "on conflict (organisation_id, slug) do update set meeting_id = address.meeting_id "
            "returning meeting_id",
            *(organisation_id, slug, meeting_id),
        )
        return bool(owner == meeting_id)

    # For everybody

    async def live_now(self, organisation_id: UUID) -> list[Listed]:
        """Public sessions that have been opened and not adjourned, in breaks and behind closed doors too."""
        return _listed(
            await self._pool.fetch(
                f"{_LISTED} where session.organisation_id = $1 and session.public and {_ANNOUNCED} "
                "and session.status in ('open', 'break', 'closed_doors') "
                "order by session.opened_at, session_id",
                organisation_id,
            )
        )

    async def upcoming(self, organisation_id: UUID, now: datetime, limit: int = 20) -> list[MeetingView]:
        """Announced meetings, cancelled ones too, with something to come and nothing going on; by start."""
        rows = await self._pool.fetch(
            f"select * from meeting_view meeting where organisation_id = $1 and {_ANNOUNCED} and ("  # noqa: S608
            "  exists (select from session_view session where session.meeting_id = meeting.meeting_id"
            "    and session.status in ('planned', 'cancelled')"
            "    and greatest(session.starts_at, meeting.starts_at) >= $2)"  # moved, and its session not yet
            "  or starts_at >= $2 and not exists"
            "    (select from session_view session where session.meeting_id = meeting.meeting_id)"
            ") and not exists (select from session_view session where session.meeting_id = meeting.meeting_id"
            "    and session.status in ('open', 'break', 'closed_doors')) "
            "order by starts_at, meeting_id limit $3",
            *(organisation_id, now - STILL_EXPECTED, limit),
        )
        return [MeetingView(**row) for row in rows]

    async def latest_recordings(
        self, organisation_id: UUID, limit: int = 20, offset: int = 0
    ) -> list[Listed]:
        """Public sessions whose recording is published, the latest first."""
        return _listed(
            await self._pool.fetch(
                f"{_LISTED} where session.organisation_id = $1 and session.public and {_ANNOUNCED} "
                "and session.status = 'adjourned' and session.recording_published "
                "order by session.adjourned_at desc, session_id limit $2 offset $3",
                *(organisation_id, limit, offset),
            )
        )

    async def calendar(self, organisation_id: UUID, start: datetime, end: datetime) -> list[MeetingView]:
        """Announced meetings any part of which lies between ``start`` and ``end``, in order."""
        rows = await self._pool.fetch(
            f"select * from meeting_view meeting where organisation_id = $1 and {_ANNOUNCED} "  # noqa: S608
            "and starts_at < $3 and ends_at > $2 order by starts_at, meeting_id",
            *(organisation_id, start, end),
        )
        return [MeetingView(**row) for row in rows]

    # For those with a role, or after asking ``announced``

    async def programme(self, organisation_id: UUID, start: datetime, end: datetime) -> list[Listed]:
        """Every session any part of which is between ``start`` and ``end``, of drafts and internal ones too.

        One that goes on lasts until it is adjourned.
        """
        rows = await self._pool.fetch(
            f"{_LISTED} where session.organisation_id = $1 and session.starts_at < $3 and (session.ends_at "
            "> $2 or session.status in ('open', 'break', 'closed_doors')) order by session.starts_at, "
            "session_id",
            *(organisation_id, start, end),
        )
        return _listed(rows)

    async def next_start(self, organisation_id: UUID, after: datetime) -> datetime | None:
        """When the next session that is not cancelled begins; None if there is none."""
        found: datetime | None = await self._pool.fetchval(
            "select min(starts_at) from session_view where organisation_id = $1 and starts_at >= $2 "
            "and status <> 'cancelled'",
            *(organisation_id, after),
        )
        return found

    async def meetings(self, organisation_id: UUID, limit: int = 50, offset: int = 0) -> list[MeetingView]:
        """All meetings, drafts and internal ones too, the latest start first."""
        rows = await self._pool.fetch(
            "select * from meeting_view where organisation_id = $1 "
            "order by starts_at desc, meeting_id limit $2 offset $3",
            *(organisation_id, limit, offset),
        )
        return [MeetingView(**row) for row in rows]

    async def meeting(self, organisation_id: UUID, meeting_id: UUID) -> MeetingView | None:
        """The meeting with this id, announced or not."""
        row = await self._pool.fetchrow(
            "select * from meeting_view where organisation_id = $1 and meeting_id = $2",
            organisation_id,
            meeting_id,
        )
        return MeetingView(**row) if row else None

    async def rehearsals(
        self, organisation_id: UUID | None = None, meeting_id: UUID | None = None
    ) -> list[MeetingView]:
        """The rehearsals of a meeting, of an organisation's, or all that there are; by start."""
        rows = await self._pool.fetch(
            "select * from meeting_view where rehearsal_of is not null "
            "and ($1::uuid is null or organisation_id = $1) and ($2::uuid is null or rehearsal_of = $2) "
            "order by starts_at, meeting_id",
            *(organisation_id, meeting_id),
        )
        return [MeetingView(**row) for row in rows]

    async def sources_taken(
        self, organisation_id: UUID, source_ids: Collection[UUID], start: datetime, end: datetime
    ) -> list[UUID]:
        """Which of these sources a public session uses, or is to use, between ``start`` and ``end``."""
        rows = await self._pool.fetch(
            "select distinct source_id from session_view where organisation_id = $1 and source_id = any($2) "
            "and public and status not in ('adjourned', 'cancelled') and starts_at < $4 "
            "and (ends_at > $3 or status <> 'planned')",
            *(organisation_id, list(source_ids), start, end),
        )
        return [row["source_id"] for row in rows]

    async def meeting_by_slug(self, organisation_id: UUID, slug: str) -> MeetingView | None:
        """The meeting at this address, announced or not."""
        row = await self._pool.fetchrow(
            "select meeting_view.* from meeting_address "
            "join meeting_view using (organisation_id, meeting_id) "
            "where organisation_id = $1 and meeting_address.slug = $2",
            *(organisation_id, slug),
        )
        return MeetingView(**row) if row else None

    async def session(self, organisation_id: UUID, session_id: UUID) -> SessionView | None:
        """The session with this id."""
        row = await self._pool.fetchrow(
            "select * from session_view where organisation_id = $1 and session_id = $2",
            organisation_id,
            session_id,
        )
        return SessionView(**row) if row else None

    async def session_by_broadcast(self, organisation_id: UUID, broadcast_id: UUID) -> SessionView | None:
        """The session this broadcast belongs to."""
        row = await self._pool.fetchrow(
            "select * from session_view where organisation_id = $1 and broadcast_id = $2",
            organisation_id,
            broadcast_id,
        )
        return SessionView(**row) if row else None

    async def sessions_of(self, organisation_id: UUID, meeting_id: UUID) -> list[SessionView]:
        """The sessions of a meeting in the order of the programme."""
        rows = await self._pool.fetch(
            "select * from session_view where organisation_id = $1 and meeting_id = $2 "
            "order by starts_at, session_id",
            *(organisation_id, meeting_id),
        )
        return [SessionView(**row) for row in rows]

    async def room(self, room_id: UUID) -> RoomView | None:
        """The room with this id, in whichever organisation."""
        row = await self._pool.fetchrow("select * from room_view where room_id = $1", room_id)
        return RoomView(**row) if row else None

    async def room_stands(self, room_id: UUID) -> bool:
        """Whether anything is kept of a room with this id, also after it was removed from its meeting."""
        return bool(
            await self._pool.fetchval("select exists (select from room_state where room_id = $1)", room_id)
        )

    async def rooms(self, organisation_id: UUID | None = None) -> list[RoomView]:
        """Every room of an organisation, or of all."""
        rows = await self._pool.fetch(
            "select * from room_view where $1::uuid is null or organisation_id = $1 order by name, room_id",
            organisation_id,
        )
        return [RoomView(**row) for row in rows]

    async def rooms_between(self, start: datetime, end: datetime) -> list[UUID]:
        """The rooms of sessions that go on, or any part of which is planned between ``start`` and ``end``."""
        rows = await self._pool.fetch(
            "select distinct room_id from session_view where room_id is not null "
            "and status not in ('adjourned', 'cancelled') and starts_at <= $2 "
            "and (ends_at > $1 or status <> 'planned')",
            *(start, end),
        )
        return [row["room_id"] for row in rows]

    async def sessions_in(self, room_id: UUID) -> list[SessionView]:
        """The sessions that point at a room, by start; cancelled ones too."""
        rows = await self._pool.fetch(
            "select * from session_view where room_id = $1 order by starts_at, session_id", room_id
        )
        return [SessionView(**row) for row in rows]

    async def sessions_near(self, start: datetime, end: datetime) -> list[SessionView]:
        """Of every organisation: what goes on, or is yet to, and is planned between ``start`` and ``end``."""
        rows = await self._pool.fetch(
            "select * from session_view where status not in ('adjourned', 'cancelled') "
            "and starts_at <= $2 and (ends_at > $1 or status <> 'planned') order by starts_at, session_id",
            *(start, end),
        )
        return [SessionView(**row) for row in rows]

    async def deleted_broadcasts(self) -> list[UUID]:
        """The broadcasts of every organisation whose recordings have been deleted."""
        rows = await self._pool.fetch(
            "select broadcast_id from session_view where recording_deleted_at is not null"
        )
        return [row["broadcast_id"] for row in rows]

    async def sessions_not_adjourned(self) -> list[SessionView]:
        """Every session of every organisation that goes on or may yet: what effects look after."""
        rows = await self._pool.fetch(
            "select * from session_view where status not in ('adjourned', 'cancelled')"
        )
        return [SessionView(**row) for row in rows]


def _listed(rows: list[asyncpg.Record]) -> list[Listed]:
    return [
        Listed(
            MeetingView(**{name: row[f"m_{name}"] for name in _MEETING}),
            SessionView(**{name: row[name] for name in _SESSION}),
        )
        for row in rows
    ]
