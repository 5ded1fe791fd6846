"""/mote/{slug}/chat: the chat on a page of its own; what is written and deleted from any page that has it."""

from typing import Final
from uuid import UUID, uuid4, uuid5

from aiohttp import web
from pydantic import ValidationError

from orchestrator.chat import Writer
from orchestrator.domain.errors import Refused
from orchestrator.domain.roles import MAY_CHAT
from orchestrator.store.directory import NotFound
from orchestrator.web import actions, live
from orchestrator.web.api_chat import LineGiven
from orchestrator.web.auth import Login, require_login
from orchestrator.web.context import SERVICES, language, organisation_id
from orchestrator.web.flash import put_flash
from orchestrator.web.i18n import translations
from orchestrator.web.limits import LIMITS, TooMany
from orchestrator.web.live import View
from orchestrator.web.middlewares import wants_json
from orchestrator.web.once import key_of
from orchestrator.web.pages import staff
from orchestrator.web.pages.scene import LivePage, Scene
from orchestrator.web.problems import FieldError, Problem

PAGE: Final = LivePage("chat/page.html", {}, lambda scene, _: {"state": scene.session})
VIEWS: Final = {"chat": View(MAY_CHAT, live.follows(PAGE), chat=True)}
"""See live.py."""


async def chat(request: web.Request) -> web.Response:
    """GET: the lines, and the field to write in."""
    scene, actor = await staff.scene_of(request, MAY_CHAT)
    return await staff.answer(request, "chat", PAGE, scene, actor)


async def write(request: web.Request) -> web.StreamResponse:
    """POST ``text``: one line. Refused without scripts, it comes back in the field with the reason."""
    login, scene, writer = await _writer(request)
    text = str((await request.post()).get("text", ""))
    session_id = scene.session.session_id
    try:
        request.app[LIMITS].chat.take(writer.sender)
        given = LineGiven.model_validate({"line_id": _line_id(request, login, session_id), "text": text})
        await request.app[SERVICES].chat.write(
            organisation_id(request), session_id, given.line_id, given.text, writer
        )
    except (Refused, ValidationError, TooMany) as error:
        problem = _explained(error, request)
        if wants_json(request):
            return problem.response()
        page = await staff.answer(
            request, "chat", PAGE, scene, writer.actor, written=text, why=problem.detail
        )
        page.set_status(problem.status)
        return page
    return _done(request)


async def delete(request: web.Request) -> web.StreamResponse:
    """POST ``line_id``: one's own, or as one who leads anybody's."""
    _, scene, writer = await _writer(request)
    try:
        line_id = UUID(str((await request.post()).get("line_id", "")))
    except ValueError:
        raise NotFound from None
    request.app[LIMITS].chat.take(writer.sender)
    try:
        await request.app[SERVICES].chat.delete(
            organisation_id(request), scene.session.session_id, line_id, writer
        )
    except Refused as refused:
        problem = actions.explained(refused, language(request))
        if wants_json(request):
            return problem.response()
        await put_flash(request, problem.detail)
    return _done(request)


async def _writer(request: web.Request) -> tuple[Login, Scene, Writer]:
    login = await require_login(request)
    scene, actor = await staff.scene_of(request, MAY_CHAT)
    return login, scene, Writer(actor, login.sender)


def _line_id(request: web.Request, login: Login, session_id: UUID) -> UUID:
    """The same for the same key: what is sent again by a script is the same line."""
    key = key_of(request, login)
    return uuid5(session_id, key) if key else uuid4()


def _explained(error: Exception, request: web.Request) -> Problem:
    """Why it was not written, at the field."""
    reader = language(request)
    if isinstance(error, TooMany):
        words = translations(reader).gettext("Det gikk litt fort. Vent noen sekunder, og send igjen.")
        status, rule = error.status, None
    else:
        found = actions.explained(error, reader)
        status, rule = found.status, found.body.rule
        words = found.body.errors[0].message if found.body.errors else found.detail
    return Problem(status, words, rule=rule, errors=[FieldError(field="text", message=words)])


def _done(request: web.Request) -> web.Response:
    if wants_json(request):
        return web.json_response({}, headers={"Cache-Control": "no-store"})
    raise web.HTTPSeeOther(f"{actions.came_from(request)}#chat")
