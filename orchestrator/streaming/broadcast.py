"""One session's broadcast: what its live playlist shows next, and the files that follow from its index.

The live playlist's wall clock never goes back: media captured before what it has already covered,
with a slate, joins the recording only.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.streaming.captions import captions
from orchestrator.streaming.chapters import chapters
from orchestrator.streaming.gate import SessionUse
from orchestrator.streaming.index import Index, Part, Segment, follows
from orchestrator.streaming.media import Init
from orchestrator.streaming.playlist import playlist
from orchestrator.streaming.recording import RecordingTime
from orchestrator.streaming.segments import TARGET_DURATION, TARGET_SECONDS, Piece
from orchestrator.streaming.storage import LocalStorage
from orchestrator.streaming.timeline_file import timeline

SILENCE = 1.25 * TARGET_DURATION
"""Seconds without a new segment after which a slate is shown: the rule says 1.5 target durations at most."""
PATIENCE = 2 * TARGET_SECONDS
"""Seconds of live time for which nothing is known before it is given up for the slate."""
CATCH_UP = 2 * TARGET_SECONDS
"""At most so many seconds of slate fill a gap before media; what is more is skipped."""
LONGEST_GAP = 4 * TARGET_SECONDS
"""A slate that is further behind, in seconds, jumps (the service was away)."""
SHORTEST_FILL = 1.0
"""Seconds: a shorter gap is only a discontinuity."""
REASON_LASTS = timedelta(seconds=15)
"""So long after reopening the slate keeps its reason, while the first media passes the gate."""
LIVE_LINGERS = timedelta(hours=1)
"""So long after the end a private recording's live playlist stays, for those who watch behind live."""


class Slate(Protocol):
    """A picture for when there is nothing to show, with silence, in segments of any length."""

    @property
    def init(self) -> Init:
        """Its parameters."""
        ...

    @property
    def fragment_seconds(self) -> float:
        """The exact length of one of its fragments."""
        ...

    def segment(self, start_seconds: float, n_fragments: int) -> bytes:
        """A segment that begins at this media time."""
        ...


Slates = Callable[[str], Slate]
"""The slate for a reason: a `WhyShut`, or "starting" or "technical"."""


