"""Commands and events to and from JSON: the API's JSON and the log's are the same model."""

from typing import Any, Literal

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from orchestrator.domain import room_planning as _room_planning
from orchestrator.domain import session as _session
from orchestrator.domain.base import Command, Event
from orchestrator.domain.meeting import meeting
from orchestrator.domain.state import session

StreamKind = Literal["meeting", "session"]
COMMANDS: dict[StreamKind, dict[str, type[Command]]] = {
    "meeting": meeting.commands,
    "session": session.commands,
}
EVENTS: dict[str, type[Event]] = {**meeting.events, **session.events}
assert _session.TOPICS
assert meeting.commands.keys() >= _room_planning.COMMANDS


def encode(event: Event) -> dict[str, Any]:
    """The event as JSON values."""
    return event.model_dump(mode="json")


def decode(data: dict[str, Any]) -> Event:
    """The event recorded as ``data``; an unknown ``type`` is a KeyError: history is never guessed at."""
    return EVENTS[data["type"]].model_validate(data)


def parse_command(kind: StreamKind, data: object) -> Command:
    """The command in ``data``; raises ``pydantic.ValidationError`` that names the field."""
    commands = COMMANDS[kind]
    given = data.get("type") if isinstance(data, dict) else None
    model: type[BaseModel] | None = commands.get(given) if isinstance(given, str) else None
    if model is None:
        known = ", ".join(sorted(commands))
        error = PydanticCustomError("unknown_command", "must be one of: {known}", {"known": known})
        details = InitErrorDetails(type=error, loc=("type",), input=given)
        raise ValidationError.from_exception_data("Command", [details])
    command = model.model_validate(data)
    assert isinstance(command, Command)
    return command
