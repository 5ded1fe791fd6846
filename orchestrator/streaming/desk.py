"""The desk of one source: takes its fragments, asks the gate, and gives each broadcast what is public.

Unpublished media is judged strictly in order. All work on disk is done by `step`, in a thread; what
arrives and what is read of the log only waits for it.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from orchestrator.clock import EVER, Clock
from orchestrator.streaming.broadcast import Broadcast, Slates
from orchestrator.streaming.gate import SETTLE, Place, SessionUse, Settled, Verdict, judge, places
from orchestrator.streaming.keeper import Keeper
from orchestrator.streaming.media import Captured
from orchestrator.streaming.segments import Candidate, Note, Segmenter
from orchestrator.streaming.storage import DiskFullError, LocalStorage, telling_full_disk

POLL = 0.5
"""Seconds between looks when nothing wakes us."""
READ_WITHIN = 5.0
"""Seconds after which a read of the log that does not answer is given up."""
SLACK = 2.0
"""Seconds that reading, cutting and publishing may take, when live's distance to now is decided."""
QUEUE = 240
"""Fragments (two minutes) that may wait for a disk that hangs; more are lost."""

log = logging.getLogger(__name__)

ReadSettled = Callable[[], Awaitable[Settled]]
"""Reads every session that uses, used today, or may come to use the source, in one settled read."""


@dataclass(frozen=True)
class DeskStatus:
    """What IT is told: `warnings` are disk_full, log_unreachable, clock_behind (the log) and media_lost.

    `waiting_seconds`: of media that no verdict has been possible for. `listed_after`: seconds from the
    capture of the newest segment's end to its listing.
    """

    waiting_seconds: float
    last_listed_at: datetime | None
    listed_after: float | None
    warnings: frozenset[str]


