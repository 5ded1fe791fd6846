"""Answer a request with a page: in the reader's language, framed as its organisation, with safe headers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aiohttp import web

from orchestrator.web import i18n
from orchestrator.web.look import Look, Site, page_headers

LOOK = web.AppKey("look", Look)
_A_YEAR = 365 * 24 * 3600


def language_of(request: web.Request, site: Site | None = None) -> str:
    """The language to answer this reader in: ?lang=, the cookie, the browser, the organisation."""
    return i18n.choose_language(
        request.query.get("lang"),
        request.cookies.get(i18n.COOKIE),
        request.headers.get("Accept-Language"),
        site.language if site else i18n.SOURCE_LANGUAGE,
    )


def page(
    request: web.Request,
    template: str,
    *,
    site: Site,
    now: datetime,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    media_hosts: Sequence[str] = (),
    connect_hosts: Sequence[str] = (),
    language: str | None = None,
    **context: Any,
) -> web.Response:
    """Render a template as the answer to a request; `headers` may say how long it may be cached.

    The template gets `site`, `now`, `path` (with query) and what else is given. A language asked for by
    ?lang= is remembered. ``language``: of a page that nobody reads for themselves.
    """
    language = language or language_of(request, site)
    html = request.app[LOOK].render(template, language, site=site, now=now, path=request.path_qs, **context)
    response = web.Response(
        text=html,
        status=status,
        content_type="text/html",
        headers={
            "Cache-Control": "private, no-cache",
            "Content-Language": language,
            "Vary": "Accept-Language, Cookie",
            **page_headers(media_hosts, site.logo, connect_hosts),
            **(headers or {}),
        },
    )
    if request.query.get("lang") == language:
        response.set_cookie(
            i18n.COOKIE, language, max_age=_A_YEAR, samesite="Lax", httponly=True, secure=request.secure
        )
    return response


def error_page(
    request: web.Request, status: int, *, site: Site, now: datetime, detail: str = ""
) -> web.Response:
    """The page for an HTTP error: 401, 403, 404, 429 and 5xx have words of their own, others a common one."""
    headers = {"Cache-Control": "no-store"}
    return page(
        request, "error.html", site=site, now=now, status=status, headers=headers, code=status, detail=detail
    )
