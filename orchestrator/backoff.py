"""Pauses between attempts."""


class Backoff:
    """How long to wait before the next attempt: doubling, and forgotten after a healthy run."""

    def __init__(self, first: float = 1.0, most: float = 30.0, healthy: float = 60.0) -> None:
        self._first, self._most, self._healthy = first, most, healthy
        self._next = first

    def after(self, ran_for: float) -> float:
        """Seconds to wait after a run of `ran_for` seconds ended."""
        if ran_for >= self._healthy:
            self._next = self._first
        wait, self._next = self._next, min(self._next * 2, self._most)
        return wait
