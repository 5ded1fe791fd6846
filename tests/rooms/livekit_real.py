"""A real LiveKit server: the one that LIVEKIT_URL names, else one started from PATH, else none."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from dataclasses import dataclass
from urllib.request import urlopen

import pytest

from orchestrator.rooms.livekit_account import LivekitAccount
from tests.rooms.livekit_server import KEY, SECRET

CONFIG = """
port: {port}
bind_addresses: [127.0.0.1]
rtc: {{udp_port: {udp}, tcp_port: 0, node_ip: 127.0.0.1, use_external_ip: false,
  enable_loopback_candidate: true, ips: {{includes: [127.0.0.1/32]}}}}
keys: {{{key}: "{secret}"}}
room: {{auto_create: false}}
logging: {{level: error}}
webhook: {{api_key: {key}, urls: ["{hooks}"]}}
"""


@dataclass(frozen=True)
class RealLivekit:
    """``hooks_port``: where it sends its hooks on loopback; None if it was not started here."""

    account: LivekitAccount
    hooks_port: int | None


def real_livekit() -> Generator[RealLivekit]:
    """With LIVEKIT_URL belong LIVEKIT_API_KEY and LIVEKIT_API_SECRET, and `room.auto_create: false` there."""
    if url := os.environ.get("LIVEKIT_URL"):
        account = LivekitAccount(url, os.environ["LIVEKIT_API_KEY"], os.environ["LIVEKIT_API_SECRET"])
        yield RealLivekit(account, None)
        return
    program = shutil.which("livekit-server")
    if program is None:
        pytest.skip("no livekit-server on PATH, and LIVEKIT_URL is not set")
    port = _free_port(socket.SOCK_STREAM)
    hooks_port = _free_port(socket.SOCK_STREAM)
    config = CONFIG.format(
        port=port,
        udp=_free_port(socket.SOCK_DGRAM),
        key=KEY,
        secret=SECRET,
        hooks=f"http://127.0.0.1:{hooks_port}/",
    )
    with subprocess.Popen([program, "--config-body", config]) as server:
        try:
            _wait_for(f"http://127.0.0.1:{port}/")
            yield RealLivekit(LivekitAccount(f"http://127.0.0.1:{port}", KEY, SECRET), hooks_port)
        finally:
            server.terminate()


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait_for(url: str) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            with urlopen(url, timeout=1):  # noqa: S310 - our own, on loopback
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
