"""What has become of each room in the product it is in, and how to reach it there (encrypted)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from orchestrator.store.pool import Pool
from orchestrator.store.secrets import Vault

State = Literal["asked", "created", "verified", "open", "closed", "failed"]
"""verified: as wanted, and its door still shut. open: as wanted, and people may come in."""


@dataclass(frozen=True, slots=True)
class RoomStanding:
    """How a room stands, for pages: nothing in it is secret.

    ``door``: as last read back; None while that is not known. ``trouble``: why the last try failed, by the
    names of rooms.provider.TroubleCode; ``differs``: which options were not as wanted. ``sending``: likewise,
    why its picture does not come to its source.
    """

    room_id: UUID
    organisation_id: UUID
    state: State
    changed_at: datetime
    door: Literal["shut", "open", "locked"] | None = None
    trouble: str | None = None
    detail: str = ""
    differs: tuple[str, ...] = ()
    tries: int = 0
    try_at: datetime | None = None
    verified_at: datetime | None = None
    sending: str | None = None

    @property
    def joinable(self) -> bool:
        """Whether a way in may be shown to those who may come in."""
        return self.state == "open" and self.door in ("open", "locked")


class RoomStates:
    """Reads and writes them. Every change is told on the channel ``rooms`` with the room's id."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool = pool
        self._vault = vault

    async def standing(self, room_id: UUID) -> RoomStanding | None:
        """How this room stands; None: nothing has been done about it yet."""
        row = await self._pool.fetchrow(f"{_STANDING} where room_id = $1", room_id)
        return _standing(row) if row else None

    async def of_meeting(self, meeting_id: UUID) -> Mapping[UUID, RoomStanding]:
        """How the rooms of a meeting stand, by room."""
        rows = await self._pool.fetch(
            f"{_STANDING} where room_id in (select room_id from room_view where meeting_id = $1)",  # noqa: S608
            meeting_id,
        )
        return {row["room_id"]: _standing(row) for row in rows}

    async def all(self, organisation_id: UUID | None = None) -> Sequence[RoomStanding]:
        """How every room of an organisation, or of all, stands."""
        rows = await self._pool.fetch(
            f"{_STANDING} where $1::uuid is null or organisation_id = $1 order by room_id", organisation_id
        )
        return [_standing(row) for row in rows]

    async def organisations_in(self, provider: str) -> frozenset[UUID]:
        """Those that have a room in this product, or ask for one, and want it still."""
        rows = await self._pool.fetch(
            "select distinct room_state.organisation_id from room_state join room_view using (room_id) "
            "where provider = $1",
            provider,
        )
        return frozenset(row["organisation_id"] for row in rows)

    async def troubled(self, organisation_id: UUID) -> Sequence[RoomStanding]:
        """The rooms of an organisation that something is wrong with."""
        rows = await self._pool.fetch(
            f"{_STANDING} where organisation_id = $1 and (trouble is not null or sending is not null) "
            "order by changed_at, room_id",
            organisation_id,
        )
        return [_standing(row) for row in rows]

    async def made_in(self, provider: str, *, shut: bool) -> Sequence[UUID]:
        """The rooms in a product that somebody may be in, or whose picture is in trouble; ``shut``: all."""
        rows = await self._pool.fetch(
            "select room_id from room_state join room_view using (room_id) where provider = $1 "
            "and ($2 or door is distinct from 'shut' or sending is not null)",
            *(provider, shut),
        )
        return [row["room_id"] for row in rows]

    async def note_sending(self, room_id: UUID, trouble: str | None) -> None:
        """Why the room's picture does not come to its source; None: it does, or is not to."""
        await self._pool.execute(
            "with put as (update room_state set sending = $2 where room_id = $1 "
            "and sending is distinct from $2 returning room_id) "
            "select pg_notify('rooms', room_id::text) from put",
            *(room_id, trouble),
        )

    async def try_now(self, organisation_id: UUID, room_id: UUID, now: datetime) -> bool:
        """What was to be tried again later is due now; False: the organisation has no such room."""
        return (
            await self._pool.fetchval(
                "with due as (update room_state set try_at = least(try_at, $3) where organisation_id = $1 "
                "and room_id = $2 returning room_id) "
                "select pg_notify('rooms', room_id::text) is not null from due",
                *(organisation_id, room_id, now),
            )
            or False
        )

    async def ref(self, room_id: UUID) -> dict[str, Any] | None:
        """What the product calls the room, as kept by ``put``. Raises WrongKey."""
        kept = await self._pool.fetchval("select ref from room_state where room_id = $1", room_id)
        if kept is None:
            return None
        found: dict[str, Any] = json.loads(self._vault.decrypt(kept))
        return found

    async def put(self, standing: RoomStanding, ref: Mapping[str, Any] | None = None) -> None:
        """Write how a room stands; no ``ref`` leaves what is remembered of it."""
        kept = None if ref is None else self._vault.encrypt(json.dumps(ref))
        await self._pool.execute(
            "with put as (insert into room_state (room_id, organisation_id, state, door, ref, trouble, "
            "detail, differs, tries, try_at, verified_at, changed_at) "
            "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
            "on conflict (room_id) do update set (state, door, ref, trouble, detail, differs, tries, try_at, "
            "verified_at, changed_at) = (excluded.state, excluded.door, coalesce($5, room_state.ref), "
            "excluded.trouble, excluded.detail, excluded.differs, excluded.tries, excluded.try_at, "
            "excluded.verified_at, excluded.changed_at) returning room_id) "
            "select pg_notify('rooms', room_id::text) from put",
            *(standing.room_id, standing.organisation_id, standing.state, standing.door, kept),
            *(standing.trouble, standing.detail, list(standing.differs), standing.tries, standing.try_at),
            *(standing.verified_at, standing.changed_at),
        )

    async def forget(self, room_id: UUID) -> None:
        """The room is gone, and nobody wants it."""
        await self._pool.execute(
            "with gone as (delete from room_state where room_id = $1 returning room_id) "
            "select pg_notify('rooms', room_id::text) from gone",
            room_id,
        )


_STANDING = (
    "select room_id, organisation_id, state, door, trouble, detail, differs, tries, try_at, verified_at, "
    "changed_at, sending from room_state"
)


def _standing(row: asyncpg.Record) -> RoomStanding:
    return RoomStanding(**{**row, "differs": tuple(row["differs"])})
