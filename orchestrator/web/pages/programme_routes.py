"""The address of a conference: its programme, the same bytes for everyone."""

from uuid import UUID

from aiohttp import web

from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.state import SessionState
from orchestrator.store.views import MeetingView
from orchestrator.web import context
from orchestrator.web.context import SERVICES
from orchestrator.web.pages.programme import Programme, programme_view
from orchestrator.web.pages.public import announced, home_path, programme_path, public_page, session_path


async def show(request: web.Request) -> web.Response:
    """What is on now and next, the days, how to follow, and whom to call."""
    row = await announced(request)
    if row.kind != "conference":
        raise web.HTTPFound(home_path(row))
    meeting, programme = await read(request, row)
    return public_page(
        request,
        "public/programme.html",
        meeting=meeting,
        programme=programme,
        programme_path=programme_path(row.slug),
        session_path=lambda session_id: session_path(row.slug, session_id),
        room_path=lambda room_id: f"/mote/{row.slug}/rom/{room_id}",
    )


async def read(request: web.Request, row: MeetingView) -> tuple[MeetingState, Programme]:
    """A conference and its programme as of now."""
    services, organisation_id = request.app[SERVICES], context.organisation_id(request)
    meeting = await services.commands.meeting(organisation_id, row.meeting_id)
    sessions = [
        await services.commands.session(organisation_id, one.session_id)
        for one in await services.views.sessions_of(organisation_id, row.meeting_id)
    ]
    people = await services.directory.people(organisation_id, _named(sessions))
    rooms = await services.room_states.of_meeting(row.meeting_id)
    recorded = await services.marks.done(list(meeting.rooms), "fetch_artifacts")
    now = services.clock.now()
    return meeting, programme_view(meeting, sessions, people, rooms, now, recorded=recorded)


def _named(sessions: list[SessionState]) -> set[UUID]:
    return {
        id_
        for one in sessions
        for ids in (one.presenter_ids, one.contact_ids, *(topic.presenter_ids for topic in one.topics))
        for id_ in ids
    }
