"""A clock that stands still until a test moves it."""

import time
from datetime import UTC, datetime, timedelta

from orchestrator.clock import OSLO

START = datetime(2026, 1, 14, 17, 0, tzinfo=UTC)


class FakeClock:
    """Implements `orchestrator.clock.SteeredClock`; starts on a January evening (18:00 in Norway)."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def steer(self, _: datetime, *, asked_at: float, may_step: bool) -> float:
        """Nobody else's clock is truer."""
        del asked_at, may_step
        return 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward or back while no time passes."""
        self._now += timedelta(seconds=seconds)


class RunningClock(FakeClock):
    """Goes on by itself, and is moved ahead besides: for what has real pictures and sound in it."""

    def __init__(self, start: datetime = START) -> None:
        super().__init__(start)
        self._began = time.monotonic()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=time.monotonic() - self._began)

    def monotonic(self) -> float:
        return super().monotonic() + time.monotonic() - self._began


def coming_noon() -> datetime:
    """Noon of tomorrow in Norway: whatever the hour, hours of the same day lie on both sides of it.

    Not the past: the log refuses what is already old.
    """
    return (datetime.now(OSLO) + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
