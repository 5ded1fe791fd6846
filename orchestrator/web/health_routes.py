"""For those who keep it running: does it live, can it work, how does it do. Not for the public."""

from aiohttp import web

from orchestrator.metrics import CONTENT_TYPE
from orchestrator.web.context import SERVICES

_FRESH = {"Cache-Control": "no-store"}


async def healthz(_: web.Request) -> web.Response:
    """The process answers."""
    return web.Response(text="ok\n", headers=_FRESH)


async def readyz(request: web.Request) -> web.Response:
    """200 when requests should be sent here, else 503; what is wrong is for those behind the proxy alone."""
    found = await request.app[SERVICES].readiness()
    problems = {} if forwarded(request) else found.problems
    return web.json_response(
        {"ready": found.ready, "problems": problems}, status=200 if found.ready else 503, headers=_FRESH
    )


async def metrics(request: web.Request) -> web.Response:
    """Prometheus' text; 404 through a proxy, that is for the public."""
    if forwarded(request):
        raise web.HTTPNotFound
    body = request.app[SERVICES].metrics.text()
    return web.Response(body=body, headers={**_FRESH, "Content-Type": CONTENT_TYPE})


def forwarded(request: web.Request) -> bool:
    """Whether it came through a proxy, as what the public asks for does where there is one."""
    return any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via"))
