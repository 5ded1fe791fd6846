"""How often somebody may knock: token buckets, one per address or login and one for everybody."""

import math
from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web

from orchestrator.clock import Clock
from orchestrator.web.problems import Problem

MOST_ADDRESSES = 10_000
"""So many addresses are remembered; whoever has not knocked for longest is forgotten first."""


class TooMany(Problem):
    """429; ``seconds`` until it is worth trying again."""

    def __init__(self, seconds: float) -> None:
        wait = max(1, math.ceil(seconds))
        super().__init__(429, f"try again in {wait} s", headers={"Retry-After": str(wait)})


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Limit:
    """``burst`` at once and ``rate`` a second for each address; ``everybody`` times that for all together."""

    def __init__(self, clock: Clock, *, burst: int, rate: float, everybody: int = 20) -> None:
        self._clock = clock
        self._burst = burst
        self._rate = rate
        self._everybody = everybody
        self._all = _Bucket(burst * everybody, clock.monotonic())
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, address: str) -> None:
        """Count one knock. Raises TooMany."""
        now = self._clock.monotonic()
        bucket = self._buckets.get(address) or _Bucket(self._burst, now)
        self._buckets[address] = bucket
        self._buckets.move_to_end(address)
        if len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        waits = (
            _fill(bucket, now, self._burst, self._rate),
            _fill(self._all, now, self._burst * self._everybody, self._rate * self._everybody),
        )
        if any(waits):
            raise TooMany(max(waits))
        bucket.left -= 1
        self._all.left -= 1


def _fill(bucket: _Bucket, now: float, burst: float, rate: float) -> float:
    """Fill it up to now; the seconds until it holds one."""
    bucket.left = min(burst, bucket.left + (now - bucket.at) * rate)
    bucket.at = now
    return 0.0 if bucket.left >= 1 else (1 - bucket.left) / rate


class Limits:
    """The limits of the service. A hall full of phones shares one address, so what succeeds is cheap."""

    def __init__(self, clock: Clock) -> None:
        self.links = Limit(clock, burst=300, rate=5)
        """Every use of a login link."""
        self.failures = Limit(clock, burst=20, rate=0.2)
        """Links and tokens that do not hold."""
        self.chat = Limit(clock, burst=20, rate=1, everybody=100)
        """What one login writes and deletes in chats."""


LIMITS = web.AppKey("limits", Limits)
