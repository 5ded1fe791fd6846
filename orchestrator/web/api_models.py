"""What the API answers: the domain's own models, and what the log adds to them."""

from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, computed_field, create_model, field_serializer

from orchestrator.domain.base import Event
from orchestrator.domain.codec import COMMANDS, encode
from orchestrator.domain.meeting import MeetingState, meeting
from orchestrator.domain.room_planning import RoomPlanned
from orchestrator.domain.rooms import Room
from orchestrator.domain.state import SessionState, session
from orchestrator.store.events import Recorded
from orchestrator.web import sse


def _recorded(event: type[Event]) -> type[BaseModel]:
    """The event as it is answered: with its number in the stream and its place in the log."""
    return create_model(
        event.__name__,
        __base__=event,
        __doc__=event.__doc__,
        event_id=(int, Field(ge=1, description="Its version: what undo names.")),
        position=(int, Field(ge=1, description="Its place in the whole log.")),
        recorded_at=(AwareDatetime, Field()),
    )


def _one_of(models: list[type[BaseModel]]) -> Any:
    return Annotated[reduce(or_, models), Field(discriminator="type")]


MeetingEvent = _one_of([_recorded(event) for event in meeting.events.values()])
SessionEvent = _one_of([_recorded(event) for event in session.events.values()])
MeetingCommand = _one_of(list(COMMANDS["meeting"].values()))
SessionCommand = _one_of(list(COMMANDS["session"].values()))


class MeetingDone(BaseModel):
    """What a command led to; no events if it was true already."""

    version: int
    events: list[MeetingEvent]  # type: ignore[valid-type]


class SessionDone(BaseModel):
    """What a command led to; no events if it was true already."""

    version: int
    events: list[SessionEvent]  # type: ignore[valid-type]


class MeetingEvents(BaseModel):
    """A stretch of a stream. ``more``: ask again with ``after`` at the last event_id."""

    version: int
    events: list[MeetingEvent]  # type: ignore[valid-type]
    more: bool


class SessionEvents(BaseModel):
    """A stretch of a stream. ``more``: ask again with ``after`` at the last event_id."""

    version: int
    events: list[SessionEvent]  # type: ignore[valid-type]
    more: bool


class Meeting(MeetingState):
    """The meeting as of now, and its sessions in the order of the programme.

    The address of a room elsewhere is written and never shown again: it leads in whoever has it, at any time.
    """

    session_ids: tuple[UUID, ...]

    @field_serializer("rooms")
    def _without_ways_in(self, rooms: dict[UUID, Room]) -> dict[UUID, Room]:
        return {id_: room.model_copy(update={"url": None}) for id_, room in rooms.items()}


class Session(SessionState):
    """The session as of now."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def broadcast_id(self) -> UUID:
        """The one broadcast of this session, the same for every part: its media's address."""
        return super().broadcast_id


def shown(recorded: Recorded) -> dict[str, Any]:
    """An event of the log as JSON values, without what leads into a room."""
    event = encode(recorded.event)
    if isinstance(recorded.event, RoomPlanned):
        event["room"] = event["room"] | {"url": None}
    return event | {
        "event_id": recorded.version,
        "position": recorded.log_position,
        "recorded_at": _utc(recorded.recorded_at),
    }


def streamed(recorded: Recorded) -> bytes:
    """An event of the log as a server-sent event."""
    return sse.encode(recorded.event.type, shown(recorded), recorded.log_position)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
