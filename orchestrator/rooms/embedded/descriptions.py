"""What a browser says of its connection (SDP), read with suspicion: it may have been written by anybody."""

import re
from typing import Final

from aiortc import RTCSessionDescription
from aiortc.sdp import SessionDescription

from orchestrator.rooms.embedded.messages import KINDS, Kind, Refusal

_CANDIDATE: Final = re.compile(r"^a=(candidate:.*|end-of-candidates)\r?\n?", re.MULTILINE)


def offer_to_send(text: str) -> tuple[RTCSessionDescription, list[Kind]]:
    """A publisher's offer, and the kinds it sends: at most one sound and one picture. Raises Refusal."""
    description = _read(text)
    kinds: list[Kind] = [kind for media in description.media for kind in KINDS if kind == media.kind]
    if not kinds or len(set(kinds)) != len(description.media):
        raise Refusal("invalid", "an offer has at most one audio and one video, and nothing else")
    if any(media.direction not in ("sendonly", "sendrecv") for media in description.media):
        raise Refusal("invalid", "an offer to publish sends")
    return _without_addresses(text, "offer"), kinds


def answer_that_only_listens(text: str, parts: int) -> RTCSessionDescription:
    """A listener's answer to an offer of so many parts. Raises Refusal if it would send anything."""
    description = _read(text)
    if len(description.media) != parts:
        raise Refusal("invalid", "the answer has other parts than the offer")
    if any(media.kind not in KINDS for media in description.media):
        raise Refusal("not_allowed", "there are no data channels here")
    if any(media.direction not in ("recvonly", "inactive") for media in description.media):
        raise Refusal("not_allowed", "nothing may be sent on the connection that one listens on")
    return _without_addresses(text, "answer")


def _read(text: str) -> SessionDescription:
    try:
        return SessionDescription.parse(text)
    except Exception as error:  # noqa: BLE001  (whatever a parser makes of a stranger's text)
        raise Refusal("invalid", f"this description cannot be read ({type(error).__name__})") from None


def _without_addresses(text: str, type_: str) -> RTCSessionDescription:
    """Their addresses are not needed: browsers come to us, and we send nothing to where a text points."""
    return RTCSessionDescription(_CANDIDATE.sub("", text), type_)
