"""What a LiveKit server tells us by itself: who came and went.

It gives up on what cannot be delivered within half a minute. So a hook is only a reason to look at once
(`apply`, `verify`) instead of at the next sweep, and it does no harm that one can be sent twice.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from orchestrator.rooms.livekit import room_named
from orchestrator.rooms.livekit_account import LivekitAccount
from orchestrator.rooms.provider import RoomTrouble

Happened = Literal["joined", "left", "ended"]

HAPPENED: dict[str, Happened] = {
    "participant_joined": "joined",
    "participant_left": "left",
    "participant_connection_aborted": "left",
    "room_finished": "ended",
}


class ForgedHook(Exception):
    """It was not sent by the holder of the account's secret, or was changed on the way."""


@dataclass(frozen=True, slots=True)
class RoomHook:
    """Something happened in one of our rooms. ``identity``: who came or went; None when the room ended."""

    organisation_id: UUID
    room_id: UUID
    happened: Happened
    identity: str | None
    dropped: int
    """How many hooks before this one were lost."""


def hook_of(body: bytes, authorization: str, account: LivekitAccount) -> RoomHook | None:
    """What the body says; None if it is of no concern to us.

    ``authorization``: the header, whose token signs the body's digest.
    """
    try:
        from livekit import api  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise RoomTrouble("not_installed", "livekit-api", lasting=True) from error
    receiver = api.WebhookReceiver(api.TokenVerifier(account.key, account.secret))
    try:
        event = receiver.receive(body.decode(), authorization.removeprefix("Bearer "))
    except Exception as error:  # the library raises just that
        raise ForgedHook(type(error).__name__) from error
    happened = HAPPENED.get(event.event)
    ours = room_named(event.room.name)
    if happened is None or ours is None:
        return None
    return RoomHook(*ours, happened, event.participant.identity or None, event.num_dropped)
