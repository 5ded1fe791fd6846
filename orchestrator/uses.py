"""Which sessions use a source, and when they are public: read from the log itself, for the gate.

A session whose room is sent into the source is heard there too: it shows nothing of it, but it has its say.
The log is followed from a checkpoint of its own. All that may still concern a source is kept in memory:
sessions that are open, and those in which something happened during the last day.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.domain.base import Event
from orchestrator.domain.meeting import MeetingPlanned
from orchestrator.domain.openness import Interval, public_intervals, why_shut
from orchestrator.domain.room_planning import RoomPlanned
from orchestrator.domain.session import evolve, initial
from orchestrator.domain.state import SessionState
from orchestrator.domain.timeline import Name, entries, next_speakers
from orchestrator.people import People
from orchestrator.states import parse_stream
from orchestrator.store.directory import Directory
from orchestrator.store.events import EventStore, Recorded
from orchestrator.store.pool import Pool
from orchestrator.store.views import checkpoint, set_checkpoint
from orchestrator.streaming.gate import SessionUse, Settled

CHECKPOINT = "sources"
BATCH = 2000
OF_INTEREST = timedelta(days=1)
"""So long after anything happened in it, a session that is not open is still looked after."""
REMEMBER_EVERY = 60.0
"""Seconds between writes of the checkpoint."""


@dataclass
class Sitting:
    """One session as its events tell it, and where in the log the last of them stands.

    ``stays``: when it was in which room.
    """

    organisation_id: UUID
    state: SessionState
    last_position: int = 0
    events: list[Event] = field(default_factory=list)
    shown: tuple[Mapping[UUID, Name], int, SessionUse] | None = None
    rehearses: bool | None = None
    stays: dict[UUID, list[Interval]] = field(default_factory=dict)

    def take(self, recorded: Recorded) -> None:
        """Fold in an event; one that was read before changes nothing."""
        if recorded.version <= self.state.version:
            return
        if recorded.version != self.state.version + 1:
            raise ValueError(f"{recorded.stream}: {recorded.version} follows {self.state.version}")
        before = self.state.room_id
        self.state = evolve(self.state, recorded.event)
        self._moved(before, self.state.room_id, recorded.event.at)
        self.events.append(recorded.event)
        self.last_position = recorded.log_position

    def _moved(self, before: UUID | None, after: UUID | None, at: datetime) -> None:
        if before == after:
            return
        if before:
            self.stays[before][-1] = replace(self.stays[before][-1], end=at)
        if after:
            self.stays.setdefault(after, []).append(Interval(at))

    def of_interest(self, now: datetime) -> bool:
        """Whether it may still concern its source."""
        last = self.state.last_at
        return self.state.status == "open" or (last is not None and now - last < OF_INTEREST)

    def use(self, names: Mapping[UUID, Name], *, keep_unpublished: bool) -> SessionUse:
        """What the gate is told; made anew only when something was said or a name corrected."""
        state = self.state
        if self.shown is None or self.shown[0] is not names or self.shown[1] != state.version:
            use = SessionUse(
                session_id=state.session_id,
                broadcast_id=state.broadcast_id if state.public and not state.recording_deleted_at else None,
                parts=tuple(Interval(part.start, part.stop) for part in state.parts),
                public=public_intervals(self.events),
                last_event_at=state.last_at,
                why_shut=why_shut(self.events),
                entries=entries(state, names),
                next=next_speakers(state, names),
                recording_released=state.recording_at_once or state.recording_released,
            )
            self.shown = (names, state.version, use)
        return replace(self.shown[2], keep_unpublished=keep_unpublished)


def common(one: Sequence[Interval], other: Sequence[Interval]) -> Iterator[Interval]:
    """The stretches that lie in both."""
    for a in one:
        for b in other:
            start = max(a.start, b.start)
            end = min((each.end for each in (a, b) if each.end is not None), default=None)
            if end is None or start < end:
                yield Interval(start, end)


class Uses:
    """Follows the log for all sources of this process."""

    def __init__(
        self, pool: Pool, events: EventStore, directory: Directory, people: People, clock: Clock
    ) -> None:
        self._pool = pool
        self._events = events
        self._directory = directory
        self._people = people
        self._clock = clock
        self._turn = asyncio.Lock()
        self._sittings: dict[str, Sitting] = {}
        self._feeds: dict[UUID, UUID | None] = {}
        """The source that each room is sent into, as planned now."""
        self._meetings: set[UUID] = set()
        """Those whose rooms are in it."""
        self._position: int | None = None
        self._remembered = (float("-inf"), 0)
        self._deleted: set[str | None] = set()

    def forget(self, stream: str | None) -> None:
        """The stream has left the log; None: some may have, so all is read anew."""
        self._deleted.add(stream)

    async def read(self, source_id: UUID) -> Settled:
        """What the log says of every session that uses, or lately used, this source, as of ``read_begun``.

        Raises whatever hinders reading: then nothing is known, and what is unknown is private.
        """
        async with self._turn:
            # Settled first and followed afterwards: what was appended before is then seen, new sessions too.
            read_begun = (await self._events.read_settled(())).read_begun
            await self._follow()
            rooms = self._rooms_into(source_id)
            uses = []
            for one in self._sittings.values():
                if one.state.source_id != source_id and not rooms & one.stays.keys():
                    continue
                names, keeps = await self._people.names(one.organisation_id), await self.keeps(one)
                use = one.use(names, keep_unpublished=keeps)
                uses.append(use if one.state.source_id == source_id else _only_heard(use, one, rooms))
        return Settled(read_begun, tuple(uses))

    def _rooms_into(self, source_id: UUID) -> set[UUID]:
        return {room_id for room_id, into in self._feeds.items() if into == source_id}

    def doors_closed(self, source_id: UUID) -> bool:
        """Whether, as last read, a session that uses this source is behind closed doors."""
        rooms = self._rooms_into(source_id)
        return any(
            (one.state.source_id == source_id or one.state.room_id in rooms)
            and one.state.status == "open"
            and one.state.doors_closed
            for one in self._sittings.values()
        )

    def doors_opened_at(self, source_id: UUID) -> datetime | None:
        """When, as last read, doors were last opened again in a session that uses this source, if ever."""
        periods = [
            period
            for one in self._sittings.values()
            if one.state.source_id == source_id
            for closing in one.state.closings
            for period in (*closing.debate, *closing.periods)
        ]
        return max((period.stop for period in periods if period.stop), default=None)

    def resumes_at(self, source_id: UUID) -> datetime | None:
        """When the break that a session on this source is in was said to end, if it was said."""
        breaks = (
            one.state.breaks[-1].resume_at
            for one in self._sittings.values()
            if one.state.source_id == source_id and one.state.status == "open" and one.state.in_break
        )
        return next(breaks, None)

    async def keeps(self, sitting: Sitting) -> bool:
        """Whether what it may not publish is kept; of a rehearsal nothing is."""
        organisation = await self._directory.organisation(sitting.organisation_id)
        if organisation is None or not organisation.keep_unpublished:
            return False
        if sitting.rehearses is None:
            first = next(iter(await self._events.read_stream(f"meeting/{sitting.state.meeting_id}")), None)
            planned = first.event if first else None
            sitting.rehearses = not isinstance(planned, MeetingPlanned) or planned.rehearsal_of is not None
        return not sitting.rehearses

    def _forget_deleted(self) -> None:
        if None in self._deleted:
            self._sittings, self._feeds, self._meetings, self._position = {}, {}, set(), None
        for stream in self._deleted - {None}:
            self._sittings.pop(str(stream), None)
        self._deleted.clear()

    async def _follow(self) -> None:
        self._forget_deleted()
        if self._position is None:
            async with self._pool.acquire() as connection, connection.transaction():
                self._position = await checkpoint(connection, CHECKPOINT)
        while news := await self._events.read_log(self._position, BATCH):
            for recorded in news:
                await self._take(recorded)
            self._position = news[-1].log_position
        now = self._clock.now()
        self._sittings = {stream: one for stream, one in self._sittings.items() if one.of_interest(now)}
        await self._remember(self._position)

    async def _take(self, recorded: Recorded) -> None:
        kind, id_ = parse_stream(recorded.stream)
        if kind == "meeting":
            self._plan(recorded.event)
            return
        sitting = self._sittings.get(recorded.stream)
        if sitting is None:
            sitting = Sitting(recorded.organisation_id, initial(id_))
            if recorded.version > 1:
                whole = await self._events.read_stream(recorded.stream)
                if not whole:
                    return  # it has been deleted since
                for earlier in whole:
                    sitting.take(earlier)
            self._sittings[recorded.stream] = sitting
        sitting.take(recorded)
        meeting_id = sitting.state.meeting_id
        if sitting.stays and meeting_id and meeting_id not in self._meetings:
            for planned in await self._events.read_stream(f"meeting/{meeting_id}"):
                self._plan(planned.event)
            self._meetings.add(meeting_id)

    def _plan(self, event: Event) -> None:
        if isinstance(event, RoomPlanned):
            self._feeds[event.room.room_id] = event.room.source_id

    async def _remember(self, position: int) -> None:
        """Begin there next time: before the last event of each session that is still of interest."""
        first = min((one.last_position - 1 for one in self._sittings.values()), default=position)
        written_at, written = self._remembered
        if first > written and self._clock.monotonic() - written_at >= REMEMBER_EVERY:
            async with self._pool.acquire() as connection:
                await set_checkpoint(connection, CHECKPOINT, first)
            self._remembered = (self._clock.monotonic(), first)


def _only_heard(use: SessionUse, sitting: Sitting, rooms: Collection[UUID]) -> SessionUse:
    """What a session of another source, or none, lets the public hear of these rooms, which it was in."""
    there = [stay for room_id in rooms for stay in sitting.stays.get(room_id, ())]
    return replace(
        use,
        broadcast_id=None,
        parts=tuple(common(use.parts, there)),
        public=tuple(common(use.public, there)),
    )
