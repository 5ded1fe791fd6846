"""Reads what a day of IT's console is shown by."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from orchestrator.alert_facts import decided
from orchestrator.clock import Clock
from orchestrator.domain.state import SessionState
from orchestrator.room_keeper import RoomKeeper
from orchestrator.rooms.provider import Present, RoomTrouble
from orchestrator.rooms.wanted import CREATED_AHEAD, KEPT_AFTER, OPEN_AFTER, times
from orchestrator.services import Services
from orchestrator.store.due import Mark
from orchestrator.store.rooms import RoomStanding
from orchestrator.store.views import Listed
from orchestrator.web.dates import local
from orchestrator.web.pages.day import DayFacts, OnDay, RoomFacts, bounds
from orchestrator.web.pages.it import SourceCard

ASKED_EVERY: Final = 15.0
"""Seconds that what a product says of who is in a room is good for."""
PATIENCE: Final = 3.0
"""Seconds that it may take to say so."""


class Presence:
    """Who is in the rooms, asked of their products now and then while somebody looks."""

    def __init__(self, rooms: RoomKeeper, clock: Clock) -> None:
        self._rooms, self._clock = rooms, clock
        self._known: dict[UUID, tuple[float, tuple[Present, ...] | None]] = {}

    async def of(self, rooms: Iterable[RoomFacts], organisation_id: UUID) -> dict[UUID, tuple[Present, ...]]:
        """Of those rooms that people may be in, where it is known."""
        wanted = [one for one in rooms if one.standing and one.standing.joinable]
        found = await asyncio.gather(*(self._one(one, organisation_id) for one in wanted))
        return {
            one.room.room_id: present
            for one, present in zip(wanted, found, strict=True)
            if present is not None
        }

    async def _one(self, facts: RoomFacts, organisation_id: UUID) -> tuple[Present, ...] | None:
        room_id, now = facts.room.room_id, self._clock.monotonic()
        if room_id in self._known and now - self._known[room_id][0] < ASKED_EVERY:
            return self._known[room_id][1]
        can = await self._rooms.capabilities(organisation_id, facts.room.provider)
        found = None
        if can is not None and can.tells_who_is_in:
            try:
                async with asyncio.timeout(PATIENCE):
                    found = await self._rooms.present(room_id)
            except (RoomTrouble, TimeoutError):
                found = None
        self._known[room_id] = (now, found)
        return found


@dataclass(frozen=True)
class Around:
    """A day, and the rooms that something is due in on it though nobody meets there."""

    day: DayFacts
    rooms: tuple[RoomFacts, ...]


async def day_to_show(services: Services, organisation_id: UUID) -> date:
    """Today; where nothing is on today the next day with something, if there is one."""
    now = services.clock.now()
    today = local(now).date()
    start, end = bounds(today)
    if await services.views.programme(organisation_id, start, end):
        return today
    found = await services.views.next_start(organisation_id, end)
    return local(found).date() if found else today


async def around(
    services: Services, organisation_id: UUID, day: date, cards: Sequence[SourceCard], presence: Presence
) -> Around:
    """The day as it is now."""
    now = services.clock.now()
    start, end = bounds(day)
    near = await services.views.programme(
        organisation_id, start - KEPT_AFTER - OPEN_AFTER, end + CREATED_AHEAD + timedelta(hours=1)
    )
    sessions = [OnDay(one, await _state(services, organisation_id, one)) for one in near]
    rooms = await _rooms(services, organisation_id, sessions, now)
    here = [one for one in sessions if _is_on(one.listed, start, end, now)]
    ids = dict.fromkeys(one.state.room_id for one in here if one.state.room_id)
    used = {id_: rooms[id_] for id_ in ids if id_ in rooms}
    inside = await presence.of(used.values(), organisation_id)
    people = {id_ for one in here for id_ in one.state.contact_ids}
    facts = DayFacts(
        sessions=here,
        rooms={id_: _with(room, inside.get(id_)) for id_, room in used.items()},
        cards=cards,
        people=await services.directory.people(organisation_id, people) if people else {},
    )
    return Around(facts, tuple(rooms.values()))


def _with(room: RoomFacts, present: tuple[Present, ...] | None) -> RoomFacts:
    return RoomFacts(room.room, room.slug, room.standing, room.steps, room.own, room.marks, present)


def _is_on(one: Listed, start: datetime, end: datetime, now: datetime) -> bool:
    """Whether any part of it is on that day; what goes on lasts until now at least."""
    going_on = one.session.status in ("open", "break", "closed_doors")
    until = max(one.session.ends_at, now) if going_on else one.session.ends_at
    return one.session.starts_at < end and until > start


async def _state(services: Services, organisation_id: UUID, one: Listed) -> SessionState:
    return await services.commands.session(organisation_id, one.session.session_id)


async def _rooms(
    services: Services, organisation_id: UUID, sessions: Sequence[OnDay], now: datetime
) -> dict[UUID, RoomFacts]:
    """The rooms of these sessions, as planned and as they stand."""
    ids = {one.state.room_id for one in sessions if one.state.room_id}
    marks = await services.marks.of(ids) if ids else {}
    found: dict[UUID, RoomFacts] = {}
    slugs = {one.listed.meeting.meeting_id: one.listed.meeting.slug for one in sessions}
    for meeting_id, slug in slugs.items():
        planned = (await services.commands.meeting(organisation_id, meeting_id)).rooms
        standings = await services.room_states.of_meeting(meeting_id) if planned else {}
        for room_id in planned.keys() & ids:
            held = [one.state for one in sessions if one.state.room_id == room_id and not one.cancelled]
            found[room_id] = RoomFacts(
                room=planned[room_id],
                slug=slug,
                standing=standings.get(room_id),
                steps=_steps(held, now, decided(marks, room_id)),
                own=_steps(held, now, {}),
                marks=_of(marks, room_id),
            )
    return found


def _steps(
    sessions: Sequence[SessionState], now: datetime, chosen: Mapping[str, datetime | None]
) -> Mapping[str, datetime | None]:
    return {str(step): at for step, at in times(sessions, now, chosen).items()}


def _of(marks: Mapping[tuple[UUID, str], Mark], target_id: UUID) -> Mapping[str, Mark]:
    return {kind: mark for (target, kind), mark in marks.items() if target == target_id}


async def troubled(services: Services, organisation_id: UUID) -> list[tuple[str, RoomStanding]]:
    """Every room of the organisation that something is wrong with, with its name."""
    found = []
    for standing in await services.room_states.troubled(organisation_id):
        view = await services.views.room(standing.room_id)
        if view is not None:
            found.append((view.name, standing))
    return found


async def locked(services: Services, sessions: Iterable[OnDay]) -> frozenset[UUID]:
    """Which rooms of sessions behind closed doors are known to be closed."""
    rooms = {one.state.room_id for one in sessions if one.state.doors_closed and one.state.room_id}
    return frozenset([room_id for room_id in rooms if await services.rooms.locked(room_id)])
