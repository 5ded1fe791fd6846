"""ffmpeg as an owned resource: found, started, drained and always stopped."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

from orchestrator.streaming.leftovers import forget, remember

STOP_AFTER = 5.0
"""Seconds between asking ffmpeg to stop (TERM) and making it (KILL)."""

READ = 1 << 18
_LONGEST_LINE = 2000
_CREDENTIALS = re.compile(r"(passphrase[=:\s]+)[^&\s'\"]+|(://[^/\s:@]+:)[^/\s@]+@", re.IGNORECASE)
_T = TypeVar("_T")


class FfmpegMissingError(Exception):
    """There is no ffmpeg on PATH, and the imageio-ffmpeg package (extra `demo`) is not installed."""


@cache
def find_ffmpeg() -> str:
    """The ffmpeg to use: the one on PATH, else the one a PyPI wheel ships.

    Raises FfmpegMissingError with what to do about it.
    """
    if found := shutil.which("ffmpeg"):
        return found
    try:
        import imageio_ffmpeg  # noqa: PLC0415 - an extra, wanted only where ffmpeg is not installed

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        raise FfmpegMissingError(FfmpegMissingError.__doc__) from None


class Child:
    """A running ffmpeg; made by `running`, which also ends it."""

    def __init__(self, process: asyncio.subprocess.Process, secrets: Sequence[str]) -> None:
        self._process = process
        self._secrets = [secret for secret in secrets if secret]
        self.pid = process.pid
        self.said: deque[str] = deque(maxlen=50)
        """The last lines of its stderr, without secrets."""

    @property
    def stdin(self) -> asyncio.StreamWriter:
        """Its input; only if started with `feed=True`."""
        if self._process.stdin is None:
            raise RuntimeError("started without an input")
        return self._process.stdin

    async def read(self) -> bytes:
        """The next chunk of its output; empty when it has ended."""
        if self._process.stdout is None:
            raise RuntimeError("started without an output")
        return await self._process.stdout.read(READ)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await self.read():
            yield chunk

    async def wait(self) -> int:
        """Its exit code, which says nothing about why it ended."""
        return await self._process.wait()

    async def stop(self) -> None:
        """End it: TERM, after five seconds KILL; returns when it is gone."""
        stdin = self._process.stdin
        if stdin is not None and (stdin.transport.get_write_buffer_size() or not stdin.is_closing()):
            stdin.transport.abort()
        if self._process.returncode is None:
            self._signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_AFTER):
                    await self._drain_and_wait()
            except TimeoutError:
                self._signal(signal.SIGKILL)
        await self._process.wait()
        self._signal(signal.SIGKILL)  # whatever of its group might be left

    async def _drain_and_wait(self) -> None:
        """An output that nobody reads would keep it from ending."""
        while self._process.stdout is not None and await self._process.stdout.read(READ):
            pass
        await self._process.wait()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    async def listen(self, on_line: Callable[[str], None]) -> None:
        """Drain its stderr: an unread pipe would block it."""
        assert self._process.stderr is not None
        rest = b""
        while chunk := await self._process.stderr.read(READ):
            *lines, rest = re.split(rb"[\r\n]+", rest + chunk)
            rest = rest[-_LONGEST_LINE:]
            for raw in lines:
                line = self._without_secrets(raw[:_LONGEST_LINE].decode(errors="replace").rstrip())
                if line:
                    self.said.append(line)
                    on_line(line)

    def _without_secrets(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return _CREDENTIALS.sub(lambda found: f"{found[1] or found[2]}***{'@' if found[2] else ''}", line)


@asynccontextmanager
async def running(
    args: Sequence[str],
    *,
    feed: bool = False,
    secrets: Sequence[str] = (),
    on_line: Callable[[str], None] = lambda _: None,
    pid_file: Path | None = None,
) -> AsyncIterator[Child]:
    """Run ffmpeg with `args` for as long as the block lasts; it is gone afterwards, whatever happens.

    It leads its own process group, dies with us (also when we are killed with -9: on Linux at once,
    elsewhere by `leftovers.end_leftover` at the next start). `feed` gives it a stdin.
    """
    command = [*_dying_with_us(), find_ffmpeg(), "-hide_banner", "-nostdin", "-nostats", *args]
    process, cancelled = await _to_the_end(
        asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE if feed else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=READ,
            start_new_session=True,
            env=_environment(),
        )
    )
    child = Child(process, secrets)
    if pid_file:
        remember(pid_file, child.pid)
    listening = asyncio.create_task(child.listen(on_line))
    try:
        if cancelled:
            raise asyncio.CancelledError
        yield child
    finally:
        _, cancelled = await _to_the_end(child.stop())
        _, again = await _to_the_end(_settle(listening))
        if pid_file:
            forget(pid_file)
        if cancelled or again:
            raise asyncio.CancelledError


async def _to_the_end(work: Coroutine[object, object, _T]) -> tuple[_T, bool]:
    """Do the work even if we are cancelled meanwhile; the flag says that we were."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    return task.result(), cancelled


async def _settle(listening: asyncio.Task[None]) -> None:
    """The last words of a dead process are read at once; a grandchild holding the pipe is not waited for."""
    await asyncio.wait({listening}, timeout=1)
    listening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await listening


def _environment() -> dict[str, str]:
    """Nothing of ours: the environment holds keys and passwords."""
    kept = ("PATH", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "LANG", "TMPDIR")
    return {"AV_LOG_FORCE_NOCOLOR": "1", **{name: os.environ[name] for name in kept if name in os.environ}}


def _dying_with_us() -> list[str]:
    """What to put before a command so that the kernel kills it when we die, however we die.

    A few lines of Python that become the command; between fork and exec in our own process, where
    there are threads, nothing may safely be done.
    """
    if sys.platform != "linux":
        return []
    return [sys.executable, "-I", "-S", "-c", _ASK_TO_DIE, str(os.getpid())]


_ASK_TO_DIE = """
import ctypes, os, sys
PR_SET_PDEATHSIG, SIGKILL = 1, 9
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""
