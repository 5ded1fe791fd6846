"""A cache before the service is told what was withdrawn, until it has heard it."""

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import AnyHttpUrl

from orchestrator.purge import purging
from orchestrator.settings import Settings


class Cdn:
    """A cache's hook that is away the first time it is called."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.told = asyncio.Event()

    async def hook(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        if len(self.asked) == 1:
            return web.Response(status=503)
        self.told.set()
        return web.Response()


async def test_a_cdn_is_told_the_whole_address_until_it_answers(tmp_path: Path) -> None:
    cdn, failed = Cdn(), list[str]()
    app = web.Application()
    app.router.add_post("/purge", cdn.hook)
    async with TestServer(app) as server:
        settings = Settings(
            data_dir=tmp_path,
            media_base_url=AnyHttpUrl("https://cdn.fjellvik.example"),
            purge_url=AnyHttpUrl(str(server.make_url("/purge"))),
        )
        async with purging(settings, failed.append) as tell, asyncio.timeout(20):
            await asyncio.to_thread(tell, "sending/segment.m4s")
            await cdn.told.wait()
    assert cdn.asked == [{"urls": ["https://cdn.fjellvik.example/media/sending/segment.m4s"]}] * 2
    assert failed == ["purge"]


async def test_without_a_hook_there_is_nobody_to_tell(tmp_path: Path) -> None:
    async with purging(Settings(data_dir=tmp_path), lambda _name: None) as tell:
        tell("sending/segment.m4s")
