"""The sessions of a conference for those who are logged in: each leads to their own pages in it."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from aiohttp import web

from orchestrator.domain.roles import LEADS, PEOPLE, Role
from orchestrator.store.rooms import RoomStanding
from orchestrator.store.views import SessionView
from orchestrator.web import context, dates
from orchestrator.web.auth import require, require_login
from orchestrator.web.context import SERVICES
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.room_page import is_soon

PAGES: Final = (
    ("leder", N_("Led"), LEADS),
    ("sekretar", N_("Sekretær"), frozenset({Role.SECRETARY, Role.ADMINISTRATOR})),
    ("deltaker", N_("Delta"), frozenset({Role.PARTICIPANT})),
)
"""One's own pages in a session: name in the address, words of the link, and whose they are."""


@dataclass(frozen=True)
class Choice:
    """A session, where one's pages in it are, and the door of its room while that leads into it."""

    session: SessionView
    pages: tuple[tuple[str, str], ...]
    room: str


async def choose(request: web.Request) -> web.Response:
    """GET /mote/{slug}/sesjoner: for whoever has a role in the meeting."""
    services, here = request.app[SERVICES], context.organisation_id(request)
    login = await require_login(request)
    meeting = await context.meeting_at(request)
    if meeting is None or not (meeting.announced or login.actor(meeting.meeting_id).roles & PEOPLE):
        raise web.HTTPNotFound
    actor = await require(request, meeting.meeting_id, PEOPLE)
    t, language = translations(context.language(request)), context.language(request)
    mine = [(name, t.gettext(words)) for name, words, roles in PAGES if roles & actor.roles]
    rooms = await services.room_states.of_meeting(meeting.meeting_id)
    rows = await services.views.sessions_of(here, meeting.meeting_id)
    path, now = f"/mote/{meeting.slug}", services.clock.now()
    choices = [
        Choice(
            row,
            tuple((f"{path}/{name}?sesjon={row.session_id}", words) for name, words in mine),
            f"{path}/rom/{row.room_id}" if row.room_id and _enters(row, rooms.get(row.room_id), now) else "",
        )
        for row in sorted(rows, key=lambda row: (row.starts_at, row.title))
        if row.status != "cancelled" and row.kind != "break"
    ]
    days = groupby(choices, lambda one: dates.day(one.session.starts_at, language))
    return context.page(
        request,
        "session/choose.html",
        headers={"Cache-Control": "no-store"},
        meeting=meeting,
        days=[(day, list(of_day)) for day, of_day in days],
    )


def _enters(row: SessionView, standing: RoomStanding | None, now: datetime) -> bool:
    """Whether the room is open, and this session is what one would come into: several may share a room."""
    return standing is not None and standing.joinable and (row.going_on or is_soon(row, now))
