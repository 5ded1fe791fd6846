from collections.abc import AsyncGenerator, Generator
from typing import Literal

import pytest
from livekit import api

from orchestrator.rooms import livekit_egress
from orchestrator.rooms.livekit import LivekitRooms
from orchestrator.rooms.provider import RoomRef, RoomTrouble
from tests.clock import FakeClock
from tests.rooms.contract import spec_of
from tests.rooms.livekit_real import RealLivekit, real_livekit
from tests.rooms.livekit_server import UNDER_WAY, LivekitServer, Twirp, livekit_server

LAYOUT = "https://fjellvik.example/rom/bilde?kilde=plenum"
SRT = "srt://media.fjellvik.example:9000?passphrase=hemmelig-nok-til-srt"


@pytest.fixture
async def server() -> AsyncGenerator[LivekitServer]:
    async with livekit_server() as server:
        yield server


@pytest.fixture(scope="module")
def real() -> Generator[RealLivekit]:
    """One that nobody has given an egress service."""
    yield from real_livekit()


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
    return [one.room_composite.custom_base_url for one in server.egresses.values() if one.status in UNDER_WAY]


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
    sent_as = asked.advanced
    assert (sent_as.video_codec, sent_as.audio_codec) == (api.VideoCodec.H264_MAIN, api.AudioCodec.AAC)
    assert (sent_as.key_frame_interval, sent_as.audio_frequency) == (2, 48_000), "as a source passes it on"


async def test_asked_twice_it_is_sent_once(rooms: LivekitRooms, server: LivekitServer, ref: RoomRef) -> None:
    first = await livekit_egress.start(rooms, ref, LAYOUT, SRT)
    assert not first.active
    server.begin_egress()
    again = await livekit_egress.start(rooms, ref, LAYOUT, SRT)
    assert (again.id, again.active) == (first.id, True)
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
    order = [name for name, _ in server.asked if name in ("StopEgress", "StartRoomCompositeEgress")]
    assert order[-2:] == ["StopEgress", "StartRoomCompositeEgress"], "a source takes one at a time"


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
    sending = await livekit_egress.start(rooms, ref, LAYOUT, SRT)
    await rooms.client.end_sending(sending.id)
    with pytest.raises(RoomTrouble, match="gone"):
        await rooms.client.end_sending(sending.id)


async def test_one_that_ends_at_once_is_said_to_send_nothing(
    rooms: LivekitRooms, server: LivekitServer, ref: RoomRef
) -> None:
    async def ends(room: str, layout_url: str, output_url: str) -> None:
        await client_send(room, layout_url, output_url)
        for one in server.egresses.values():
            one.status = api.EgressStatus.EGRESS_FAILED

    client_send, rooms.client.send = rooms.client.send, ends  # type: ignore[method-assign]
    with pytest.raises(RoomTrouble, match="sends_nothing"):
        await livekit_egress.start(rooms, ref, LAYOUT, SRT)


@pytest.mark.parametrize("egress", ["no worker", "no redis"])
async def test_a_server_without_an_egress_service_is_told_apart_from_one_that_is_silent(
    rooms: LivekitRooms, server: LivekitServer, ref: RoomRef, egress: Literal["no worker", "no redis"]
) -> None:
    server.egress = egress
    with pytest.raises(RoomTrouble, match="no_egress"):
        await livekit_egress.start(rooms, ref, LAYOUT, SRT)
    server.failing = Twirp(403, "permission_denied")
    with pytest.raises(RoomTrouble, match="refused"):
        await livekit_egress.start(rooms, ref, LAYOUT, SRT)


@pytest.mark.livekit
async def test_a_real_server_without_an_egress_service_says_so(real: RealLivekit) -> None:
    rooms = LivekitRooms(real.account, FakeClock())
    try:
        ref = await rooms.create(spec_of(), None)
        with pytest.raises(RoomTrouble, match="no_egress"):
            await livekit_egress.stop(rooms, ref)
        with pytest.raises(RoomTrouble, match="no_egress"):
            await rooms.client.send(ref.id, LAYOUT, SRT)
        await rooms.delete(ref)
    finally:
        await rooms.aclose()


@pytest.mark.parametrize("url", ["https://media.fjellvik.example", "file:///tmp/picture", ""])
async def test_it_is_sent_to_a_source_and_nowhere_else(
    rooms: LivekitRooms, server: LivekitServer, ref: RoomRef, url: str
) -> None:
    with pytest.raises(RoomTrouble, match="not_configured"):
        await livekit_egress.start(rooms, ref, LAYOUT, url)
    assert sent(server) == []
