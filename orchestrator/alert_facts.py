"""What the alerts are judged by: the rooms and sources that sessions need soon or now, as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from orchestrator.alerts import Facts, RoomNeeded, SourceNeeded
from orchestrator.clock import Clock
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.state import SessionState
from orchestrator.roomkeeping.keeper import RoomKeeper
from orchestrator.rooms.wanted import OPEN_AFTER, times
from orchestrator.sources import Sources
from orchestrator.states import States
from orchestrator.store.directory import Directory
from orchestrator.store.due import Mark, Marks
from orchestrator.store.views import SessionView, Views

NEAR = timedelta(hours=2)
"""Longer than any alert comes ahead of its session."""


@dataclass(frozen=True)
class AlertFacts:
    """Reads them."""

    views: Views
    states: States
    marks: Marks
    directory: Directory
    rooms: RoomKeeper
    sources: Sources
    clock: Clock

    async def read(self) -> Facts:
        """As things are now, of every organisation."""
        now = self.clock.now()
        near = await self.views.sessions_near(now - OPEN_AFTER, now + NEAR)
        sessions = {row.session_id: await self._session(row) for row in near}
        held = [row for row in near if not await self._called_off(row)]
        sources, unseen = await self._sources(held, now)
        return Facts(await self._rooms(held, sessions, now), sources, unseen)

    async def _session(self, row: SessionView) -> SessionState:
        state = (await self.states.current("session", row.session_id)).state
        assert isinstance(state, SessionState)
        return state

    async def _called_off(self, row: SessionView) -> bool:
        """Whether its meeting is cancelled, and it has not begun."""
        meeting = (await self.states.current("meeting", row.meeting_id)).state
        assert isinstance(meeting, MeetingState)
        return meeting.status == "cancelled" and row.status == "planned"

    async def _rooms(
        self, near: Sequence[SessionView], sessions: Mapping[UUID, SessionState], now: datetime
    ) -> list[RoomNeeded]:
        ids = dict.fromkeys(row.room_id for row in near if row.room_id)
        marks = await self.marks.of(list(ids)) if ids else {}
        found = []
        for room_id in ids:
            view = await self.views.room(room_id)
            if view is None:
                continue
            used = [sessions[row.session_id] for row in near if row.room_id == room_id]
            steps = times(used, now, decided(marks, room_id))
            shut = [one.doors[-1].start for one in used if one.status == "open" and one.doors_closed]
            needed = RoomNeeded(
                organisation_id=view.organisation_id,
                room_id=room_id,
                name=view.name,
                opens_at=steps.get("open_lobby"),
                closes_at=steps.get("close_room"),
                standing=await self.rooms.standing(room_id),
                doors_closed_at=min(shut, default=None),
                locked=bool(shut) and await self.rooms.locked(room_id),
            )
            found.append(needed)
        return found

    async def _sources(
        self, near: Sequence[SessionView], now: datetime
    ) -> tuple[list[SourceNeeded], frozenset[UUID]]:
        found, unseen = [], set()
        for source in await self.directory.all_sources():
            reception = self.sources.reception(source.id)
            if reception is None:
                unseen.add(source.id)
                continue
            uses = [row for row in near if row.source_id == source.id]
            starts = [row.starts_at for row in uses if row.status != "planned" or row.ends_at > now]
            status = reception.source
            needed = SourceNeeded(
                organisation_id=source.organisation_id,
                source_id=source.id,
                name=source.name,
                starts_at=min(starts, default=None),
                silent_since=None if status.state == "receiving" else status.since,
            )
            found.append(needed)
        return found, frozenset(unseen)


def decided(marks: Mapping[tuple[UUID, str], Mark], target_id: UUID) -> dict[str, datetime | None]:
    """What IT has decided of what is due for this target, by kind; null: never."""
    return {
        kind: None if mark.skipped else mark.at
        for (target, kind), mark in marks.items()
        if target == target_id and (mark.skipped or mark.at)
    }
