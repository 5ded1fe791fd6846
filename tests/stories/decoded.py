"""What public media shows and sounds like, frame by frame, as a player would decode it."""

import asyncio
import math
import struct
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from orchestrator.streaming.ffmpeg import find_ffmpeg
from tests.stories.coded import Shown, read_blocks

RATE = 16_000
WINDOW = 0.2
"""Seconds of sound that one pitch is measured over."""
FIRST_HZ, HZ_PER_SECOND = 300.0, 30.0
SILENT = 200
"""Loudest sample (of 32,768) of what counts as silence."""


def rising_tone(since: float) -> str:
    """A source of sound for an encoder: its pitch tells the seconds since the hall began to be filmed.

    ``since``: seconds already passed when this encoder starts.
    """
    first = FIRST_HZ + HZ_PER_SECOND * since
    return f"aevalsrc=exprs='0.5*sin(2*PI*({first:.3f}*t+{HZ_PER_SECOND / 2}*t*t))':s=48000:d=600"


@dataclass(frozen=True)
class Decoded:
    """A run of segments. A frame is None if it has no code; a sound is None where it is silent."""

    frames: list[Shown | None]
    sounds: list[float | None]
    """For each `WINDOW`: seconds since the hall began to be filmed, as the pitch tells."""
    complaints: str


async def decode(*parts: bytes) -> Decoded:
    """Decode an initialisation and the segments that follow on each other after it."""
    with tempfile.TemporaryDirectory() as name:
        media, picture, sound = (Path(name) / each for each in ("media.mp4", "picture", "sound"))
        media.write_bytes(b"".join(parts))
        process = await asyncio.create_subprocess_exec(
            *(find_ffmpeg(), "-nostdin", "-v", "error", "-threads", "1", "-i", str(media)),
            *("-map", "0:v:0", "-vf", "scale=16:9:flags=area,format=gray", "-fps_mode", "passthrough"),
            *("-f", "rawvideo", "-y", str(picture)),
            *("-map", "0:a:0", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-y", str(sound)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        pictures = picture.read_bytes() if picture.exists() else b""
        sounds = sound.read_bytes() if sound.exists() else b""
    return Decoded(
        frames=[read_blocks(pictures[at : at + 144]) for at in range(0, len(pictures) - 143, 144)],
        sounds=_pitches(sounds),
        complaints=said.decode(errors="replace"),
    )


def _pitches(sound: bytes) -> list[float | None]:
    size = 2 * int(RATE * WINDOW)
    return [_told(sound[at : at + size]) for at in range(0, len(sound) - size + 1, size)]


def _told(window: bytes) -> float | None:
    """The seconds that a window's pitch tells, from the distance between its upward zero crossings."""
    samples = struct.unpack(f"<{len(window) // 2}h", window)
    if max(map(abs, samples)) < SILENT:
        return None
    rising = [number + a / (a - b) for number, (a, b) in enumerate(pairwise(samples)) if a < 0 <= b]
    if len(rising) < 2:
        return math.nan
    pitch: float = RATE * (len(rising) - 1) / (rising[-1] - rising[0])
    return (pitch - FIRST_HZ) / HZ_PER_SECOND
