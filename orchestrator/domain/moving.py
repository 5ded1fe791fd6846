"""A session's place is moved: in time before it begins, or its end while it lasts; and to another room."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from orchestrator.domain.base import Command, Event
from orchestrator.domain.errors import Refused
from orchestrator.domain.programme import Move
from orchestrator.domain.roles import Actor
from orchestrator.domain.state import SessionState, session


class MoveSession(Command):
    """New times; address, room and link stay. While the session lasts only its end can be moved."""

    type: Literal["move_session"] = "move_session"
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    note: Annotated[str, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be after starts_at")
        return self


class SessionMoved(Event):
    type: Literal["session_moved"] = "session_moved"
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    note: str


class UseRoom(Command):
    """Go on in another room of the meeting: a members-only one behind closed doors, say; null: in none."""

    type: Literal["use_room"] = "use_room"
    room_id: UUID | None


class RoomUsed(Event):
    type: Literal["room_used"] = "room_used"
    room_id: UUID | None


@session.decides(MoveSession)
def move_session(state: SessionState, command: MoveSession, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status not in ("planned", "open"):
        raise Refused("not_planned" if state.status in ("unplanned", "cancelled") else "session_ended")
    if (state.starts_at, state.ends_at) == (command.starts_at, command.ends_at):
        return []
    if state.status == "open" and command.starts_at != state.starts_at:
        raise Refused("session_begun", "only its end can be moved")
    return [
        SessionMoved(at=at, starts_at=command.starts_at, ends_at=command.ends_at, note=command.note),
    ]


@session.evolves(SessionMoved)
def _session_moved(state: SessionState, event: SessionMoved) -> SessionState:
    if state.starts_at is None or state.ends_at is None:
        return state
    moved = event.starts_at - state.starts_at
    topics = tuple(
        topic.model_copy(update={"starts_at": topic.starts_at and topic.starts_at + moved})
        for topic in state.topics
    )
    move = Move(at=event.at, starts_at=state.starts_at, ends_at=state.ends_at, note=event.note)
    return state.replace(
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        topics=topics if moved != timedelta() else state.topics,
        moves=(*state.moves, move),
    )


@session.decides(UseRoom)
def use_room(state: SessionState, command: UseRoom, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status not in ("planned", "open"):
        raise Refused("not_planned" if state.status in ("unplanned", "cancelled") else "session_ended")
    return [] if state.room_id == command.room_id else [RoomUsed(at=at, room_id=command.room_id)]


@session.evolves(RoomUsed)
def _room_used(state: SessionState, event: RoomUsed) -> SessionState:
    been = state.left_rooms | ({state.room_id} if state.room_id and state.parts else set())
    return state.replace(
        room_id=event.room_id, former_room_id=state.room_id, left_rooms=been - {event.room_id}
    )
