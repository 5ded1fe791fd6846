"""One unbroken stream out of many senders: at most one is seen at a time, each from a whole picture on.

Pure: whoever uses it says what time it is.
"""

from collections import deque
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from orchestrator.rooms.embedded.feed import Frame

MOST_LATE: Final = 0.3
"""Seconds a frame may come after its time by its sender's clock until that clock is no longer believed."""
_FORGIVES: Final = 0.001
"""So much of every lateness counts as the sender's slow clock."""
MOST_WAITING: Final = 150
"""Frames that wait for being shown; with more they are dropped, up to the next whole picture."""
_WRAPS: Final = 1 << 32

S = TypeVar("S", bound=Hashable)


class Timeline:
    """When one sender's frames were taken, in seconds of our clock: by its own, and the least delay seen."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._taken: int | None = None
        self._at = 0.0

    def at(self, taken: int, now: float) -> float:
        """When this frame, that came now, was taken, as if it had come without any delay; never descends."""
        if self._taken is None:
            self._at = now
        else:
            passed = (taken - self._taken + _WRAPS // 2) % _WRAPS - _WRAPS // 2  # RTP's ticks have 32 bits
            expected = self._at + max(0, passed) / self._rate
            late = now - expected
            self._at = expected + late * _FORGIVES if 0 <= late <= MOST_LATE else now
        self._taken = taken
        return self._at


class Switch(Generic[S]):
    """``ask``: the sender is to send a whole picture. ``rate``: ticks a second of the frames' clock.

    ``delay``: seconds until a picture is due.
    """

    def __init__(self, ask: Callable[[S], None], *, rate: int, delay: float) -> None:
        self.shown: S | None = None
        self.wanted: S | None = None
        self._ask = ask
        self._rate = rate
        self._delay = delay
        self._timeline = Timeline(rate)
        self._begins = True
        self._waiting: deque[tuple[float, S, Frame]] = deque()

    def want(self, sender: S | None) -> None:
        """Show this one as soon as a whole picture of it is here; until then who is shown now."""
        if sender != self.wanted:
            self.wanted = sender
            if sender is not None and sender != self.shown:
                self._ask(sender)
        if sender is None:
            self._drop()

    def leave(self, sender: S) -> None:
        """This one may not be seen any more, from here on."""
        if sender == self.wanted:
            self.wanted = None
        if sender == self.shown:
            self._drop()
        self._waiting = deque(one for one in self._waiting if one[1] != sender)

    def spoilt(self) -> None:
        """What is shown cannot be decoded: go on with the next whole picture."""
        self._begins = True
        self._waiting.clear()
        if self.shown is not None:
            self._ask(self.shown)

    def take(self, sender: S, frame: Frame, now: float) -> None:
        """A frame has come."""
        if sender == self.wanted and sender != self.shown:
            if not frame.whole:
                self._ask(sender)
                return
            self.shown, self._begins = sender, False
            self._timeline = Timeline(self._rate)
        elif sender != self.shown:
            return
        elif self._begins:
            if not frame.whole:
                self._ask(sender)
                return
            self._begins = False
        elif len(self._waiting) >= MOST_WAITING:
            self.spoilt()
            return
        self._waiting.append((self._timeline.at(frame.taken, now) + self._delay, sender, frame))

    def due(self, now: float) -> list[tuple[S, Frame]]:
        """What is to be decoded by now, and whose it is; the last of it is to be seen."""
        frames = []
        while self._waiting and self._waiting[0][0] <= now:
            frames.append(self._waiting.popleft()[1:])
        return frames

    def _drop(self) -> None:
        self.shown, self._begins = None, True
        self._waiting.clear()
