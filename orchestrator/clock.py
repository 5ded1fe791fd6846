"""The one clock: wall time at start plus monotonic time, steered towards the database's.

The machine's own wall clock may jump; this one never does while a session is open.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

OSLO: Final = ZoneInfo("Europe/Oslo")
"""Where the meetings are held: what a day is, and what is shown."""
SLEW = 0.01
"""Seconds corrected per second: far less than anyone notices, one second in under two minutes."""
EVER: Final = datetime.min.replace(tzinfo=UTC)
"""Before everything."""
NEVER: Final = datetime.max.replace(tzinfo=UTC)
"""After everything."""


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Where a day in Norway begins and ends, in UTC; it lasts 23, 24 or 25 hours."""
    return _midnight(day), _midnight(day + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=OSLO).astimezone(UTC)


class Clock(Protocol):
    """What everything that needs the time is given."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never steered, for measuring durations."""
        ...


class SteeredClock(Clock, Protocol):
    """A clock that can be told what time it is."""

    def steer(self, reference: datetime, *, asked_at: float, may_step: bool) -> float:
        """Begin to correct towards `reference`; see `WallClock.steer`."""
        ...


class WallClock:
    """Wall time that ascends steadily, whatever the machine's own clock does."""

    def __init__(
        self, *, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._reached = monotonic()
        self._seconds = wall()
        self._owed = 0.0

    def now(self) -> datetime:
        """The time of day, in UTC; later than or equal to every earlier answer unless stepped back."""
        return datetime.fromtimestamp(self._advance(), UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never steered."""
        return self._monotonic()

    def steer(self, reference: datetime, *, asked_at: float, may_step: bool) -> float:
        """Begin to correct towards `reference`, and return how many seconds we were behind it.

        `asked_at` is `monotonic()` just before the reference was asked for, so that it was taken
        somewhere between then and now; a difference that this wait can explain corrects nothing.
        Slewed by `SLEW`; stepped at once if `may_step`, which is right only when no session is open.
        """
        ours = self._advance()
        half_wait = (self._reached - asked_at) / 2
        behind = reference.timestamp() + half_wait - ours
        self._owed = behind if abs(behind) > half_wait else 0.0
        if may_step:
            self._seconds += self._owed
            self._owed = 0.0
        return behind

    def _advance(self) -> float:
        monotonic = self._monotonic()
        passed = monotonic - self._reached
        most = passed * SLEW
        correction = max(-most, min(most, self._owed))
        self._reached = monotonic
        self._owed -= correction
        self._seconds += passed + correction
        return self._seconds
