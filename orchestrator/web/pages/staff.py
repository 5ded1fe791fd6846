"""The pages of those logged in to a meeting: chair, secretary, participant."""

from typing import Any, Final
from uuid import UUID

from aiohttp import web

from orchestrator.domain.roles import LEADS, PEOPLE, Actor, Role
from orchestrator.web import context, live
from orchestrator.web.auth import require, require_login
from orchestrator.web.context import SERVICES
from orchestrator.web.flash import take_flash
from orchestrator.web.live import View
from orchestrator.web.pages import chair as chair_page
from orchestrator.web.pages import participant as participant_page
from orchestrator.web.pages import secretary as secretary_page
from orchestrator.web.pages import shortcuts as shortcuts_page
from orchestrator.web.pages.participant import mine
from orchestrator.web.pages.public import main_session
from orchestrator.web.pages.scene import LivePage, Scene, shown

_SECRETARY: Final = frozenset({Role.SECRETARY, Role.ADMINISTRATOR})
_PARTICIPANT: Final = frozenset({Role.PARTICIPANT})

VIEWS: Final = {
    "leder": View(LEADS, live.follows(chair_page.PAGE)),
    "sekretar": View(_SECRETARY, live.follows(secretary_page.PAGE)),
    "deltaker": View(_PARTICIPANT, live.follows(participant_page.PAGE)),
}
"""These pages by their name in the address; see live.py."""


async def chair(request: web.Request) -> web.Response:
    """GET /mote/{slug}/leder: the chair's console."""
    scene, _ = await _scene(request, LEADS)
    return await _answer(request, "leder", chair_page.PAGE, scene)


async def shortcuts(request: web.Request) -> web.Response:
    """GET /mote/{slug}/leder/taster: the keys of the chair's console, as a card to print."""
    scene, _ = await _scene(request, LEADS)
    card = shortcuts_page.card(context.language(request))
    back = f"/mote/{scene.meeting.slug}/leder"
    return context.page(
        request,
        "chair/shortcuts.html",
        headers={"Cache-Control": "no-store"},
        shortcuts=card,
        back=back,
    )


async def secretary(request: web.Request) -> web.Response:
    """GET /mote/{slug}/sekretar; ?sak= works on that item instead of the one being treated."""
    scene, _ = await _scene(request, _SECRETARY)
    chosen = _id(request.query.get("sak"))
    page = secretary_page.working_on(chosen) if chosen else secretary_page.PAGE
    return await _answer(request, "sekretar", page, scene)


async def participant(request: web.Request) -> web.Response:
    """GET /mote/{slug}/deltaker: the page of the person whose link was used."""
    scene, actor = await _scene(request, _PARTICIPANT)
    own = mine(scene, context.language(request), actor.person_id)
    return await _answer(request, "deltaker", participant_page.PAGE, scene, me=actor.person_id or "", own=own)


async def _scene(request: web.Request, roles: frozenset[Role]) -> tuple[Scene, Actor]:
    """The session that the page is about (?sesjon=, else the one that goes on) and who is asking."""
    services, here = request.app[SERVICES], context.organisation_id(request)
    login = await require_login(request)  # first: whether there is a draft here is not for everybody
    meeting = await services.views.meeting_by_slug(here, request.match_info["slug"])
    if meeting is None or not (meeting.announced or login.actor(meeting.meeting_id).roles & PEOPLE):
        raise web.HTTPNotFound
    actor = await require(request, meeting.meeting_id, roles)
    rows = await services.views.sessions_of(here, meeting.meeting_id)
    wanted = request.query.get("sesjon")
    states = [
        await services.commands.session(here, row.session_id)
        for row in rows
        if wanted in (None, str(row.session_id))
    ]
    session = main_session(states)
    if session is None:
        raise web.HTTPNotFound
    return await live.scene(services, here, session.session_id), actor


async def _answer(
    request: web.Request, view: str, page: LivePage, scene: Scene, **personal: Any
) -> web.Response:
    session_id = scene.session.session_id
    given = shown(page, scene, context.language(request))
    del given["now"]
    return context.page(
        request,
        page.template,
        headers={"Cache-Control": "no-store"},
        live_url=live.live_url(view, session_id),
        action_url=live.action_url(scene.meeting.slug, session_id),
        refused=await take_flash(request),
        **given,
        **personal,
    )


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
