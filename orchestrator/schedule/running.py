"""The schedule runs the day: what is due is done when it is due, whoever watches.

Nothing is remembered here. A timer rings at the next moment at which something may be due, every change in
the log sets it anew, and a sweep each minute finds what should have happened and did not. Several processes
may do all of this at once: what they do is harmless twice, or claimed by one of them.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final, Literal, Protocol
from uuid import UUID

from orchestrator.clock import Clock, day_bounds
from orchestrator.commands import Commands, PreconditionFailed, UnknownStream
from orchestrator.domain.base import Command
from orchestrator.domain.course import AdjournSession, OpenSession
from orchestrator.domain.errors import Refused
from orchestrator.domain.own_item import opens_with
from orchestrator.domain.release import DeleteRecording
from orchestrator.domain.roles import Actor, Role
from orchestrator.domain.state import SessionState
from orchestrator.effects import Reconciler
from orchestrator.rooms.wanted import CREATED_AHEAD, KEPT_AFTER, LOBBY_BEFORE, OPEN_AFTER
from orchestrator.schedule.due import (
    OVERRUN,
    REMIND_BEFORE,
    WARM_BEFORE,
    Due,
    may_adjourn,
    may_delete,
    may_open,
)
from orchestrator.schedule.due import due as due_in
from orchestrator.schedule.timers import Timer
from orchestrator.store.directory import Directory
from orchestrator.store.due import Mark, Marks
from orchestrator.store.planned import Planned
from orchestrator.store.pool import UNAVAILABLE, Pool
from orchestrator.store.rooms import RoomStates
from orchestrator.store.views import SessionView, Views

log = logging.getLogger(__name__)

SCHEDULE = Actor(frozenset({Role.SECRETARY, Role.ADMINISTRATOR}))
SENDER: Final = "schedule"
SWEEP_EVERY: Final = 60.0
"""Seconds between looks when nothing is due and nobody says that something changed."""
SHORTEST: Final = 0.1
"""Seconds between looks, however much happens."""
OVERLAP = timedelta(seconds=5)
"""So far clocks of different processes may differ without a room being forgotten."""

BEFORE = (
    CREATED_AHEAD,
    timedelta(days=1),
    timedelta(hours=1),
    LOBBY_BEFORE,
    REMIND_BEFORE,
    WARM_BEFORE,
    timedelta(),
)
AFTER = (timedelta(), OVERRUN, OPEN_AFTER, OPEN_AFTER + KEPT_AFTER)


class NothingDue(LookupError):
    """Nothing of the kind is due for this session or room, or it is another organisation's (404)."""


class Rooms(Protocol):
    """Whoever keeps the rooms; see RoomKeeper."""

    def want(self, room_id: UUID) -> None:
        """What is wanted of this room may have changed."""
        ...


class Sources(Protocol):
    """Whoever runs the sources."""

    def look(self) -> None:
        """See that each of them runs."""
        ...


