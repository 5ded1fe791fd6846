"""Every way that an observer might get a voice, tried by a client that keeps to no rule: nothing passes."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiortc.rtp import RtpPacket
from cryptography.fernet import Fernet

from orchestrator.rooms.embedded.messages import MAY_SAY
from orchestrator.rooms.embedded.provider import EmbeddedRooms
from tests.clock import FakeClock
from tests.rooms.contract import CHAIR, MEMBER, OBSERVER, spec_of
from tests.rooms.speaking import LOOPBACK, Client, Clients, so

OPEN = spec_of(open_microphones=True, speakers=frozenset({OBSERVER.identity, MEMBER.identity}))
"""As generous as a spec can be, by mistake even to the observer."""


@pytest.fixture
async def product() -> AsyncIterator[Clients]:
    clients = Clients(EmbeddedRooms(FakeClock(), Fernet.generate_key(), socket="/x", addresses=LOOPBACK))
    await clients.open(OPEN)
    yield clients
    await clients.aclose()


@pytest.fixture
async def observer(product: Clients) -> Client:
    return await product.enter(OBSERVER, OPEN)


@pytest.fixture
async def chair(product: Clients) -> Client:
    """Who would hear it."""
    chair = await product.enter(CHAIR, OPEN)
    await chair.listen()
    return chair


def nothing_passed(product: Clients, chair: Client) -> bool:
    """No frame of the observer's has been accepted, nor come out at anybody else's."""
    (room,) = product.rooms._rooms.values()
    member = room.members.get(OBSERVER.identity)
    received = member.subscription.received if member and member.subscription else 0
    return (
        room.heard[OBSERVER.identity] == 0
        and received == 0
        and not (member and member.feeds)
        and not any(frames for frames in chair.frames.values())
    )


@pytest.mark.parametrize("source", ["camera", "screen"])
@pytest.mark.parametrize("direction", ["sendonly", "sendrecv"])
async def test_an_offer_to_publish_is_refused(
    product: Clients, observer: Client, chair: Client, source: str, direction: str
) -> None:
    connection = await observer.offer("audio", "video", direction=direction)
    sdp = connection.localDescription.sdp
    assert await observer.refused(type="publish", source=source, sdp=sdp) == "not_allowed"
    assert nothing_passed(product, chair)


@pytest.mark.parametrize("type_", sorted(set(MAY_SAY) - {"subscribe", "answer", "leave"}))
async def test_no_other_message_is_theirs(
    product: Clients, observer: Client, chair: Client, type_: str
) -> None:
    given: dict[str, dict[str, object]] = {
        "publish": {"source": "camera", "sdp": ""},
        "unpublish": {"source": "camera"},
        "devices": {"microphone": True, "camera": True},
    }
    more = given.get(type_, {"identity": OBSERVER.identity})
    assert await observer.refused(type=type_, **more) == "not_allowed"
    assert nothing_passed(product, chair)


@pytest.mark.parametrize("type_", ["unmute", "data", "chat", "PUBLISH", "role", "hello", ""])
async def test_no_message_that_does_not_exist_is_either(
    product: Clients, observer: Client, chair: Client, type_: str
) -> None:
    assert await observer.refused(type=type_, role="host", token="x") == "unknown"
    assert nothing_passed(product, chair)


@pytest.mark.parametrize("direction", ["sendrecv", "sendonly"])
async def test_an_answer_that_sends_is_refused(
    product: Clients, observer: Client, chair: Client, direction: str
) -> None:
    await observer.listen(after=lambda sdp: sdp.replace("a=recvonly", f"a={direction}"))
    await so(lambda: observer.told("refused"))
    assert observer.told("refused")[0]["rule"] == "not_allowed"
    assert nothing_passed(product, chair)


async def test_an_answer_with_a_data_channel_is_refused(
    product: Clients, observer: Client, chair: Client
) -> None:
    await observer.listen(after=lambda sdp: sdp.replace("m=video", "m=application", 1))
    await so(lambda: observer.told("refused"))
    assert observer.told("refused")[0]["rule"] in ("not_allowed", "invalid")
    assert nothing_passed(product, chair)


async def test_an_answer_agreed_to_as_a_listeners_cannot_become_a_speakers(
    product: Clients, observer: Client, chair: Client
) -> None:
    member = await product.enter(MEMBER, OPEN)
    await observer.listen()
    await member.publish()
    await so(lambda: any(observer.frames.values()))
    offer = observer.told("offer")[0]
    assert observer.listening
    sdp = observer.listening.localDescription.sdp.replace("a=recvonly", "a=sendrecv")
    for number in (offer["number"], offer["number"] + 1):
        assert await observer.refused(type="answer", number=number, sdp=sdp) == "not_now"
    (room,) = product.rooms._rooms.values()
    assert room.heard[OBSERVER.identity] == 0


async def test_packets_sent_on_the_listeners_connection_all_the_same_are_not_taken_in(
    product: Clients, observer: Client, chair: Client
) -> None:
    """It has agreed to listen only, and then sends what the room's own codecs could be."""
    await observer.listen()
    await so(lambda: observer.listening and observer.listening.connectionState == "connected")
    assert observer.listening
    sender = observer.listening.getSenders()[0]
    (room,) = product.rooms._rooms.values()
    subscription = room.members[OBSERVER.identity].subscription
    assert subscription
    (receiver, *_) = subscription._connection.getReceivers()

    async def arrived() -> int:
        (transport,) = [one for one in (await receiver.getStats()).values() if one.type == "transport"]
        return int(transport.packetsReceived)

    before = await arrived()
    for number in range(200):
        packet = RtpPacket(payload_type=96 + number % 3, sequence_number=number, timestamp=960 * number)
        packet.ssrc, packet.payload = 7, b"\x10speech"
        await sender.transport._send_rtp(packet.serialize())
    async with asyncio.timeout(20):
        while await arrived() < before + 100:
            await asyncio.sleep(0.02)
    assert nothing_passed(product, chair)


async def test_a_token_of_their_own_making_lets_nobody_in(product: Clients) -> None:
    ((_, ref),) = await product.rooms.all_of(OPEN.organisation_id)
    join = await product.rooms.join(ref, OPEN, OBSERVER)
    assert join.token
    theirs = Fernet(Fernet.generate_key()).encrypt(b'{"role": "host"}').decode()
    for token in (join.token[:-6] + "AAAAA=", join.token.swapcase(), theirs):
        client = Client(product.rooms, OBSERVER)
        client.say(type="hello", token=token)
        await product.rooms.converse(client.pipe)
        assert client.bye == "token"


async def test_whoever_was_a_speaker_and_is_an_observer_now_is_silent(
    product: Clients, chair: Client
) -> None:
    """The same person's page that comes back with a lesser role has none of the old one's connections."""
    member = await product.enter(MEMBER, OPEN)
    await member.publish()
    await so(lambda: product.heard.get(MEMBER.identity))
    now = await product.enter(type(MEMBER)(MEMBER.identity, MEMBER.name, "observer"), OPEN)
    heard = product.heard[MEMBER.identity]
    await so(lambda: member.bye == "replaced")
    connection = await now.offer("audio")
    sdp = connection.localDescription.sdp
    assert await now.refused(type="publish", source="camera", sdp=sdp) == "not_allowed"
    await asyncio.sleep(0.2)  # in which it goes on sending
    assert product.heard[MEMBER.identity] == heard
