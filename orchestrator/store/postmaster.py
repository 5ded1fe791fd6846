"""A running PostgreSQL server seen from outside: which process it is, and how it is ended."""

import asyncio
import os
import signal
import time
from pathlib import Path

_PATIENCE = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
"""Fast shutdown, then immediate, then by force; seconds to wait after each."""


def running(cluster: Path) -> int | None:
    """The process id of the server of ``cluster``, or None.

    The number in ``postmaster.pid`` may be another process's by now, above all in a container that starts
    again; the server is the one that works in its own data directory.
    """
    pid = _recorded(cluster / "postmaster.pid")
    return pid if pid is not None and _alive(pid, cluster) else None


def forget_strangers(cluster: Path, sockets: Path) -> None:
    """Remove what a dead server left behind under a number that is another process's by now.

    The server would take that process for its predecessor and not start. What bears the number of nobody it
    sees through by itself, and checks whether anything is left in memory.
    """
    for left in (cluster / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"):
        pid = _recorded(left)
        if pid is not None and not _alive(pid, cluster) and _exists(pid):
            left.unlink(missing_ok=True)


async def end(pid: int, cluster: Path) -> None:
    """Stop the server, ever less gently, and wait until it is gone."""
    for number, seconds in _PATIENCE:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not _alive(pid, cluster):
                return
            await asyncio.sleep(0.01)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _recorded(file: Path) -> int | None:
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _alive(pid: int, cluster: Path) -> bool:
    try:
        if Path("/proc/self").exists():
            return Path(f"/proc/{pid}/cwd").samefile(cluster)
        os.kill(pid, 0)
    except OSError:
        return False
    return True
