"""Whose picture is seen: a shared screen, else whoever has the floor, else who spoke last. Pure."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

STAYS: Final = 1.5
"""Seconds that somebody is still seen after having spoken: a short remark takes the picture from nobody."""

F = TypeVar("F", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Camera(Generic[F]):
    """A picture that may be seen now, and whose it is."""

    feed: F
    identity: str
    is_host: bool
    is_screen: bool = False


class Director(Generic[F]):
    """Remembers who spoke, and who is seen."""

    def __init__(self) -> None:
        self._spoke: dict[str, float] = {}
        self._chosen: Camera[F] | None = None

    def speaks(self, identity: str, now: float) -> None:
        """Somebody is heard just now."""
        self._spoke[identity] = now

    def choose(self, cameras: Sequence[Camera[F]], floor: Collection[str], now: float) -> F | None:
        """Whose picture is to be seen; nobody's while whoever has the floor shows none."""
        self._chosen = self._best(cameras, floor, now)
        return self._chosen.feed if self._chosen else None

    def _best(self, cameras: Sequence[Camera[F]], floor: Collection[str], now: float) -> Camera[F] | None:
        if screen := next((one for one in cameras if one.is_screen), None):
            return screen
        possible = [one for one in cameras if not floor or one.identity in floor]
        chosen = self._chosen if self._chosen in possible else None
        if chosen and now - self._spoke.get(chosen.identity, float("-inf")) < STAYS:
            return chosen
        spoke = [one for one in possible if one.identity in self._spoke]
        if spoke:
            return max(spoke, key=lambda one: self._spoke[one.identity])
        return chosen or next((one for one in possible if one.is_host), None) or next(iter(possible), None)
