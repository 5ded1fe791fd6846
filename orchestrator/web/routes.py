"""Every address of the service on one page."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from orchestrator.services import Services
from orchestrator.store.access import Access
from orchestrator.store.directory import Directory
from orchestrator.store.secrets import Vault
from orchestrator.web import live
from orchestrator.web.assets import ASSET_ROUTE, Assets
from orchestrator.web.context import ACCESS, ASSETS, DIRECTORY, LOOK, SERVICES, VAULT
from orchestrator.web.live import View
from orchestrator.web.look import Look


async def unwritten(_: web.Request) -> web.Response:
    """A page that nobody has written yet."""
    raise web.HTTPNotFound


def table(assets: Assets) -> list[web.RouteDef]:
    """The addresses. Public ones are Norwegian, short and lasting; the API's are English (see api.py)."""
    return [
        # for everyone
        web.get("/", unwritten),
        web.get("/moter", unwritten),
        web.get("/mote/{slug}", unwritten),
        web.get("/mote/{slug}/protokoll", unwritten),
        # for those who are logged in
        web.get("/mote/{slug}/leder", unwritten),
        web.get("/mote/{slug}/sekretar", unwritten),
        web.get("/mote/{slug}/deltaker", unwritten),
        web.get("/drift", unwritten),
        web.get("/planlegg", unwritten),
        web.post("/planlegg", unwritten),
        # what they send, and what they see change
        web.post("/mote/{slug}/kommando", unwritten),
        web.get("/direkte/{session_id}/{view}", live.stream),
        # in and out
        web.get("/inn", unwritten),
        web.get("/inn/{secret}", unwritten),
        web.post("/inn/{secret}", unwritten),
        web.post("/ut", unwritten),
        # files
        web.get(ASSET_ROUTE, assets.serve),
        web.get("/tema/{slug}.css", unwritten),
        web.get("/media/{broadcast}/{name}", unwritten),
        # for those who keep it running
        web.get("/healthz", unwritten),
        web.get("/readyz", unwritten),
        web.get("/metrics", unwritten),
    ]


VIEWS: Final[Mapping[str, View]] = {}
"""The pages that follow, by their name in the address; see live.py."""


def build(services: Services) -> web.Application:
    """The web application over a running service's parts."""
    app = web.Application()
    vault = Vault(services.key.decode())
    assets = Assets()
    app[SERVICES] = services
    app[VAULT] = vault
    app[ACCESS] = Access(services.pool)
    app[DIRECTORY] = Directory(services.pool, vault)
    app[ASSETS] = assets
    app[LOOK] = Look(assets)
    app.add_routes(table(assets))
    return app
