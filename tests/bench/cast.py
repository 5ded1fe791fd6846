"""What it costs to send a room into a source: ``python -m tests.bench.cast`` prints cores, ours and ffmpeg's.

One sends 640 × 480 at 25 a second; the source is a real ffmpeg that listens and throws away.
"""

import asyncio
import json
import sys
import time
from fractions import Fraction
from itertools import count
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from types import SimpleNamespace
from typing import Any

import av

from orchestrator.clock import WallClock
from orchestrator.rooms.embedded.cast import Cast
from orchestrator.rooms.embedded.feed import Frame
from orchestrator.rooms.embedded.film import PICTURES
from orchestrator.rooms.provider import Guest
from orchestrator.streaming.ffmpeg import running
from orchestrator.streaming.rendering import text_picture
from orchestrator.streaming.sender import sender_args
from tests.rooms.contract import MEMBER, spec_of
from tests.streaming.encoder import PASSPHRASE, free_port

SECONDS = 20


class Recorded:
    """A feed whose frames were encoded beforehand, so that no sender's work is measured."""

    def __init__(self, guest: Guest) -> None:
        self.identity, self.source = guest.identity, "camera"
        self.put: dict[str, Any] = {}
        encoder: Any = av.CodecContext.create("libvpx", "w")
        encoder.width, encoder.height, encoder.pix_fmt = 640, 480, "yuv420p"
        encoder.time_base, encoder.options = Fraction(1, PICTURES), {"deadline": "realtime", "cpu-used": "8"}
        graph = av.filter.Graph()
        graph.link_nodes(graph.add("testsrc2", "size=640x480:rate=25"), graph.add("buffersink")).configure()
        self.pictures: list[bytes] = []
        for _ in range(4 * PICTURES):
            picture: Any = graph.pull()
            self.pictures += map(bytes, encoder.encode(picture.reformat(format="yuv420p")))

    def attach(self, kind: str, _: object, put: Any) -> None:
        self.put[kind] = put

    def detach(self, kind: str, _: object) -> None:
        self.put.pop(kind, None)

    def ask_for_keyframe(self) -> None:
        """It comes every four seconds."""

    async def play(self) -> None:
        began = time.monotonic()
        for number in count():
            await asyncio.sleep(max(0.0, began + number / PICTURES - time.monotonic()))
            if put := self.put.get("video"):
                put(Frame("video", self.pictures[number % len(self.pictures)], number * 3600))


def cores() -> float:
    return sum(getrusage(RUSAGE_SELF)[:2])


async def measure(size: tuple[int, int]) -> dict[str, Any]:
    feed = Recorded(MEMBER)
    member: Any = SimpleNamespace(guest=MEMBER, waiting=False, feeds={"camera": feed}, on={"video", "audio"})
    spec = spec_of(speakers=frozenset({MEMBER.identity}))
    room: Any = SimpleNamespace(closed=False, spec=spec, members={MEMBER.identity: member})
    cast = Cast(room, WallClock(), size=size, slate=text_picture(size, "Pause", (), "", "#0b2545"))
    cast._switch._ask = lambda _: None
    port = free_port()
    url = f"srt://127.0.0.1:{port}?mode=listener&passphrase={PASSPHRASE}&pbkeylen=16"
    args = sender_args(size=size, pictures=PICTURES, host="127.0.0.1", port=port, passphrase=PASSPHRASE)
    playing = asyncio.create_task(feed.play())
    async with running(["-f", "mpegts", "-i", url, "-c", "copy", "-f", "null", "-"]):
        await asyncio.sleep(1)
        async with running(args, feed=True) as child:
            sending = asyncio.create_task(cast.send(child.stdin))
            await asyncio.sleep(3)
            ours, its, began = cores(), _of(child.pid), time.monotonic()
            await asyncio.sleep(SECONDS)
            took = time.monotonic() - began
            figures = {
                "size": size,
                "service": (cores() - ours) / took,
                "ffmpeg": (_of(child.pid) - its) / took,
            }
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
    playing.cancel()
    return figures


def _of(pid: int) -> float:
    """Seconds of a core that a process has used (proc(5): utime and stime, of 100 a second)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def main() -> None:
    for size in ((640, 360), (1280, 720)):
        print(json.dumps(asyncio.run(measure(size))))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
