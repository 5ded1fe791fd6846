"""The picture says when it was taken; so does the capture time, once the source's delay is set."""

import os
import signal
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from orchestrator.streaming.ffmpeg import running
from orchestrator.streaming.media import Captured
from tests.streaming import burnt
from tests.streaming.collector import until
from tests.streaming.encoder import Encoder
from tests.streaming.receiving import receiving

pytestmark = [pytest.mark.story, pytest.mark.timed]

SIZE = (384, 216)


async def first_picture(captured: Captured) -> bytes:
    """The first picture of a fragment that begins with a keyframe, in grey."""
    film = captured.init.data + captured.fragment.data
    args = ["-loglevel", "error", "-f", "mp4", "-i", "pipe:0", "-frames:v", "1", "-f", "rawvideo"]
    async with running([*args, "-pix_fmt", "gray", "pipe:1"], feed=True) as child:
        child.stdin.write(film)
        child.stdin.close()
        return b"".join([chunk async for chunk in child])


async def lags(taken: list[Captured]) -> list[float]:
    """How much later than the truth each keyframe was placed, in seconds.

    Without the first: that picture waited while the encoder was connecting.
    """
    found = []
    for captured in taken[1:]:
        if captured.fragment.keyframe:
            truth = burnt.read(await first_picture(captured), SIZE) / 1000
            found.append(captured.captured_at.timestamp() - truth)
    return found


@pytest.mark.parametrize("gop", [50, 200], ids=["copied", "converted"])
async def test_capture_times_are_true_within_0_3_seconds_once_the_delay_is_set(
    tmp_path: Path, gop: int
) -> None:
    async with receiving(tmp_path / "a") as received:
        frames = lambda _number, _at: burnt.time_of_day(SIZE)  # noqa: E731
        async with Encoder(received.port, size=SIZE, gop=gop, frames=frames):
            await until(lambda: received.seconds() > (16 if gop > 100 else 8), 40)
    found = await lags(received.sink.taken)
    delay = median(found)
    assert 0 <= delay < 1.0, "with no delay set, the pipeline's own is what is seen"
    assert all(abs(lag - delay) < 0.3 for lag in found), found


async def test_a_delay_that_is_set_is_taken_off_exactly(tmp_path: Path) -> None:
    async with receiving(tmp_path / "a", delay_ms=3000) as received:
        frames = lambda _number, _at: burnt.time_of_day(SIZE)  # noqa: E731
        async with Encoder(received.port, size=SIZE, frames=frames):
            await until(lambda: received.seconds() > 5)
    assert all(-3.0 <= lag < -2.3 for lag in await lags(received.sink.taken))


async def test_after_the_packager_was_replaced_times_go_on(tmp_path: Path) -> None:
    async with receiving(tmp_path / "a") as received:
        frames = lambda _number, _at: burnt.time_of_day(SIZE)  # noqa: E731
        async with Encoder(received.port, size=SIZE, gop=25, frames=frames):
            await until(lambda: received.seconds() > 4)

            os.kill(received.pid("packager"), signal.SIGKILL)
            before = len(received.sink.taken)
            await until(lambda: len(received.sink.taken) > before + 8)
    found = await lags(received.sink.taken)
    assert max(found) - min(found) < 0.3
    for earlier, later in pairwise(received.sink.taken):
        assert later.captured_at > earlier.captured_at
