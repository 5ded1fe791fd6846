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
    pid = _recorded(cluster)
    return pid if pid is not None and _alive(pid, cluster) else None


def forget_stranger(cluster: Path) -> None:
    """Remove a ``postmaster.pid`` whose number is another process's by now; the server would not start."""
    pid = _recorded(cluster)
    if pid is None or _alive(pid, cluster):
        return
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return  # The server sees for itself that this one is dead, and checks what it left in memory.
    except PermissionError:
        pass
    (cluster / "postmaster.pid").unlink(missing_ok=True)


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


def _recorded(cluster: Path) -> int | None:
    try:
        return int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
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
