"""The embedded room as every provider must be, with clients that speak WebRTC to it; and what is its own."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from cryptography.fernet import Fernet

from orchestrator.rooms.embedded import room as room_of_ours
from orchestrator.rooms.embedded.provider import EmbeddedRooms
from orchestrator.rooms.provider import Guest, RoomProvider, RoomTrouble
from tests.clock import FakeClock
from tests.rooms.contract import CHAIR, MEMBER, OBSERVER, OTHER, TOWN, RoomContract, spec_of
from tests.rooms.speaking import LOOPBACK, Client, Clients, so


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def product(clock: FakeClock) -> AsyncIterator[Clients]:
    clients = Clients(EmbeddedRooms(clock, Fernet.generate_key(), socket="/room/socket", addresses=LOOPBACK))
    yield clients
    await clients.aclose()
    left = [task for task in asyncio.all_tasks() if "orchestrator/rooms" in str(task.get_coro())]
    assert left == []


@pytest.fixture
def rooms(product: Clients) -> RoomProvider:
    return product.rooms


class TestEmbedded(RoomContract):
    """The contract."""


FLOOR = spec_of(speakers=frozenset({MEMBER.identity}))
LOBBY = spec_of(lobby=True)


def _more_than(count: int, frames: list[bytes]) -> bool:
    return len(frames) > count


async def shown(client: Client, guest: Guest, source: str = "camera") -> dict[str, str]:
    """The parts of this client's connection that somebody's sound and picture come in."""
    found: list[dict[str, str]] = []

    def comes() -> bool:
        streams = client.room["streams"]
        found[:] = [one for one in streams if (one["identity"], one["source"]) == (guest.identity, source)]
        return bool(found)

    await so(comes)
    return found[0]


async def test_what_one_sends_all_others_get_as_it_was(product: Clients) -> None:
    await product.open(FLOOR)
    member, chair, observer = [await product.enter(one, FLOOR) for one in (MEMBER, CHAIR, OBSERVER)]
    for listener in (chair, observer):
        await listener.listen()
    await member.publish("audio", "video", mark="Ola")
    for listener in (chair, observer):
        parts = await shown(listener, MEMBER)
        for kind in ("audio", "video"):
            await so(partial(_more_than, 3, listener.frames[parts[kind]]))
            assert set(listener.frames[parts[kind]]) == {b"\x10Ola"}
    assert member.room["streams"] == []


async def test_whoever_takes_over_the_floor_comes_in_the_same_parts_without_a_new_agreement(
    product: Clients,
) -> None:
    ref = await product.open(FLOOR)
    member, other, observer = [await product.enter(one, FLOOR) for one in (MEMBER, OTHER, OBSERVER)]
    await observer.listen()
    await member.publish(mark="Ola")
    parts = await shown(observer, MEMBER)
    frames = observer.frames[parts["audio"]]
    await so(lambda: frames)
    await product.rooms.apply(ref, spec_of(speakers=frozenset({OTHER.identity})))
    heard = product.heard[MEMBER.identity]
    await so(lambda: not member.room["may_speak"])
    assert await other.publish(mark="Siri")
    assert await shown(observer, OTHER) == {**parts, "identity": OTHER.identity}
    await so(lambda: b"\x10Siri" in frames)
    assert product.heard[MEMBER.identity] == heard
    assert len(observer.told("offer")) == 1


async def test_a_listener_who_lacks_room_for_one_more_picture_is_given_it(product: Clients) -> None:
    spec = spec_of(open_microphones=True)
    await product.open(spec)
    observer = await product.enter(OBSERVER, spec)
    await observer.listen()
    guests = [Guest(f"member-{number}", f"Deltaker {number}", "participant") for number in range(5)]
    for guest in guests:
        client = await product.enter(guest, spec)
        await client.publish(mark=guest.identity)
    for guest in guests:
        parts = await shown(observer, guest)
        await so(partial(_more_than, 3, observer.frames[parts["audio"]]))
        assert set(observer.frames[parts["audio"]]) == {b"\x10" + guest.identity.encode()}


async def test_microphone_and_camera_are_off_until_they_are_said_to_be_on(product: Clients) -> None:
    await product.open(FLOOR)
    member = await product.enter(MEMBER, FLOOR)
    await member.publish("audio", "video")
    await so(lambda: product.heard.get(MEMBER.identity, 0) > 4)
    member.say(type="devices", microphone=False, camera=False)
    await so(lambda: not member.room["people"][0]["microphone"])
    heard = product.heard[MEMBER.identity]
    (feed,) = next(iter(product.rooms._rooms.values())).members[MEMBER.identity].feeds.values()
    refused = feed.refused.total()
    await so(lambda: feed.refused.total() > refused + 5)
    assert product.heard[MEMBER.identity] == heard


async def test_those_in_the_lobby_see_and_hear_nothing_until_a_host_lets_them_in(product: Clients) -> None:
    ref = await product.open(LOBBY)
    chair, member = [await product.enter(one, LOBBY) for one in (CHAIR, MEMBER)]
    assert member.room == {
        **member.room,
        "state": "waiting",
        "people": [],
        "observers": 0,
        "streams": [],
    }
    assert await member.refused(type="subscribe") == "not_now"
    assert await member.refused(type="publish", source="camera", sdp="") == "not_now"
    assert await member.refused(type="admit", identity=MEMBER.identity) == "not_allowed"
    await so(lambda: [one["name"] for one in chair.room["waiting"]] == [MEMBER.name])
    chair.say(type="admit", identity=MEMBER.identity)
    await so(lambda: member.room["state"] == "inside")
    assert [one.waiting for one in await product.rooms.present(ref)] == [False, False]
    member.say(type="leave")
    await so(lambda: member.bye == "left")
    again = await product.enter(MEMBER, LOBBY)
    assert again.room["state"] == "inside"


async def test_a_host_mutes_and_puts_out_and_whoever_was_put_out_waits(product: Clients) -> None:
    ref = await product.open(FLOOR)
    chair, member = [await product.enter(one, FLOOR) for one in (CHAIR, MEMBER)]
    await member.publish()
    await so(lambda: product.heard.get(MEMBER.identity))
    chair.say(type="mute", identity=MEMBER.identity)
    await so(lambda: member.told("muted"))
    assert not (await product.rooms.present(ref))[1].microphone
    heard = product.heard[MEMBER.identity]
    chair.say(type="put_out", identity=MEMBER.identity)
    await so(lambda: member.bye == "put_out")
    await so(lambda: [one["name"] for one in chair.room["put_out"]] == [MEMBER.name])
    assert product.heard[MEMBER.identity] == heard
    back = await product.enter(MEMBER, FLOOR)
    assert back.room["state"] == "waiting"
    assert await chair.refused(type="put_out", identity=CHAIR.identity) == "not_allowed"
    assert await chair.refused(type="mute", identity="nobody") == "nobody"
    await product.rooms.admit(ref, MEMBER.identity)
    await so(lambda: back.room["state"] == "inside")
    await product.rooms.mute(ref, MEMBER.identity)
    await product.rooms.put_out(ref, MEMBER.identity)
    await so(lambda: back.bye == "put_out")
    with pytest.raises(RoomTrouble, match="refused"):
        await product.rooms.mute(ref, MEMBER.identity)


async def test_one_screen_is_shared_at_a_time_and_only_by_who_may(product: Clients) -> None:
    spec = spec_of(open_microphones=True, speakers=frozenset({MEMBER.identity}))
    await product.open(spec)
    chair, member, other = [await product.enter(one, spec) for one in (CHAIR, MEMBER, OTHER)]
    await chair.listen()
    assert not await other.publish("video", source="screen")
    assert await member.publish("video", source="screen", mark="plan")
    parts = await shown(chair, MEMBER, "screen")
    await so(lambda: chair.frames[parts["video"]])
    assert not await chair.publish("video", source="screen")
    assert chair.told("refused")[-1]["rule"] == "taken"
    member.say(type="unpublish", source="screen")
    await so(lambda: chair.room["streams"] == [])
    assert await chair.publish("video", source="screen")


async def test_the_sound_of_a_screen_is_muted_too_until_the_microphone_is_switched_on(
    product: Clients,
) -> None:
    await product.open(FLOOR)
    chair, member = [await product.enter(one, FLOOR) for one in (CHAIR, MEMBER)]
    await chair.listen()
    assert await member.publish("audio", "video", source="screen", mark="plan")
    parts = await shown(chair, MEMBER, "screen")
    sound, picture = chair.frames[parts["audio"]], chair.frames[parts["video"]]
    await so(lambda: sound)
    chair.say(type="mute", identity=MEMBER.identity)
    await so(lambda: member.told("muted"))
    (room,) = product.rooms.live()
    feed = room.members[MEMBER.identity].feeds["screen"]
    passed, seen = feed.passed["audio"], len(picture)
    await so(partial(_more_than, seen + 3, picture))
    assert feed.passed["audio"] == passed
    member.say(type="devices", microphone=True, camera=False)
    await so(lambda: feed.passed["audio"] > passed)


async def test_observers_keep_no_member_out_however_many_come(
    product: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_of_ours, "MOST_OBSERVERS", 2)
    monkeypatch.setattr(room_of_ours, "MOST_MEMBERS", 3)
    await product.open()
    observers = [
        await product.enter(Guest(f"observer-{number}", "Tilhører", "observer")) for number in range(3)
    ]
    assert [one.bye for one in observers] == [None, None, "full"]
    assert (await product.enter(MEMBER)).bye is None
    assert (await product.enter(OTHER)).bye == "full"


async def test_a_newer_page_of_the_same_person_takes_the_olders_place(product: Clients) -> None:
    await product.open()
    first = await product.enter(MEMBER)
    second = await product.enter(MEMBER)
    await so(lambda: first.bye == "replaced")
    assert second.bye is None
    assert len(second.room["people"]) == 1


async def test_a_token_lets_one_in_for_two_minutes_and_only_while_the_door_is_open(
    product: Clients, clock: FakeClock
) -> None:
    ref = await product.open()
    late, locked = (Client(product.rooms, MEMBER) for _ in range(2))
    join = await product.rooms.join(ref, spec_of(), MEMBER)
    assert join.expires_at
    await product.rooms.apply(ref, spec_of(door="locked"))
    locked.say(type="hello", token=join.token)
    await product.rooms.converse(locked.pipe)
    assert (locked.bye, locked.pipe.closed) == ("locked", True)
    clock.advance(121)
    late.say(type="hello", token=join.token)
    await product.rooms.converse(late.pipe)
    assert late.bye == "token"


@pytest.mark.parametrize("text", ["", "{}", '{"type": "hello"}', '{"type": "leave"}', "[" * 10_000])
async def test_nobody_comes_in_without_a_token(product: Clients, text: str) -> None:
    await product.open()
    client = Client(product.rooms, MEMBER)
    client.say_text(text)
    await product.rooms.converse(client.pipe)
    assert (client.bye, client.pipe.closed) == ("token", True)


async def test_a_page_that_reads_nothing_is_let_go_and_holds_up_nobody(product: Clients) -> None:
    await product.open()
    stuck, other = [await product.enter(one) for one in (MEMBER, OTHER)]
    never = asyncio.Event()

    async def hang(text: str) -> None:
        await never.wait()

    stuck.pipe.send = hang  # type: ignore[method-assign]
    for _ in range(60):
        stuck.say(type="mute", identity="")
        assert await other.refused(type="mute", identity="") == "not_allowed"
    never.set()
    await so(lambda: stuck.pipe.closed)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "unknown"),
        ("null", "unknown"),
        ('{"type": "end_meeting"}', "unknown"),
        ('{"type": "publish"}', "invalid"),
        ('{"type": "publish", "source": "hall", "sdp": ""}', "invalid"),
        ('{"type": "leave", "more": 1}', "invalid"),
        ('{"type": "answer", "number": 1, "sdp": ""}', "not_now"),
        ('{"type": "publish", "source": "camera", "sdp": "m=audio x"}', "invalid"),
        ('{"type": "publish", "source": "camera", "sdp": "v=0"}', "invalid"),
        (f'{{"type": "leave"{" " * 140_000}}}', "invalid"),
    ],
)
async def test_a_message_that_cannot_be_is_refused_in_words_and_nothing_else_happens(
    product: Clients, text: str, rule: str
) -> None:
    await product.open()
    chair = await product.enter(CHAIR)
    chair.say_text(text)
    await so(lambda: chair.told("refused"))
    (refused,) = chair.told("refused")
    assert refused["rule"] == rule
    assert refused["detail"]
    assert chair.bye is None


async def test_rooms_of_another_municipality_are_others(product: Clients) -> None:
    ref = await product.open()
    join = await product.rooms.join(ref, spec_of(), MEMBER)
    await product.rooms.delete(ref)
    client = Client(product.rooms, MEMBER)
    client.say(type="hello", token=join.token)
    await product.rooms.converse(client.pipe)
    assert client.bye == "closed"
    assert await product.rooms.all_of(TOWN) == ()
