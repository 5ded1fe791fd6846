"""Events, rows and a seeded organisation for the tests of the store."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from orchestrator.domain.base import Event
from orchestrator.domain.meeting import MeetingCancelled
from orchestrator.store.events import EventStore, Recorded, TooLate, VersionConflict
from orchestrator.store.pool import Pool, database_now

FJORDBY = UUID(int=1)
SKOGVIK = UUID(int=2)


def happened(note: str, at: datetime | None = None) -> Event:
    return MeetingCancelled(at=at or datetime.now(UTC), note=note)


def note_of(recorded: Recorded) -> str:
    assert isinstance(recorded.event, MeetingCancelled)
    return recorded.event.note


async def append(
    pool: Pool,
    stream: str,
    expected: int,
    notes: Sequence[str],
    command_id: UUID | None = None,
    *,
    organisation_id: UUID = FJORDBY,
) -> list[Recorded]:
    """Append as the service does, with the time as it is now."""
    return await EventStore(pool).append(
        organisation_id,
        stream,
        expected,
        [happened(note) for note in notes],
        recorded_at=await database_now(pool),
        actor="test",
        command_id=command_id,
    )


async def append_until_done(pool: Pool, stream: str, note: str) -> Recorded:
    """Append one event as a command handler does: read the version again after a conflict."""
    store, command_id = EventStore(pool), uuid4()
    while True:
        version = len(await store.read_stream(stream))
        try:
            return (await append(pool, stream, version, [note], command_id))[0]
        except (VersionConflict, TooLate):
            await asyncio.sleep(0)
