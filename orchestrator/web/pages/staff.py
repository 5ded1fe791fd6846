"""The pages of those logged in to a meeting: chair, secretary, participant."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from orchestrator.chat import Writer
from orchestrator.domain.chat import reading
from orchestrator.domain.errors import Forbidden
from orchestrator.domain.roles import LEADS, PEOPLE, Actor, Role
from orchestrator.web import context, live
from orchestrator.web.auth import require, require_login
from orchestrator.web.context import SERVICES
from orchestrator.web.flash import take_flash
from orchestrator.web.live import View
from orchestrator.web.pages import chair as chair_page
from orchestrator.web.pages import chat
from orchestrator.web.pages import participant as participant_page
from orchestrator.web.pages import secretary as secretary_page
from orchestrator.web.pages import shortcuts as shortcuts_page
from orchestrator.web.pages.participant import mine
from orchestrator.web.pages.public import main_session
from orchestrator.web.pages.scene import LivePage, Scene, shown
from orchestrator.web.pages.scene_reading import read_scene
from orchestrator.web.pages.standing import standing
from orchestrator.web.problems import Problem

_SECRETARY: Final = frozenset({Role.SECRETARY, Role.ADMINISTRATOR})
PARTICIPANT: Final = frozenset({Role.PARTICIPANT})

VIEWS: Final = {
    "leder": View(LEADS, live.follows(chair_page.PAGE), chat=True),
    "sekretar": View(_SECRETARY, live.follows(secretary_page.PAGE), chat=True),
    "deltaker": View(PARTICIPANT, live.follows(participant_page.PAGE), chat=True),
}
"""These pages by their name in the address; see live.py."""


async def chair(request: web.Request) -> web.Response:
    """GET /mote/{slug}/leder: the chair's console."""
    scene, actor = await scene_of(request, LEADS)
    return await answer(request, "leder", chair_page.PAGE, scene, actor)


async def shortcuts(request: web.Request) -> web.Response:
    """GET /mote/{slug}/leder/taster: the keys of the chair's console, as a card to print."""
    scene, _ = await scene_of(request, LEADS)
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
    scene, actor = await scene_of(request, _SECRETARY)
    chosen = _id(request.query.get("sak"))
    page = secretary_page.working_on(chosen) if chosen else secretary_page.PAGE
    return await answer(request, "sekretar", page, scene, actor, keeps_reasons=Role.SECRETARY in actor.roles)


async def participant(request: web.Request) -> web.Response:
    """GET /mote/{slug}/deltaker: the page of the person whose link was used."""
    return await participants_page(request)


@dataclass(frozen=True)
class Returned:
    """What was written on the page and refused, with why."""

    type_: str
    values: Mapping[str, str]
    problem: Problem


async def participants_page(request: web.Request, returned: Returned | None = None) -> web.Response:
    """The page of the person who asks, with what they wrote last if it was refused."""
    scene, actor = await scene_of(request, PARTICIPANT)
    personal: dict[str, Any] = {
        "me": actor.person_id or "",
        "own": mine(scene, context.language(request), actor.person_id),
        "standing": standing(scene, context.language(request), actor.person_id),
    }
    if returned:
        errors = {one.field: one.message for one in returned.problem.body.errors or ()}
        personal["standing"] = personal["standing"].with_returned(returned.type_, returned.values, errors)
        personal["refused"] = returned.problem.detail
    page = await answer(request, "deltaker", participant_page.PAGE, scene, actor, **personal)
    page.set_status(returned.problem.status if returned else 200)
    return page


async def scene_of(request: web.Request, roles: frozenset[Role]) -> tuple[Scene, Actor]:
    """The session that the page is about (?sesjon=, else the one that goes on) and who is asking."""
    services, here = request.app[SERVICES], context.organisation_id(request)
    login = await require_login(request)  # first: whether there is a draft here is not for everybody
    meeting = await context.meeting_at(request)
    if meeting is None or not (meeting.announced or login.actor(meeting.meeting_id).roles & PEOPLE):
        raise web.HTTPNotFound
    actor = await require(request, meeting.meeting_id, roles)
    rows = await services.views.sessions_of(here, meeting.meeting_id)
    wanted = request.query.get("sesjon")
    if wanted is None and meeting.kind == "conference" and len(rows) > 1:
        raise web.HTTPSeeOther(f"/mote/{meeting.slug}/sesjoner")
    states = [
        await services.commands.session(here, row.session_id)
        for row in rows
        if wanted in (None, str(row.session_id))
    ]
    session = main_session(states)
    if session is None:
        raise web.HTTPNotFound
    return await read_scene(services, here, session.session_id, reminded=True), actor


async def answer(
    request: web.Request, view: str, page: LivePage, scene: Scene, actor: Actor, **personal: Any
) -> web.Response:
    """The page about this scene, with the chat if they may read it."""
    session_id = scene.session.session_id
    given = shown(page, scene, context.language(request))
    del given["now"]
    return context.page(
        request,
        page.template,
        headers={"Cache-Control": "no-store"},
        live_url=live.live_url(view, session_id),
        action_url=live.action_url(scene.meeting.slug, session_id),
        **{"refused": await take_flash(request), **given, **await _chat(request, scene, actor), **personal},
    )


async def _chat(request: web.Request, scene: Scene, actor: Actor) -> dict[str, Any]:
    """The chat's part of a page, and whose lines are one's own."""
    login = await require_login(request)
    try:
        state, lines = await request.app[SERVICES].chat.read(
            context.organisation_id(request), scene.session.session_id, actor, limit=chat.SHOWN
        )
    except Forbidden:
        return {}
    reader = reading(state, actor)
    assert reader is not None
    talk = chat.Talk(reader, tuple(lines))
    return {
        "chat": chat.panel(replace(scene, session=state), talk, context.language(request)),
        "chat_author": Writer(actor, login.sender).author,
    }


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
