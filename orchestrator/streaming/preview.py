"""A third, optional ffmpeg beside the packager: a picture every few seconds, and how loud the sound is.

It is fed with what the receiver passes on, never makes anything wait, and may die without harm.
"""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

from orchestrator.backoff import Backoff
from orchestrator.streaming.ffmpeg import Child, running

PICTURE_EVERY = 4
"""Seconds between preview pictures, at least: they are made of keyframes only."""

LEVEL_EVERY = 2
"""Seconds that each sound level is measured over."""

_MOST_WAITING = 4 << 20
_LEVEL = re.compile(r"lavfi\.astats\.Overall\.RMS_level=(-?(?:\d+(?:\.\d+)?|inf))")
_SILENCE = -120.0
_END_OF_PICTURE = b"\xff\xd9"


class Preview:
    """Watches one source over all its connections. The picture lives in memory only."""

    def __init__(self, pid_file: Path) -> None:
        self._pid_file = pid_file
        self._allowed = True
        self._child: Child | None = None
        self._switched = asyncio.Event()
        self._picture: bytes | None = None
        self.sound_dbfs: float | None = None
        """RMS of the last two seconds, relative to full scale; None if unknown."""

    @property
    def picture(self) -> bytes | None:
        """The latest picture (JPEG), unless there is none or it may not be seen."""
        return self._picture if self._allowed else None

    def allow(self, allowed: bool) -> None:  # noqa: FBT001 - it is a switch
        """Pictures on or off: off behind closed doors, when the last one is forgotten at once."""
        if allowed != self._allowed:
            self._allowed = allowed
            self._picture = None
            self._switched.set()

    def offer(self, data: bytes) -> None:
        """Take media, or drop it if the last is not worked off."""
        if self._child and self._child.stdin.transport.get_write_buffer_size() < _MOST_WAITING:
            self._child.stdin.write(data)

    async def watch(self, start: Callable[[], bytes], *, has_sound: bool) -> None:
        """Run until cancelled, when what was seen is forgotten; `start` gives what to begin with."""
        backoff = Backoff()
        try:
            while True:
                self._switched.clear()
                began = asyncio.get_running_loop().time()
                if self._allowed or has_sound:
                    await self._until_switched(start, has_sound=has_sound)
                else:
                    await self._switched.wait()
                if not self._switched.is_set():
                    await asyncio.sleep(backoff.after(asyncio.get_running_loop().time() - began))
        finally:
            self._picture = None
            self.sound_dbfs = None

    async def _until_switched(self, start: Callable[[], bytes], *, has_sound: bool) -> None:
        args = preview_args(pictures=self._allowed, sound=has_sound)
        async with running(args, feed=True, on_line=self._line, pid_file=self._pid_file) as child:
            self._child = child
            child.stdin.write(start())
            reading = asyncio.create_task(self._read(child))
            switched = asyncio.create_task(self._switched.wait())
            try:
                await asyncio.wait({reading, switched}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._child = None
                for task in (reading, switched):
                    task.cancel()
                await asyncio.gather(reading, switched, return_exceptions=True)

    async def _read(self, child: Child) -> None:
        rest = b""
        while chunk := await child.read():
            *pictures, rest = (rest + chunk).split(_END_OF_PICTURE)
            if pictures and not self._switched.is_set():
                self._picture = pictures[-1] + _END_OF_PICTURE

    def _line(self, line: str) -> None:
        if found := _LEVEL.search(line):
            self.sound_dbfs = max(_SILENCE, float(found[1]))


def preview_args(*, pictures: bool, sound: bool) -> list[str]:
    """The arguments of ffmpeg: from a transport stream on stdin to JPEGs on stdout, levels on stderr."""
    args = ["-loglevel", "info", "-protocol_whitelist", "pipe", "-threads", "1"]
    args += ["-probesize", "5000000", "-analyzeduration", "700000"]
    args += ["-skip_frame", "nokey", "-f", "mpegts", "-i", "pipe:0"]
    if pictures:
        chosen = f"select='isnan(prev_selected_t)+gte(t-prev_selected_t,{PICTURE_EVERY - 0.5})'"
        args += [
            "-map",
            "0:v:0",
            "-vf",
            f"{chosen},scale=640:-2",
            "-fps_mode",
            "passthrough",
            "-threads",
            "1",
        ]
        args += ["-c:v", "mjpeg", "-q:v", "6", "-f", "image2pipe", "-flush_packets", "1", "pipe:1"]
    if sound:
        measure = "astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=RMS_level"
        frames = f"aresample=48000,asetnsamples={LEVEL_EVERY * 48_000}"
        report = "ametadata=mode=print:key=lavfi.astats.Overall.RMS_level"
        args += ["-map", "0:a:0", "-af", f"{frames},{measure},{report}", "-f", "null", "-"]
    return args
