"""What is missing on this machine, in plain words, before the service is started."""

import asyncio
import os
import shutil
import socket
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.core import database
from orchestrator.settings import PREFIX, Settings, encryption_key
from orchestrator.store.embedded import EmbeddedError
from orchestrator.store.migrate import MigrationError, pending
from orchestrator.store.pool import UNAVAILABLE, database_now, open_pool
from orchestrator.streaming.ffmpeg import FfmpegMissingError, find_ffmpeg
from orchestrator.web.assets import Assets

EXPECTED: tuple[type[Exception], ...] = (*UNAVAILABLE, EmbeddedError, MigrationError)
CLOCKS_MAY_DIFFER = 1.0
"""Seconds."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``said`` tells what to do when it is not ``good``."""

    about: str
    good: bool
    said: str


async def check(settings: Settings) -> list[Finding]:
    """Look at everything the service needs; changes nothing but creates the data directory."""
    checks: list[Callable[[Settings], Awaitable[Finding]]] = [
        _data_directory,
        _disk,
        _key,
        _ffmpeg,
        _web_port,
        _srt_ports,
        _browser_files,
        _database,
    ]
    return [await one(settings) for one in checks]


async def _data_directory(settings: Settings) -> Finding:
    directory = settings.data_dir.resolve()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / ".check"
        probe.touch()
        probe.unlink()
    except OSError as error:
        return Finding("data directory", False, f"{directory} cannot be written: {error.strerror}")
    open_to_all = [
        path.name
        for path in (settings.data_dir / "secret.key", settings.private_media)
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if open_to_all:
        names = ", ".join(open_to_all)
        return Finding("data directory", False, f"others on this machine can read {names}: chmod go= them")
    return Finding("data directory", True, f"{directory} can be written")


async def _disk(settings: Settings) -> Finding:
    directory = settings.data_dir.resolve()
    there = next(path for path in (directory, *directory.parents) if path.exists())
    free = shutil.disk_usage(there).free
    said = f"{free / 1e9:.1f} GB free; media stops below {settings.min_free_bytes / 1e9:.1f} GB"
    return Finding("disk", free > settings.min_free_bytes, said)


async def _key(settings: Settings) -> Finding:
    try:
        encryption_key(settings)
    except ValueError as error:
        return Finding("key", False, f"{error}; make one with: orchestrator secret-key")
    except OSError as error:
        return Finding("key", False, f"it cannot be kept in {settings.data_dir}: {error.strerror}")
    return Finding("key", True, "passphrases are encrypted at rest")


async def _ffmpeg(_: Settings) -> Finding:
    try:
        program = find_ffmpeg()
        said = await asyncio.to_thread(_output, program, "-hide_banner", "-protocols", "-encoders")
    except (FfmpegMissingError, OSError) as error:
        return Finding("ffmpeg", False, str(error))
    missing = [name for name in ("srt", "libx264", "aac") if name not in said.split()]
    if missing:
        return Finding("ffmpeg", False, f"{program} was built without {', '.join(missing)}; get a full one")
    return Finding("ffmpeg", True, program)


def _output(program: str, *arguments: str) -> str:
    import subprocess  # noqa: PLC0415  (only here)

    lists = (argument for argument in arguments if argument != "-hide_banner")
    return "\n".join(
        subprocess.run([program, "-hide_banner", one], capture_output=True, text=True, check=False).stdout  # noqa: S603
        for one in lists
    )


async def _web_port(settings: Settings) -> Finding:
    if taken := _taken(socket.SOCK_STREAM, settings.host, settings.port):
        return Finding("web port", False, f"{settings.host}:{settings.port}: {taken} (by the service?)")
    return Finding("web port", True, f"{settings.host}:{settings.port} is free")


async def _srt_ports(settings: Settings) -> Finding:
    taken = [port for port in settings.srt_ports if _taken(socket.SOCK_DGRAM, settings.srt_host, port)]
    span = f"UDP {settings.srt_first_port}-{settings.srt_last_port}"
    if len(taken) == len(settings.srt_ports):
        return Finding("SRT ports", False, f"{span}: all in use; set {PREFIX}SRT_FIRST_PORT and _LAST_PORT")
    return Finding("SRT ports", True, f"{span}, {len(taken)} in use; the firewall must let encoders in")


def _taken(kind: socket.SocketKind, host: str, port: int) -> str:
    """Why nobody can listen there; empty if one can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as trying:
        if kind is socket.SOCK_STREAM and os.name == "posix":
            trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trying.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


async def _browser_files(_: Settings) -> Finding:
    missing: list[Path] = [Path(name) for name in Assets().missing()]
    if missing:
        return Finding("browser libraries", False, f"{missing[0]} is missing: run npm ci (make demo does)")
    return Finding("browser libraries", True, "installed")


async def _database(settings: Settings) -> Finding:
    try:
        async with database(settings) as where, open_pool(where.dsn, size=2) as pool:
            missing = await pending(pool)
            apart = abs((await database_now(pool) - datetime.now(UTC)).total_seconds())
    except EXPECTED as error:
        return Finding("database", False, f"{type(error).__name__} {error}".strip())
    if missing:
        return Finding("database", False, f"run: orchestrator migrate ({len(missing)} to apply)")
    if apart > CLOCKS_MAY_DIFFER:
        return Finding("database", False, f"its clock and this machine's differ by {apart:.1f} s: set NTP up")
    return Finding("database", True, "answers, and has the right schema")
