"""What a viewer gets: every version of the live playlist, and the moments that the recording shows."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import aiohttp

from tests.stories.coded import seconds_between, stamp
from tests.stories.council import Council
from tests.stories.decoded import Decoded, decode
from tests.streaming.legality import Listed, check_history, parse


@dataclass
class Viewer:
    """Reads the live playlist again and again. `versions`: each with when (seconds) it was first read.

    The viewer's clock stands still while there is no service that could answer.
    """

    hall: Council
    versions: list[tuple[float, str]] = field(default_factory=list)
    away: float = 0.0

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            began = time.monotonic()
            try:
                async with self.hall.http.get(f"{self.hall.media}/live.m3u8") as answer:
                    text = await answer.text()
                if answer.status == 200 and (not self.versions or self.versions[-1][1] != text):
                    self.versions.append((time.monotonic() - self.away, text))
                await asyncio.sleep(0.25)
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
                self.away += time.monotonic() - began

    @property
    def latest(self) -> str:
        """The newest version."""
        return self.versions[-1][1]

    def check(self) -> None:
        """The history is legal."""
        assert len(self.versions) > 2
        check_history(self.versions)


@asynccontextmanager
async def watching(hall: Council) -> AsyncIterator[Viewer]:
    """Somebody watches for as long as the block lasts."""
    viewer = Viewer(hall)
    task = asyncio.create_task(viewer.run())
    try:
        yield viewer
        assert not task.done(), "the viewer has ended by itself"
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def init_name(segment: Listed) -> str:
    """The name of the initialisation that a segment is decoded with."""
    return segment.init.split('"')[1]


def runs(text: str) -> list[list[Listed]]:
    """What a playlist lists, in stretches that are decoded as one."""
    found: list[list[Listed]] = []
    for segment in parse(text).segments:
        if segment.discontinuity or not found or found[-1][-1].init != segment.init:
            found.append([])
        found[-1].append(segment)
    return found


async def decoded(hall: Council, run: list[Listed]) -> Decoded:
    """A run of public segments, fetched and decoded."""
    parts = [init_name(run[0]), *(segment.uri for segment in run)]
    return await decode(*[await hall.fetched(name) for name in parts])


def moments(media: Decoded) -> list[float]:
    """When (`time.time()`) each coded frame was taken."""
    now = time.time()
    return [now + seconds_between(stamp(now), frame.stamp) for frame in media.frames if frame]


async def recorded(hall: Council) -> list[float]:
    """When each frame of the recording was taken, in order; there must be no slate in it."""
    seen = []
    for run in runs(await hall.published("recording.m3u8")):
        media = await decoded(hall, run)
        assert media.frames
        assert None not in media.frames
        seen += moments(media)
    assert seen == sorted(seen)
    return seen


def lost(seen: Sequence[float], start: float, end: float) -> float:
    """How many seconds between two moments are not seen."""
    edges = [start, *(at for at in seen if start < at < end), end]
    return sum(other - one for one, other in pairwise(edges) if other - one > 0.2)
