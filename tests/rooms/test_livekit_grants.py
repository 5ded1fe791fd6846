import dataclasses

import pytest
from livekit.api import ParticipantPermission, VideoGrants

from orchestrator.rooms.livekit_grants import SCREEN, VOICE, Rights, rights_of, role_of, waits
from orchestrator.rooms.provider import Door, RoomRole
from tests.rooms.contract import CHAIR, MEMBER, OBSERVER, PRESENTER, spec_of

LISTENS = Rights(can_subscribe=True)


@pytest.mark.parametrize("rights", [Rights(), LISTENS, Rights(can_subscribe=True, sources=VOICE + SCREEN)])
def test_no_grant_is_left_for_livekit_to_fill_in(rights: Rights) -> None:
    known = {field.name for field in dataclasses.fields(VideoGrants)} - {"destination_room"}
    assert rights.grants("r").keys() == known
    assert None not in rights.grants("r").values()
    assert rights.permission().keys() == set(ParticipantPermission.DESCRIPTOR.fields_by_name)


@pytest.mark.parametrize("rights", [Rights(), LISTENS, Rights(can_subscribe=True, sources=VOICE + SCREEN)])
def test_nothing_is_granted_but_hearing_and_being_heard(rights: Rights) -> None:
    granted = {name for name, value in rights.grants("r").items() if value}
    permitted = {name for name, value in rights.permission().items() if value}
    expected = {"can_subscribe"} if rights.can_subscribe else set[str]()
    if rights.sources:
        expected |= {"can_publish", "can_publish_sources"}
    assert permitted == expected
    assert granted == expected | {"room_join", "room"}


@pytest.mark.parametrize("speakers", [frozenset[str](), frozenset({OBSERVER.identity})])
@pytest.mark.parametrize("door", ["open", "locked", "shut"])
@pytest.mark.parametrize("lobby", [True, False])
def test_an_observer_has_nothing_to_send_with_whatever_is_asked_for(
    *, speakers: frozenset[str], door: Door, lobby: bool
) -> None:
    spec = spec_of(
        speakers=speakers,
        door=door,
        lobby=lobby,
        open_microphones=True,
        inside=frozenset({OBSERVER.identity}),
    )
    rights = rights_of(spec, OBSERVER.identity, "observer", waiting=lobby)
    assert rights in ((None,) if door != "open" else (LISTENS, Rights()))
    if rights:
        assert rights.grants("r")["can_publish"] is False
        assert rights.permission()["can_publish"] is False


@pytest.mark.parametrize(
    ("identity", "role", "speakers", "open_microphones", "sources"),
    [
        (CHAIR.identity, "host", frozenset[str](), False, VOICE + SCREEN),
        (MEMBER.identity, "participant", frozenset[str](), False, ()),
        (MEMBER.identity, "participant", frozenset({MEMBER.identity}), False, VOICE + SCREEN),
        (MEMBER.identity, "participant", frozenset[str](), True, VOICE),
        (PRESENTER.identity, "participant", frozenset[str](), False, VOICE + SCREEN),
    ],
)
def test_who_may_send_what(
    *,
    identity: str,
    role: RoomRole,
    speakers: frozenset[str],
    open_microphones: bool,
    sources: tuple[str, ...],
) -> None:
    spec = spec_of(speakers=speakers, open_microphones=open_microphones)
    rights = rights_of(spec, identity, role, waiting=False)
    assert rights is not None
    assert rights.sources == sources
    assert rights.permission()["can_publish"] is bool(sources)
    assert rights.can_subscribe


def test_who_waits_can_neither_be_heard_nor_hear() -> None:
    spec = spec_of(lobby=True, speakers=frozenset({MEMBER.identity}))
    roles: tuple[RoomRole, ...] = ("host", "participant", "observer")
    assert [waits(spec, "somebody", role, set()) for role in roles] == [False, True, True]
    assert not any(waits(spec_of(), "somebody", role, set()) for role in roles)
    assert [waits(spec_of(), "somebody", role, {"somebody"}) for role in roles] == [False, True, True]
    assert rights_of(spec, MEMBER.identity, "participant", waiting=True) == Rights()


@pytest.mark.parametrize("written", [None, "", "admin", "Host"])
def test_who_has_no_role_of_ours_may_not_be_in(written: str | None) -> None:
    role = role_of(written)
    assert role is None
    assert rights_of(spec_of(), "somebody", role, waiting=False) is None
