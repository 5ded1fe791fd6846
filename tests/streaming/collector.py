"""A sink that keeps everything, and what tests ask of it."""

import asyncio
import subprocess
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from orchestrator.streaming.ffmpeg import find_ffmpeg
from orchestrator.streaming.media import Captured, Init


class Collector:
    """Implements `orchestrator.streaming.media.MediaSink`."""

    def __init__(self) -> None:
        self.taken: list[Captured] = []
        self.losses = 0

    async def take(self, captured: Captured) -> None:
        self.taken.append(captured)

    async def lost(self) -> None:
        self.losses += 1

    @property
    def inits(self) -> list[Init]:
        """The different inits, in order."""
        return [init for init, _ in groupby(captured.init for captured in self.taken)]

    def bytes(self, init: Init) -> bytes:
        """A playable file of everything that belongs to one init."""
        return init.data + b"".join(c.fragment.data for c in self.taken if c.init is init)


async def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for real processes; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)


def decode_errors(media: bytes, tmp_path: Path) -> str:
    """What ffmpeg complains about when it decodes a file; empty if nothing."""
    file = tmp_path / "decoded.mp4"
    file.write_bytes(media)
    command = [find_ffmpeg(), "-v", "error", "-xerror", "-i", str(file), "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def described(media: bytes, tmp_path: Path) -> str:
    """The streams of a file in ffmpeg's words."""
    file = tmp_path / "described.mp4"
    file.write_bytes(media)
    command = [find_ffmpeg(), "-hide_banner", "-i", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr
