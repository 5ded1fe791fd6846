"""The names of people by id: never in the log, looked up where they are shown."""

from collections.abc import Mapping
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.domain.timeline import Name
from orchestrator.store.directory import Directory

FRESH_SECONDS = 5.0
"""A corrected name is shown everywhere within this time."""


class People:
    """Names of an organisation's people, read from the directory at most every five seconds."""

    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._names: dict[UUID, tuple[float, Mapping[UUID, Name]]] = {}

    async def names(self, organisation_id: UUID) -> Mapping[UUID, Name]:
        """Everybody's name and group by id; the same object until one of them changes."""
        read_at, names = self._names.get(organisation_id, (float("-inf"), {}))
        if self._clock.monotonic() - read_at >= FRESH_SECONDS:
            read_at = self._clock.monotonic()
            people = await self._directory.people(organisation_id)
            read: Mapping[UUID, Name] = {
                id: Name(name=person.name, group=person.group_short or person.group_name or None)
                for id, person in people.items()
            }
            names = names if read == names else read
            self._names[organisation_id] = (read_at, names)
        return names

    def forget(self, organisation_id: UUID) -> None:
        """Somebody was added, corrected or erased: look again next time."""
        self._names.pop(organisation_id, None)
