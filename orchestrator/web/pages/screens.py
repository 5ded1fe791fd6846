"""/drift/skjermer/{slug}: IT's links for the screens of one meeting, and how to set them up."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from orchestrator.domain.roles import Role
from orchestrator.rehearsals import KEPT_AFTER
from orchestrator.store.access import Link
from orchestrator.store.views import MeetingView
from orchestrator.web import context
from orchestrator.web.auth import require, require_login
from orchestrator.web.context import SERVICES
from orchestrator.web.entrance import screen_addresses
from orchestrator.web.pages.day_routes import IT

_PRIVATE: Final = {"Cache-Control": "no-store"}


async def overview(request: web.Request) -> web.Response:
    """GET: the links there are; their addresses are not known any more."""
    return await _page(request, await _meeting(request))


async def make(request: web.Request) -> web.Response:
    """POST: one more link, shown this once as an address for each screen."""
    meeting, services = await _meeting(request), request.app[SERVICES]
    label = str((await request.post()).get("label", "")).strip()[:200]
    _, secret = await services.access.create_link(
        context.organisation_id(request),
        {Role.DISPLAY},
        services.clock.now(),
        meeting_id=meeting.meeting_id,
        label=label,
    )
    return await _page(request, meeting, screen_addresses(request, meeting.slug, secret))


async def revoke(request: web.Request) -> web.Response:
    """POST …/{id}/trekk: the link ends, and every screen that came in by it."""
    meeting, services, id_ = await _meeting(request), request.app[SERVICES], context.id_in(request, "id")
    if id_ not in {link.id for link in await _links(request, meeting)}:
        raise web.HTTPNotFound
    await services.access.revoke_link(context.organisation_id(request), id_, services.clock.now())
    raise web.HTTPSeeOther(f"/drift/skjermer/{meeting.slug}")


async def _meeting(request: web.Request) -> MeetingView:
    """The meeting in the address, for its own IT and the organisation's; others do not learn of it."""
    await require_login(request)
    found = await context.meeting_at(request)
    await require(request, found.meeting_id if found else None, IT)
    if found is None:
        raise web.HTTPNotFound
    return found


async def _links(request: web.Request, meeting: MeetingView) -> list[Link]:
    """The links of screens that hold."""
    services, here = request.app[SERVICES], context.organisation_id(request)
    found = await services.access.links(here, meeting.meeting_id)
    return [link for link in found if link.roles == {Role.DISPLAY} and link.revoked_at is None]


async def _page(request: web.Request, meeting: MeetingView, made: Sequence[str] = ()) -> web.Response:
    return context.page(
        request,
        "it/screens.html",
        headers=_PRIVATE,
        meeting=meeting,
        links=await _links(request, meeting),
        everywhere=bool((await require_login(request)).actor(None).roles & IT),
        made=made,
        gone_at=meeting.ends_at + KEPT_AFTER if meeting.status != "cancelled" else None,
    )
