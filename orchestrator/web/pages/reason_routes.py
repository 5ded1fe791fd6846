"""A member says why with what they report or ask for; only the session's secretary can read it."""

from collections.abc import Mapping
from typing import Any, Final, get_args
from uuid import UUID

from aiohttp import web
from pydantic import ValidationError

from orchestrator.commands import UnknownReference
from orchestrator.domain.base import Model
from orchestrator.domain.codec import parse_command
from orchestrator.domain.errors import Refused
from orchestrator.domain.reasons import Explained, Occasion, Subject
from orchestrator.domain.roles import Role
from orchestrator.reasons import ReasonText
from orchestrator.web import actions
from orchestrator.web.auth import require_login
from orchestrator.web.context import SERVICES, language, organisation_id, page
from orchestrator.web.i18n import N_, translations
from orchestrator.web.middlewares import wants_json
from orchestrator.web.once import key_of
from orchestrator.web.pages import fields, staff
from orchestrator.web.pages.standing import EXPLAINED

_SECRETARY: Final = frozenset({Role.SECRETARY})
_PRIVATE: Final = {"Cache-Control": "no-store"}
_HEADINGS: Final[Mapping[Subject, str]] = {
    "absence": N_("Forfall: %(name)s"),
    "leave": N_("Permisjon: %(name)s"),
    "impartiality": N_("Habilitet: %(name)s"),
}


class ReasonGiven(Model):
    """Why, if they care to say."""

    reason: ReasonText = ""


async def tell(request: web.Request) -> web.StreamResponse:
    """POST ``command`` with its fields, and ``reason``. Refused without scripts, all of it comes back."""
    login = await require_login(request)
    scene, actor = await staff.scene_of(request, staff.PARTICIPANT)
    services = request.app[SERVICES]
    written = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    reason = written.pop("reason", "")
    try:
        command = _command(actions.read(list(written.items()), services.clock.now()))
        given = ReasonGiven(reason=reason)
        await services.reasons.tell(
            *(organisation_id(request), scene.session.session_id, command, given.reason, actor),
            key=key_of(request, login),
            words=repr(list(written.items())),
            sender=login.sender,
        )
    except (Refused, ValidationError, UnknownReference, fields.FieldError) as error:
        problem = actions.explained(error, language(request), ["reason", *written])
        if wants_json(request):
            return problem.response()
        returned = staff.Returned(_type(written), written | {"reason": reason}, problem)
        return await staff.participants_page(request, returned)
    if wants_json(request):
        return web.json_response({"location": request.path_qs}, headers=_PRIVATE)
    raise web.HTTPSeeOther(request.path_qs)  # the page that the form is on


async def told(request: web.Request) -> web.Response:
    """GET ?emne=…&person=… (and &sak=…): what that person wrote, if anything. For the session's secretary."""
    scene, actor = await staff.scene_of(request, _SECRETARY)
    occasion = _occasion(request.query)
    t = translations(language(request))
    try:
        text = await request.app[SERVICES].reasons.told(
            organisation_id(request), scene.session.session_id, occasion, actor
        )
    except LookupError:
        raise web.HTTPNotFound from None
    heading = t.gettext(_HEADINGS[occasion.subject]) % {"name": scene.signed(occasion.person_id)}
    reason = text or t.gettext("Ingen grunn er oppgitt.")
    if wants_json(request):
        return web.json_response({"heading": heading, "reason": reason}, headers=_PRIVATE)
    back = f"/mote/{scene.meeting.slug}/sekretar?sesjon={scene.session.session_id}"
    return page(request, "secretary/reason.html", headers=_PRIVATE, back=back, heading=heading, reason=reason)


def _type(written: Mapping[str, str]) -> str:
    """Which form it was, also when nothing else in it can be read."""
    return next((one for one in EXPLAINED if f'"{one}"' in written.get("command", "")), "")


def _command(asked: list[dict[str, Any]]) -> Explained:
    """The one command that a reason may come with."""
    if len(asked) != 1 or asked[0].get("type") not in EXPLAINED:
        raise fields.FieldError("command", "unreadable")
    command = parse_command("session", asked[0])
    assert isinstance(command, Explained)
    return command


def _occasion(query: Mapping[str, str]) -> Occasion:
    """What the address names; anything else is not found."""
    try:
        [subject] = [one for one in get_args(Subject) if one == query.get("emne")]
        return Occasion(subject, UUID(query["person"]), UUID(query["sak"]) if query.get("sak") else None)
    except (KeyError, ValueError):
        raise web.HTTPNotFound from None