class Broadcast:
    """The index of one session's broadcast, what it shows next, and its public files."""

    def __init__(self, broadcast_id: UUID, storage: LocalStorage, slates: Slates, clock: Clock) -> None:
        """Go on from what is on disk."""
        self.broadcast_id = broadcast_id
        self.index = Index(storage.index_path(broadcast_id))
        self._storage, self._slates, self._clock = storage, slates, clock
        self._listed: float | None = None
        self._written: dict[str, str] = {}
        self._written_for: object = None
        storage.sweep(broadcast_id)
        for name in self.index.withdrawn:
            storage.withdraw(broadcast_id, name)

    def begin(self, use: SessionUse) -> None:
        """Begin the parts that the session has opened."""
        for number, part in enumerate(use.parts, 1):
            if number not in self.index.parts:
                self.index.begin(number, part.start)

    def must_end(self, use: SessionUse) -> bool:
        """Whether the session has been adjourned and its part has not ended yet."""
        return any(True for _ in self._unended(use))

    def end(self, use: SessionUse) -> None:
        """End the parts that the session has adjourned."""
        for number, at in self._unended(use):
            self.index.end(number, at)

    def _unended(self, use: SessionUse) -> Iterator[tuple[int, datetime]]:
        for number, opening in enumerate(use.parts, 1):
            part = self.index.parts.get(number)
            if opening.end is not None and part is not None and part.ended_at is None:
                yield number, opening.end

    def continues(self, part: int, piece: Piece) -> bool:
        """Whether a piece continues the part's newest media, so that it need not begin with a keyframe."""
        return part in self.index.parts and _follows(self.index.parts[part].last(live=False), piece)

    def show(self, part: int, piece: Piece, use: SessionUse | None, spread: float) -> None:
        """List public media that is on disk: in the recording, and in live unless that has moved on."""
        current = self.index.current
        live = current is not None and current.number == part and self._joins(current, piece)
        if live and current is not None:
            self._fill(current, piece.at, use)
        self._list(
            Segment(
                part=part,
                kind="media",
                name=piece.name,
                init=piece.init,
                connection=piece.connection,
                start=piece.start,
                duration=piece.duration,
                keyframe=piece.keyframe,
                at=piece.at,
                captured_from=piece.captured_from,
                captured_to=piece.captured_to,
                spread=spread,
                live=live,
                recording=True,
                reason=None,
                listed_at=self._clock.now(),
            )
        )

    def keep_alive(self, use: SessionUse | None, horizon: datetime, judged_until: datetime) -> None:
        """Show the slate where there is nothing to show.

        `horizon` is the wall-clock time that live should have reached by now; before `judged_until`
        all media has been judged, so that what is not listed was refused.
        """
        current = self.index.current
        if current is None:
            return
        last = current.last(live=True)
        if last is None:
            self._slate(current, horizon - timedelta(seconds=TARGET_SECONDS), TARGET_SECONDS, horizon, use)
            return
        behind = (horizon - last.until).total_seconds()
        refused = (min(horizon, judged_until) - last.until).total_seconds()
        if refused >= TARGET_SECONDS or behind >= PATIENCE or self._silence(last) >= SILENCE:
            at = last.until
            if behind > LONGEST_GAP:
                at = horizon - timedelta(seconds=PATIENCE)
            self._slate(current, at, TARGET_SECONDS, horizon, use)

    def withdraw(self, name: str) -> None:
        """Take a segment back for good: it is unlisted first, then its bytes go."""
        self.index.withdraw(name)
        self._written_for = None
        self._storage.withdraw(self.broadcast_id, name)

    def write(self, use: SessionUse | None) -> None:
        """Write what has changed of the playlists, the recording, its chapters and the timeline."""
        released = use is not None and use.recording_released
        now = self._clock.now()
        lingering = [
            part
            for part in self.index.parts.values()
            if released or use is None or part.ended_at is None or now < part.ended_at + LIVE_LINGERS
        ]
        # The tuples of one read are compared by value: long, but only when the session has moved on.
        basis = (
            sum(len(part.segments) for part in self.index.parts.values()),
            [(part.number, part.ended_at) for part in lingering],
            use and (use.entries, use.next, use.said, released),
        )
        if basis == self._written_for or not self.index.parts:
            return
        for part in self.index.parts.values():
            if part in lingering and (segments := part.live):
                ended = part.ended_at is not None
                self._put(
                    part.playlist,
                    playlist(segments, kind="EVENT", ended=ended, withdrawn=self.index.withdrawn),
                )
            elif part not in lingering:
                self._take_away(part.playlist)
        if use is not None:
            recorded = self.index.recorded() if released else []
            time = RecordingTime(recorded)
            said = captions(use.said, time, {one.person for one in use.entries if one.person})
            of_recording = {
                "recording.m3u8": playlist(recorded, kind="VOD", ended=True) if recorded else None,
                "chapters.vtt": chapters(use.entries, time) if recorded else None,
                "captions.vtt": said,
            }
            for name, text in of_recording.items():
                if text is None:
                    self._take_away(name)
                else:
                    self._put(name, text)
            self._put(
                "timeline.json",
                timeline(
                    self.index, use.entries, use.next, recording=bool(recorded), captions=said is not None
                ),
            )
        self._written_for = basis

    def _joins(self, current: Part, piece: Piece) -> bool:
        last = current.last(live=True)
        return _follows(last, piece) or (piece.keyframe and (last is None or piece.at >= last.until))

    def _fill(self, current: Part, until: datetime, use: SessionUse | None) -> None:
        last = current.last(live=True)
        if last is None:
            return
        at = max(last.until, until - timedelta(seconds=CATCH_UP))
        while (gap := (until - at).total_seconds()) >= SHORTEST_FILL:
            at += timedelta(seconds=self._slate(current, at, gap, until, use))

    def _slate(
        self, current: Part, at: datetime, room: float, until: datetime, use: SessionUse | None
    ) -> float:
        """List a slate of at most `room` seconds; it stands for the time from `at`, and not after `until`."""
        last = current.last(live=True)
        reason = self._reason(last, at, use)
        slate = self._slates(reason)
        init = self._storage.put_content(self.broadcast_id, slate.init.data, ".mp4")
        same_run = last is not None and (last.kind, last.init, last.until) == ("slate", init, at)
        start = last.start + last.duration if last is not None and same_run else 0.0
        # A hundredth of a fragment is not missed.
        fragments = max(1, int(min(room, TARGET_SECONDS) / slate.fragment_seconds + 0.01))
        duration = fragments * slate.fragment_seconds
        # Named after its content: the same stretch of a slate is stored once and listed again.
        name = self._storage.put_content(self.broadcast_id, slate.segment(start, fragments), ".m4s")
        self._list(
            Segment(
                part=current.number,
                kind="slate",
                name=name,
                init=init,
                connection=0,
                start=start,
                duration=duration,
                keyframe=True,
                at=at,
                captured_from=at,
                captured_to=max(at, min(at + timedelta(seconds=duration), until)),
                spread=0.0,
                live=True,
                recording=False,
                reason=reason,
                listed_at=self._clock.now(),
            )
        )
        return duration

    def _reason(self, last: Segment | None, at: datetime, use: SessionUse | None) -> str:
        if use is not None and use.why_shut not in {None, "adjourned", "not_opened"}:
            return str(use.why_shut)
        opened = use.public[-1].start if use is not None and use.public else at
        if last is not None and last.reason is not None and at < opened + REASON_LASTS:
            return last.reason
        return "technical" if last is not None else "starting"

    def _list(self, segment: Segment) -> None:
        self.index.list(segment)
        if segment.live:
            self._listed = self._clock.monotonic()

    def _silence(self, last: Segment) -> float:
        """Seconds since the live playlist got a segment, also across a restart."""
        now = self._clock.monotonic()
        if self._listed is None:
            passed = (self._clock.now() - last.listed_at).total_seconds()
            # A clock that was set back tells nothing.
            self._listed = now - (passed if passed >= 0 else SILENCE)
        return now - self._listed

    def _put(self, name: str, text: str) -> None:
        if self._written.get(name) != text:
            self._storage.put_text(self.broadcast_id, name, text)
            self._written[name] = text

    def _take_away(self, name: str) -> None:
        if self._written.pop(name, None) or self._storage.path(self.broadcast_id, name).exists():
            self._storage.withdraw(self.broadcast_id, name)


def _follows(before: Segment | None, piece: Piece) -> bool:
    return follows(before, kind="media", init=piece.init, connection=piece.connection, start=piece.start)
