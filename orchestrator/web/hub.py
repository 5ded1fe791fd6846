"""Reads the log once for all open streams of this process, and wakes those there is something for."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final

from aiohttp import web

from orchestrator.store.events import EventStore, Recorded
from orchestrator.store.listener import Listener
from orchestrator.store.pool import UNAVAILABLE
from orchestrator.web.auth import Login
from orchestrator.web.sse import BEAT, Stream
from orchestrator.web.topic import Reader, Topic

log = logging.getLogger(__name__)

BEAT_SECONDS: Final = 15.0
BATCH: Final = 1_000


class Hub:
    """The topics of every stream that somebody reads, and all readers."""

    def __init__(self, events: EventStore, encode: Callable[[Recorded], bytes]) -> None:
        self._events = events
        self._encode = encode
        self._turn = asyncio.Lock()
        self._topics: dict[str, Topic] = {}
        self._readers: set[Reader] = set()
        self._watched: defaultdict[str, set[Reader]] = defaultdict(set)
        self.on_event: list[Callable[[Recorded], None]] = []
        """Told of every event, in order."""
        self.closing = False

    async def follow(self, listener: Listener) -> None:
        """Keep up with the log for ever, through losses of the database."""
        position: int | None = None
        while True:
            try:
                if position is None:
                    position = await self._events.head()
                while news := await self._events.read_log(position, BATCH):
                    await self._tell(news)
                    position = news[-1].log_position
            except UNAVAILABLE as error:
                log.warning("streams wait for the database: %s", type(error).__name__)
                await asyncio.sleep(0.5)
                continue
            await listener.wait(position)

    async def _tell(self, news: list[Recorded]) -> None:
        async with self._turn:
            for recorded in news:
                if (topic := self._topics.get(recorded.stream)) is not None:
                    topic.tell(recorded.log_position, self._encode(recorded))
                for told in self.on_event:
                    told(recorded)

    async def beat(self) -> None:
        """Show life now and then: proxies end what is silent."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self.show_life()

    def show_life(self) -> None:
        """Write to every reader, and so find those that left."""
        for reader in tuple(self._readers):
            reader.beat = True
            reader.wake()

    def ended(self, id_: str | None) -> None:
        """A link, login or token no longer holds; None: some such news may have been missed."""
        for reader in tuple(self._readers if id_ is None else self._watched.get(id_, ())):
            reader.look_again = True
            reader.wake()

    def close(self) -> None:
        """Let go of every reader: they come back, to another process or to the next one."""
        self.closing = True
        for reader in tuple(self._readers):
            reader.closing = True
            reader.wake()

    @asynccontextmanager
    async def topic(self, stream: str) -> AsyncIterator[Topic]:
        """The events of a stream as far back as the ring is long, for as long as it is read."""
        async with self._turn:  # nothing is told meanwhile, so nothing is missed in between
            topic = self._topics.get(stream)
            if topic is None:
                topic = Topic()
                for recorded in await self._events.read_stream(stream):
                    topic.tell(recorded.log_position, self._encode(recorded))
                self._topics[stream] = topic
            topic.users += 1
        try:
            yield topic
        finally:
            topic.users -= 1
            if not topic.users:
                self._topics.pop(stream, None)

    @contextmanager
    def reader(self, topic: Topic, login: Login) -> Iterator[Reader]:
        """A reader of ``topic``, woken when there is news, when ``login`` may have ended, and to close."""
        reader = Reader()
        reader.closing = self.closing
        reader.wake()
        groups = [self._readers, topic.readers, *(self._watched[id_] for id_ in login.ids)]
        for group in groups:
            group.add(reader)
        try:
            yield reader
        finally:
            for group in groups:
                group.discard(reader)
            for id_ in login.ids:
                if not self._watched.get(id_, True):
                    del self._watched[id_]

    @property
    def open_streams(self) -> int:
        """How many readers there are."""
        return len(self._readers)


async def pump(
    stream: Stream,
    topic: Topic,
    reader: Reader,
    cursor: int,
    allowed: Callable[[], Awaitable[bool]],
    *,
    each_time: bool = False,
    fits: Callable[[], bool] = lambda: True,
    beat: bytes = BEAT,
) -> None:
    """Send everything above ``cursor`` as it comes, until the service stops or ``allowed`` says no.

    ``allowed`` is asked when what let the reader in may have ended; ``each_time``: before whatever is sent,
    as is ``fits``, of which the same holds but which asks nobody. Raises FellBehind, ReaderGone.
    """
    while not reader.closing:
        data, after = topic.after(cursor)
        if reader.look_again or (each_time and data):
            reader.look_again = False
            if not await allowed():
                return
        if data and not fits():
            return
        if data:
            reader.beat = False
            await stream.write(data)
            cursor = after
        elif reader.beat:
            reader.beat = False
            await stream.write(beat)
        else:
            await reader.sleep()


HUB: Final = web.AppKey("hub", Hub)


async def run(hub: Hub, listener: Listener) -> AsyncIterator[None]:
    """Drive the hub for as long as the application runs."""
    take_back = listener.on_access(hub.ended)
    tasks = [
        asyncio.create_task(hub.follow(listener), name="hub"),
        asyncio.create_task(hub.beat(), name="hub beat"),
    ]
    try:
        yield
    finally:
        take_back()
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
