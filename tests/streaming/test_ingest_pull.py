"""URLs that are pulled: what is fetched, and what is never reached."""

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from orchestrator.streaming.source import PullLimits
from tests.streaming.collector import until
from tests.streaming.film import transport_stream
from tests.streaming.receiving import receiving

pytestmark = pytest.mark.story

LOOPBACK = PullLimits(networks=(ipaddress.ip_network("127.0.0.0/8"),))
ONLY_THIS = PullLimits(networks=(ipaddress.ip_network("127.0.0.1/32"),))


class Site:
    """A web server on loopback; also reached as 127.0.0.2, which stands for a private network."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.port = 0

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.path.strip("/")
        self.asked.append((request.host.partition(":")[0], name))
        segment = "#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8.0,\n{}\n#EXT-X-ENDLIST\n"
        if name == "live.m3u8":
            return web.Response(text=segment.format("film.ts"), content_type="application/vnd.apple.mpegurl")
        if name == "inside.m3u8":
            return web.Response(
                text=segment.format(self.url("film.ts", "127.0.0.2")),
                content_type="application/vnd.apple.mpegurl",
            )
        if name == "redirect.ts":
            raise web.HTTPFound(self.url("film.ts", "127.0.0.2"))
        return web.Response(body=transport_stream(seconds=8.0), content_type="video/mp2t")


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    pages = Site()
    app = web.Application()
    app.router.add_get("/{name}", pages.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    listening = web.TCPSite(runner, "0.0.0.0", 0)  # noqa: S104 - 127.0.0.1 and 127.0.0.2
    await listening.start()
    pages.port = runner.addresses[0][1]
    try:
        yield pages
    finally:
        await runner.cleanup()


async def test_a_stream_from_a_listed_network_is_received(tmp_path: Path) -> None:
    async with site() as pages, receiving(tmp_path, url=pages.url("live.m3u8"), limits=LOOPBACK) as received:
        await until(lambda: received.seconds() > 6)
        assert received.sink.inits[0].width == 320


async def test_a_private_address_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    async with site() as pages, receiving(tmp_path, url=pages.url("live.m3u8")) as received:
        await until(lambda: received.ingest.status.reason == "url_refused")
        assert received.ingest.status.detail.startswith(
            "url: 127.0.0.1 is 127.0.0.1, in a network that is not"
        )
        assert not pages.asked


async def test_a_redirect_to_a_private_address_is_not_followed(tmp_path: Path) -> None:
    async with (
        site() as pages,
        receiving(tmp_path, url=pages.url("redirect.ts"), limits=ONLY_THIS) as received,
    ):
        await until(lambda: received.ingest.status.state == "failed")
        assert pages.asked
        assert not [host for host, _ in pages.asked if host == "127.0.0.2"]
        assert not received.sink.taken


async def test_a_playlist_that_names_a_private_address_is_not_followed(tmp_path: Path) -> None:
    async with (
        site() as pages,
        receiving(tmp_path, url=pages.url("inside.m3u8"), limits=ONLY_THIS) as received,
    ):
        await until(lambda: received.ingest.status.state == "failed")
        assert ("127.0.0.1", "inside.m3u8") in pages.asked
        assert not [host for host, _ in pages.asked if host == "127.0.0.2"]


async def test_a_playlist_that_names_a_file_does_not_read_it(tmp_path: Path) -> None:
    film = tmp_path / "film.ts"
    film.write_bytes(transport_stream())
    playlist = tmp_path / "films" / "list.m3u8"
    playlist.parent.mkdir()
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4.0,\n{film}\n#EXT-X-ENDLIST\n")
    limits = PullLimits(directory=playlist.parent)
    async with receiving(tmp_path, url=f"file://{playlist}", limits=limits) as received:
        await until(lambda: received.ingest.status.state == "failed")
        assert not received.sink.taken


async def test_a_file_is_played_in_real_time(tmp_path: Path) -> None:
    film = tmp_path / "film.ts"
    film.write_bytes(transport_stream(seconds=8.0))
    async with receiving(tmp_path, url=f"file://{film}", limits=PullLimits(directory=tmp_path)) as received:
        await until(lambda: received.sink.losses)
    first, last = received.sink.taken[0], received.sink.taken[-1]
    assert received.seconds() > 7
    assert (last.captured_at - first.captured_at).total_seconds() > 6


async def test_nobody_there_is_told(tmp_path: Path) -> None:
    async with site() as pages:
        url = pages.url("film.ts")
    async with receiving(tmp_path, url=url, limits=LOOPBACK) as received:
        await until(lambda: received.ingest.status.reason == "unreachable")
