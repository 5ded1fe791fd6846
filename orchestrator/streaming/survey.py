"""What a whole MP4 file holds: its picture and sound, how long it lasts, how far apart its keyframes are."""

import re
from dataclasses import dataclass
from pathlib import Path

from orchestrator.streaming.ffmpeg import running
from orchestrator.streaming.packager import FARTHEST_KEYFRAMES, Plan, file_input, plan
from orchestrator.streaming.probe import Audio, Probe, Video

_DURATION = re.compile(r"^\s*Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_UNIT = re.compile(r"^#tb 0: (\d+)/(\d+)")
_TOLERANCE = 0.25


class NotAFilmError(Exception):
    """The file cannot be read, or has no picture; says what ffmpeg said."""


@dataclass(frozen=True, slots=True)
class Survey:
    """A file's picture, sound and length; `keyframes_apart` are the most seconds between two keyframes."""

    video: Video
    audio: Audio | None
    seconds: float
    keyframes_apart: float

    @property
    def plan(self) -> Plan:
        """How it is packaged."""
        apart = self.keyframes_apart > FARTHEST_KEYFRAMES + _TOLERANCE
        return plan(self.video, self.audio, keyframes_far_apart=apart, sound_missing=False)


async def survey(path: Path) -> Survey:
    """Look through a file by its keyframes alone, which takes a moment. Raises NotAFilmError."""
    probe, keyframes = Probe(), _Keyframes()
    seconds: float | None = None

    def line(said: str) -> None:
        nonlocal seconds
        probe.line(said)
        if found := _DURATION.match(said):
            seconds = int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])

    args = [
        "-discard:v",
        "nokey",
        *file_input(path),
        "-map",
        "0:v:0",
        "-c",
        "copy",
        "-f",
        "framecrc",
        "pipe:1",
    ]
    async with running(args, on_line=line) as child:
        rest = b""
        async for chunk in child:
            *lines, rest = (rest + chunk).split(b"\n")
            for each in lines:
                keyframes.line(each.decode())
        failed = await child.wait()
    if failed or probe.video is None or seconds is None:
        raise NotAFilmError(" | ".join(list(child.said)[-2:]))
    return Survey(probe.video, probe.audio, seconds, max(keyframes.apart, seconds - keyframes.latest))


class _Keyframes:
    """Fed with a line for each keyframe, `stream, dts, pts, …`, after one that says the unit of time."""

    def __init__(self) -> None:
        self.latest = self.apart = 0.0
        self._unit = 1.0

    def line(self, line: str) -> None:
        if found := _UNIT.match(line):
            self._unit = int(found[1]) / int(found[2])
        elif not line.startswith("#"):
            at = int(line.split(",")[2]) * self._unit
            self.apart = max(self.apart, at - self.latest)
            self.latest = at
