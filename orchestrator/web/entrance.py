"""In by a personal link and out again. Looking at a link changes nothing: mail scanners look at every one."""

from typing import Final

from aiohttp import web

from orchestrator.domain.roles import Role
from orchestrator.store.access import Login
from orchestrator.web.auth import MOST_LINKS, Grant, logins, set_logins
from orchestrator.web.context import SERVICES, organisation_id, page
from orchestrator.web.limits import LIMITS
from orchestrator.web.origins import client_address, own_address
from orchestrator.web.problems import Problem

HALL: Final = "storskjerm"
LOWER_THIRD: Final = "navneskilt"
PAGES: Final = (
    (Role.CHAIR, "leder"),
    (Role.DEPUTY, "leder"),
    (Role.SECRETARY, "sekretar"),
    (Role.PARTICIPANT, "deltaker"),
    (Role.DISPLAY, HALL),
)
"""Where a role's work is done, in a meeting."""


def screen_addresses(request: web.Request, slug: str, secret: str) -> tuple[str, str]:
    """Where a display's link leads, in the hall and over the picture. What is after # stays there."""
    hall, lower_third = (
        f"{own_address(request)}/mote/{slug}/{page}#{secret}" for page in (HALL, LOWER_THIRD)
    )
    return hall, lower_third


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
    used = await _use(request, request.match_info["secret"])
    if used is None:
        return page(request, "login/closed.html", reason="link", status=404, headers=_PRIVATE)
    cookie, login = used
    grant = Grant(login.id, login.roles, login.meeting_id, login.person_id, login.link_id)
    response = web.Response(status=303, headers={"Location": await _home(request, grant), **_PRIVATE})
    await _add(request, response, cookie, login)
    return response


async def let_screen_in(request: web.Request) -> web.StreamResponse:
    """POST /inn, ``secret`` in the form: a screen's way in, whose script asks (enter.js); 204, or 404.

    For screens only: a link of somebody's must not be used by merely being looked at.
    """
    used = await _use(request, str((await request.post()).get("secret", "")), only=Role.DISPLAY)
    if used is None:
        raise Problem(404)
    response = web.Response(status=204, headers=_PRIVATE)
    await _add(request, response, *used)
    return response


async def _use(request: web.Request, secret: str, only: Role | None = None) -> tuple[str, Login] | None:
    """A login by this link and its secret for the cookie; None if the link does not hold."""
    limits, address = request.app[LIMITS], client_address(request)
    limits.links.take(address)
    services, here, now = request.app[SERVICES], organisation_id(request), request.app[SERVICES].clock.now()
    cookie = await services.access.use_link(here, secret, now, only=only)
    login = cookie and await services.access.login_by_cookie(here, cookie, now)
    if not cookie or not login:
        limits.failures.take(address)
        return None
    return cookie, login


async def _add(request: web.Request, response: web.Response, cookie: str, login: Login) -> None:
    """The login into the browser's cookie, in place of an older one by the same link."""
    services, kept = request.app[SERVICES], []
    for secret, other in await logins(request):
        if other.link_id == login.link_id:
            await services.access.log_out(secret, services.clock.now())
        else:
            kept.append(secret)
    set_logins(request, response, [cookie, *kept][:MOST_LINKS])


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
            if name is None and Role.IT_SUPPORT in grant.roles:
                return f"/drift/skjermer/{meeting.slug}"
            if meeting.kind == "conference" and name:
                return f"/mote/{meeting.slug}/sesjoner"
            return f"/mote/{meeting.slug}/{name}" if name else f"/mote/{meeting.slug}"
    if Role.IT_SUPPORT in grant.roles:
        return "/drift"
    if Role.ADMINISTRATOR in grant.roles or Role.SECRETARY in grant.roles:
        return "/planlegg"
    if name and (listed := await services.views.live_now(here)):
        return f"/mote/{listed[0].meeting.slug}/{name}"
    return "/moter"
