"""The digital rooms of a meeting, as planned. Sessions point at them; several may share one."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from orchestrator.domain.base import Model, Text

Product = Literal["teams", "livekit", "embedded", "link"]


def _https(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname or any(letter.isspace() for letter in value):
        raise ValueError("must be an address that begins with https://")
    return value


_Address = Annotated[str, Field(max_length=2_000), AfterValidator(_https)]


class Room(Model):
    """A room as it is to be.

    ``url``: of a room in any other product (link). ``source_id``: the source that the room's picture and
    sound are sent into. ``social``: a lunch room, which is never recorded or streamed. ``observers``: whether
    they may come into it, muted; else they are given the stream.
    """

    room_id: UUID
    name: Text
    provider: Product
    url: Annotated[_Address | None, Field(repr=False)] = None
    source_id: UUID | None = None
    social: bool = False
    lobby: bool = True
    open_microphones: bool = False
    observers: bool = True
    recorded: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.url is not None) != (self.provider == "link"):
            raise ValueError("url: is for a room of the kind link, which needs one")
        if self.social and (self.recorded or self.source_id):
            raise ValueError("social: such a room is never recorded or streamed")
        return self
