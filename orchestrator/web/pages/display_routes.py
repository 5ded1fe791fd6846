"""The addresses of the screens. A link's secret is in its fragment (#…), which no server's log ever sees.

Opened without a login, a screen's address answers the same empty page for whatever meeting: its script
(enter.js) takes the secret out of the address, posts it to /inn, and asks again with the login in the cookie.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from orchestrator.commands import UnknownStream
from orchestrator.domain.publicity import PublicSession, public_session
from orchestrator.domain.roles import PEOPLE, Role
from orchestrator.domain.state import SessionState
from orchestrator.domain.timeline import Name
from orchestrator.rehearsals import room_id_in, session_id_in
from orchestrator.services import Services
from orchestrator.store.views import SessionView
from orchestrator.web import context, live
from orchestrator.web.auth import current
from orchestrator.web.context import LOOK, SERVICES
from orchestrator.web.entrance import HALL, LOWER_THIRD
from orchestrator.web.live import Moment, View
from orchestrator.web.pages import displays
from orchestrator.web.pages.public import main_session

ROLES: Final = (PEOPLE - {Role.PARTICIPANT}) | {Role.DISPLAY}
"""A screen, and the staff who try it out."""
PULSE: Final = 5.0
"""Seconds between two signs of life; display.js believes nothing that is much older."""
_PRIVATE: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
_PARTS: Final = {HALL: ("hall", "display/hall.html"), LOWER_THIRD: ("plate", "display/plate.html")}


async def hall_display(request: web.Request) -> web.Response:
    """GET /mote/{slug}/storskjerm: the big screen in the hall."""
    return await _screen(request, HALL)


async def lower_third(request: web.Request) -> web.Response:
    """GET /mote/{slug}/navneskilt: a transparent page for OBS and vMix to lay over the picture."""
    return await _screen(request, LOWER_THIRD)


async def _screen(request: web.Request, screen: str) -> web.Response:
    """The session in ?sesjon=, else the one that goes on; to those without a login here, the way in."""
    services, here = request.app[SERVICES], context.organisation_id(request)
    login = await current(request)
    meeting = await context.meeting_at(request)
    if login is None or meeting is None or not login.actor(meeting.meeting_id).roles & ROLES:
        return context.page(request, "display/enter.html", headers=_PRIVATE, screen=screen)
    wanted = request.query.get("sesjon")
    rows = await services.views.sessions_of(here, meeting.meeting_id)
    ids = [row.session_id for row in rows if wanted in (None, str(row.session_id))]
    session = main_session([await services.commands.session(here, id_) for id_ in ids])
    return context.page(
        request,
        f"display/{screen}.html",
        headers=_PRIVATE,
        live_url=live.live_url(screen, session.session_id) if session else "",
        **await _shown(services, here, session, context.language(request)),
    )


async def _shown(
    services: Services, organisation_id: UUID, session: SessionState | None, language: str
) -> dict[str, Any]:
    rehearsed = await _rehearsed(services, organisation_id, session) if session else None
    view = _rehearsal(rehearsed) if rehearsed else await _public(services, organisation_id, session)
    names: Mapping[UUID, Name] = await services.people.names(organisation_id)
    return {
        "hall": displays.hall(view, names, language, rehearsal=rehearsed is not None),
        "plate": displays.plate(view, names, language, rehearsal=rehearsed is not None),
    }


async def _public(
    services: Services, organisation_id: UUID, session: SessionState | None
) -> PublicSession | None:
    """The public's view; of a draft there is none."""
    if session is None or session.meeting_id is None:
        return None
    meeting = await services.commands.meeting(organisation_id, session.meeting_id)
    return public_session(session) if meeting.announced else None


def _rehearsal(session: SessionState) -> PublicSession | None:
    """A rehearsal as its meeting would be seen: no more than the public would."""
    return public_session(session.replace(public=True))


async def _rehearsed(services: Services, organisation_id: UUID, session: SessionState) -> SessionState | None:
    """The session itself if it rehearses, else what is rehearsed where it will be while it is not open."""
    assert session.meeting_id
    meeting = await services.commands.meeting(organisation_id, session.meeting_id)
    if meeting.rehearsal_of is not None:
        return session
    if session.status == "open":
        return None
    for rehearsal in await services.views.rehearsals(organisation_id, session.meeting_id):
        for row in await services.views.sessions_of(organisation_id, rehearsal.meeting_id):
            if row.going_on and _same_place(session, row):
                with suppress(UnknownStream):  # it has been deleted meanwhile
                    return await services.commands.session(organisation_id, row.session_id)
    return None


def _same_place(session: SessionState, rehearsed: SessionView) -> bool:
    """Whether it is this session that is rehearsed, or another in its room or before its camera."""
    rehearsal_id, room_id = rehearsed.meeting_id, session.room_id
    same_room = room_id is not None and rehearsed.room_id == room_id_in(rehearsal_id, room_id)
    same_source = session.source_id is not None and rehearsed.source_id == session.source_id
    return same_room or same_source or rehearsed.session_id == session_id_in(rehearsal_id, session.session_id)


async def _fragments(screen: str, moment: Moment) -> Mapping[str, str]:
    """The screen's one part, and a pulse: that it comes says that what is shown is not old."""
    services, look = moment.app[SERVICES], moment.app[LOOK]
    if moment.session_id is None:
        return {}
    session = await services.commands.session(moment.organisation_id, moment.session_id)
    given = await _shown(services, moment.organisation_id, session, moment.language)
    given |= {"now": services.clock.now()}
    parts = dict([_PARTS[screen], ("pulse", "display/pulse.html")])
    return {id_: look.render(template, moment.language, **given) for id_, template in parts.items()}


VIEWS: Final = {
    screen: View(ROLES, partial(_fragments, screen), every=PULSE, ended="") for screen in (HALL, LOWER_THIRD)
}
"""See live.py. A screen that is put out asks for its own address again: no page of ours in the picture."""
