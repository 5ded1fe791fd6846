"""What somebody may do in a LiveKit room, every grant written out: LiveKit takes a missing one for a yes."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from orchestrator.rooms.provider import RoomRole, RoomSpec

Source = Literal["camera", "microphone", "screen_share", "screen_share_audio"]
"""What a track shows, by its sender's own word: LiveKit holds people to silence, not to what they show."""

VOICE: tuple[Source, ...] = ("camera", "microphone")
SCREEN: tuple[Source, ...] = ("screen_share", "screen_share_audio")

TOKEN_LASTS = timedelta(minutes=5)
"""Long enough to connect. LiveKit itself renews the token of those who are in, for ten minutes at a time."""

ROLES: tuple[RoomRole, ...] = ("host", "participant", "observer")


@dataclass(frozen=True, slots=True)
class Rights:
    """What one person may send and receive. Never data: chat and the speaker list live in our own page."""

    can_subscribe: bool = False
    sources: tuple[Source, ...] = ()

    def grants(self, room: str) -> dict[str, Any]:
        """For the token, as the fields of `VideoGrants`."""
        return {
            "room_join": True,
            "room": room,
            "can_subscribe": self.can_subscribe,
            "can_publish": bool(self.sources),
            "can_publish_sources": list(self.sources),
            "can_publish_data": False,
            "can_update_own_metadata": False,
            "can_subscribe_metrics": False,
            "can_manage_agent_session": False,
            "hidden": False,
            "recorder": False,
            "agent": False,
            "room_admin": False,
            "room_create": False,
            "room_list": False,
            "room_record": False,
            "ingress_admin": False,
        }

    def permission(self) -> dict[str, Any]:
        """For somebody who is in, as the fields of `ParticipantPermission`, which replaces the old one."""
        return {
            "can_subscribe": self.can_subscribe,
            "can_publish": bool(self.sources),
            "can_publish_sources": [source.upper() for source in self.sources],
            "can_publish_data": False,
            "can_update_metadata": False,
            "can_subscribe_metrics": False,
            "can_manage_agent_session": False,
            "hidden": False,
            "recorder": False,
            "agent": False,
        }


def rights_of(spec: RoomSpec, identity: str, role: RoomRole | None, *, waiting: bool) -> Rights | None:
    """What somebody may do in the room now; None if they may not be in it. Who has no role may not."""
    if role is None or not spec.may_be_in(identity, role):
        return None
    if waiting:
        return Rights()
    sources: tuple[Source, ...] = ()
    if spec.may_speak(identity, role):
        sources += VOICE
    if spec.may_share(identity, role):
        sources += SCREEN
    return Rights(can_subscribe=True, sources=sources)


def waits(spec: RoomSpec, identity: str, role: RoomRole | None, put_out: AbstractSet[str]) -> bool:
    """Whether somebody who comes now waits until a host lets them in: in a lobby, or after being put out."""
    return role != "host" and (spec.lobby or identity in put_out)


def role_of(written: str | None) -> RoomRole | None:
    """The role that stands in somebody's token; None in a token that is not one of ours."""
    return next((role for role in ROLES if role == written), None)
