"""A recording as another product makes it: an MP4 whose every picture says when it was taken."""

import random
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestrator.streaming.ffmpeg import find_ffmpeg
from tests.streaming import burnt

SIZE = (192, 108)
RATE = 10
"""Pictures a second."""


def record(
    path: Path,
    start: datetime,
    seconds: float,
    *,
    gop: int = 20,
    sound: bool = True,
    codec: str = "libx264",
    snow: bool = False,
) -> Path:
    """A film of what was to be seen from `start` on, `gop` pictures from one keyframe to the next.

    `snow`: in the half of the picture that says nothing, so that the file is large.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = bytearray()
    for number in range(round(seconds * RATE)):
        moment = start + timedelta(seconds=number / RATE)
        picture = burnt.picture(SIZE, round(moment.timestamp() * 1000))
        half = len(picture) // 2
        pictures += picture[:half] + random.randbytes(half) if snow else picture  # noqa: S311
    args = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", f"{SIZE[0]}x{SIZE[1]}"]
    args += ["-framerate", str(RATE), "-i", "pipe:0"]
    if sound:
        args += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-c:a", "aac", "-ac", "2"]
    args += ["-t", str(seconds), "-c:v", codec, "-pix_fmt", "yuv420p", "-g", str(gop), "-bf", "0"]
    args += ["-preset", "ultrafast", "-sc_threshold", "0"] if codec == "libx264" else ["-q:v", "3"]
    args += ["-crf", "4"] if snow else []
    command = [find_ffmpeg(), "-v", "error", "-y", *args, "-f", "mp4", str(path)]
    subprocess.run(command, input=pictures, check=True)
    return path


def seen_in(playlist: Path) -> list[datetime]:
    """When each picture that a player shows of a recording was taken, in the order of the recording."""
    width, height = SIZE
    command = [find_ffmpeg(), "-v", "error", "-allowed_extensions", "ALL", "-i", str(playlist), "-an"]
    command += ["-fps_mode", "passthrough", "-vf", f"scale={width}:{height}"]
    command += ["-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stderr == b""
    pictures = (done.stdout[at : at + width * height] for at in range(0, len(done.stdout), width * height))
    return [datetime.fromtimestamp(burnt.read(picture, SIZE) / 1000, UTC) for picture in pictures]
