"""Why what a room's product made of a meeting has not been fetched, for IT, until it has been."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.store.pool import Pool

Kind = Literal["recording", "transcript", "attendance", "subscription"]


@dataclass(frozen=True, slots=True)
class FetchTrouble:
    """``target_id``: the room; of a subscription the organisation. ``code``: see web/pages/fetch_words.py.

    ``try_at``: when it is tried again; None: not by itself.
    """

    target_id: UUID
    kind: Kind
    organisation_id: UUID
    code: str
    since: datetime
    try_at: datetime | None


class FetchTroubles:
    """Writes, reads and ends them. Every change is told on the channel ``rooms`` with the target's id."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put(self, one: FetchTrouble) -> None:
        """It is so now; of the same trouble the beginning is kept."""
        await self._pool.execute(
            "with put as (insert into fetch_trouble as known (target_id, kind, organisation_id, code, since, "
            "try_at) values ($1, $2, $3, $4, $5, $6) on conflict (target_id, kind) do update set "
            "(code, since, try_at) = (excluded.code, case when known.code = excluded.code then known.since "
            "else excluded.since end, excluded.try_at) returning target_id) "
            "select pg_notify('rooms', target_id::text) from put",
            *(one.target_id, one.kind, one.organisation_id, one.code, one.since, one.try_at),
        )

    async def end(self, target_id: UUID, kind: Kind) -> None:
        """It went well."""
        await self._pool.execute(
            "with gone as (delete from fetch_trouble where target_id = $1 and kind = $2 returning target_id) "
            "select pg_notify('rooms', target_id::text) from gone",
            *(target_id, kind),
        )

    async def end_without_room(self) -> None:
        """Of a room that has been taken away nothing is tried any more."""
        await self._pool.execute(
            "delete from fetch_trouble where kind <> 'subscription' and not exists "
            "(select from room_state where room_id = target_id)"
        )

    async def of(self, organisation_id: UUID) -> Sequence[FetchTrouble]:
        """An organisation's, the oldest first."""
        rows = await self._pool.fetch(
            "select * from fetch_trouble where organisation_id = $1 order by since, target_id, kind",
            organisation_id,
        )
        return [FetchTrouble(**row) for row in rows]
