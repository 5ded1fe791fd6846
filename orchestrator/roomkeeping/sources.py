"""Which source a planned room is sent into: one rule, whatever product the room is in."""

from dataclasses import dataclass
from uuid import UUID

from orchestrator.domain.meeting import MeetingState
from orchestrator.states import States
from orchestrator.store.directory import Directory
from orchestrator.store.records import Source
from orchestrator.store.views import Views


@dataclass(frozen=True)
class RoomSources:
    """Reads it."""

    views: Views
    states: States
    directory: Directory

    async def of(self, room_id: UUID) -> Source | None:
        """The source planned for the room; None also if that one fetches its picture elsewhere.

        None too while a public session that is not in the room is on it: what is said here, before a session
        or after it, is not for that one's broadcast.
        """
        view = await self.views.room(room_id)
        if view is None:
            return None
        meeting = (await self.states.current("meeting", view.meeting_id)).state
        assert isinstance(meeting, MeetingState)
        planned = meeting.rooms.get(room_id)
        if planned is None or planned.source_id is None:
            return None
        source = await self.directory.source(view.organisation_id, planned.source_id)
        if source is None or source.kind != "srt":
            return None
        live = [one.session for one in await self.views.live_now(view.organisation_id)]
        elsewhere = any(one.source_id == source.id and one.room_id != room_id for one in live)
        return None if elsewhere else source
