"""A sentence for the next page: kept on the server for whoever sent a form without scripts, shown once."""

from collections import OrderedDict
from typing import Final

from aiohttp import web

from orchestrator.web.auth import current

MOST: Final = 1_000

FLASHES: Final = web.AppKey("flashes", OrderedDict[str, str])


async def put_flash(request: web.Request, text: str) -> None:
    """Leave a sentence for this login's next page."""
    if (login := await current(request)) is not None:
        flashes = request.app[FLASHES]
        flashes[login.sender] = text
        while len(flashes) > MOST:
            flashes.popitem(last=False)


async def take_flash(request: web.Request) -> str:
    """The sentence left for this page, or nothing."""
    login = await current(request)
    return request.app[FLASHES].pop(login.sender, "") if login else ""
