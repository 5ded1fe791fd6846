"""Ending what a service that was killed left behind: a process of ours that still holds a port."""

import contextlib
import os
import signal
import time
from pathlib import Path

_PATIENCE = 2.0


def remember(pid_file: Path, pid: int) -> None:
    """Write down which process is ours: its id and when it started, for ids are used again."""
    pid_file.write_text(f"{pid} {_started(pid)}", encoding="ascii")


def forget(pid_file: Path) -> None:
    """It has ended."""
    pid_file.unlink(missing_ok=True)


def end_leftover(pid_file: Path) -> bool:
    """Kill the process that `pid_file` names, if it is still the same one; True if there was one.

    Waits up to two seconds for it to be gone. Where there is no /proc nothing can be proved, so
    nothing is killed.
    """
    try:
        pid, started = (int(word) for word in pid_file.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return False
    found = started != 0 and _started(pid) == started
    if found:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        give_up = time.monotonic() + _PATIENCE
        while _started(pid) == started and time.monotonic() < give_up:
            time.sleep(0.02)
    forget(pid_file)
    return found


def _started(pid: int) -> int:
    """When the process started (clock ticks since boot, proc(5) field 22); 0 if unknown or dead."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    fields = stat.rpartition(")")[2].split()
    return 0 if fields[0] == "Z" else int(fields[19])