class Desk:
    """Implements `media.MediaSink` for one source; `run` it as long as the source exists."""

    def __init__(
        self,
        source_id: UUID,
        *,
        storage: LocalStorage,
        slates: Slates,
        clock: Clock,
        read_settled: ReadSettled,
        spread: float = 5.0,
        delay: float = 0.0,
        keeper: Keeper | None = None,
    ) -> None:
        """`spread` and `delay` are the source's, in seconds; without a `keeper` refused media is deleted."""
        self.source_id = source_id
        self.spread, self.delay = spread, delay
        self._storage, self._slates, self._clock = storage, slates, clock
        self._read, self._keeper = read_settled, keeper
        self._segmenter = Segmenter(storage.source_directory(source_id))
        self._arrived: deque[Captured | None] = deque()
        self._settled: Settled | None = None
        self._seen: dict[UUID, tuple[object, ...]] = {}
        self._live = storage.source_directory(source_id) / "live.txt"
        self._broadcasts = {
            UUID(line): self._broadcast(UUID(line))
            for line in (self._live.read_text().split() if self._live.exists() else ())
        }
        self._judged_until = self._distrusted_until = EVER
        self._warnings: set[str] = set()
        self._last_listed: datetime | None = None
        self._listed_after: float | None = None
        self._waiting_seconds = 0.0
        self._unread = False
        self._stirred, self._log_moved = asyncio.Event(), asyncio.Event()

    async def take(self, captured: Captured) -> None:
        """Take one fragment; it is on disk within a moment."""
        if len(self._arrived) >= QUEUE:
            self._warnings.add("media_lost")
            self._arrived.popleft()
        self._arrived.append(captured)
        self._stirred.set()

    async def lost(self) -> None:
        """The encoder has gone."""
        self._arrived.append(None)
        self._stirred.set()

    def taken(self, connection: int) -> list[tuple[float, float]]:
        """The stretches of a connection's media time that are listed or await a verdict, in order."""
        waiting = (
            (note.start, note.start + note.duration)
            for candidate in self._segmenter.waiting
            for note in candidate.notes
            if candidate.connection == connection
        )
        listed = (
            (segment.start, segment.start + segment.duration)
            for broadcast in self._broadcasts.values()
            for part in broadcast.index.parts.values()
            for segment in part.segments
            if (segment.kind, segment.connection) == ("media", connection)
        )
        return sorted({*waiting, *listed})

    def wake(self) -> None:
        """The log has moved: read it now."""
        self._log_moved.set()

    @property
    def status(self) -> DeskStatus:
        """How it goes, for the IT page and the metrics."""
        return DeskStatus(
            waiting_seconds=self._waiting_seconds,
            last_listed_at=self._last_listed,
            listed_after=self._listed_after,
            warnings=frozenset(self._warnings),
        )

    async def run(self) -> None:
        """Read, judge and publish until cancelled. What is on disk then is judged at the next start."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read_forever())
            tasks.create_task(self._step_forever())

    def learn(self, settled: Settled) -> None:
        """Take what a settled read said; `step` acts on it."""
        if self._settled is None or settled.read_begun >= self._settled.read_begun:
            self._settled = settled

    def step(self) -> None:
        """Write what has arrived, judge what can be judged, and bring every public file up to date."""
        self._store_arrived()
        settled, now = self._settled, self._clock.now()
        uses = {use.broadcast_id: use for use in settled.sessions} if settled else {}
        age = None if settled is None else now - settled.read_begun
        self._warn("log_unreachable", age is None or age > timedelta(seconds=READ_WITHIN))
        if settled is not None:
            self._distrust_clock_behind(settled, now)
            with self._surviving_full_disk():
                self._follow(settled)
                self._judge_waiting(settled)
        self._waiting_seconds = sum(candidate.duration for candidate in self._segmenter.waiting)
        horizon = now - timedelta(seconds=max(self.spread + SETTLE.total_seconds(), self.delay) + SLACK)
        for broadcast in self._broadcasts.values():
            use = uses.get(broadcast.broadcast_id)
            with self._surviving_full_disk():
                if use is not None:
                    broadcast.end(use)
                broadcast.keep_alive(use, horizon, self._judged_until)
            with self._surviving_full_disk():
                broadcast.write(use)

    def _distrust_clock_behind(self, settled: Settled, now: datetime) -> None:
        """Refuse what was captured by a clock that is behind the log: it has been set back.

        What happens behind doors that closed would otherwise seem to have happened before that.
        """
        latest = max((use.last_event_at for use in settled.sessions if use.last_event_at), default=now)
        behind = now < latest - SETTLE
        self._warn("clock_behind", behind)
        if behind:
            self._distrusted_until = max(self._distrusted_until, latest)

    def _store_arrived(self) -> None:
        while self._arrived:
            captured = self._arrived.popleft()
            if captured is None:
                self._segmenter.cut()
                continue
            try:
                self._storage.require_room()
                self._segmenter.add(captured)
            except DiskFullError:
                self._segmenter.cut()
                self._warn("disk_full", True)
            else:
                self._warn("disk_full", False)

    def _follow(self, settled: Settled) -> None:
        """Begin what was opened, let go of what is no longer ours, take back what a correction has shut."""
        ours = {use.broadcast_id: use for use in settled.sessions if use.broadcast_id and use.parts}
        if ours.keys() != self._broadcasts.keys():
            self._broadcasts = {each: self._broadcasts.get(each) or self._broadcast(each) for each in ours}
            # After a restart the slate is shown even before the log can be read.
            part = self._live.with_suffix(".part")
            with telling_full_disk():
                part.write_text("\n".join(map(str, ours)))
            part.rename(self._live)
        for broadcast_id, use in ours.items():
            self._broadcasts[broadcast_id].begin(use)
        for use in settled.sessions:
            edges = (use.parts, use.public)
            if self._seen.get(use.session_id) != edges:
                self._withdraw_what_is_shut(use)
                self._seen[use.session_id] = edges

    def _broadcast(self, broadcast_id: UUID) -> Broadcast:
        return Broadcast(broadcast_id, self._storage, self._slates, self._clock)

    def _withdraw_what_is_shut(self, use: SessionUse) -> None:
        for broadcast in self._broadcasts.values():
            for part in broadcast.index.parts.values():
                for segment in part.segments:
                    start, end = segment.window
                    if (
                        segment.kind == "media"
                        and segment.name not in broadcast.index.withdrawn
                        and use.uses(start, end)
                        and not use.allows(start, end, end)
                    ):
                        log.warning("a published segment is withdrawn: the log was corrected")
                        broadcast.withdraw(segment.name)

    def _judge_waiting(self, settled: Settled) -> None:
        ending = any(
            use.broadcast_id in self._broadcasts and self._broadcasts[use.broadcast_id].must_end(use)
            for use in settled.sessions
            if use.broadcast_id is not None
        )
        current = self._segmenter.current
        if current is not None and (ending or self._verdict(current.notes[-1], settled) is Verdict.REFUSED):
            self._segmenter.cut()
        waiting = self._segmenter.waiting
        while waiting and self._decide(waiting[0], settled, flush=ending):
            waiting.popleft()

    def _decide(self, candidate: Candidate, settled: Settled, *, flush: bool) -> bool:
        """Publish what is public of a candidate and delete it; False if some of it cannot be judged yet.

        `flush`: do not wait for the rest with what can be judged.
        """
        verdicts = [self._verdict(note, settled) for note in candidate.notes[candidate.judged :]]
        decided = verdicts.index(Verdict.UNKNOWN) if Verdict.UNKNOWN in verdicts else len(verdicts)
        if decided < len(verdicts) and not flush:
            return False
        numbered = range(candidate.judged, candidate.judged + decided)
        public = [number for number in numbered if verdicts[number - candidate.judged] is Verdict.PUBLIC]
        for run in _runs(public):
            for place in self._shared_places(candidate, run, settled):
                self._publish(candidate, run, place, settled)
        if decided:
            candidate.judged += decided
            last = candidate.notes[candidate.judged - 1]
            self._judged_until = max(self._judged_until, last.at + timedelta(seconds=last.duration))
        if candidate.judged < len(candidate.notes):
            return False
        if len(public) < len(verdicts):
            self._keep(candidate, settled)
        candidate.delete()
        return True

    def _publish(self, candidate: Candidate, run: list[int], place: Place, settled: Settled) -> None:
        """Publish a run of public fragments from where it can be decoded, and list it."""
        broadcast = self._broadcasts[place.broadcast_id]
        notes = candidate.notes
        # What a killed process had listed already stays as it is.
        run = [
            number
            for number in run
            if not broadcast.index.covers(place.part, candidate.name, notes[number].start)
        ]
        if run and not broadcast.continues(place.part, candidate.piece(run[0], run[-1])):
            while run and not notes[run[0]].keyframe:
                run = run[1:]
        if not run:
            return
        piece = candidate.piece(run[0], run[-1])
        self._storage.put_content(place.broadcast_id, self._segmenter.init_data(piece.init), ".mp4")
        if piece.whole:
            self._storage.publish(candidate.path, place.broadcast_id, piece.name)
        else:
            self._storage.put(place.broadcast_id, piece.name, candidate.read(piece))
        use = next((use for use in settled.sessions if use.broadcast_id == place.broadcast_id), None)
        broadcast.show(place.part, piece, use, self.spread)
        self._last_listed = self._clock.now()
        self._listed_after = (self._last_listed - piece.captured_to).total_seconds()

    def _keep(self, candidate: Candidate, settled: Settled) -> None:
        """Hand what was refused to the keeper, where the municipality keeps it."""
        first, last = candidate.notes[0].captured_from, candidate.notes[-1].captured_to
        if self._keeper is not None and any(
            use.keep_unpublished and use.uses(first, first) and use.uses(last, last)
            for use in settled.sessions
        ):
            self._keeper.keep(self.source_id, candidate, self._segmenter.init_data(candidate.init))

    def _window(self, note: Note) -> tuple[datetime, datetime]:
        spread = timedelta(seconds=self.spread)
        return note.captured_from - spread, note.captured_to + spread

    def _verdict(self, note: Note, settled: Settled) -> Verdict:
        if note.captured_from < self._distrusted_until:
            return Verdict.REFUSED
        return judge(*self._window(note), settled)

    def _shared_places(self, candidate: Candidate, run: list[int], settled: Settled) -> list[Place]:
        """The places where every fragment of a run may be shown."""
        of_each = [places(*self._window(candidate.notes[number]), settled) for number in run]
        return [place for place in of_each[0] if all(place in others for others in of_each)]

    def _warn(self, code: str, on: bool) -> None:  # noqa: FBT001
        (self._warnings.add if on else self._warnings.discard)(code)

    @contextlib.contextmanager
    def _surviving_full_disk(self) -> Iterator[None]:
        try:
            yield
        except DiskFullError:
            self._warn("disk_full", True)

    async def _read_forever(self) -> None:
        while True:
            self._log_moved.clear()
            try:
                async with asyncio.timeout(READ_WITHIN):
                    self.learn(await self._read())
            except Exception as error:  # noqa: BLE001
                # Whatever hinders reading, media stays private.
                if not self._unread:
                    log.warning("the log cannot be read: media is held private (%s)", type(error).__name__)
                self._unread = True
            else:
                self._unread = False
            self._stirred.set()
            await _either(self._log_moved, POLL)

    async def _step_forever(self) -> None:
        while True:
            self._stirred.clear()
            try:
                await asyncio.to_thread(self.step)
            except Exception:
                log.exception("publishing failed; it is tried again")
            await _either(self._stirred, POLL)


def _runs(numbers: list[int]) -> list[list[int]]:
    """Split ascending numbers where one is missing."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Not by ``wait_for``, which before Python 3.12 goes on if it is cancelled just as the event comes."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
