"""A timer by our clock: APScheduler knows only the machine's, which may be wrong, and may jump."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from orchestrator.clock import Clock


class Timer:
    """Calls ``ring`` at the moment it is set to. Nothing is kept: whoever sets it knows what is due.

    The moment is handed on as a distance from now, so it is true as long as neither clock is moved: set it
    again now and then, also to the same moment.
    """

    def __init__(self, clock: Clock, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True}
        )
        self.at: datetime | None = None

    def start(self) -> None:
        """From now on it rings."""
        self._scheduler.start()

    def stop(self) -> None:
        """It rings no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def set(self, at: datetime | None) -> None:
        """Ring at ``at`` instead, at once if that is past; null: not at all."""
        self.at = at
        if not self._scheduler.running:
            return
        if at is None:
            with suppress(JobLookupError):
                self._scheduler.remove_job("next")
            return
        run_date = datetime.now(UTC) + (at - self._clock.now())
        self._scheduler.add_job(
            self._rung, "date", run_date=run_date, timezone=UTC, id="next", replace_existing=True
        )

    async def _rung(self) -> None:  # a coroutine: APScheduler runs functions in threads
        self._ring()
