"""From fragments to candidates: segments of about 4 s on disk, each waiting for the gate's verdict.

A candidate is `<name>.m4s`, the fragments as they came, and `<name>.jsonl`: one line about itself, then
one for each fragment, written after its bytes. So nothing judged or unjudged is forgotten by a process
that is killed, and a half-written fragment does not count.
"""

import json
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestrator.streaming.media import Captured, Init
from orchestrator.streaming.storage import DiskFullError, content_name, telling_full_disk, unguessable

TARGET_SECONDS = 4.0
TARGET_DURATION = 6
"""EXT-X-TARGETDURATION: no segment is longer, whatever the encoder's keyframe interval is."""
ABOUT = 0.3
"""A keyframe this much before the target is near enough, in seconds."""
SAME_MOMENT = 0.005
"""Media times that differ by less, in seconds, follow on each other."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Note:
    """A fragment in a candidate: where its bytes are, its media time, and when it was captured."""

    offset: int
    length: int
    start: float
    duration: float
    keyframe: bool
    at: datetime
    captured_from: datetime
    captured_to: datetime


@dataclass(slots=True)
class Candidate:
    """A segment that awaits its verdict. `judged`: so many of its fragments have had theirs."""

    path: Path
    init: str
    connection: int
    notes: list[Note] = field(default_factory=list)
    judged: int = 0

    @property
    def name(self) -> str:
        """Its unguessable name, which a published part of it keeps."""
        return self.path.stem

    @property
    def journal(self) -> Path:
        """Where its fragments are noted."""
        return self.path.with_suffix(".jsonl")

    @property
    def duration(self) -> float:
        """Seconds of video in it."""
        return sum(note.duration for note in self.notes)

    def piece(self, first: int, last: int) -> "Piece":
        """The fragments from `first` up to and including `last` as a segment of their own."""
        notes = self.notes[first : last + 1]
        whole = len(notes) == len(self.notes)
        return Piece(
            name=f"{self.name}.m4s" if whole else f"{self.name}.{first}.m4s",
            init=self.init,
            connection=self.connection,
            offset=notes[0].offset,
            length=sum(note.length for note in notes),
            start=notes[0].start,
            duration=notes[-1].start + notes[-1].duration - notes[0].start,
            keyframe=notes[0].keyframe,
            at=notes[0].at,
            captured_from=min(note.captured_from for note in notes),
            captured_to=max(note.captured_to for note in notes),
            whole=whole,
        )

    def read(self, piece: "Piece") -> bytes:
        """The bytes of a piece of it."""
        with self.path.open("rb") as file:
            file.seek(piece.offset)
            return file.read(piece.length)

    def delete(self) -> None:
        """Forget it: the media first, then the note that it was there."""
        self.path.unlink(missing_ok=True)
        self.journal.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a candidate's fragments that becomes one public segment."""

    name: str
    init: str
    connection: int
    offset: int
    length: int
    start: float
    duration: float
    keyframe: bool
    at: datetime
    captured_from: datetime
    captured_to: datetime
    whole: bool


