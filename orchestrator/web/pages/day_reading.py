"""Reads what a day of IT's console is shown by."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from orchestrator.clock import day_bounds
from orchestrator.services import Services
from orchestrator.store.rooms import RoomStanding
from orchestrator.store.views import Listed
from orchestrator.web.dates import local, long_date
from orchestrator.web.pages.day import DayFacts, OnDay, Problem, RoomFacts
from orchestrator.web.pages.due import DueLine, due_lines
from orchestrator.web.pages.fetch_words import fetch_note, fetch_problems
from orchestrator.web.pages.it import SourceCard
from orchestrator.web.pages.unknown_words import unknown_problems


async def day_to_show(services: Services, organisation_id: UUID) -> date:
    """Today; where nothing is on today the next day with something, if there is one."""
    now = services.clock.now()
    today = local(now).date()
    start, end = day_bounds(today)
    if await services.views.programme(organisation_id, start, end):
        return today
    found = await services.views.next_start(organisation_id, end)
    return local(found).date() if found else today


async def day_facts(
    services: Services, organisation_id: UUID, day: date, cards: Sequence[SourceCard]
) -> DayFacts:
    """The day as it is now."""
    now = services.clock.now()
    start, end = day_bounds(day)
    near = await services.views.programme(organisation_id, start, end)
    sessions = [
        OnDay(one, await services.commands.session(organisation_id, one.session.session_id))
        for one in near
        if _is_on(one, start, end, now)
    ]
    rooms = await _rooms(services, organisation_id, sessions)
    asked = (services.presence.now(organisation_id, one.room, one.standing) for one in rooms.values())
    inside = dict(zip(rooms, await asyncio.gather(*asked), strict=True))
    people = {id_ for one in sessions for id_ in one.state.contact_ids}
    return DayFacts(
        sessions=sessions,
        rooms={id_: replace(room, present=inside[id_]) for id_, room in rooms.items()},
        cards=cards,
        people=await services.directory.people(organisation_id, people) if people else {},
    )


def _is_on(one: Listed, start: datetime, end: datetime, now: datetime) -> bool:
    """Whether any part of it is on that day; what goes on lasts until now at least."""
    going_on = one.session.going_on
    until = max(one.session.ends_at, now) if going_on else one.session.ends_at
    return one.session.starts_at < end and until > start


async def _rooms(
    services: Services, organisation_id: UUID, sessions: Sequence[OnDay]
) -> dict[UUID, RoomFacts]:
    """The rooms of these sessions, as planned and as they stand, in the order of the sessions."""
    slugs = {one.state.room_id: one.listed.meeting for one in sessions if one.state.room_id}
    found: dict[UUID, RoomFacts] = {}
    for room_id, meeting in slugs.items():
        planned = (await services.commands.meeting(organisation_id, meeting.meeting_id)).rooms.get(room_id)
        if planned is not None:
            found[room_id] = RoomFacts(planned, meeting.slug, await services.rooms.standing(room_id))
    return found


async def due_on(services: Services, organisation_id: UUID, day: date, language: str) -> list[DueLine]:
    """What happens by itself on a day."""
    found = await services.schedule.day(organisation_id, day)
    names: dict[UUID, str] = {}
    for one in {one.target_id: one for one in found}.values():
        session = await services.views.session(organisation_id, one.target_id)
        room = None if session else await services.views.room(one.target_id)
        names[one.target_id] = session.title if session else room.name if room else ""
        if session and one.kind == "delete_recording":  # it was held long ago
            names[one.target_id] += f", {long_date(session.starts_at, language)}"
    in_use = [
        one.target_id
        for one in found
        if one.kind == "delete_room"
        and (standing := await services.rooms.standing(one.target_id)) is not None
        and standing.state != "closed"
    ]
    return due_lines(found, names, in_use, language)


async def troubled(services: Services, organisation_id: UUID) -> list[tuple[str, RoomStanding]]:
    """Every room of the organisation that something is wrong with, with its name."""
    found = []
    for standing in await services.room_states.troubled(organisation_id):
        view = await services.views.room(standing.room_id)
        if view is not None:
            found.append((view.name, standing))
    return found


async def unfetched(services: Services, organisation_id: UUID, language: str) -> tuple[list[Problem], str]:
    """What could not be fetched after meetings, and why; and what is no problem, but to be known."""
    found = await services.fetch_troubles.of(organisation_id)
    rooms = await services.views.rooms(organisation_id) if found else []
    names = {room.room_id: room.name for room in rooms}
    return fetch_problems(found, names, language), fetch_note(found, language)


async def unknown(services: Services, organisation_id: UUID, language: str) -> list[Problem]:
    """The rooms that the organisation's products have and nobody here knows of."""
    return unknown_problems(await services.unknown_rooms.of(organisation_id), language)


async def locked(services: Services, sessions: Iterable[OnDay]) -> frozenset[UUID]:
    """Which rooms of sessions behind closed doors are known to be closed."""
    rooms = {one.state.room_id for one in sessions if one.state.doors_closed and one.state.room_id}
    return frozenset([room_id for room_id in rooms if await services.rooms.locked(room_id)])
