"""What a handler can ask: the service's parts, and whose page this is, in which language, for whom.

services = request.app[SERVICES]
return page(request, "front.html", meetings=…)            # look, language, site, now and path are filled in
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from orchestrator.services import Services
from orchestrator.store.access import Access
from orchestrator.store.directory import Directory
from orchestrator.store.records import Organisation
from orchestrator.store.secrets import Vault
from orchestrator.web import i18n
from orchestrator.web.assets import Assets
from orchestrator.web.look import Look, Site

SERVICES: Final = web.AppKey("services", Services)
ACCESS: Final = web.AppKey("access", Access)
DIRECTORY: Final = web.AppKey("directory", Directory)
VAULT: Final = web.AppKey("vault", Vault)
ASSETS: Final = web.AppKey("assets", Assets)
LOOK: Final = web.AppKey("look", Look)

ORGANISATION: Final = web.RequestKey("organisation", Organisation)


def organisation(request: web.Request) -> Organisation:
    """The municipality this host name belongs to; everything read for the request must be its own."""
    return request[ORGANISATION]


def organisation_id(request: web.Request) -> UUID:
    """Its id."""
    return request[ORGANISATION].id


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
    """What the frame of this request's page shows."""
    return site_of(request[ORGANISATION])


def language(request: web.Request) -> str:
    """The reader's language: ?lang=, else the cookie, else the browser's wish, else the organisation's."""
    one = request.get(ORGANISATION)
    return i18n.choose_language(
        request.query.get("lang"),
        request.cookies.get(i18n.COOKIE),
        request.headers.get("Accept-Language"),
        one.language if one else i18n.SOURCE_LANGUAGE,
    )


def page(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """A whole page: ``context`` and what every page needs."""
    html = request.app[LOOK].render(
        template,
        language(request),
        site=site(request),
        now=request.app[SERVICES].clock.now(),
        path=request.path_qs,
        **context,
    )
    return web.Response(text=html, status=status, content_type="text/html")


def uuid_in(request: web.Request, name: str) -> UUID:
    """The id in the address; anything else that stands there is not found."""
    try:
        return UUID(request.match_info[name])
    except ValueError:
        raise web.HTTPNotFound from None
