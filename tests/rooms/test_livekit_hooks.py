import sys

import pytest
from google.protobuf.json_format import MessageToJson
from livekit import api

from orchestrator.rooms.livekit import room_name
from orchestrator.rooms.livekit_account import LivekitAccount
from orchestrator.rooms.livekit_hooks import ForgedHook, Happened, RoomHook, hook_of
from orchestrator.rooms.provider import RoomTrouble
from tests.rooms.contract import MEMBER, TOWN, spec_of
from tests.rooms.livekit_server import KEY, SECRET, signed

ACCOUNT = LivekitAccount("wss://rooms.fjellvik.example", KEY, SECRET)
ROOM = spec_of().room_id
OURS = room_name(TOWN, ROOM)


def body_of(event: str, room: str = OURS, identity: str = MEMBER.identity, **more: int) -> bytes:
    participant = api.ParticipantInfo(identity=identity)
    hook = api.WebhookEvent(event=event, room=api.Room(name=room), participant=participant, **more)  # type: ignore[arg-type]
    return MessageToJson(hook).encode()


@pytest.mark.parametrize(
    ("event", "happened"),
    [
        ("participant_joined", "joined"),
        ("participant_left", "left"),
        ("participant_connection_aborted", "left"),
    ],
)
def test_who_came_and_went_is_told(event: str, happened: Happened) -> None:
    body = body_of(event, num_dropped=3)
    assert hook_of(body, signed(body), ACCOUNT) == RoomHook(TOWN, ROOM, happened, MEMBER.identity, 3)


def test_a_room_that_ended_is_told_of_without_a_name() -> None:
    body = body_of("room_finished", identity="")
    assert hook_of(body, f"Bearer {signed(body)}", ACCOUNT) == RoomHook(TOWN, ROOM, "ended", None, 0)


@pytest.mark.parametrize(
    "body",
    [body_of("participant_joined", room="lunch"), body_of("track_published"), body_of("new_kind"), b"{}"],
)
def test_what_is_of_no_concern_to_us_is_nothing(body: bytes) -> None:
    assert hook_of(body, signed(body), ACCOUNT) is None


BODY = body_of("participant_joined")


@pytest.mark.parametrize(
    ("body", "authorization"),
    [
        (body_of("participant_left"), signed(BODY)),
        (BODY, signed(BODY, secret="another secret, also long enough for it")),
        (BODY, signed(BODY, key="APIother")),
        (BODY, signed(BODY, lasts=-120)),
        (BODY, api.AccessToken(KEY, SECRET).to_jwt()),
        (BODY, ""),
        (BODY, "Bearer not a token"),
        (b"\xff", signed(b"\xff")),
        (b"not JSON", signed(b"not JSON")),
    ],
    ids=["another body", "secret", "key", "expired", "no digest", "none", "no token", "no text", "no JSON"],
)
def test_what_was_not_signed_by_the_server_is_forged(body: bytes, authorization: str) -> None:
    with pytest.raises(ForgedHook):
        hook_of(body, authorization, ACCOUNT)


def test_a_library_that_is_not_installed_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "livekit", None)
    with pytest.raises(RoomTrouble, match="not_installed"):
        hook_of(BODY, signed(BODY), ACCOUNT)
