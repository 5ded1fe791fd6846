"""What our own page of a room is given. Its scripts: static/room.js and those in static/room/."""

from dataclasses import dataclass
from typing import Final, Literal

from orchestrator.rooms.provider import RoomRole

Line = Literal["embedded", "livekit"]
"""The products whose rooms have a page of ours: it talks with the embedded room, or with a LiveKit server."""

TEMPLATE: Final = "room/room.html"
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
}
"""With this one page may use a camera and a microphone; an observer's has no need of it."""


@dataclass(frozen=True)
class RoomPage:
    """``way_in``: POSTed to with JSON asked for, answers {url, token} to converse with; asked at every try.

    What hosts do in a LiveKit room is POSTed below it. ``back``: where one is when one leaves.
    """

    name: str
    role: RoomRole
    way_in: str
    back: str
    line: Line = "embedded"
