"""Clients of an embedded room that send real pictures and sound, and what a film shows of them."""

import asyncio
import io
import time
from array import array
from fractions import Fraction
from itertools import count, pairwise
from math import pi, sin
from typing import Any

import av
from aiortc import MediaStreamTrack, RTCPeerConnection

from orchestrator.rooms.embedded import inside
from orchestrator.rooms.embedded.provider import EmbeddedRooms
from orchestrator.rooms.provider import Guest
from tests.rooms.speaking import LOOPBACK, Client

RED, BLUE = (220, 20, 20), (20, 20, 220)
LOW, HIGH = 400, 1600
"""Hertz."""
_RATE = 48_000


class _Timed(MediaStreamTrack):
    """Frames in real time."""

    def __init__(self, every: float) -> None:
        super().__init__()
        self.is_on = True
        self._every = every
        self._numbers = count()
        self._began = 0.0

    async def due(self) -> int:
        number = next(self._numbers)
        self._began = self._began or time.monotonic()
        await asyncio.sleep(max(0.0, self._began + number * self._every - time.monotonic()))
        return number


class Colour(_Timed):
    """A picture all of one colour, 25 a second."""

    kind = "video"

    def __init__(self, colour: tuple[int, int, int]) -> None:
        super().__init__(1 / 25)
        self._pixels = bytes(colour) * (160 * 120)

    async def recv(self) -> Any:
        number = await self.due()
        frame = av.VideoFrame(160, 120, "rgb24")  # rows of 480 bytes, as libav wants them
        frame.planes[0].update(self._pixels if self.is_on else bytes(len(self._pixels)))
        frame = frame.reformat(format="yuv420p")
        frame.pts, frame.time_base = number * 3600, Fraction(1, 90_000)
        return frame


class Tone(_Timed):
    """A steady tone."""

    kind = "audio"

    def __init__(self, hertz: int) -> None:
        super().__init__(0.02)
        self._samples = array("h", (int(9000 * sin(2 * pi * hertz * n / _RATE)) for n in range(960)))

    async def recv(self) -> Any:
        number = await self.due()
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(self._samples.tobytes() if self.is_on else bytes(1920))
        frame.sample_rate = _RATE
        frame.pts, frame.time_base = number * 960, Fraction(1, _RATE)
        return frame


class Filmed(Client):
    """Somebody of one colour and tone."""

    def __init__(self, rooms: EmbeddedRooms, guest: Guest, colour: tuple[int, int, int], hertz: int) -> None:
        super().__init__(rooms, guest)
        self.tracks = (Tone(hertz), Colour(colour))

    async def wink(self) -> None:
        """Black and silent for a moment, both at once."""
        for on in (False, True):
            for track in self.tracks:
                track.is_on = on
            await asyncio.sleep(0.5)

    async def offer(self, *kinds: str, direction: str = "sendonly", mark: str = "") -> RTCPeerConnection:
        connection = inside.new_connection()
        self.sending.append(connection)
        for track in self.tracks:
            transceiver = connection.addTransceiver(track, direction=direction)
            transceiver.setCodecPreferences(inside.codecs(track.kind))
        with inside.answering_at(LOOPBACK):
            await connection.setLocalDescription(await connection.createOffer())
        return connection


def pictures(film: bytes) -> list[tuple[float, str]]:
    """Each picture's time in seconds, and whether it is red, blue or neither."""
    with av.open(io.BytesIO(film), "r") as container:
        return [(float(one.time or 0), _colour(one)) for one in container.decode(video=0)]


def sounds(film: bytes) -> list[tuple[float, str]]:
    """Each piece of sound's time in seconds, and whether it is low, high or silence."""
    heard = []
    resampler = av.AudioResampler("s16", "mono", _RATE)
    with av.open(io.BytesIO(film), "r") as container:
        for one in container.decode(audio=0):
            at = float(one.time or 0)
            heard += [(at, _tone(_samples(mono))) for mono in resampler.resample(one)]
    return heard


def _samples(frame: Any) -> "array[int]":
    return array("h", bytes(frame.planes[0])[: 2 * frame.samples])


def _colour(frame: Any) -> str:
    small = frame.reformat(width=16, height=16, format="rgb24")
    red, _, blue = bytes(small.planes[0])[8 * small.planes[0].line_size + 24 :][:3]
    return "red" if red > 150 > blue else "blue" if blue > 150 > red else "neither"


def _tone(samples: "array[int]") -> str:
    if sum(map(abs, samples)) < 1000 * len(samples):
        return "silence"
    crossings = sum((one < 0) != (two < 0) for one, two in pairwise(samples))
    hertz = crossings * _RATE / 2 / len(samples)
    return "low" if hertz < (LOW + HIGH) / 2 else "high"
