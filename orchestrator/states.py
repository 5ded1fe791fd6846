"""The state of streams in memory, each with its version, brought up to date from the log when asked for."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID
from weakref import WeakValueDictionary

from orchestrator.domain import meeting, session
from orchestrator.domain.codec import StreamKind
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.state import SessionState
from orchestrator.store.events import EventStore, Recorded

State: TypeAlias = MeetingState | SessionState


def stream_name(kind: StreamKind, id: UUID) -> str:
    """The name of a stream in the log."""
    return f"{kind}/{id}"


def parse_stream(stream: str) -> tuple[StreamKind, UUID]:
    """The kind and id in a stream's name; raises ValueError for anything else."""
    kind, _, id_ = stream.partition("/")
    if kind == "meeting":
        return "meeting", UUID(id_)
    if kind == "session":
        return "session", UUID(id_)
    raise ValueError(f"not a stream: {stream}")


@dataclass(frozen=True)
class Known:
    """A stream's state and whose it is; None while nothing has happened in it."""

    state: State
    organisation_id: UUID | None = None


def initial(kind: StreamKind, id: UUID) -> Known:
    """A stream that nothing has happened in."""
    return Known(meeting.initial(id) if kind == "meeting" else session.initial(id))


def advance(known: Known, recorded: Recorded) -> Known:
    """The state after one more event; what it already holds changes nothing. Raises ValueError at a gap."""
    state = known.state
    if recorded.version <= state.version:
        return known
    if recorded.version != state.version + 1:
        raise ValueError(f"{recorded.stream}: {recorded.version} follows {state.version}")
    after: State
    if isinstance(state, MeetingState):
        after = meeting.evolve(state, recorded.event)
    else:
        after = session.evolve(state, recorded.event)
    return Known(after, recorded.organisation_id)


class States:
    """Keeps the states of the ``size`` streams asked for last. Nothing in it need survive."""

    def __init__(self, events: EventStore, size: int = 500) -> None:
        self._events = events
        self._size = size
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._forgotten = 0
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def current(self, kind: StreamKind, id: UUID) -> Known:
        """The state as of now: what is known and the tail of the log."""
        stream = stream_name(kind, id)
        while True:
            forgotten = self._forgotten
            known = self._known.get(stream) or initial(kind, id)
            news = await self._events.read_stream(stream, after=known.state.version)
            if forgotten == self._forgotten:  # else what was read may be of what is gone
                return self.take(known, news)

    def known(self, kind: StreamKind, id: UUID) -> State | None:
        """The state as of when it was last asked for; None: not at hand."""
        known = self._known.get(stream_name(kind, id))
        return known.state if known else None

    def take(self, known: Known, news: Iterable[Recorded]) -> Known:
        """The state after ``known`` and then ``news``; kept unless somebody else was faster."""
        for recorded in news:
            known = advance(known, recorded)
        state = known.state
        if state.version:
            stream = _name_of(state)
            kept = self._known.get(stream)
            if kept is None or kept.state.version <= state.version:
                self._known[stream] = known
            self._known.move_to_end(stream)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return known

    def forget(self, stream: str | None) -> None:
        """Read it anew from the log next time (after a redaction, or when it was deleted); None: all."""
        self._forgotten += 1
        if stream is None:
            self._known.clear()
        else:
            self._known.pop(stream, None)

    def turn(self, stream: str) -> asyncio.Lock:
        """Held while deciding on a stream: senders in this process wait for each other and do not collide."""
        return self._locks.setdefault(stream, asyncio.Lock())


def _name_of(state: State) -> str:
    if isinstance(state, MeetingState):
        return stream_name("meeting", state.meeting_id)
    return stream_name("session", state.session_id)
