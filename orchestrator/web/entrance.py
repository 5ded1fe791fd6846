"""In by a personal link and out again. Looking at a link changes nothing: mail scanners look at every one."""

from typing import Final

from aiohttp import web

from orchestrator.domain.roles import Role
from orchestrator.web.auth import MOST_LINKS, Grant, logins, set_logins
from orchestrator.web.context import SERVICES, organisation_id, page
from orchestrator.web.limits import LIMITS
from orchestrator.web.origins import client_address

PAGES: Final = (
    (Role.CHAIR, "leder"),
    (Role.DEPUTY, "leder"),
    (Role.SECRETARY, "sekretar"),
    (Role.PARTICIPANT, "deltaker"),
)
"""Where a role's work is done, in a meeting."""

_PRIVATE: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


async def closed(request: web.Request) -> web.Response:
    """GET /inn: for those who are not logged in (any more), and what to do about it."""
    return page(request, "login/closed.html", reason="none", headers=_PRIVATE)


async def ask(request: web.Request) -> web.Response:
    """GET /inn/{secret}: a button, and nothing that says whether the link holds."""
    request.app[LIMITS].links.take(client_address(request))
    return page(request, "login/link.html", action=request.path, headers=_PRIVATE)


async def log_in(request: web.Request) -> web.StreamResponse:
    """POST /inn/{secret}: a login in the cookie beside those that are there, and on to the role's page."""
    limits, address = request.app[LIMITS], client_address(request)
    limits.links.take(address)
    services, here, now = request.app[SERVICES], organisation_id(request), request.app[SERVICES].clock.now()
    cookie = await services.access.use_link(here, request.match_info["secret"], now)
    login = cookie and await services.access.login_by_cookie(here, cookie, now)
    if not cookie or not login:
        limits.failures.take(address)
        return page(request, "login/closed.html", reason="link", status=404, headers=_PRIVATE)
    kept = []
    for secret, other in await logins(request):
        if other.link_id == login.link_id:
            await services.access.log_out(secret, now)
        else:
            kept.append(secret)
    grant = Grant(login.id, login.roles, login.meeting_id, login.person_id, login.link_id)
    response = web.Response(status=303, headers={"Location": await _home(request, grant), **_PRIVATE})
    set_logins(request, response, [cookie, *kept][:MOST_LINKS])
    return response


async def log_out(request: web.Request) -> web.StreamResponse:
    """POST /ut: every login of this browser ends here and now."""
    services = request.app[SERVICES]
    for secret, _ in await logins(request):
        await services.access.log_out(secret, services.clock.now())
    response = web.Response(status=303, headers={"Location": "/inn", "Clear-Site-Data": '"cache"'})
    set_logins(request, response, [])
    return response


async def _home(request: web.Request, grant: Grant) -> str:
    """The page of this role: in the link's meeting, else in the one that goes on or comes next."""
    services, here = request.app[SERVICES], organisation_id(request)
    name = next((name for role, name in PAGES if role in grant.roles), None)
    if grant.meeting_id is not None:
        meeting = await services.views.meeting(here, grant.meeting_id)
        if meeting is not None:
            if name is None and Role.ADMINISTRATOR in grant.roles:
                return f"/planlegg/{meeting.slug}"
            return f"/mote/{meeting.slug}/{name}" if name else f"/mote/{meeting.slug}"
    if Role.IT_SUPPORT in grant.roles:
        return "/drift"
    if Role.ADMINISTRATOR in grant.roles or Role.SECRETARY in grant.roles:
        return "/planlegg"
    if name and (listed := await services.views.live_now(here)):
        return f"/mote/{listed[0].meeting.slug}/{name}"
    return "/moter"
