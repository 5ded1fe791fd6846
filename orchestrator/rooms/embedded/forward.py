"""One listener: a connection whose parts are lent to whoever publishes now, so that it seldom changes.

Each part shows one publisher after another as one unbroken stream: timestamps go on, and a new picture begins
with a whole frame.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import av
from aiortc import MediaStreamTrack, RTCSessionDescription
from aiortc.exceptions import InvalidStateError, OperationError

from orchestrator.clock import Clock
from orchestrator.rooms.embedded import descriptions, inside
from orchestrator.rooms.embedded.feed import CONNECTS_WITHIN, Feed, Frame
from orchestrator.rooms.embedded.messages import Kind, Offer, Refusal, Stream
from orchestrator.rooms.embedded.tasks import Tasks

FIRST_SLOTS: Final = 3
"""So many can publish before a listener's connection must be agreed on anew."""
MOST_SLOTS: Final = 24
ANSWERS_WITHIN: Final = 20.0
"""Seconds a page has to answer an offer."""
MOST_WAITING: Final = 60
"""Frames that wait for one listener; more are dropped, up to the next whole picture."""


class Outlet(MediaStreamTrack):
    """What one part of a listener's connection sends: the frames of one feed after another."""

    def __init__(self, kind: Kind, clock: Clock) -> None:
        super().__init__()
        self.kind: Kind = kind
        self._clock = clock
        self._frames: asyncio.Queue[tuple[bytes, int]] = asyncio.Queue(MOST_WAITING)
        self._feed: Feed | None = None
        self._begins = True
        self._offset = 0
        self._last = 0
        self._last_at = clock.monotonic()

    def follow(self, feed: Feed | None) -> None:
        """From here on show this one, or nobody; what still waited of the last one is dropped."""
        if self._feed is not None:
            self._feed.detach(self.kind, self)
        while not self._frames.empty():
            self._frames.get_nowait()
        self._feed, self._begins = feed, True
        if feed is not None:
            feed.attach(self.kind, self, self._put)

    def ask_for_keyframe(self) -> None:
        """The listener has lost the picture."""
        if self._feed is not None:
            self._feed.ask_for_keyframe()

    async def recv(self) -> Any:
        """The next frame, as aiortc's sender takes it."""
        data, taken = await self._frames.get()
        packet = av.Packet(data)
        packet.pts, packet.time_base = taken, inside.time_base(self.kind)
        return packet

    def _put(self, frame: Frame) -> None:
        if self._begins:
            if not frame.whole:
                self.ask_for_keyframe()  # again with every frame until there is one
                return
            rate = inside.CLOCK_RATE[self.kind]
            passed = max(0.02, self._clock.monotonic() - self._last_at)
            self._offset = self._last + int(passed * rate) - frame.taken
            self._begins = False
        if self._frames.full():
            self._begins = True
            return
        self._last, self._last_at = frame.taken + self._offset, self._clock.monotonic()
        self._frames.put_nowait((frame.data, self._last))


class Slot:
    """A sound and a picture of a listener's connection, lent to one feed at a time."""

    def __init__(self, connection: Any, clock: Clock) -> None:
        self.feed: Feed | None = None
        self._outlets = [Outlet("audio", clock), Outlet("video", clock)]
        self._transceivers = [connection.addTransceiver(one, direction="sendonly") for one in self._outlets]
        for outlet, transceiver in zip(self._outlets, self._transceivers, strict=True):
            transceiver.setCodecPreferences(inside.codecs(outlet.kind))
            inside.stay_deaf(transceiver)
            inside.when_asked_for_keyframe(transceiver.sender, outlet.ask_for_keyframe)

    def lend(self, feed: Feed | None) -> None:
        """To this one."""
        self.feed = feed
        for outlet in self._outlets:
            outlet.follow(feed)

    def named(self) -> Stream | None:
        """Who is in which parts; None while it is nobody's."""
        if self.feed is None:
            return None
        audio, video = (transceiver.mid for transceiver in self._transceivers)
        return Stream(identity=self.feed.identity, source=self.feed.source, audio=audio, video=video)


class Subscription:
    """A listener's connection. ``changed`` is called when others have come into its parts."""

    def __init__(
        self,
        *,
        tell: Callable[[Offer], None],
        changed: Callable[[], None],
        lost: Callable[[], None],
        addresses: Sequence[str],
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._tell = tell
        self._changed = changed
        self._lost = lost
        self._addresses = addresses
        self._clock = clock
        self._tasks = tasks
        self._connection = inside.new_connection()
        self._slots: list[Slot] = []
        self._agreed: list[Slot] = []
        self._feeds: list[Feed] = []
        self._more = asyncio.Event()
        self._more.set()
        self._number = 0
        self._answer: asyncio.Future[RTCSessionDescription] | None = None
        self._closed = False
        self._work = tasks.start(self._agree())

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Whose picture comes where."""
        named = (slot.named() for slot in self._agreed)
        return tuple(one for one in named if one)

    def wants(self, feeds: Sequence[Feed]) -> None:
        """Show these and no others, from here on; a new one as soon as there is a part for it."""
        if self._closed:
            return
        self._feeds = list(feeds)
        for slot in self._agreed:
            if slot.feed is not None and slot.feed not in feeds:
                slot.lend(None)
        shown = {slot.feed for slot in self._agreed}
        free = iter([slot for slot in self._agreed if slot.feed is None])
        for feed in feeds:
            if feed in shown:
                continue
            if lent := next(free, None):
                lent.lend(feed)
            else:
                self._more.set()

    def answered(self, number: int, sdp: str) -> None:
        """The page's answer to the offer of that number. Raises Refusal."""
        if self._answer is None or self._answer.done() or number != self._number:
            raise Refusal("not_now", "there is no such offer to answer")
        self._answer.set_result(descriptions.answer_that_only_listens(sdp, 2 * len(self._slots)))

    def shut(self) -> None:
        """Nothing is sent from here on; the connection ends by itself."""
        if self._closed:
            return
        self._closed = True
        for slot in self._slots:
            slot.lend(None)
        self._work.cancel()
        self._tasks.start(self._connection.close())

    @property
    def received(self) -> int:
        """Frames that came in on a connection that nothing may come in on: 0, whatever was sent."""
        return sum(1 for one in self._connection.getReceivers() if one.getSynchronizationSources())

    async def _agree(self) -> None:
        try:
            while True:
                await self._more.wait()
                self._more.clear()
                await self._agree_once()
        except (TimeoutError, ConnectionError, OperationError, InvalidStateError, ValueError):
            self._lost()

    async def _agree_once(self) -> None:
        wanted = min(MOST_SLOTS, max(FIRST_SLOTS, len(self._feeds)))
        self._slots += [Slot(self._connection, self._clock) for _ in range(wanted - len(self._slots))]
        if len(self._slots) == len(self._agreed):
            return
        with inside.answering_at(self._addresses):
            await self._connection.setLocalDescription(await self._connection.createOffer())
        self._number += 1
        self._answer = asyncio.get_running_loop().create_future()
        self._tell(Offer(number=self._number, sdp=self._connection.localDescription.sdp))
        async with asyncio.timeout(ANSWERS_WITHIN):
            answer = await self._answer
        await self._connection.setRemoteDescription(answer)
        async with asyncio.timeout(CONNECTS_WITHIN):
            await inside.connected(self._connection)
        self._agreed = list(self._slots)
        self.wants(self._feeds)
        self._changed()
