"""Everything that reaches inside aiortc 1.16 and aioice; tests/rooms/test_inside.py fails when they change.

aiortc would decode what it receives and encode it anew for every listener. Here a receiver hands over the
encoded frames as they are, and a sender, which may be given encoded ones, packs them into packets again.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from fractions import Fraction
from typing import Any, Final

import aioice.ice
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCRtpTransceiver,
)
from aiortc.rtcrtpparameters import RTCRtpCodecCapability

Took = Callable[[bytes, int], None]
"""Given one encoded frame and when it was taken, in ticks of its codec's clock; runs in the event loop."""

_WANTED: Final = {"audio": ("audio/opus",), "video": ("video/VP8", "video/rtx")}
CLOCK_RATE: Final = {"audio": 48_000, "video": 90_000}
"""Ticks a second of those codecs' clocks (RFC 7587, RFC 7741)."""
_addresses: ContextVar[Sequence[str]] = ContextVar("addresses", default=())
_addresses_of_host = aioice.ice.get_host_addresses


def _host_addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:  # noqa: FBT001  (aioice's own shape)
    return list(_addresses.get()) or _addresses_of_host(use_ipv4, use_ipv6)


aioice.ice.get_host_addresses = _host_addresses


@contextmanager
def answering_at(addresses: Sequence[str]) -> Iterator[None]:
    """Descriptions made inside offer these addresses of ours; none: every one but loopback."""
    token = _addresses.set(addresses)
    try:
        yield
    finally:
        _addresses.reset(token)


def new_connection() -> RTCPeerConnection:
    """Without any server of others, and everything in one bundle: else a second picture never leaves."""
    return RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))


def codecs(kind: str) -> list[RTCRtpCodecCapability]:
    """The only ones that we pass on: what every browser can both make and show."""
    return [one for one in RTCRtpSender.getCapabilities(kind).codecs if one.mimeType in _WANTED[kind]]


def time_base(kind: str) -> Fraction:
    """Seconds in one tick of a frame's clock."""
    return Fraction(1, CLOCK_RATE[kind])


class _Straight:
    """Stands where a receiver has the queue to its decoder's thread: the frames come to us instead."""

    def __init__(self, took: Took) -> None:
        self._took = took

    def put(self, task: tuple[Any, Any] | None) -> None:
        if task is not None:
            _, frame = task
            self._took(frame.data, frame.timestamp)

    def get(self) -> None:
        """What the thread finds: nothing to do, ever. It ends."""


def take_frames(transceiver: RTCRtpTransceiver, took: Took) -> None:
    """Hand over what this one receives, encoded; before the connection is made."""
    transceiver.receiver._RTCRtpReceiver__decoder_queue = _Straight(took)  # type: ignore[attr-defined]


def stay_deaf(transceiver: RTCRtpTransceiver) -> None:
    """Whatever the other side says it sends here: let no frame of it through."""
    take_frames(transceiver, lambda _, __: None)


async def ask_for_keyframe(receiver: RTCRtpReceiver) -> None:
    """Ask whoever sends for a whole picture (RTCP PLI)."""
    sources = receiver.getSynchronizationSources()
    await asyncio.gather(*(receiver._send_rtcp_pli(one.source) for one in sources))


def when_asked_for_keyframe(sender: RTCRtpSender, ask: Callable[[], None]) -> None:
    """Tell us when the other side lacks a whole picture: there is no encoder here that could make one."""
    sender._send_keyframe = ask  # type: ignore[method-assign]


async def connected(connection: RTCPeerConnection) -> None:
    """Wait until it stands. Raises ConnectionError if it will not; how long is for the caller to say."""
    states: asyncio.Queue[str] = asyncio.Queue()

    def changed() -> None:
        states.put_nowait(connection.connectionState)

    connection.on("connectionstatechange", changed)
    changed()
    try:
        while (state := await states.get()) != "connected":
            if state in ("failed", "closed"):
                raise ConnectionError(state)
    finally:
        with suppress(KeyError):  # a closed connection has let go of it
            connection.remove_listener("connectionstatechange", changed)
