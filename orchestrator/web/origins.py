"""Where a request comes from: which address, over TLS or not, from our own pages or another's."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from orchestrator.web.context import SERVICES
from orchestrator.web.problems import Problem

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def _is_proxy(request: web.Request, address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in request.app[SERVICES].settings.proxies)


def client_address(request: web.Request) -> str:
    """The address that knocks: the peer's, or what the nearest proxy of ours says it is."""
    address = request.remote or ""
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if not _is_proxy(request, address):
            break
        address = hop.strip() or address
    return address


def is_https(request: web.Request) -> bool:
    """Whether the reader uses TLS: as set in base_url, else as a proxy of ours says."""
    base = request.app[SERVICES].settings.base_url
    if base is not None:
        return base.scheme == "https"
    forwarded = request.headers.get("X-Forwarded-Proto", "")
    return request.secure or (forwarded == "https" and _is_proxy(request, request.remote or ""))


def own_address(request: web.Request) -> str:
    """The address of the organisation's pages as this reader reaches them, without a slash at the end."""
    return f"{'https' if is_https(request) else 'http'}://{request.host}"


def require_own_origin(request: web.Request) -> None:
    """403 for a socket that no page of ours opens: browsers let any page open one, and say which did."""
    origin = request.headers.get("Origin", "")
    if urlsplit(origin).netloc.lower() != request.host.lower():
        raise Problem(403, "a socket is opened by a page of its own origin", rule="foreign_origin")


def refuse_foreign(request: web.Request) -> None:
    """403 for a change that a page of somebody else's asked for.

    Browsers say where a change comes from (Sec-Fetch-Site, Origin, at least Referer). What says nothing is no
    browser and may go on without a cookie: nobody else's login can be used so.
    """
    if request.method in SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site not in (None, "same-origin"):
        raise Problem(403, f"asked for by another site (Sec-Fetch-Site: {site})", rule="foreign_origin")
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    if origin is not None:
        if urlsplit(origin).netloc.lower() != request.host.lower():
            raise Problem(403, "asked for by a page of another origin", rule="foreign_origin")
    elif site is None and "Cookie" in request.headers and "Authorization" not in request.headers:
        raise Problem(403, "a change with a cookie must say its Origin", rule="foreign_origin")
