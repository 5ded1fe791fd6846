"""From adjourning an eight-hour broadcast to its recording playing, with all chapters, in a real browser.

``python -m tests.bench.playing`` prints two lines of JSON: six minutes, to compare with, and eight hours.
The playlists are a real desk's; the hours are a few minutes, repeated, and every segment's picture is made
when it is asked for.
"""

import asyncio
import json
import tempfile
import time
from pathlib import Path

from aiohttp import web

from orchestrator.streaming.slate import Face, Slate, make_slate
from orchestrator.web.assets import NODE_MODULES, STATIC, VENDOR
from tests.bench.adjourn import HOURS, long_broadcast
from tests.browser import chromium
from tests.streaming.world import World

PAGE = """<!doctype html><html lang="nb"><title>Opptak</title><video muted></video>
<script src="/hls.js"></script><script type="module" src="/watch.js"></script></html>"""
WATCH = """import { Player } from "/js/player.js";
const video = document.querySelector("video");
const player = new Player(video, "/media");
async function poll() {
  const timeline = await (await fetch("/media/timeline.json", { cache: "no-store" })).json();
  if (!timeline.recording) return setTimeout(poll, 100);
  player.load(timeline.recording);
  await video.play();
}
poll();
"""


def served(world: World, slate: Slate) -> web.Application:
    """The broadcast's files and a page that waits for the recording, as the meeting page does."""
    segments = {segment.name: segment for segment in world.index().parts[1].segments}

    async def media(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name in segments:
            segment = segments[name]
            fragments = round(segment.duration / slate.fragment_seconds)
            return web.Response(body=slate.segment(segment.start, fragments), content_type="video/mp4")
        if name.endswith(".mp4"):
            return web.Response(body=slate.init.data, content_type="video/mp4")
        return web.FileResponse(world.storage.path(world.broadcast, name))

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def watch(_: web.Request) -> web.Response:
        return web.Response(text=WATCH, content_type="text/javascript")

    async def hls(_: web.Request) -> web.FileResponse:
        return web.FileResponse(NODE_MODULES / VENDOR["hls.js"])

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/watch.js", watch)
    app.router.add_get("/hls.js", hls)
    app.router.add_get("/media/{name}", media)
    app.router.add_static("/js", STATIC / "js")
    return app


async def measure(hours: float = HOURS) -> dict[str, float]:
    """Seconds from the chair's adjourning until the picture moves, and what there is to see then."""
    with tempfile.TemporaryDirectory() as directory:
        world = await long_broadcast(Path(directory), hours)
        await world.run(12)
        slate = await make_slate(Face("Opptak", width=640, height=360), Path(directory))
        runner = web.AppRunner(served(world, slate))
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            async with chromium() as browser:
                page = await browser.new_page()
                await page.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
                await asyncio.sleep(1)
                began = time.perf_counter()
                world.session.turn("adjourn")
                world.read()
                world.step()
                written = time.perf_counter()
                while await page.evaluate("document.querySelector('video').currentTime") < 0.1:
                    if time.perf_counter() > began + 60:
                        raise AssertionError("the recording does not play")
                    await asyncio.sleep(0.02)
                playing = time.perf_counter()
                length = await page.evaluate("document.querySelector('video').duration")
        finally:
            await runner.cleanup()
        return {
            "hours": hours,
            "recording_seconds": round(length),
            "chapters": world.text("chapters.vtt").count("-->"),
            "adjourn_to_written_s": round(written - began, 3),
            "adjourn_to_playing_s": round(playing - began, 3),
        }


async def main() -> None:
    """A short meeting, then a long one."""
    for hours in (0.1, HOURS):
        print(json.dumps({"bench": "playing"} | await measure(hours)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
