"""Planning the rooms of a meeting; see rooms.py."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.domain.base import Command, Event
from orchestrator.domain.errors import Refused
from orchestrator.domain.meeting import MeetingState, meeting, require_standing
from orchestrator.domain.roles import Actor
from orchestrator.domain.rooms import Room


class PlanRoom(Command):
    """Plan a room on a UUID made by the sender; sent again with the same content it is harmless."""

    type: Literal["plan_room"] = "plan_room"
    room: Room


class RoomPlanned(Event):
    type: Literal["room_planned"] = "room_planned"
    room: Room


class ChangeRoom(Command):
    """Plan it anew. The product stays: a room in another product is another room."""

    type: Literal["change_room"] = "change_room"
    room: Room


class RoomChanged(RoomPlanned):
    type: Literal["room_changed"] = "room_changed"  # type: ignore[assignment]


class RemoveRoom(Command):
    """Close it and take it away; no session may point at it."""

    type: Literal["remove_room"] = "remove_room"
    room_id: UUID


class RoomRemoved(Event):
    type: Literal["room_removed"] = "room_removed"
    room_id: UUID


@meeting.decides(PlanRoom)
def plan_room(state: MeetingState, command: PlanRoom, at: datetime, _: Actor) -> Sequence[Event]:
    require_standing(state)
    known = state.rooms.get(command.room.room_id)
    if known == command.room:
        return []
    if known is not None:
        raise Refused("room_exists")
    return [RoomPlanned(at=at, room=command.room)]


@meeting.decides(ChangeRoom)
def change_room(state: MeetingState, command: ChangeRoom, at: datetime, _: Actor) -> Sequence[Event]:
    require_standing(state)
    known = _room(state, command.room.room_id)
    if known.provider != command.room.provider:
        raise Refused("provider_stays", "plan another room in the other product")
    return [] if known == command.room else [RoomChanged(at=at, room=command.room)]


@meeting.evolves(RoomPlanned, RoomChanged)
def _room_planned(state: MeetingState, event: RoomPlanned) -> MeetingState:
    return state.replace(rooms={**state.rooms, event.room.room_id: event.room})


@meeting.decides(RemoveRoom)
def remove_room(state: MeetingState, command: RemoveRoom, at: datetime, _: Actor) -> Sequence[Event]:
    if command.room_id in state.rooms:
        return [RoomRemoved(at=at, room_id=command.room_id)]
    if command.room_id in state.removed_rooms:
        return []
    raise Refused("unknown_room")


@meeting.evolves(RoomRemoved)
def _room_removed(state: MeetingState, event: RoomRemoved) -> MeetingState:
    return state.replace(
        rooms={key: room for key, room in state.rooms.items() if key != event.room_id},
        removed_rooms=state.removed_rooms | {event.room_id},
    )


def _room(state: MeetingState, room_id: UUID) -> Room:
    room = state.rooms.get(room_id)
    if room is None:
        raise Refused("unknown_room")
    return room


COMMANDS = frozenset({"plan_room", "change_room", "remove_room"})
