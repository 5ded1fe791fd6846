"""What inside.py takes for granted of aiortc and aioice: a new version that differs is seen here first."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from itertools import pairwise
from typing import Any

import av
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

from orchestrator.rooms.embedded import inside

LOOPBACK = ("127.0.0.1",)


class Sent(MediaStreamTrack):
    """Encoded frames, fifty a second, that no encoder made."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.count = 0

    async def recv(self) -> Any:
        await asyncio.sleep(0.02)
        packet = av.Packet(b"\x10frame %d" % self.count)
        packet.pts = 960 * self.count
        packet.time_base = inside.time_base(self.kind)
        self.count += 1
        return packet


@asynccontextmanager
async def one_way(
    track: Sent, took: inside.Took
) -> AsyncIterator[tuple[RTCPeerConnection, RTCPeerConnection]]:
    """From the first connection to the second."""
    here, there = inside.new_connection(), inside.new_connection()
    here.addTransceiver(track, direction="sendonly").setCodecPreferences(inside.codecs(track.kind))
    inside.take_frames(there.addTransceiver(track.kind, direction="recvonly"), took)
    try:
        with inside.answering_at(LOOPBACK):
            await here.setLocalDescription(await here.createOffer())
            await there.setRemoteDescription(here.localDescription)
            await there.setLocalDescription(await there.createAnswer())
            await here.setRemoteDescription(there.localDescription)
        yield here, there
    finally:
        await here.close()
        await there.close()


async def so(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


def test_the_version_is_the_one_that_was_tried() -> None:
    assert version("aiortc") == "1.16.0"


@pytest.mark.parametrize("kind", ["audio", "video"])
async def test_frames_come_out_encoded_as_they_went_in(kind: str) -> None:
    taken: list[tuple[bytes, int]] = []
    async with one_way(Sent(kind), lambda data, at: taken.append((data, at))):
        await so(lambda: len(taken) > 5)
    assert all(data.startswith(b"\x10frame ") for data, _ in taken)
    steps = {later - earlier for (_, earlier), (_, later) in pairwise(taken)}
    assert steps <= {960 * lost for lost in range(1, 5)}


async def test_a_whole_picture_is_asked_for_and_the_asking_is_heard() -> None:
    taken: list[bytes] = []
    asked: list[bool] = []
    async with one_way(Sent("video"), lambda data, _: taken.append(data)) as (here, there):
        inside.when_asked_for_keyframe(here.getSenders()[0], lambda: asked.append(True))
        await so(lambda: taken)
        await inside.ask_for_keyframe(there.getReceivers()[0])
        await so(lambda: asked)


async def test_only_the_addresses_that_were_named_are_offered_and_no_server_is_asked() -> None:
    connection = inside.new_connection()
    connection.addTransceiver("audio", direction="recvonly")
    with inside.answering_at(LOOPBACK):
        await connection.setLocalDescription(await connection.createOffer())
    candidates = [line for line in connection.localDescription.sdp.splitlines() if "candidate:" in line]
    assert candidates
    assert all(" 127.0.0.1 " in line and line.endswith("typ host") for line in candidates)
    await connection.close()


async def test_no_thread_is_left_decoding() -> None:
    taken: list[bytes] = []
    async with one_way(Sent("audio"), lambda data, _: taken.append(data)):
        await so(lambda: taken)
        assert not [one.name for one in threading.enumerate() if one.name.endswith("-decoder")]


async def test_only_what_every_browser_can_show_is_passed_on() -> None:
    connection = inside.new_connection()
    for kind in ("audio", "video"):
        connection.addTransceiver(kind, direction="recvonly").setCodecPreferences(inside.codecs(kind))
    offer: RTCSessionDescription = await connection.createOffer()
    names = {line.split()[1].split("/")[0] for line in offer.sdp.splitlines() if line.startswith("a=rtpmap:")}
    assert names == {"opus", "VP8", "rtx"}
    await connection.close()
