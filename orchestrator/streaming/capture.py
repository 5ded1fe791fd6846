"""When a fragment was captured: presentation time mapped to the wall clock, by its fastest arrivals.

A fragment can be late in arriving but never early, so the smallest distance between a fragment's
arrival and its end in media time, over the last minute, is the true one, give or take jitter.
All times here are in seconds; the wall clock's since 1970.
"""

from collections import deque
from dataclasses import dataclass

from orchestrator.streaming.media import Fragment

WINDOW = 60.0
"""Seconds of receiving that the smallest distance is taken over; a stall and its burst hardly count."""

SLEW = 0.005
"""Seconds corrected per second: a hundred times what clocks drift apart, and nothing that is noticed."""

STEP = 1.0
"""Seconds beyond which an error is not drift: the encoder's time jumped, and is followed at once."""

CALM = 1.0
"""Seconds without a faster arrival after which a new connection's first burst is over."""

_NOTICEABLE = 0.05
_LONGEST_BURST = 10.0
_LONGEST_PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Moments:
    """When a fragment's samples were captured, as `media.Captured` defines it."""

    captured_from: float
    captured_to: float
    captured_at: float


class CaptureTime:
    """The mapping for one run of the packager, whose media time begins anywhere.

    `delay` is the source's: from the camera to us in the fastest case.
    """

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._fastest: deque[tuple[float, float]] = deque()  # (when, distance), distances ascending
        self._received = 0.0  # seconds spent receiving
        self._offset: float | None = None
        self._last_arrival = 0.0
        self._first_arrival: float | None = None
        self._burst_until = 0.0

    def arrived(self, fragment: Fragment, at: float) -> None:
        """A fragment was complete at wall-clock time `at`."""
        distance = at - fragment.latest
        if self._first_arrival is None:
            self._first_arrival = self._last_arrival = at
        self._received += max(0.0, min(at - self._last_arrival, _LONGEST_PAUSE))
        if not self._fastest or distance < self._fastest[0][1] - _NOTICEABLE:
            self._burst_until = at
        while self._fastest and self._fastest[-1][1] >= distance:
            self._fastest.pop()
        self._fastest.append((self._received, distance))
        while self._fastest[0][0] < self._received - WINDOW:
            self._fastest.popleft()
        self._correct(at)
        self._last_arrival = at

    def settled(self, at: float) -> bool:
        """Whether the first burst is over, in which everything that was buffered comes at once.

        Fragments are held until then (about a second): what is placed before could be moved later.
        """
        if self._first_arrival is None:
            return False
        return at - self._burst_until >= CALM or at - self._first_arrival >= _LONGEST_BURST

    def place(self, fragment: Fragment, at: float) -> Moments:
        """When `fragment`, which arrived at `at`, was captured.

        One that comes much later than the fastest was captured at its usual distance, or else the
        encoder's time stood still meanwhile: the range then reaches up to its arrival. One that
        comes earlier than can be reaches back likewise.
        """
        offset = (self._fastest[0][1] if self._offset is None else self._offset) - self._delay
        self._offset = offset + self._delay
        known = at - self._delay  # it cannot have been captured after this
        begun, ended = fragment.earliest + offset, fragment.latest + offset
        return Moments(
            captured_from=min(begun, known - (fragment.latest - fragment.earliest)),
            captured_to=known if known - ended > STEP else ended,
            captured_at=fragment.start + offset,
        )

    def _correct(self, at: float) -> None:
        """Move towards the fastest arrival of the window."""
        if self._offset is None:
            return
        error = self._fastest[0][1] - self._offset
        most = SLEW * max(0.0, at - self._last_arrival)
        self._offset += error if abs(error) > STEP else max(-most, min(most, error))
