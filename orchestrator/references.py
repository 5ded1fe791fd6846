"""What a command names outside its own stream must exist in its organisation: checked beforehand."""

from collections.abc import Awaitable
from uuid import UUID

from orchestrator.commands import UnknownReference
from orchestrator.domain.base import Command
from orchestrator.domain.course import OpenSession
from orchestrator.domain.errors import Refused
from orchestrator.domain.meeting import CancelMeeting, MeetingState, PlanMeeting
from orchestrator.domain.moving import UseRoom
from orchestrator.domain.planning import ChangeSession, PlanSession
from orchestrator.domain.room_planning import ChangeRoom, PlanRoom, RemoveRoom
from orchestrator.states import States
from orchestrator.store.directory import Directory
from orchestrator.store.views import Views


class DirectoryReferences:
    """Looks references up in the directory and in other streams. See commands.References."""

    def __init__(self, directory: Directory, views: Views, states: States) -> None:
        self._views = views
        self._directory = directory
        self._states = states

    async def check(self, organisation_id: UUID, id: UUID, command: Command) -> Command:
        """The command, with what the body has decided where it says nothing.

        Raises UnknownReference with the field, or Refused where the rules across streams say no.
        """
        match command:
            case PlanMeeting():
                await self._body(organisation_id, command.body_id)
                await self._rehearsed(organisation_id, command.rehearsal_of)
                await self._address(organisation_id, id, command.slug)
            case CancelMeeting():
                await self._not_begun(organisation_id, id)
            case PlanSession():  # and ChangeSession, which is one
                if isinstance(command, ChangeSession):
                    await self._stays(id, command)
                return await self._session(organisation_id, command)
            case PlanRoom() | ChangeRoom():
                await self._room_is_its_own(id, command.room.room_id)
                await self._source(organisation_id, "room.source_id", command.room.source_id)
            case UseRoom():
                await self._room(organisation_id, id, command.room_id)
            case RemoveRoom():
                await self._room_is_free(organisation_id, id, command.room_id)
            case OpenSession():
                await self._may_open(organisation_id, id)
            case _:
                pass
        return command

    async def _address(self, organisation_id: UUID, meeting_id: UUID, slug: str) -> None:
        """Reserved before the meeting is planned, so that of two at once only one gets it."""
        planned = (await self._states.current("meeting", meeting_id)).state.version > 0
        if not planned and not await self._views.claim_address(organisation_id, slug, meeting_id):
            raise UnknownReference("slug", slug, "is taken by another meeting")

    async def _rehearsed(self, organisation_id: UUID, meeting_id: UUID | None) -> None:
        """Only what is to be held can be rehearsed."""
        if meeting_id is None:
            return
        meeting = await self._meeting(organisation_id, meeting_id)
        if meeting is None:
            raise UnknownReference("rehearsal_of", meeting_id)
        if meeting.rehearsal_of is not None:
            raise Refused("is_a_rehearsal", "rehearse the meeting itself")

    async def _not_begun(self, organisation_id: UUID, meeting_id: UUID) -> None:
        """What has been held is never cancelled: its recording and minutes stand. A rehearsal has none."""
        meeting = await self._meeting(organisation_id, meeting_id)
        if meeting is not None and meeting.rehearsal_of is not None:
            return
        for row in await self._views.sessions_of(organisation_id, meeting_id):
            state = (await self._states.current("session", row.session_id)).state
            if state.status in ("open", "adjourned"):
                raise Refused("meeting_begun", "a session of it has been opened")

    async def _stays(self, session_id: UUID, command: ChangeSession) -> None:
        """A session stays in its meeting: who may change it there may not put it into any other."""
        state = (await self._states.current("session", session_id)).state
        if not isinstance(state, MeetingState) and state.meeting_id not in (None, command.meeting_id):
            raise UnknownReference("meeting_id", command.meeting_id, "is not the meeting of this session")

    async def _session(self, organisation_id: UUID, command: PlanSession) -> PlanSession:
        meeting = await self._meeting(organisation_id, command.meeting_id)
        if meeting is None:
            raise UnknownReference("meeting_id", command.meeting_id)
        if meeting.status == "cancelled":
            raise Refused("meeting_cancelled")
        if meeting.internal and command.public:
            raise Refused("meeting_internal", "a session of an internal meeting is never public")
        await self._body(organisation_id, command.body_id)
        await self._source(organisation_id, "source_id", command.source_id)
        if command.room_id is not None and command.room_id not in meeting.rooms:
            raise UnknownReference("room_id", command.room_id, "is no room of this meeting")
        await self._people(organisation_id, command)
        body_id = command.body_id or meeting.body_id
        if body_id is None or not (command.recording_at_once is None or command.rules is None):
            return command
        body = await self._directory.body(organisation_id, body_id)
        at_once, rules = command.recording_at_once, command.rules
        if at_once is None:
            at_once = body is not None and body.recording_public == "at_once"
        if rules is None and body is not None:
            rules = body.rules
        return command.model_copy(update={"recording_at_once": at_once, "rules": rules})

    async def _people(self, organisation_id: UUID, command: PlanSession) -> None:
        fields: list[tuple[str, UUID | None]] = [("chair_id", command.chair_id)]
        for number, member in enumerate(command.members):
            fields.append((f"members.{number}.person_id", member.person_id))
            fields.append((f"members.{number}.substitutes_for", member.substitutes_for))
        told = [("presenter_ids", command.presenter_ids), ("contact_ids", command.contact_ids)]
        for number, topic in enumerate(command.topics):
            told.append((f"topics.{number}.presenter_ids", topic.presenter_ids))
        fields += [(f"{name}.{number}", id_) for name, ids in told for number, id_ in enumerate(ids)]
        named = {person_id for _, person_id in fields if person_id is not None}
        known = await self._directory.people(organisation_id, named) if named else {}
        for field, person_id in fields:
            if person_id is not None and person_id not in known:
                raise UnknownReference(field, person_id)

    async def _source(self, organisation_id: UUID, field: str, source_id: UUID | None) -> None:
        if source_id is not None:
            await _exists(field, source_id, self._directory.source(organisation_id, source_id))

    async def _room(self, organisation_id: UUID, session_id: UUID, room_id: UUID | None) -> None:
        state = (await self._states.current("session", session_id)).state
        if room_id is None or isinstance(state, MeetingState) or state.meeting_id is None:
            return
        meeting = await self._meeting(organisation_id, state.meeting_id)
        if meeting is None or room_id not in meeting.rooms:
            raise UnknownReference("room_id", room_id, "is no room of this meeting")

    async def _room_is_its_own(self, meeting_id: UUID, room_id: UUID) -> None:
        """A room's id is in public addresses: whoever plans one with it elsewhere would get its way in."""
        planned = await self._views.room(room_id)
        meeting = (await self._states.current("meeting", meeting_id)).state
        ours = isinstance(meeting, MeetingState) and room_id in meeting.rooms
        taken = planned is not None and planned.meeting_id != meeting_id
        if taken or (not ours and await self._views.room_stands(room_id)):
            raise UnknownReference("room.room_id", room_id, "is taken by another room")

    async def _room_is_free(self, organisation_id: UUID, meeting_id: UUID, room_id: UUID) -> None:
        """A room that a session still to come, or going on, points at stays, unless all is called off."""
        meeting = await self._meeting(organisation_id, meeting_id)
        if meeting is not None and meeting.status == "cancelled":
            return
        for row in await self._views.sessions_of(organisation_id, meeting_id):
            if row.room_id == room_id and row.status not in ("adjourned", "cancelled"):
                raise Refused("room_in_use", "move its sessions to another room first")

    async def _may_open(self, organisation_id: UUID, session_id: UUID) -> None:
        """A draft is invisible outside, and so is no broadcast of it."""
        known = await self._states.current("session", session_id)
        state = known.state
        if (
            known.organisation_id != organisation_id
            or isinstance(state, MeetingState)
            or not state.meeting_id
        ):
            return  # the command itself is refused: there is no such session
        meeting = await self._meeting(organisation_id, state.meeting_id)
        if meeting is not None and meeting.status == "cancelled":
            raise Refused("meeting_cancelled")
        if state.public and (meeting is None or meeting.status != "published"):
            raise Refused("meeting_not_published", "publish the meeting first")

    async def _meeting(self, organisation_id: UUID, meeting_id: UUID) -> MeetingState | None:
        known = await self._states.current("meeting", meeting_id)
        if known.organisation_id != organisation_id or not isinstance(known.state, MeetingState):
            return None
        return known.state

    async def _body(self, organisation_id: UUID, body_id: UUID | None) -> None:
        if body_id is not None:
            await _exists("body_id", body_id, self._directory.body(organisation_id, body_id))


async def _exists(field: str, id: UUID, looked_up: Awaitable[object | None]) -> None:
    if await looked_up is None:
        raise UnknownReference(field, id)
