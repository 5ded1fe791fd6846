"""Rooms that a product has and nobody here knows of, until they are gone there or known here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.store.pool import Pool


@dataclass(frozen=True, slots=True)
class UnknownRoom:
    """``asked_at``: when IT asked that it be taken away; None: nobody has, or it could not be done.

    ``trouble``: why not, by the names of rooms.provider.TroubleCode.
    """

    organisation_id: UUID
    provider: str
    room_id: UUID
    found_at: datetime
    asked_at: datetime | None
    trouble: str | None


class UnknownRooms:
    """Writes and reads them. What has become known since it was written is in no answer."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def note(
        self, organisation_id: UUID, provider: str, there: Collection[UUID], now: datetime
    ) -> Sequence[UUID]:
        """``there``: all rooms that the product has. Returns those that were not noted before."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "delete from unknown_room where organisation_id = $1 and provider = $2 "
                "and (room_id <> all($3) or room_is_known(room_id))",
                *(organisation_id, provider, list(there)),
            )
            rows = await connection.fetch(
                "insert into unknown_room (organisation_id, provider, room_id, found_at) "
                "select organisation_id, provider, room_id, $4 "
                "from room_account, unnest($3::uuid[]) as room_id "
                "where organisation_id = $1 and provider = $2 and not room_is_known(room_id) "
                "order by room_id for key share of room_account on conflict do nothing returning room_id",
                *(organisation_id, provider, list(there), now),
            )
        return [row["room_id"] for row in rows]

    async def of(self, organisation_id: UUID) -> Sequence[UnknownRoom]:
        """An organisation's, by product, the first found first."""
        rows = await self._pool.fetch(
            "select * from unknown_room where organisation_id = $1 and not room_is_known(room_id) "
            "order by provider, found_at, room_id",
            organisation_id,
        )
        return [UnknownRoom(**row) for row in rows]

    async def ask(self, organisation_id: UUID, room_ids: Collection[UUID], now: datetime) -> bool:
        """IT wants these taken away: told on the channel ``rooms``. False: there are none such."""
        told = await self._pool.fetch(
            "with asked as (update unknown_room set asked_at = $3, trouble = null where organisation_id = $1 "
            "and room_id = any($2) and not room_is_known(room_id) returning room_id) "
            "select pg_notify('rooms', room_id::text) from asked",
            *(organisation_id, list(room_ids), now),
        )
        return bool(told)

    async def asked(self) -> Sequence[UnknownRoom]:
        """Those that are to be taken away, of every organisation."""
        rows = await self._pool.fetch(
            "select * from unknown_room where asked_at is not null and not room_is_known(room_id) "
            "order by organisation_id, provider, room_id"
        )
        return [UnknownRoom(**row) for row in rows]

    async def is_asked(self, one: UnknownRoom) -> bool:
        """Whether this is to be taken away still."""
        return await self._pool.fetchval(  # type: ignore[no-any-return]
            "select exists (select from unknown_room where organisation_id = $1 and provider = $2 "
            "and room_id = $3 and asked_at is not null and not room_is_known(room_id))",
            *(one.organisation_id, one.provider, one.room_id),
        )

    async def fail(self, organisation_id: UUID, provider: str, trouble: str) -> None:
        """What IT asked for in this product could not be done: it takes another decision."""
        await self._pool.execute(
            "update unknown_room set asked_at = null, trouble = $3 "
            "where organisation_id = $1 and provider = $2 and asked_at is not null",
            *(organisation_id, provider, trouble),
        )

    async def forget(self, one: UnknownRoom) -> None:
        """It is gone."""
        await self._pool.execute(
            "delete from unknown_room where organisation_id = $1 and provider = $2 and room_id = $3",
            *(one.organisation_id, one.provider, one.room_id),
        )
