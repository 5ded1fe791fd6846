"""The gate: which media the public may see. Pure; it knows the sessions' public intervals and nothing else.

What the log cannot yet say is unknown, and unknown is private.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from orchestrator.domain.captions import Said
from orchestrator.domain.openness import Interval, WhyShut
from orchestrator.domain.timeline import Entry, NextSpeaker

SETTLE = timedelta(seconds=1)
"""The log refuses events recorded longer ago than this, so a read settles all that happened before it."""


class Verdict(Enum):
    """What becomes of media."""

    PUBLIC = "public"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class SessionUse:
    """One session that uses, or may come to use, a source; as its own events tell it.

    `parts`: from each opening to its adjourning; the session uses the source then, and its broadcast
    has one part for each. `broadcast_id` is None where nothing may be broadcast (an internal session):
    it has no public interval either, and so keeps media of a shared source private while it lasts.
    """

    session_id: UUID
    broadcast_id: UUID | None
    parts: tuple[Interval, ...]
    public: tuple[Interval, ...]
    last_event_at: datetime | None = None
    why_shut: WhyShut | None = None
    entries: tuple[Entry, ...] = ()
    next: tuple[NextSpeaker, ...] = ()
    said: tuple[Said, ...] = ()
    recording_released: bool = True
    keep_unpublished: bool = False

    def settled_until(self, read_begun: datetime) -> datetime:
        """Nothing that happened before this moment can still be added to the session's stream."""
        settled = read_begun - SETTLE
        return max(settled, self.last_event_at) if self.last_event_at else settled

    def uses(self, start: datetime, end: datetime) -> bool:
        """Whether it uses the source at any moment of [start, end]."""
        return any(part.start <= end and (part.end is None or part.end >= start) for part in self.parts)

    def allows(self, start: datetime, end: datetime, until: datetime) -> bool:
        """Whether [start, end] lies wholly inside one public interval, as far as is known: up to `until`."""
        if end <= until:
            return any(interval.contains(start, end) for interval in self.public)
        return any(
            interval.start <= start and (interval.end is None or until < interval.end)
            for interval in self.public
        )


@dataclass(frozen=True)
class Settled:
    """What one read of the log said of every session that uses or may come to use a source."""

    read_begun: datetime
    sessions: tuple[SessionUse, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where public media is shown: a part (1, 2, …) of a session's broadcast."""

    broadcast_id: UUID
    part: int


def judge(start: datetime, end: datetime, settled: Settled | None) -> Verdict:
    """Judge media captured at some time in [start, end], the source's spread included.

    Public only if every session that uses the source at any moment of it, and at least one does,
    allows all of it. Refused as soon as any moment of it is known to be shut.
    """
    if settled is None:
        return Verdict.UNKNOWN
    if end < start:
        return Verdict.REFUSED
    known = [(use, use.settled_until(settled.read_begun)) for use in settled.sessions]
    for use, until in known:
        if start <= until and use.uses(start, min(end, until)) and not use.allows(start, end, until):
            return Verdict.REFUSED
    until = min((until for _, until in known), default=settled.read_begun - SETTLE)
    if until < start:
        return Verdict.UNKNOWN
    if not any(use.uses(start, min(end, until)) for use in settled.sessions):
        return Verdict.REFUSED
    return Verdict.PUBLIC if end <= until else Verdict.UNKNOWN


def places(start: datetime, end: datetime, settled: Settled) -> tuple[Place, ...]:
    """Where media judged public is shown: the broadcasts of all sessions that use the source then."""
    return tuple(
        Place(use.broadcast_id, number)
        for use in settled.sessions
        if use.broadcast_id is not None
        for number, part in enumerate(use.parts, 1)
        if part.contains(start, end)
    )
