"""What is wanted of a planned room now, read from the log and the tables; see rooms/wanted.py."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.roles import LEADS, Role
from orchestrator.domain.rooms import Room
from orchestrator.domain.state import SessionState
from orchestrator.rooms.provider import Presenter, RoomRole
from orchestrator.rooms.uninvited import Uninvited, uninvited
from orchestrator.rooms.wanted import Wanted, needs, presenting, wanted
from orchestrator.states import States
from orchestrator.store.access import Access, Link
from orchestrator.store.directory import Directory
from orchestrator.store.due import Marks
from orchestrator.store.room_rows import RoomView
from orchestrator.store.views import Views

HOSTS: Final = LEADS | {Role.IT_SUPPORT}
"""Those who let in, mute and put out in a room."""


class Wishes:
    """Reads everything that a room depends on."""

    def __init__(
        self,
        *,
        views: Views,
        states: States,
        marks: Marks,
        directory: Directory,
        access: Access,
        clock: Clock,
    ) -> None:
        self._views, self._states, self._marks = views, states, marks
        self._directory, self._access, self._clock = directory, access, clock

    async def of(self, view: RoomView) -> Wanted | None:
        """What is wanted of this room; None: nobody needs it."""
        meeting = (await self._states.current("meeting", view.meeting_id)).state
        assert isinstance(meeting, MeetingState)
        room = meeting.rooms.get(view.room_id)
        if room is None:
            return None
        rows = await self._views.sessions_of(view.organisation_id, view.meeting_id)
        states = [
            await self._session(row.session_id)
            for row in rows
            if row.room_id == view.room_id or row.status not in ("planned", "cancelled")
        ]
        sessions = [one for one in states if needs(one, view.room_id)]
        if meeting.status == "cancelled":
            sessions = [one for one in sessions if one.status in ("open", "adjourned")]
        marks = (await self._marks.of([view.room_id])).values()
        links = await self._access.links(view.organisation_id, view.meeting_id, general=True)
        return wanted(
            room,
            sessions,
            self._clock.now(),
            organisation_id=view.organisation_id,
            announced=meeting.announced,
            decided={one.kind: None if one.skipped else one.at for one in marks if one.skipped or one.at},
            staff=staff_of(links),
            ended=ended_of(links),
            presenters=await self._presenters(view.organisation_id, sessions),
        )

    async def _session(self, session_id: UUID) -> SessionState:
        state = (await self._states.current("session", session_id)).state
        assert isinstance(state, SessionState)
        return state

    async def _presenters(
        self, organisation_id: UUID, sessions: Iterable[SessionState]
    ) -> Mapping[UUID, Presenter]:
        named = {id_ for one in sessions for id_ in presenting(one)}
        if not named:
            return {}
        people = await self._directory.people(organisation_id, named)
        contacts = await self._directory.contacts(organisation_id, named)
        return {
            id_: Presenter(str(id_), person.name, contacts[id_].email or None if id_ in contacts else None)
            for id_, person in people.items()
        }


async def without_address(
    directory: Directory, organisation_id: UUID, rooms: Mapping[UUID, Room], sessions: Sequence[SessionState]
) -> tuple[Uninvited, ...]:
    """Who would keep which room from opening, as they are planned now."""
    named = {id_ for one in sessions for id_ in presenting(one)}
    contacts = await directory.contacts(organisation_id, named) if named else {}
    return uninvited(rooms, sessions, {id_: contact.email for id_, contact in contacts.items()})


def staff_of(links: Iterable[Link]) -> frozenset[str]:
    """Those who lead the meeting, by identity."""
    return frozenset(
        identity(link.person_id, link.id) for link in links if link.roles & LEADS and link.revoked_at is None
    )


def ended_of(links: Collection[Link]) -> frozenset[tuple[str, RoomRole]]:
    """As what nobody may be in the rooms any more: a link gave it and was taken back, and no other does."""
    return _given(one for one in links if one.revoked_at) - _given(one for one in links if not one.revoked_at)


def _given(links: Iterable[Link]) -> frozenset[tuple[str, RoomRole]]:
    """As what these links let somebody into rooms, by identity."""
    found: set[tuple[str, RoomRole]] = set()
    for link in links:
        who = identity(link.person_id, link.id)
        found |= {(who, "host")} if link.roles & HOSTS else set()
        found |= {(who, "participant")} if Role.PARTICIPANT in link.roles else set()
    return frozenset(found)


def identity(person_id: UUID | None, link_id: UUID | None) -> str:
    """What somebody is called in a room: the person, else the link they came by."""
    return str(person_id) if person_id else f"link-{link_id}"
