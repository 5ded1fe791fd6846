"""Run one program as another user than root, since PostgreSQL refuses root.

Used as a script of its own, so that nothing of ours is forked half-way:
``python -I unprivileged.py UID GID CAPABILITY PROGRAM ARGUMENT...``. CAPABILITY is a number to keep, or
``-``: the right to pass through directories that only root may enter (a checkout in /root), which
otherwise would have to be opened to everybody.
"""

import ctypes
import os
import sys
from pathlib import Path

CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2

_PR_SET_KEEPCAPS = 8
_PR_SET_SECUREBITS = 28
_NO_SETUID_FIXUP = 1 << 2
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Sets(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32 * 1) for name in ("effective", "permitted", "inheritable")]


def passage() -> int | None:
    """The narrowest capability we hold that lets a program pass through closed directories."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    held = next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapPrm:")), 0)
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if held >> capability & 1:
            return capability
    return None


def reachable(path: Path) -> bool:
    """Whether every user may pass through all the directories above ``path``."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def become(uid: int, gid: int, capability: int | None) -> None:
    """Give up root for good, keeping at most one capability across the next exec."""
    libc = ctypes.CDLL(None, use_errno=True)

    def must(result: int) -> None:
        if result != 0:
            raise OSError(ctypes.get_errno(), "could not keep the right to pass through directories")

    # The first lets access(2) know of the capability too, but may itself be denied.
    if capability is not None and libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0) != 0:
        must(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if capability is not None:
        bit = (ctypes.c_uint32 * 1)(1 << capability)
        sets = (_Sets * 2)(_Sets(bit, bit, bit), _Sets())
        must(libc.capset(ctypes.byref(_Header(_CAPABILITY_VERSION_3, 0)), sets))
        must(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0))


def main(arguments: list[str]) -> None:
    """Become the user named by the arguments, then the program."""
    uid, gid, capability, program, *rest = arguments
    become(int(uid), int(gid), None if capability == "-" else int(capability))
    os.execv(program, [program, *rest])  # noqa: S606  (no shell is the point)


if __name__ == "__main__":
    main(sys.argv[1:])
