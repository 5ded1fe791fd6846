"""The index of a broadcast: every segment ever listed, in the order it was listed, on disk.

Append-only and written before any playlist; playlists, timeline and recording are functions of it.
"""

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from orchestrator.streaming.segments import SAME_MOMENT
from orchestrator.streaming.storage import sync_directory, telling_full_disk


@dataclass(frozen=True, slots=True)
class Segment:
    """One listed segment. Times in seconds are media time; `at` is when its first picture was captured.

    `captured_from` and `captured_to` bound all that is in it; a slate's say which wall-clock time it
    stands for. `live`: in the live playlist. `recording`: in the recording. `keyframe`: it can be
    decoded without the one before it. `reason`: why a slate is shown.
    """

    part: int
    kind: Literal["media", "slate"]
    name: str
    init: str
    connection: int
    start: float
    duration: float
    keyframe: bool
    at: datetime
    captured_from: datetime
    captured_to: datetime
    spread: float
    live: bool
    recording: bool
    reason: str | None
    listed_at: datetime

    @property
    def until(self) -> datetime:
        """The wall-clock time that it reaches."""
        return self.captured_to if self.kind == "slate" else self.at + timedelta(seconds=self.duration)

    @property
    def window(self) -> tuple[datetime, datetime]:
        """When it may have been captured, the source's spread included."""
        spread = timedelta(seconds=self.spread)
        return self.captured_from - spread, self.captured_to + spread


def follows(before: Segment | None, *, kind: str, init: str, connection: int, start: float) -> bool:
    """Whether media that begins so continues `before` without a discontinuity."""
    return (
        before is not None
        and (before.kind, before.init, before.connection) == (kind, init, connection)
        and abs(before.start + before.duration - start) < SAME_MOMENT
    )


@dataclass(slots=True)
class Part:
    """One opening of the session: its own live playlist, from `begun_at` until it is adjourned."""

    number: int
    begun_at: datetime
    ended_at: datetime | None = None
    segments: list[Segment] = field(default_factory=list)

    @property
    def live(self) -> list[Segment]:
        """What the live playlist lists, in order."""
        return [segment for segment in self.segments if segment.live]

    def last(self, *, live: bool) -> Segment | None:
        """The newest segment of the live playlist, or the newest media of the recording."""
        wanted = "live" if live else "recording"
        return next((each for each in reversed(self.segments) if getattr(each, wanted)), None)

    @property
    def playlist(self) -> str:
        """The name of its live playlist."""
        return "live.m3u8" if self.number == 1 else f"live-{self.number}.m3u8"


class Index:
    """The parts and segments of one broadcast; every change is synced to disk before it returns."""

    def __init__(self, path: Path) -> None:
        """Read what is on disk; half a line at its end never happened."""
        self._path = path
        self.parts: dict[int, Part] = {}
        self.withdrawn: set[str] = set()
        self._origins: dict[str, list[Segment]] = {}
        if path.exists():
            self._load()

    @property
    def current(self) -> Part | None:
        """The part that is live."""
        last = self.parts[max(self.parts)] if self.parts else None
        return last if last is not None and last.ended_at is None else None

    def covers(self, part: int, name: str, start: float) -> bool:
        """Whether the fragment that begins at `start`, of the candidate of that name, is listed in a part."""
        return any(
            segment.part == part and -SAME_MOMENT < start - segment.start < segment.duration - SAME_MOMENT
            for segment in self._origins.get(name, ())
        )

    def recorded(self) -> list[Segment]:
        """What the recording holds: all ended parts, in order of capture, without what was withdrawn."""
        return [
            segment
            for number in sorted(self.parts)
            if self.parts[number].ended_at is not None
            for segment in sorted(self.parts[number].segments, key=lambda each: each.at)
            if segment.recording and segment.name not in self.withdrawn
        ]

    def begin(self, part: int, at: datetime) -> None:
        """A part begins."""
        self._append({"record": "begun", "part": part, "at": at})

    def list(self, segment: Segment) -> None:
        """A segment is listed; it is on disk already."""
        self._append({"record": "listed", **asdict(segment)})

    def end(self, part: int, at: datetime) -> None:
        """A part has ended; its live playlist gets no more segments."""
        self._append({"record": "ended", "part": part, "at": at})

    def withdraw(self, name: str) -> None:
        """A segment is taken back."""
        self._append({"record": "withdrawn", "name": name})

    def _append(self, record: Mapping[str, Any]) -> None:
        line = (json.dumps(record, default=datetime.isoformat, separators=(",", ":")) + "\n").encode()
        new = not self._path.exists()
        with telling_full_disk(), self._path.open("ab") as file:
            before = file.tell()
            try:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    os.truncate(self._path, before)
                raise
        if new:
            sync_directory(self._path.parent)
        self._apply(record)

    def _load(self) -> None:
        data = self._path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.truncate(self._path, whole)
        for record in _records(data[:whole].splitlines()):
            self._apply(record)

    def _apply(self, record: Mapping[str, Any]) -> None:
        match record["record"]:
            case "begun":
                self.parts[record["part"]] = Part(record["part"], record["at"])
            case "ended":
                self.parts[record["part"]].ended_at = record["at"]
            case "withdrawn":
                self.withdrawn.add(record["name"])
            case "listed":
                segment = Segment(**{name: record[name] for name in Segment.__slots__})
                self.parts[segment.part].segments.append(segment)
                self._origins.setdefault(origin(segment.name), []).append(segment)


def origin(name: str) -> str:
    """The name of the candidate that a segment was, or was cut from."""
    return name.partition(".")[0]


_TIMES = ("at", "captured_from", "captured_to", "listed_at")


def _records(lines: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    for line in lines:
        record: dict[str, Any] = json.loads(line)
        for name in _TIMES:
            if name in record:
                record[name] = datetime.fromisoformat(record[name])
        yield record
