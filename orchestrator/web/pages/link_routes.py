"""Personal links into a meeting: made, handed out this once, and taken back."""

from collections.abc import Iterable
from uuid import UUID

from aiohttp import web

from orchestrator.domain.roles import Role
from orchestrator.web import context
from orchestrator.web.auth import Login
from orchestrator.web.context import SERVICES
from orchestrator.web.i18n import role_label
from orchestrator.web.origins import own_address
from orchestrator.web.pages.plan_routes import LINK_ROLES, meeting_page, their_meeting
from orchestrator.web.problems import Problem


async def make(request: web.Request) -> web.Response:
    """POST /planlegg/{slug}/lenker: for ``person`` (repeated; "everybody" without one), or for a ``role``."""
    row, _ = await their_meeting(request)
    services, here = request.app[SERVICES], context.organisation_id(request)
    form = await request.post()
    made: list[tuple[str, str]] = []
    if role := str(form.get("role", "")):
        if role not in LINK_ROLES:
            raise Problem(422, "role")
        reader = context.language(request)
        label = str(form.get("label", "")).strip()[:200] or role_label(role, reader)
        made.append((label, await _link(request, row.meeting_id, Role(role), None, label)))
    names = await services.people.names(here)
    for person_id in await _wanted(request, row.meeting_id, form.getall("person", [])):
        label = names[person_id].name
        made.append((label, await _link(request, row.meeting_id, Role.PARTICIPANT, person_id, label)))
    return await meeting_page(request, row, made)


async def _wanted(request: web.Request, meeting_id: UUID, asked: Iterable[object]) -> list[UUID]:
    """The members of the meeting's sessions who were asked for, or all of them that have no link."""
    services, here = request.app[SERVICES], context.organisation_id(request)
    rows = await services.views.sessions_of(here, meeting_id)
    states = [await services.commands.session(here, row.session_id) for row in rows]
    members = {key for state in states for key in state.members}
    named = {str(one) for one in asked}
    if "everybody" in named:
        links = await services.access.links(here, meeting_id)
        wanted = members - {link.person_id for link in links if link.revoked_at is None}
    else:
        wanted = {key for key in members if str(key) in named}
    names = await services.people.names(here)
    return sorted((key for key in wanted if key in names), key=lambda key: names[key].name)


async def _link(
    request: web.Request, meeting_id: UUID, role: Role, person_id: UUID | None, label: str
) -> str:
    services = request.app[SERVICES]
    _, secret = await services.access.create_link(
        context.organisation_id(request),
        {role},
        services.clock.now(),
        meeting_id=meeting_id,
        person_id=person_id,
        label=label,
    )
    return f"{own_address(request)}/inn/{secret}"


async def revoke(request: web.Request) -> web.Response:
    """POST /planlegg/{slug}/lenker/{id}/trekk: the link, its logins and their open pages end."""
    row, login = await their_meeting(request)
    services, here = request.app[SERVICES], context.organisation_id(request)
    id_ = context.id_in(request, "id")
    if not any(link.id == id_ for link in await services.access.links(here, row.meeting_id)):
        raise web.HTTPNotFound
    _not_their_own(login, id_)
    await services.access.revoke_link(here, id_, services.clock.now())
    raise web.HTTPSeeOther(f"/planlegg/{row.slug}#lenker")


def _not_their_own(login: Login, link_id: UUID) -> None:
    """Nobody saws off the branch they sit on by a slip."""
    if any(grant.link_id == link_id for grant in login.grants):
        raise Problem(409, "this is the link you are logged in with", rule="own_link")
