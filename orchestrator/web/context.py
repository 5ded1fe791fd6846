"""What a handler can ask: the service's parts, and whose page this is, in which language.

services = request.app[SERVICES]
return page(request, "front.html", meetings=…)         # look, language, site, now and path are filled in
"""

from typing import Any, Final
from uuid import UUID

from aiohttp import web

from orchestrator.services import Services
from orchestrator.store.records import Organisation
from orchestrator.store.secrets import Vault
from orchestrator.store.views import MeetingView
from orchestrator.web import page as pages
from orchestrator.web.look import NOBODYS_SITE, Site, theme_stylesheet

SERVICES: Final = web.AppKey("services", Services)
VAULT: Final = web.AppKey("vault", Vault)
LOOK: Final = pages.LOOK

ORGANISATION: Final = web.RequestKey("organisation", Organisation)
_REHEARSAL: Final = web.RequestKey("rehearsal", bool)


def organisation(request: web.Request) -> Organisation:
    """The municipality this host name belongs to; everything read for the request must be its own."""
    return request[ORGANISATION]


def organisation_id(request: web.Request) -> UUID:
    """Its id."""
    return request[ORGANISATION].id


async def meeting_at(request: web.Request) -> MeetingView | None:
    """The meeting in the address, announced or not. The page about a rehearsal says that it is one."""
    slug = request.match_info["slug"]
    found = await request.app[SERVICES].views.meeting_by_slug(organisation_id(request), slug)
    request[_REHEARSAL] = found is not None and found.rehearsal_of is not None
    return found


def site_of(one: Organisation) -> Site:
    """An organisation as the frame of its pages shows it."""
    return Site(
        name=one.name,
        slug=one.slug,
        accent=one.colour,
        logo=one.logo_url or None,
        welcome=one.welcome,
        language=one.language,
    )


def site(request: web.Request) -> Site:
    """What the frame of this request's page shows; nobody's on an unknown host."""
    one = request.get(ORGANISATION)
    return site_of(one) if one else NOBODYS_SITE


def language(request: web.Request) -> str:
    """The reader's language."""
    return pages.language_of(request, site(request))


def page(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """A whole page: ``context`` and what every page needs. ``headers`` may say how long it may be cached."""
    services = request.app[SERVICES]
    cdn = services.settings.media_base_url
    return pages.page(
        request,
        template,
        site=site(request),
        now=services.clock.now(),
        status=status,
        rehearsal=request.get(_REHEARSAL, False),
        media_hosts=[f"{cdn.scheme}://{cdn.host}:{cdn.port}"] if cdn else [],
        **context,
    )


def id_in(request: web.Request, name: str) -> UUID:
    """The id in the address; anything else that stands there is not found."""
    try:
        return UUID(request.match_info[name])
    except ValueError:
        raise web.HTTPNotFound from None


async def theme(request: web.Request) -> web.Response:
    """/tema/{slug}.css: the organisation's colours; the address changes when they do."""
    one = site(request)
    if request.match_info["slug"] != one.slug:
        raise web.HTTPNotFound
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return web.Response(text=theme_stylesheet(one), content_type="text/css", headers=headers)
