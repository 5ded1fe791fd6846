"""Forms become commands: sent in the background they are answered in JSON, without scripts by going back."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from aiohttp import web
from pydantic import ValidationError

from orchestrator.commands import PreconditionFailed, UnknownReference
from orchestrator.domain.codec import COMMANDS, StreamKind, parse_command
from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.web.auth import Login, require_login
from orchestrator.web.context import SERVICES, language, organisation_id
from orchestrator.web.field_words import in_words
from orchestrator.web.flash import put_flash
from orchestrator.web.middlewares import wants_json
from orchestrator.web.once import key_of
from orchestrator.web.pages import fields, words
from orchestrator.web.problems import FieldError, Problem, field_errors, unkeepable

_REFUSALS: Final = (
    Refused,
    ValidationError,
    UnknownReference,
    PreconditionFailed,
    fields.FieldError,
)


async def send(request: web.Request) -> web.StreamResponse:
    """POST /mote/{slug}/kommando: the form's commands in order, to ?sesjon= or the session that goes on."""
    login = await require_login(request)
    form = await request.post()
    pairs = [(name, value) for name, value in form.items() if isinstance(value, str)]
    try:
        await _send(request, login, pairs)
    except _REFUSALS as error:
        problem = explained(error, language(request), [name for name, _ in pairs])
        if wants_json(request):
            return problem.response()
        await put_flash(request, problem.detail)
    if wants_json(request):
        return web.json_response({}, headers={"Cache-Control": "no-store"})
    raise web.HTTPSeeOther(came_from(request))


async def _send(request: web.Request, login: Login, pairs: list[tuple[str, str]]) -> None:
    services, here = request.app[SERVICES], organisation_id(request)
    row = await services.views.meeting_by_slug(here, request.match_info["slug"])
    if row is None:
        raise web.HTTPNotFound
    asked = read(pairs, services.clock.now())
    actor, key = login.actor(row.meeting_id), key_of(request, login)
    for number, data in enumerate(asked):
        kind: StreamKind = "meeting" if data.get("type") in COMMANDS["meeting"] else "session"
        to = row.meeting_id if kind == "meeting" else await _session(request, row.meeting_id)
        await services.commands.handle(
            here,
            kind,
            to,
            parse_command(kind, data),
            actor,
            key=key and f"{key} {number}",
            words=repr(pairs),
            sender=login.sender,
        )


def read(pairs: list[tuple[str, str]], now: datetime) -> list[dict[str, Any]]:
    """The commands that a form asks for, as JSON values. Raises fields.FieldError."""
    try:
        asked = fields.commands(pairs, now, uuid4)
    except fields.FieldError:
        raise
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise fields.FieldError("command", "unreadable") from None
    if bad := unkeepable(asked):
        raise fields.FieldError(bad.partition(".")[2] or bad, "unreadable")
    return asked


async def _session(request: web.Request, meeting_id: UUID) -> UUID:
    """The session the page is about, which must be this meeting's."""
    sessions = await request.app[SERVICES].views.sessions_of(organisation_id(request), meeting_id)
    asked = request.query.get("sesjon")
    for session in sessions:
        if asked is None and session.status not in {"adjourned", "cancelled"}:
            return session.session_id
        if asked == str(session.session_id):
            return session.session_id
    if asked is None and sessions:
        return sessions[-1].session_id
    raise web.HTTPNotFound


def explained(error: Exception, reader: str, names: Sequence[str] = ()) -> Problem:
    """Why nothing was done, in the reader's language, with the fields that were wrong by their ``names``."""
    match error:
        case Forbidden():
            return Problem(403, words.refusal(error.rule, reader), rule=error.rule)
        case Refused():
            return Problem(409, words.refusal(error.rule, reader), rule=error.rule)
        case PreconditionFailed():
            return Problem(412, words.refusal("state_moved", reader), rule="state_moved")
        case ValidationError():
            found = field_errors(error, partial(in_words, language=reader))
        case UnknownReference() | fields.FieldError():
            message = in_words(error.message, error.message, {}, reader)
            found = [FieldError(field=error.field, message=message)]
        case _:
            raise error
    written = {name.partition("@")[0]: name for name in names}
    errors = [FieldError(field=written.get(one.field, one.field), message=one.message) for one in found]
    return Problem(422, words.refusal(words.INVALID, reader), rule=words.INVALID, errors=errors)


def came_from(request: web.Request) -> str:
    """The page of ours that the form was on; the meeting's own if the browser does not say."""
    referer = urlsplit(request.headers.get("Referer", ""))
    if referer.netloc.lower() == request.host.lower() and referer.path.startswith("/"):
        return "/" + referer.path.lstrip("/") + (f"?{referer.query}" if referer.query else "")
    return f"/mote/{request.match_info['slug']}"
