"""Where a wall-clock moment is found: the stretches of a broadcast in live and in recording time.

Offsets are derived from the segments actually published, so that what was cut out moves nothing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from orchestrator.streaming.index import Index, Segment

ABOUT = 0.1
"""Seconds by which a stretch's single mapping may be wrong: far less than what a viewer notices."""


@dataclass(slots=True)
class Stretch:
    """Wall-clock time in which one mapping to media time holds; an offset is None where it is not found."""

    start: datetime
    end: datetime
    live_offset: float | None
    recording_offset: float | None

    def take(self, other: "Stretch") -> bool:
        """Grow by what continues it in every time; False if it does not."""
        passed = (other.start - self.start).total_seconds()
        if abs((other.start - self.end).total_seconds()) > ABOUT:
            return False
        for mine, its in (
            (self.live_offset, other.live_offset),
            (self.recording_offset, other.recording_offset),
        ):
            if (mine is None) != (its is None):
                return False
            if mine is not None and its is not None and abs(mine + passed - its) > ABOUT:
                return False
        self.end = max(self.end, other.end)
        return True


def stretches(index: Index, *, released: bool = True) -> list[Stretch]:
    """The stretches of a broadcast by start: live time of the newest part, recording time of ended ones."""
    newest = max(index.parts, default=0)
    live = _offsets(index.parts[newest].live) if newest else {}
    recording = _offsets(index.recorded()) if released else {}
    segments = [segment for part in index.parts.values() for segment in part.segments]
    found: list[Stretch] = []
    growing: dict[tuple[bool, bool], Stretch] = {}
    for segment in sorted(segments, key=lambda each: each.at):
        if segment.name in index.withdrawn:
            continue
        offsets = live.get(id(segment)), recording.get(id(segment))
        if offsets == (None, None):
            continue
        stretch = Stretch(segment.at, segment.until, *offsets)
        key = (offsets[0] is None, offsets[1] is None)
        if key not in growing or not growing[key].take(stretch):
            growing[key] = stretch
            found.append(stretch)
    return sorted(found, key=lambda each: each.start)


def _offsets(segments: Sequence[Segment]) -> dict[int, float]:
    starts = accumulate((segment.duration for segment in segments), initial=0.0)
    return {id(segment): start for segment, start in zip(segments, starts, strict=False)}


class RecordingTime:
    """Maps wall-clock time to seconds into the recording."""

    def __init__(self, recorded: Iterable[Segment]) -> None:
        """`recorded` in order of capture."""
        segments = list(recorded)
        self._starts = [segment.at for segment in segments]
        self._ends = [segment.until for segment in segments]
        self._offsets = list(accumulate((segment.duration for segment in segments), initial=0.0))

    @property
    def length(self) -> float:
        """Seconds in all."""
        return self._offsets[-1]

    def at_or_after(self, moment: datetime) -> float:
        """The place of the first recorded moment that is not before this one; the end if there is none."""
        number = bisect_right(self._ends, moment)
        if number == len(self._starts):
            return self.length
        inside = max(timedelta(), moment - self._starts[number])
        return min(self._offsets[number] + inside.total_seconds(), self._offsets[number + 1])

    def at_or_before(self, moment: datetime) -> float:
        """The place of the last recorded moment that is not after this one; 0 if there is none."""
        number = bisect_left(self._starts, moment) - 1
        if number < 0:
            return 0.0
        inside = min(moment, self._ends[number]) - self._starts[number]
        return min(self._offsets[number] + inside.total_seconds(), self._offsets[number + 1])
