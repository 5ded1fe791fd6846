from collections.abc import AsyncGenerator

import pytest
from livekit import api

from orchestrator.rooms import livekit_egress
from orchestrator.rooms.livekit import LivekitRooms
from orchestrator.rooms.provider import RoomRef, RoomTrouble
from tests.clock import FakeClock
from tests.rooms.contract import spec_of
from tests.rooms.livekit_server import LivekitServer, livekit_server

LAYOUT = "https://fjellvik.example/rom/bilde?kilde=plenum"
SRT = "srt://media.fjellvik.example:9000?passphrase=hemmelig-nok-til-srt"


@pytest.fixture
async def server() -> AsyncGenerator[LivekitServer]:
    async with livekit_server() as server:
        yield server


@pytest.fixture
async def rooms(server: LivekitServer) -> AsyncGenerator[LivekitRooms]:
    rooms = LivekitRooms(server.account, FakeClock())
    yield rooms
    await rooms.aclose()


@pytest.fixture
async def ref(rooms: LivekitRooms) -> RoomRef:
    return await rooms.create(spec_of(), None)


def sent(server: LivekitServer) -> list[str]:
    """The layouts of what is being sent."""
    active = (one for one in server.egresses.values() if one.status == api.EgressStatus.EGRESS_ACTIVE)
    return [one.room_composite.custom_base_url for one in active]


@pytest.mark.parametrize(
    ("url", "protocol"),
    [
        (SRT, api.StreamProtocol.SRT),
        ("rtmp://media.fjellvik.example/inn?nøkkel=hemmelig", api.StreamProtocol.RTMP),
        ("rtmps://media.fjellvik.example/inn?nøkkel=hemmelig", api.StreamProtocol.RTMP),
    ],
)
async def test_the_room_is_sent_as_our_page_shows_it(
    rooms: LivekitRooms, server: LivekitServer, ref: RoomRef, url: str, protocol: int
) -> None:
    await livekit_egress.start(rooms, ref, LAYOUT, url)
    asked = next(one for _, one in server.asked if isinstance(one, api.RoomCompositeEgressRequest))
    assert (asked.room_name, asked.custom_base_url) == (ref.id, LAYOUT)
    assert [output.protocol for output in asked.stream_outputs] == [protocol]


async def test_asked_twice_it_is_sent_once(rooms: LivekitRooms, server: LivekitServer, ref: RoomRef) -> None:
    first = await livekit_egress.start(rooms, ref, LAYOUT, SRT)
    assert await livekit_egress.start(rooms, ref, LAYOUT, SRT) == first
    assert sent(server) == [LAYOUT]


async def test_begun_twice_at_once_one_is_kept(
    rooms: LivekitRooms, server: LivekitServer, ref: RoomRef
) -> None:
    await rooms.client.send(ref.id, LAYOUT, SRT)
    await rooms.client.send(ref.id, LAYOUT, SRT)
    await livekit_egress.start(rooms, ref, LAYOUT, SRT)
    assert sent(server) == [LAYOUT]


async def test_another_source_takes_over(rooms: LivekitRooms, server: LivekitServer, ref: RoomRef) -> None:
    await livekit_egress.start(rooms, ref, LAYOUT, SRT)
    await livekit_egress.start(rooms, ref, f"{LAYOUT}-2", SRT)
    assert sent(server) == [f"{LAYOUT}-2"]


async def test_it_stops_and_may_begin_again(rooms: LivekitRooms, server: LivekitServer, ref: RoomRef) -> None:
    first = await livekit_egress.start(rooms, ref, LAYOUT, SRT)
    await livekit_egress.stop(rooms, ref)
    await livekit_egress.stop(rooms, ref)
    assert sent(server) == []
    assert await livekit_egress.start(rooms, ref, LAYOUT, SRT) != first


async def test_of_other_rooms_nothing_is_stopped(
    rooms: LivekitRooms, server: LivekitServer, ref: RoomRef
) -> None:
    other = await rooms.create(spec_of("Lunsj"), None)
    await livekit_egress.start(rooms, other, LAYOUT, SRT)
    await livekit_egress.stop(rooms, ref)
    assert sent(server) == [LAYOUT]


async def test_one_that_ended_meanwhile_is_no_trouble(rooms: LivekitRooms, ref: RoomRef) -> None:
    id_ = await livekit_egress.start(rooms, ref, LAYOUT, SRT)
    await rooms.client.end_sending(id_)
    with pytest.raises(RoomTrouble, match="gone"):
        await rooms.client.end_sending(id_)


@pytest.mark.parametrize("url", ["https://media.fjellvik.example", "file:///tmp/picture", ""])
async def test_it_is_sent_to_a_source_and_nowhere_else(
    rooms: LivekitRooms, server: LivekitServer, ref: RoomRef, url: str
) -> None:
    with pytest.raises(RoomTrouble, match="not_configured"):
        await livekit_egress.start(rooms, ref, LAYOUT, url)
    assert sent(server) == []
