"""When nothing was for the public, as the state knows it."""

from collections.abc import Iterable
from datetime import datetime

from orchestrator.domain.base import Period
from orchestrator.domain.state import SessionState

Shut = tuple[tuple[datetime, datetime | None], ...]


def shut_periods(state: SessionState) -> Shut:
    """Doors, stops, breaks, and from adjourning until reopening; in order of start."""
    periods = [*state.doors, *state.stops, *(pause.period for pause in state.breaks)]
    ends = [part.stop for part in state.parts]
    begins = [*(part.start for part in state.parts[1:]), None]
    between = [(end, begin) for end, begin in zip(ends, begins, strict=True) if end] if ends else []
    return tuple(sorted([*((p.start, p.stop) for p in periods), *between], key=lambda pair: pair[0]))


def outside(period: Period, shut: Shut) -> Iterable[Period]:
    """The parts of ``period`` that lie outside all ``shut`` stretches (sorted by start)."""
    start = period.start
    for shut_from, shut_to in shut:
        if shut_to is not None and shut_to <= start:
            continue
        if period.stop is not None and shut_from >= period.stop:
            break
        if shut_from > start:
            yield Period(start=start, stop=shut_from)
        if shut_to is None:
            return
        start = max(start, shut_to)
    if period.stop is None or start < period.stop:
        yield Period(start=start, stop=period.stop)
