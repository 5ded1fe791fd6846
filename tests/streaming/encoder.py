"""A real encoder for tests: ffmpeg that sends a test picture, or frames from Python, over SRT."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Literal, Self

from orchestrator.streaming.ffmpeg import Child, running

Frames = Callable[[int, float], bytes]
"""Frame number and its time in seconds since the first → the raw picture, in `pixels` and `size`."""

PASSPHRASE = "en-hemmelig-setning"


class EncoderRefusedError(Exception):
    """Nobody listened, or the passphrase was wrong; says what ffmpeg said."""


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """A port on loopback that nobody listens on now (SRT is UDP)."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Encoder:
    """Sends for as long as the block lasts; entering waits until it is connected.

    `gop` in frames. `audio`: a tone, a stream of digital silence, or no stream. `frames` is called in
    real time, so it may burn in the time of day. `video_args` and `audio_args` say how to encode.
    `film` (a transport stream) is sent as it is instead.
    """

    def __init__(
        self,
        port: int,
        passphrase: str = PASSPHRASE,
        *,
        size: tuple[int, int] = (640, 360),
        fps: int = 25,
        gop: int = 50,
        b_frames: int = 0,
        audio: str | None = "tone",
        audio_args: tuple[str, ...] = ("-c:a", "aac", "-b:a", "96k", "-ar", "48000", "-ac", "2"),
        video_args: tuple[str, ...] | None = None,
        frames: Frames | None = None,
        pixels: Literal["rgb24", "yuv420p"] = "rgb24",
        film: Path | None = None,
        patience: float = 10.0,
    ) -> None:
        self.sent = 0
        """Frames from `frames` that were sent."""
        self.began_at = 0.0
        """`time.time()` when the first frame from `frames` was sent."""
        self._size, self._fps, self._frames = size, fps, frames
        self._patience = patience
        self._stack = AsyncExitStack()
        self._child: Child | None = None
        source = f"testsrc=size={size[0]}x{size[1]}:rate={fps}"
        picture = (
            ("-re", "-f", "lavfi", "-i", source)
            if frames is None
            else (
                "-f",
                "rawvideo",
                "-pix_fmt",
                pixels,
                "-s",
                f"{size[0]}x{size[1]}",
                "-r",
                str(fps),
                "-i",
                "pipe:0",
            )
        )
        sounds = {"tone": "sine=frequency=440:sample_rate=48000", "silent": "anullsrc=r=48000:cl=stereo"}
        sound = ("-re", "-f", "lavfi", "-i", sounds.get(audio, audio)) if audio else ()
        video = video_args or (
            *("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p"),
            *("-bf", str(b_frames), "-g", str(gop), "-keyint_min", str(gop), "-sc_threshold", "0"),
        )
        media = [*picture, *sound, *video, *(audio_args if audio else ())]
        if film is not None:
            media = ["-re", "-f", "mpegts", "-i", str(film), "-map", "0", "-c", "copy"]
        self.args = [
            *("-loglevel", "info", *media),
            *("-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0", "-max_interleave_delta", "400000"),
            f"srt://127.0.0.1:{port}?mode=caller&passphrase={passphrase}&pbkeylen=16&latency=50000",
        ]

    async def __aenter__(self) -> Self:
        give_up = time.monotonic() + self._patience
        while True:
            if await self._connect():
                if self._frames:
                    sending = asyncio.create_task(self._send(self._frames))
                    self._stack.push_async_callback(_end, sending)
                return self
            said = list(self._child.said)[-3:] if self._child else []
            await self._stack.aclose()
            if time.monotonic() > give_up:
                raise EncoderRefusedError(" | ".join(said))
            await asyncio.sleep(0.2)

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def pid(self) -> int:
        """The process, to be killed by a test that wants that."""
        if self._child is None:
            raise RuntimeError("not started")
        return self._child.pid

    async def gone(self) -> None:
        """Return when the process has ended: killed, or the service hung up."""
        if self._child is not None:
            await self._child.wait()

    def kill(self) -> None:
        """Gone without a goodbye, like a cable pulled out."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def freeze(self) -> None:
        """The network stalls."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """The network is back."""
        os.kill(self.pid, signal.SIGCONT)

    async def _connect(self) -> bool:
        """Start once; True when connected (ffmpeg describes its output after opening it)."""
        connected = asyncio.Event()

        def line(said: str) -> None:
            if said.startswith("Output #0"):
                connected.set()

        self._child = await self._stack.enter_async_context(
            running(self.args, feed=self._frames is not None, on_line=line)
        )
        ended = asyncio.create_task(self._child.wait())
        opened = asyncio.create_task(connected.wait())
        if self._frames:  # ffmpeg opens its output when it has its first picture
            self._child.stdin.write(self._frames(0, 0.0))
            self.began_at, self.sent = time.time(), 1
        try:
            await asyncio.wait({ended, opened}, timeout=self._patience, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end(ended)
            await _end(opened)
        return connected.is_set()

    async def _send(self, frames: Frames) -> None:
        assert self._child is not None
        began = time.monotonic() - self.sent / self._fps
        with contextlib.suppress(ConnectionError):
            while True:
                due = began + self.sent / self._fps
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                self._child.stdin.write(frames(self.sent, self.sent / self._fps))
                await self._child.stdin.drain()
                self.sent += 1


async def _end(task: "asyncio.Task[object]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
