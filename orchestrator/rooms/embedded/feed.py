"""One publisher's camera with its microphone, or screen: what comes of it goes to the outlets, as it came."""

from asyncio import get_running_loop, timeout
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiortc.exceptions import InvalidStateError, OperationError

from orchestrator.rooms.embedded import descriptions, inside
from orchestrator.rooms.embedded.messages import Kind, Refusal, Source
from orchestrator.rooms.embedded.tasks import Tasks

CONNECTS_WITHIN: Final = 20.0
"""Seconds until a connection that was agreed on must stand."""
BETWEEN_KEYFRAMES: Final = 0.5
"""Seconds between two requests for a whole picture."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One encoded frame. ``taken``: in ticks of its codec's clock, which starts anywhere.

    ``whole``: a decoder can begin with it. A VP8 frame says so in its first bit (RFC 6386 9.1).
    """

    kind: Kind
    data: bytes
    taken: int

    @property
    def whole(self) -> bool:
        """Whether a decoder can begin here."""
        return self.kind == "audio" or not self.data[0] & 1


class Feed:
    """A publisher's connection. ``allowed`` is asked about every frame; once closed nothing passes."""

    def __init__(
        self,
        identity: str,
        source: Source,
        *,
        allowed: Callable[["Feed", Kind], bool],
        lost: Callable[["Feed"], None],
        tasks: Tasks,
    ) -> None:
        self.identity = identity
        self.source: Source = source
        self.passed: Counter[Kind] = Counter()
        self.refused: Counter[Kind] = Counter()
        self._allowed = allowed
        self._lost = lost
        self._tasks = tasks
        self._outlets: dict[Kind, dict[object, Callable[[Frame], None]]] = {"audio": {}, "video": {}}
        self._connection = inside.new_connection()
        self._closed = False
        self._asked_at = float("-inf")

    async def answer(self, sdp: str, addresses: Sequence[str]) -> str:
        """Agree to receive what an offer holds; our description. Raises Refusal."""
        offer, kinds = descriptions.offer_to_send(sdp)
        connection = self._connection
        for kind in kinds:
            transceiver = connection.addTransceiver(kind, direction="recvonly")
            transceiver.setCodecPreferences(inside.codecs(kind))
            inside.take_frames(transceiver, partial(self._took, kind))
        connection.on("connectionstatechange", self._changed)
        try:
            await connection.setRemoteDescription(offer)
            with inside.answering_at(addresses):
                await connection.setLocalDescription(await connection.createAnswer())
        except (OperationError, InvalidStateError, ValueError) as error:
            raise Refusal("invalid", f"this offer cannot be met ({error})") from None
        self._tasks.start(self._connects())
        return connection.localDescription.sdp

    def attach(self, kind: Kind, outlet: object, put: Callable[[Frame], None]) -> None:
        """Let frames go there too."""
        self._outlets[kind][outlet] = put

    def detach(self, kind: Kind, outlet: object) -> None:
        """No longer."""
        self._outlets[kind].pop(outlet, None)

    def ask_for_keyframe(self) -> None:
        """Somebody needs a whole picture; the publisher is not asked more often than it can be met."""
        now = get_running_loop().time()
        if not self._closed and now - self._asked_at >= BETWEEN_KEYFRAMES:
            self._asked_at = now
            self._tasks.start(self._ask())

    async def close(self) -> None:
        """Nothing passes from here on; then the connection is ended."""
        self._closed = True
        for outlets in self._outlets.values():
            outlets.clear()
        await self._connection.close()

    def shut(self) -> None:
        """Close, without waiting for the connection's end."""
        self._closed = True
        self._tasks.start(self.close())

    def _took(self, kind: Kind, data: bytes, taken: int) -> None:
        if self._closed or not data or not self._allowed(self, kind):
            self.refused[kind] += 1
            return
        self.passed[kind] += 1
        frame = Frame(kind, data, taken)
        for put in tuple(self._outlets[kind].values()):
            put(frame)

    async def _ask(self) -> None:
        for receiver in self._connection.getReceivers():
            if receiver.track.kind == "video":
                await inside.ask_for_keyframe(receiver)

    def _changed(self) -> None:
        if self._connection.connectionState in ("failed", "closed") and not self._closed:
            self._lost(self)

    async def _connects(self) -> None:
        try:
            async with timeout(CONNECTS_WITHIN):
                await inside.connected(self._connection)
        except (TimeoutError, ConnectionError):
            if not self._closed:
                self._lost(self)