class Segmenter:
    """Writes the fragments of one source into candidates and cuts them at keyframes."""

    def __init__(self, directory: Path) -> None:
        """Take over the candidates that an earlier process left in `directory`."""
        self._directory = directory
        self._current: Candidate | None = None
        self._noted_init: tuple[Init, str] | None = None
        self.waiting: deque[Candidate] = deque(recover(directory))
        needed = {candidate.init for candidate in self.waiting}
        for path in directory.glob("*.mp4"):
            if path.name not in needed:
                path.unlink()

    @property
    def current(self) -> Candidate | None:
        """The candidate that still grows."""
        return self._current

    def add(self, captured: Captured) -> None:
        """Write a fragment to disk at once. Raises `DiskFullError`; then this fragment is lost."""
        if self._current is not None and self._cut_before(self._current, captured):
            self.cut()
        current = self._current or self._begin(captured)
        fragment = captured.fragment
        offset = current.notes[-1].offset + current.notes[-1].length if current.notes else 0
        note = Note(
            offset=offset,
            length=len(fragment.data),
            start=fragment.start,
            duration=fragment.duration,
            keyframe=fragment.keyframe,
            at=captured.captured_at,
            captured_from=captured.captured_from,
            captured_to=captured.captured_to,
        )
        try:
            with telling_full_disk():
                with current.path.open("r+b" if offset else "wb") as file:
                    file.seek(offset)  # over what a full disk may have left of the last attempt
                    file.write(fragment.data)
                with current.journal.open("a") as journal:
                    journal.write(_line(note))
        except DiskFullError:
            self.cut()
            raise
        current.notes.append(note)
        self._current = current

    def cut(self) -> None:
        """End the current candidate here."""
        if self._current is not None:
            if self._current.notes:
                self.waiting.append(self._current)
            else:
                self._current.delete()
            self._current = None

    def init_data(self, name: str) -> bytes:
        """The initialisation data that candidates name."""
        return (self._directory / name).read_bytes()

    def _cut_before(self, current: Candidate, captured: Captured) -> bool:
        fragment, last = captured.fragment, current.notes[-1]
        return (
            captured.connection != current.connection
            or self._noted_init is None
            or captured.init is not self._noted_init[0]
            or abs(last.start + last.duration - fragment.start) > SAME_MOMENT
            or (fragment.keyframe and current.duration >= TARGET_SECONDS - ABOUT)
            or current.duration + fragment.duration > TARGET_DURATION
        )

    def _begin(self, captured: Captured) -> Candidate:
        with telling_full_disk():
            if self._noted_init is None or self._noted_init[0] is not captured.init:
                name = content_name(captured.init.data, ".mp4")
                part = self._directory / f".{name}"
                part.write_bytes(captured.init.data)
                part.rename(self._directory / name)
                self._noted_init = (captured.init, name)
            init = self._noted_init[1]
            candidate = Candidate(self._directory / f"{unguessable()}.m4s", init, captured.connection)
            candidate.journal.write_text(_line({"init": init, "connection": captured.connection}))
        return candidate


def recover(directory: Path) -> Sequence[Candidate]:
    """The candidates on disk in order of capture; what belongs to none is deleted."""
    found = []
    for journal in directory.glob("*.jsonl"):
        candidate = _read(journal)
        if candidate is None:
            log.warning("an unfinished candidate without a whole fragment is deleted")
            journal.with_suffix(".m4s").unlink(missing_ok=True)
            journal.unlink(missing_ok=True)
        else:
            found.append(candidate)
    known = {candidate.path for candidate in found}
    for path in directory.glob("*.m4s"):
        if path not in known:
            path.unlink()
    return sorted(found, key=lambda candidate: (candidate.notes[0].at, candidate.notes[0].start))


def _read(journal: Path) -> Candidate | None:
    lines = journal.read_text(errors="replace").splitlines()
    path = journal.with_suffix(".m4s")
    size = path.stat().st_size if path.exists() else 0
    try:
        head: dict[str, Any] = json.loads(lines[0])
        candidate = Candidate(path, head["init"], head["connection"])
    except (IndexError, ValueError, KeyError):
        return None
    for line in lines[1:]:
        try:
            fields: dict[str, Any] = json.loads(line)
            note = Note(**{key: _parsed(key, value) for key, value in fields.items()})
        except (ValueError, TypeError):
            break
        if note.offset + note.length > size:
            break
        candidate.notes.append(note)
    return candidate if candidate.notes else None


def _line(value: Note | dict[str, Any]) -> str:
    fields = {name: getattr(value, name) for name in Note.__slots__} if isinstance(value, Note) else value
    return json.dumps(fields, default=datetime.isoformat, separators=(",", ":")) + "\n"


def _parsed(key: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if key in {"at", "captured_from", "captured_to"} else value
