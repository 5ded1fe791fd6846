"""When a session is public: the one fact the gate knows, read from the session's own events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from orchestrator.domain.base import Event
from orchestrator.domain.planning import SessionPlanned

WhyShut = Literal["not_opened", "break", "closed", "stopped", "adjourned", "internal"]


@dataclass(frozen=True)
class Interval:
    """A stretch of wall-clock time from ``start`` up to ``end``; ``end`` is None while it lasts."""

    start: datetime
    end: datetime | None = None

    def contains(self, start: datetime, end: datetime) -> bool:
        """Whether [start, end] lies wholly inside."""
        return self.start <= start and (self.end is None or end <= self.end)


@dataclass
class _Flags:
    public: bool = False
    opened: bool = False
    adjourned: bool = False
    in_break: bool = False
    closed: bool = False
    stopped: bool = False

    def why_shut(self) -> WhyShut | None:
        if not self.public:
            return "internal"
        if self.closed:
            return "closed"
        if self.adjourned:
            return "adjourned"
        if not self.opened:
            return "not_opened"
        if self.stopped:
            return "stopped"
        return "break" if self.in_break else None

    def take(self, event: Event) -> None:
        if isinstance(event, SessionPlanned):
            self.public = event.public
            return
        for name, value in _TURNS.get(event.type, {}).items():
            setattr(self, name, value)


_TURNS: dict[str, dict[str, bool]] = {
    "session_opened": {"opened": True, "adjourned": False},
    "session_reopened": {"opened": True, "adjourned": False},
    "session_adjourned": {"adjourned": True},
    "session_cancelled": {"public": False},
    "break_started": {"in_break": True},
    "break_ended": {"in_break": False},
    "doors_closed": {"closed": True},
    "doors_opened": {"closed": False},
    "broadcast_stopped": {"stopped": True},
    "broadcast_resumed": {"stopped": False},
}


def public_intervals(events: Iterable[Event]) -> tuple[Interval, ...]:
    """The stretches in which the session was, or is, public; nothing is public that no event has opened."""
    flags, intervals = _Flags(), []
    since: datetime | None = None
    for event in events:
        flags.take(event)
        shut = flags.why_shut() is not None
        if since is None and not shut:
            since = event.at
        elif since is not None and shut:
            if event.at > since:
                intervals.append(Interval(since, event.at))
            since = None
    if since is not None:
        intervals.append(Interval(since))
    return tuple(intervals)


def why_shut(events: Sequence[Event]) -> WhyShut | None:
    """Why it is not public after ``events``; None when it is."""
    flags = _Flags()
    for event in events:
        flags.take(event)
    return flags.why_shut()