class Schedule:
    """Does what is due, and tells what is and what IT has decided of it."""

    def __init__(
        self,
        *,
        pool: Pool,
        commands: Commands,
        views: Views,
        directory: Directory,
        marks: Marks,
        room_states: RoomStates,
        rooms: Rooms,
        sources: Sources,
        clock: Clock,
        on_failure: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._planned = Planned(pool, BEFORE, AFTER)
        self._commands, self._views, self._marks = commands, views, marks
        self._directory = directory
        self._room_states, self._rooms, self._sources, self._clock = room_states, rooms, sources, clock
        self._turning = Reconciler("schedule", self._turn, on_failure=on_failure)
        self._stirred = asyncio.Event()
        self._timer = Timer(clock, self.stir)
        self._swept: datetime | None = None

    def stir(self) -> None:
        """Something has changed, or is due: look now."""
        self._stirred.set()

    @property
    def next_at(self) -> datetime | None:
        """When the schedule looks again at the latest, unless that is more than a minute ahead."""
        return self._timer.at

    async def run(self) -> None:
        """Do what is due until cancelled."""
        self._timer.start()
        try:
            while True:
                self._stirred.clear()
                try:
                    await self.sweep()
                except UNAVAILABLE as error:
                    log.warning("the schedule waits for the database: %s", type(error).__name__)
                await asyncio.sleep(SHORTEST)
                with suppress(TimeoutError):
                    async with asyncio.timeout(SWEEP_EVERY):
                        await self._stirred.wait()
        finally:
            self._timer.stop()
            await self._turning.stop()

    async def sweep(self) -> None:
        """Begin everything that is due and has not been done; see ``settled``. Sets the timer."""
        now = self._clock.now()
        since = (self._swept or now) - OVERLAP
        await self._marks.slide(now)
        for row in await self._planned.to_turn(now):
            self._turning.want(row.source_id or row.session_id)
        for row in await self._planned.touched(since, now):
            if row.room_id:
                self._rooms.want(row.room_id)
        for row in await self._planned.to_note("remind", REMIND_BEFORE, now):
            await self._note(row, "remind")
        for row in await self._planned.to_note("warm_source", WARM_BEFORE, now):
            await self._note(row, "warm_source")
            self._sources.look()
        for row in await self._planned.recordings_to_delete(now):
            await self._delete_recording(row)
        self._swept = now
        self._timer.set(await self._planned.next_moment(now))

    async def settled(self) -> None:
        """Return when every session that was looked at is as it should be."""
        await self._turning.settled()

    async def _note(self, row: SessionView, kind: Literal["remind", "warm_source"]) -> None:
        """Claimed, so that it is done once whoever else does it."""
        await self._marks.claim(
            Mark(row.session_id, kind, row.organisation_id, done_at=self._clock.now(), decided_by=SENDER)
        )

    async def _turn(self, line: UUID) -> None:
        """Adjourn what is over on a source, then open what is to begin: one at a time."""
        for row in await self._planned.to_turn(self._clock.now(), line):
            marks = await self._marks.of([row.session_id])
            try:
                if row.status == "planned":
                    await self._open(row, marks.get((row.session_id, "open_session")))
                else:
                    await self._adjourn(row, marks.get((row.session_id, "adjourn_session")))
            except PreconditionFailed:
                continue  # something happened in it meanwhile, and that stirs us again
            except (Refused, UnknownStream) as error:
                log.warning("session %s cannot be turned by itself: %s", row.session_id, error)

    async def _open(self, row: SessionView, mark: Mark | None) -> None:
        meeting = await self._commands.meeting(row.organisation_id, row.meeting_id)
        state = await self._commands.session(row.organisation_id, row.session_id)
        beside = await self._beside(row)
        taken = any(one.status != "planned" for one in beside)
        if meeting.status == "published" and may_open(state, mark, self._clock.now(), source_taken=taken):
            await self._send(row, state, OpenSession(item_id=opens_with(meeting, state)))

    async def _adjourn(self, row: SessionView, mark: Mark | None) -> None:
        state = await self._commands.session(row.organisation_id, row.session_id)
        ahead = [one.starts_at for one in await self._beside(row) if one.status == "planned"]
        next_start = min((at for at in ahead if at > row.starts_at), default=None)
        if may_adjourn(state, mark, self._clock.now(), next_start):
            await self._send(row, state, AdjournSession(part=len(state.parts)))

    async def _delete_recording(self, row: SessionView) -> None:
        """Its media goes when whoever has it hears of it; see OldRecordings."""
        state = await self._commands.session(row.organisation_id, row.session_id)
        mark = (await self._marks.of([row.session_id])).get((row.session_id, "delete_recording"))
        days = await self._recording_days(row.organisation_id)
        if may_delete(state, mark, self._clock.now(), days):
            with suppress(PreconditionFailed, Refused, UnknownStream):  # it is looked at again
                await self._send(row, state, DeleteRecording())

    async def _recording_days(self, organisation_id: UUID) -> int | None:
        organisation = await self._directory.organisation(organisation_id)
        return organisation.recording_days if organisation else None

    async def _beside(self, row: SessionView) -> list[SessionView]:
        """The other sessions on the same source."""
        on_source = await self._planned.on_source(row.source_id) if row.source_id else []
        return [one for one in on_source if one.session_id != row.session_id]

    async def _send(self, row: SessionView, seen: SessionState, command: Command) -> None:
        await self._commands.handle(
            *(row.organisation_id, "session", row.session_id, command, SCHEDULE),
            if_match=seen.version,
            sender=SENDER,
        )
        log.info("%s", command.type, extra={"session": str(row.session_id)})

    # What is due, and what IT decides of it

    async def day(self, organisation_id: UUID, day: date) -> list[Due]:
        """Everything that is due on a day in Norway, by time; what is skipped too."""
        start, end = day_bounds(day)
        touched = await self._planned.touched(start - OVERLAP, end, organisation_id)
        touched += await self._planned.recordings_old(start, end, organisation_id)
        found = []
        for meeting_id in dict.fromkeys(row.meeting_id for row in touched):
            found += await self.of_meeting(organisation_id, meeting_id)
        return sorted(
            (one for one in found if start <= one.at < end),
            key=lambda one: (one.at, one.kind, str(one.target_id)),
        )

    async def of_meeting(self, organisation_id: UUID, meeting_id: UUID) -> list[Due]:
        """Everything that is due in a meeting, on whichever day. Raises UnknownStream."""
        meeting = await self._commands.meeting(organisation_id, meeting_id)
        rows = await self._views.sessions_of(organisation_id, meeting_id)
        sessions = [await self._commands.session(organisation_id, row.session_id) for row in rows]
        standings = await self._room_states.of_meeting(meeting_id)
        used = {row.room_id for row in rows if row.room_id}
        marks = await self._marks.of([*(row.session_id for row in rows), *used.union(meeting.rooms)])
        days = await self._recording_days(organisation_id)
        return due_in(meeting, sessions, standings, marks, self._clock.now(), recording_days=days)

    async def decide(
        self,
        organisation_id: UUID,
        target_id: UUID,
        kind: str,
        at: datetime | Literal["now", "never"],
        by: str,
    ) -> None:
        """Do it at another time, now or never; what has been done stays done. Raises NothingDue.

        ``by``: who decides, as the log notes senders: a login's or token's id.
        """
        place = await self._views.session(organisation_id, target_id) or await self._views.room(target_id)
        if place is None or place.organisation_id != organisation_id:
            raise NothingDue(kind)
        known = await self.of_meeting(organisation_id, place.meeting_id)
        if not any((one.target_id, one.kind) == (target_id, kind) for one in known):
            raise NothingDue(kind)
        moment = self._clock.now() if at == "now" else None if at == "never" else at
        await self._marks.put(
            Mark(target_id, kind, organisation_id, moment, skipped=at == "never", decided_by=by)
        )
        self.stir()
