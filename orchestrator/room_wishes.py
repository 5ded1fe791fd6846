"""What is wanted of a planned room now, read from the log and the tables; see rooms/wanted.py."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.roles import LEADS
from orchestrator.domain.rooms import Room
from orchestrator.domain.state import SessionState
from orchestrator.rooms.provider import Presenter
from orchestrator.rooms.uninvited import Uninvited, uninvited
from orchestrator.rooms.wanted import Wanted, needs, presenting, wanted
from orchestrator.states import States
from orchestrator.store.access import Access
from orchestrator.store.directory import Directory
from orchestrator.store.due import Marks
from orchestrator.store.room_rows import RoomView
from orchestrator.store.views import Views


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
        return wanted(
            room,
            sessions,
            self._clock.now(),
            organisation_id=view.organisation_id,
            announced=meeting.announced,
            decided={one.kind: None if one.skipped else one.at for one in marks if one.skipped or one.at},
            staff=await self._staff(view),
            presenters=await self._presenters(view.organisation_id, sessions),
        )

    async def _session(self, session_id: UUID) -> SessionState:
        state = (await self._states.current("session", session_id)).state
        assert isinstance(state, SessionState)
        return state

    async def _staff(self, view: RoomView) -> frozenset[str]:
        """Those who lead the meeting, by identity."""
        leading = await self._access.holding(view.organisation_id, view.meeting_id, LEADS)
        return frozenset(identity(person_id, link_id) for link_id, person_id in leading)

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


def identity(person_id: UUID | None, link_id: UUID | None) -> str:
    """What somebody is called in a room: the person, else the link they came by."""
    return str(person_id) if person_id else f"link-{link_id}"
