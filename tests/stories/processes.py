"""What runs on this machine, as Linux tells it."""

import contextlib
from pathlib import Path


def children_of(parent: int) -> dict[int, str]:
    """The processes that a process has started, and when (a value to compare)."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == parent:
                    found[int(entry.name)] = fields[19]
    return found


def alive(processes: dict[int, str]) -> list[int]:
    """Which of these processes go on."""
    return [pid for pid, started in processes.items() if _started(pid) == started]


def command_of(pid: int) -> str:
    """How a process was called."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def _started(pid: int) -> str | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]
