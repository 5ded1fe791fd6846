"""What it costs to send a room into a source: how many times the input's rate one core could keep up with.

One sends 640 × 480 at 25 a second; the source is a real ffmpeg that listens and throws away. Beside it what
ffmpeg alone needs to decode, fit and encode the same pictures, without following the floor.

    python -m tests.bench.cast [seconds]
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from itertools import count
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import av

from orchestrator.clock import WallClock
from orchestrator.rooms.embedded.cast import Cast, Out
from orchestrator.rooms.embedded.feed import Frame
from orchestrator.rooms.embedded.film import PICTURES
from orchestrator.rooms.provider import Guest
from orchestrator.streaming.ffmpeg import find_ffmpeg, running
from orchestrator.streaming.rendering import text_picture
from orchestrator.streaming.sender import sender_args
from tests.rooms.contract import MEMBER, spec_of
from tests.streaming.encoder import PASSPHRASE, free_port

FILM_SECONDS = 4


class Counted:
    """Where the film is sent, counting its frames: one a time."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self.frames = 0

    def write(self, data: bytes) -> None:
        self.frames += 1
        self._out.write(data)

    async def drain(self) -> None:
        await self._out.drain()


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
        for _ in range(FILM_SECONDS * PICTURES):
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


async def measure(size: tuple[int, int], seconds: float) -> dict[str, Any]:
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
            out = Counted(child.stdin)
            sending = asyncio.create_task(cast.send(out))
            await asyncio.sleep(FILM_SECONDS + 1)  # which begins with a whole picture
            ours, its, frames, began = cores(), _of(child.pid), out.frames, time.monotonic()
            await asyncio.sleep(seconds)
            took = time.monotonic() - began
            service, ffmpeg = (cores() - ours) / took, (_of(child.pid) - its) / took
            sent = (out.frames - frames) / took
            if sending.done():
                raise RuntimeError("this machine is too slow to measure on") from sending.exception()
            assert cast._picture.whose, "it is the picture that was sent, not the slate"
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
    playing.cancel()
    return {
        "size": "x".join(map(str, size)),
        "input_frames_per_second": PICTURES,
        "sent_frames_per_second": round(sent, 1),
        "service_cores": round(service, 4),
        "ffmpeg_cores": round(ffmpeg, 4),
        "frames_per_second_per_core": round(sent / (service + ffmpeg), 1),
        "bare_ffmpeg_frames_per_second_per_core": round(await _bare(size, args, seconds), 1),
    }


async def _bare(size: tuple[int, int], args: Sequence[str], seconds: float) -> float:
    """Frames for each second of a core, by one ffmpeg with the sender's own encoding."""
    width, height = size
    encoding = args[args.index("-c:v") : args.index("-f", args.index("-c:v"))]
    fitted = f"scale={width}:{height}:force_original_aspect_ratio=decrease,pad={width}:{height}:-1:-1"
    picture = f"testsrc2=size=640x480:rate={PICTURES}"
    sound = ["-f", "lavfi", "-i", "anullsrc=sample_rate=48000:channel_layout=mono"]
    with TemporaryDirectory() as directory:
        film = str(Path(directory) / "film.ivf")
        made = ["-f", "lavfi", "-i", picture, "-t", str(seconds), "-c:v", "libvpx", "-deadline", "realtime"]
        await asyncio.to_thread(_run, [*made, "-cpu-used", "8", film])
        fed = ["-i", film, *sound, "-t", str(seconds), "-vf", fitted]
        took = await asyncio.to_thread(_run, [*fed, *encoding, "-f", "null", "-"])
    return seconds * PICTURES / took


def _run(args: Sequence[str]) -> float:
    """Seconds of a core that an ffmpeg used from beginning to end."""
    before = sum(getrusage(RUSAGE_CHILDREN)[:2])
    subprocess.run([find_ffmpeg(), "-loglevel", "error", "-nostdin", *args], check=True)
    return sum(getrusage(RUSAGE_CHILDREN)[:2]) - before


def _of(pid: int) -> float:
    """Seconds of a core that a process has used (proc(5): utime and stime, of 100 a second)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def main(seconds: float) -> None:
    for size in ((640, 360), (1280, 720)):
        print(json.dumps({"bench": "cast"} | asyncio.run(measure(size, seconds))), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
