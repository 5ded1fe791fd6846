"""Why somebody is absent, asks for leave or is questioned, in their own words: apart from the log.

Nobody is told of what is written here, on any channel: whoever may see it asks.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.domain.reasons import Occasion
from orchestrator.store.pool import Connection, Pool
from orchestrator.store.retention import delete_old

_ONE = (
    "organisation_id = $1 and session_id = $2 and subject = $3 and person_id = $4 "
    "and item_id is not distinct from $5"
)


@dataclass(frozen=True, slots=True)
class Reason:
    """What somebody wrote, and what for."""

    organisation_id: UUID
    session_id: UUID
    occasion: Occasion
    text: str
    written_at: datetime


class ReasonStore:
    """Writes, reads and deletes reasons. Another organisation's are not found."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put(self, one: Reason) -> None:
        """Keep it in the place of what was written before; nothing of somebody who has been erased."""
        await self._pool.execute(
            "insert into reason "
            "(organisation_id, session_id, subject, person_id, item_id, text, written_at) "
            "select $1, $2, $3, id, $5, $6, $7 from person where id = $4 and organisation_id = $1 "
            "on conflict (session_id, person_id, subject, "
            "coalesce(item_id, '00000000-0000-0000-0000-000000000000')) "
            "do update set (text, written_at) = (excluded.text, excluded.written_at) "
            "where reason.organisation_id = excluded.organisation_id",
            *(one.organisation_id, one.session_id, *one.occasion, one.text, one.written_at),
        )

    async def text(self, organisation_id: UUID, session_id: UUID, occasion: Occasion) -> str | None:
        """What was written; None: nothing."""
        text: str | None = await self._pool.fetchval(
            f"select text from reason where {_ONE}",  # noqa: S608
            *(organisation_id, session_id, *occasion),
        )
        return text

    async def delete(self, organisation_id: UUID, session_id: UUID, occasion: Occasion) -> None:
        """Take it out of the database, if it is there."""
        await self._pool.execute(
            f"delete from reason where {_ONE}",  # noqa: S608
            *(organisation_id, session_id, *occasion),
        )

    async def purge(self, now: datetime) -> int:
        """Delete what is older than its municipality keeps it, which is as long as a chat; how many."""
        return await delete_old(self._pool, "reason", now)


async def keep_only(connection: Connection, session_id: UUID, occasions: Collection[Occasion]) -> None:
    """Delete every reason of the session that is for none of these: an absence that was withdrawn, say."""
    rows = list(occasions)
    await connection.execute(
        "delete from reason where session_id = $1 and not exists (select from "
        "unnest($2::text[], $3::uuid[], $4::uuid[]) as one (subject, person_id, item_id) "
        "where one.subject = reason.subject and one.person_id = reason.person_id "
        "and one.item_id is not distinct from reason.item_id)",
        session_id,
        [one.subject for one in rows],
        [one.person_id for one in rows],
        [one.item_id for one in rows],
    )
