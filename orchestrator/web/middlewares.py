"""What happens to every request: a number for the log, safe headers, whose host it is, errors in words."""

import asyncio
import logging
import secrets
from collections import OrderedDict
from http import HTTPStatus
from typing import Final

from aiohttp import ClientConnectionResetError, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler, Middleware
from pydantic import ValidationError

from orchestrator.commands import PreconditionFailed, UnknownReference, UnknownStream
from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.logs import request_id
from orchestrator.store.answers import InProgress, KeyReused
from orchestrator.store.directory import NotFound, Taken
from orchestrator.store.pool import UNAVAILABLE, UNKEEPABLE
from orchestrator.store.records import Organisation
from orchestrator.streaming.source import SourceRefusedError
from orchestrator.web.context import ORGANISATION, SERVICES, site
from orchestrator.web.origins import is_https, refuse_foreign
from orchestrator.web.page import error_page
from orchestrator.web.problems import Problem, invalid, unprocessable

log = logging.getLogger(__name__)

HOST_FRESH_SECONDS = 5.0
MOST_HOSTS = 200
BODY_SECONDS: Final = 15.0
"""So long may a change take to arrive; then it is 408."""
FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
ANY_HOST: Final = ("/static/", "/healthz", "/readyz", "/metrics")
"""Answered on whatever host name: they hold nothing of anybody's."""

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""For every answer that has not said otherwise; pages say more (look.page_headers)."""


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """The last thing before any answer is sent, streams and errors too."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if is_https(request):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    response.headers.pop("Server", None)


@web.middleware
async def number(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every request has an id, in the log and in the answer; outcomes are counted."""
    id_ = secrets.token_hex(8)
    token = request_id.set(id_)
    status = 500
    try:
        response = await handler(request)
    except web.HTTPException as redirect:
        status = redirect.status
        raise
    else:
        status = response.status
        if not response.prepared:
            response.headers["X-Request-Id"] = id_
        return response
    finally:
        request_id.reset(token)
        services = request.app[SERVICES]
        services.metrics.requests.labels(method=_known_method(request.method), status=str(status)).inc()


def _known_method(method: str) -> str:
    return method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other"


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong becomes problem details for programs and a page for people."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        kept = {name: error.headers[name] for name in ("Allow", "Retry-After") if name in error.headers}
        problem = Problem(error.status, headers=kept)
    except ClientConnectionResetError:
        raise  # the reader left; there is nobody to explain it to
    except Exception as error:  # noqa: BLE001
        problem = as_problem(error)
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log(request, error)
    if wants_json(request):
        return problem.response()
    services = request.app[SERVICES]
    page = error_page(request, problem.status, site=site(request), now=services.clock.now())
    page.headers.update(problem.headers)
    return page


def as_problem(error: Exception) -> Problem:
    """What an error of any layer is to whoever asked. One that is nobody's is a 500 that says nothing."""
    match error:
        case Problem():
            return error
        case ValidationError():
            return unprocessable(error)
        case Refused():
            return Problem(403 if isinstance(error, Forbidden) else 409, error.detail, rule=error.rule)
        case PreconditionFailed():
            return Problem(412, str(error), version=error.version, headers={"ETag": f'"{error.version}"'})
        case UnknownReference() | SourceRefusedError():
            return invalid(error.field, error.message)
        case UnknownStream() | NotFound():
            return Problem(404)
        case Taken():
            return invalid(error.field, "is taken")
    return _of_the_store(error)


def _of_the_store(error: Exception) -> Problem:
    if isinstance(error, KeyReused):
        return invalid("Idempotency-Key", "was used for another request")
    if isinstance(error, InProgress):
        detail = "the first request with this key is still being answered"
        return Problem(409, detail, rule="in_progress", headers={"Retry-After": "1"})
    if isinstance(error, UNAVAILABLE):
        return Problem(503, "the database is away; nothing is lost", headers={"Retry-After": "2"})
    if isinstance(error, UNKEEPABLE):
        return Problem(400, "holds a character that is not text")
    return Problem(500)


def _log(request: web.Request, error: Exception) -> None:
    resource = request.match_info.route.resource
    where = resource.canonical if resource else "an unknown address"
    if isinstance(error, UNAVAILABLE):
        log.warning("%s %s: the database is away (%s)", request.method, where, type(error).__name__)
    else:
        log.error("%s %s failed", request.method, where, exc_info=error)


def wants_json(request: web.Request) -> bool:
    """Whether a program asks: the API, or a script of ours that says so."""
    if request.path.startswith(("/api/", "/direkte/")):
        return True
    accept = request.headers.get("Accept", "")
    return "json" in accept and "text/html" not in accept


@web.middleware
async def same_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A change asked for by a page of somebody else's is refused."""
    refuse_foreign(request)
    return await handler(request)


@web.middleware
async def whole(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A change is here to its last byte before anybody asks who sends it.

    Else whoever sends slowly would be judged by a login that ends meanwhile.
    """
    if request.can_read_body:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                await request.read() if request.content_type not in FORMS else await request.post()
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        except (ValueError, LookupError, HttpProcessingError, web.RequestPayloadError):
            raise web.HTTPBadRequest from None
    return await handler(request)


def by_host() -> Middleware:
    """The middleware that finds out whose host name was asked for; an unknown one is 404."""
    known: OrderedDict[str, tuple[float, Organisation | None]] = OrderedDict()

    async def find(request: web.Request) -> Organisation | None:
        services = request.app[SERVICES]
        host = request.host.lower()
        read_at, found = known.get(host, (float("-inf"), None))
        now = services.clock.monotonic()
        if now - read_at < HOST_FRESH_SECONDS:
            return found
        try:
            found = await services.directory.organisation_by_host(host)
        except UNAVAILABLE:
            if found is None:
                raise
            return found  # media and what else needs no database goes on without it
        known[host] = (now, found)
        known.move_to_end(host)
        if len(known) > MOST_HOSTS:
            known.popitem(last=False)
        return found

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(ANY_HOST):
            return await handler(request)
        found = await find(request)
        if found is None:
            raise web.HTTPNotFound
        request[ORGANISATION] = found
        return await handler(request)

    return middleware
