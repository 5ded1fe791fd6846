"""What our own page of a room is given. Its scripts: static/room.js and those in static/room/."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from orchestrator.domain.state import SessionState
from orchestrator.rooms.provider import RoomRole
from orchestrator.rooms.wanted import LOBBY_BEFORE
from orchestrator.store.views import MeetingView, SessionView

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

    What hosts do in a LiveKit room is POSTed below it. ``back``: where one is when one leaves. ``own``: a
    participant's own page, where they ask for the floor. ``sessions``: what one comes into.
    """

    name: str
    role: RoomRole
    way_in: str
    back: str
    line: Line = "embedded"
    own: str = ""
    sessions: Sequence[SessionState] = ()


def is_soon(session: SessionState | SessionView, now: datetime) -> bool:
    """Whether it is about to begin, or late: whoever comes into its room comes for it."""
    if session.status != "planned" or not session.starts_at or not session.ends_at:
        return False
    return session.starts_at - LOBBY_BEFORE <= now < session.ends_at


def own_page(meeting: MeetingView, sessions: Sequence[SessionState]) -> str:
    """A participant's own page in the one session of these; the choice of them where there are more."""
    page = f"/mote/{meeting.slug}/deltaker"
    return f"{page}?sesjon={sessions[0].session_id}" if len(sessions) == 1 else page
