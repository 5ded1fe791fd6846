"""Who would keep a room in Teams from opening: it knows presenters by their e-mail address alone. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from orchestrator.domain.rooms import Room
from orchestrator.domain.state import SessionState
from orchestrator.rooms.wanted import presenting


@dataclass(frozen=True, slots=True)
class Uninvited:
    """Somebody without an address who leads or presents these sessions, by title, in a room in Teams."""

    person_id: UUID
    room: Room
    titles: tuple[str, ...]


def uninvited(
    rooms: Mapping[UUID, Room], sessions: Iterable[SessionState], addresses: Mapping[UUID, str]
) -> tuple[Uninvited, ...]:
    """Each once per room. ``addresses``: of those who exist; empty where there is none."""
    found: dict[tuple[UUID, UUID], tuple[str, ...]] = {}
    for state in sessions:
        room = rooms.get(state.room_id) if state.room_id else None
        if room is None or room.provider != "teams" or state.status in ("adjourned", "cancelled"):
            continue
        for person_id in sorted(presenting(state), key=str):
            if addresses.get(person_id) == "":
                key = (room.room_id, person_id)
                found[key] = (*found.get(key, ()), state.title)
    return tuple(
        Uninvited(person_id, rooms[room_id], titles) for (room_id, person_id), titles in found.items()
    )
