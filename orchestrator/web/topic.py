"""A log that many read at once: kept and encoded once, each reader holding a place in it."""

import asyncio
from bisect import bisect_right
from typing import Final

MOST_MESSAGES: Final = 5_000
SLICE_BYTES: Final = 16_384
"""So much is written to a reader at once."""
REST_PER_READER: Final = 0.0001
"""Seconds, about twice what waking one takes: half of the time is left for those who send commands."""


class FellBehind(Exception):
    """What this reader wants next has left the ring."""


class Reader:
    """One open stream: asleep until there is something for it."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self.look_again = True
        """What let it in may have ended: from the first, as it may have while the stream was being opened."""
        self.beat = False
        """It is time to show that we are still there."""
        self.closing = False
        """The service stops."""

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    async def sleep(self) -> None:
        """Return when woken, at once if that was before."""
        await self._woken.wait()
        self._woken.clear()


class Topic:
    """A ring of encoded messages in order of their numbers, which ascend and may have gaps."""

    def __init__(self, most: int = MOST_MESSAGES) -> None:
        self._most = most
        self._numbers: list[int] = []
        self._data: list[bytes] = []
        self._slices: dict[int, tuple[bytes, int]] = {}
        self.readers: set[Reader] = set()
        self.users = 0
        self.start = 0
        """Everything above this number is here."""
        self.head = 0
        self._woken_for = 0
        self._rests = False

    def tell(self, number: int, data: bytes) -> None:
        """Add a message and wake the readers; one that is not above the last is known already.

        The first after a rest is told at once. When a hundred come in one breath, thousands of readers are
        not woken a hundred times, but get what came meanwhile together.
        """
        if number <= self.head:
            return
        self._numbers.append(number)
        self._data.append(data)
        self.head = number
        self._slices.clear()
        if len(self._numbers) >= 2 * self._most:
            gone = len(self._numbers) - self._most
            self.start = self._numbers[gone - 1]
            del self._numbers[:gone], self._data[:gone]
        if not self._rests:
            self._wake()

    def _wake(self) -> None:
        self._woken_for = self.head
        for reader in self.readers:
            reader.wake()
        if self.readers:
            self._rests = True
            asyncio.get_running_loop().call_later(REST_PER_READER * len(self.readers), self._rested)

    def _rested(self) -> None:
        self._rests = False
        if self.head > self._woken_for:
            self._wake()

    def after(self, cursor: int) -> tuple[bytes, int]:
        """The next messages above ``cursor``, about 16 kB, and the number of the last. Raises FellBehind."""
        if cursor < self.start:
            raise FellBehind
        if cursor not in self._slices:
            at = first = bisect_right(self._numbers, cursor)
            size = 0
            while at < len(self._data) and (size == 0 or size + len(self._data[at]) <= SLICE_BYTES):
                size += len(self._data[at])
                at += 1
            self._slices[cursor] = (
                b"".join(self._data[first:at]),
                self._numbers[at - 1] if at > first else cursor,
            )
        return self._slices[cursor]
