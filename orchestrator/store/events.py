"""The log of events: appended in one order, kept for ever, read by stream or from a position."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

import asyncpg

from orchestrator.domain.base import Event
from orchestrator.domain.codec import decode, encode
from orchestrator.store.pool import Pool
from orchestrator.store.sealed import seal, unseal
from orchestrator.store.secrets import Vault

_NOTHING: Mapping[str, int] = MappingProxyType({})


class VersionConflict(Exception):
    """The stream has moved on since it was read: read it again and decide again."""

    def __init__(self, stream: str, expected: int, found: int) -> None:
        super().__init__(f"{stream} is at version {found}, not {expected}")
        self.stream, self.expected, self.found = stream, expected, found


class TooLate(Exception):
    """The events were decided over 1 s ago by the database's clock: decide again, with the time it is now."""

    def __init__(self, stream: str, behind: float) -> None:
        super().__init__(f"events for {stream} are {behind:.3f} s old")
        self.behind = behind
        """Seconds. If deciding again does not help, it is our clock that is behind the database's."""


class ForeignStream(Exception):
    """The stream belongs to another organisation; to whoever asked it does not exist."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as the log keeps it. ``version`` is its number within the stream, from 1."""

    log_position: int
    organisation_id: UUID
    stream: str
    version: int
    recorded_at: datetime
    actor: str
    command_id: UUID | None
    event: Event


@dataclass(frozen=True, slots=True)
class Settled:
    """What was in the streams at ``read_begun`` (the database's clock).

    Whatever is appended later has a ``recorded_at`` no earlier than 1 s before ``read_begun``.
    """

    read_begun: datetime
    events: dict[str, list[Recorded]]


class EventStore:
    """Appends to the log and reads from it. Raises ``pool.UNAVAILABLE`` while the database is away."""

    def __init__(self, pool: Pool, vault: Vault | None = None) -> None:
        """``vault``: seals what leads into rooms (sealed.py)."""
        self._pool = pool
        self._vault = vault

    async def append(
        self,
        organisation_id: UUID,
        stream: str,
        expected_version: int,
        events: Sequence[Event],
        *,
        recorded_at: datetime,
        actor: str,
        command_id: UUID | None,
    ) -> list[Recorded]:
        """Append all events or none, after event ``expected_version`` (0: a new stream), and return them.

        A ``command_id`` that this stream already knows appends nothing: what the command produced the first
        time is returned, with the versions it has. Raises VersionConflict, TooLate, ForeignStream.
        """
        if not events:
            return []
        try:
            rows = await self._pool.fetch(
                "select * from append_events($1, $2, $3, $4, $5, $6, $7)",
                *(organisation_id, stream, expected_version, recorded_at, actor, command_id),
                [self._kept(event) for event in events],
            )
        except asyncpg.PostgresError as error:
            raise _refusal(error, stream, expected_version) from error
        return [self._recorded(row) for row in rows]

    async def read_stream(self, stream: str, after: int = 0) -> list[Recorded]:
        """The events of a stream with a version above ``after``."""
        rows = await self._pool.fetch(
            "select * from event where stream = $1 and version > $2 order by version", stream, after
        )
        return [self._recorded(row) for row in rows]

    async def read_log(self, after: int, limit: int) -> list[Recorded]:
        """At most ``limit`` events above position ``after``. None ever appears below one already read."""
        rows = await self._pool.fetch(
            "select * from event where log_position > $1 order by log_position limit $2", after, limit
        )
        return [self._recorded(row) for row in rows]

    async def read_command(self, stream: str, command_id: UUID) -> list[Recorded]:
        """What this command, or another whose id has the same first half, already produced."""
        first = command_id.bytes[:8]
        rows = await self._pool.fetch(
            "select * from event where stream = $1 and command_id between $2 and $3 order by version",
            *(stream, UUID(bytes=first + b"\x00" * 8), UUID(bytes=first + b"\xff" * 8)),
        )
        return [self._recorded(row) for row in rows]

    async def head(self) -> int:
        """The highest position in the log; 0 if it is empty."""
        position: int = await self._pool.fetchval("select coalesce(max(log_position), 0) from event")
        return position

    async def read_settled(self, streams: Iterable[str], after: Mapping[str, int] = _NOTHING) -> Settled:
        """The events of ``streams``, above the version ``after`` has for a stream, and from when they hold.

        Appends in flight are waited for first. See Settled.
        """
        names = list(streams)
        async with self._pool.acquire() as connection:
            # Two statements, not one transaction: the second sees all that the first waited for.
            read_begun: datetime = await connection.fetchval("select settle()")
            rows = await connection.fetch(
                "select event.* from unnest($1::text[], $2::int[]) as wanted (stream, after) "
                "join event on event.stream = wanted.stream and event.version > wanted.after "
                "order by log_position",
                names,
                [after.get(name, 0) for name in names],
            )
        events: dict[str, list[Recorded]] = {name: [] for name in names}
        for row in rows:
            events[row["stream"]].append(self._recorded(row))
        return Settled(read_begun, events)

    async def redact(self, stream: str, version: int, field: str) -> bool:
        """Black out one free text (``field`` may be a path, ``decision.text``); False if there is none there.

        Views, files and states held in memory must be rebuilt afterwards.
        """
        done: bool = await self._pool.fetchval(
            "select redact_event($1, $2, $3)", stream, version, field.split(".")
        )
        return done

    def _kept(self, event: Event) -> dict[str, Any]:
        data = encode(event)
        return seal(data, self._vault) if self._vault else data

    def _recorded(self, row: asyncpg.Record) -> Recorded:
        data = unseal(row["data"], self._vault) if self._vault else row["data"]
        return Recorded(
            log_position=row["log_position"],
            organisation_id=row["organisation_id"],
            stream=row["stream"],
            version=row["version"],
            recorded_at=row["recorded_at"],
            actor=row["actor"],
            command_id=row["command_id"],
            event=decode(data),
        )


def _refusal(error: asyncpg.PostgresError, stream: str, expected: int) -> Exception:
    match error.sqlstate:
        case "EV001":
            return VersionConflict(stream, expected, int(error.detail or 0))
        case "EV002":
            return TooLate(stream, float(error.detail or 0))
        case "EV003":
            return ForeignStream(stream)
    return error
