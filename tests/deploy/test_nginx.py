"""deploy/nginx.conf in a real nginx, without TLS: it sends what is published as the service does, no more."""

import asyncio
import gzip
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from multidict import CIMultiDictProxy
from yarl import URL

from orchestrator.roomkeeping.providers import SOCKET
from orchestrator.web import media

CONF = Path(__file__).parents[2] / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
BROADCAST = UUID(int=7)
SEGMENT = "0123456789abcdef0123456789abcdef.m4s"
MAIN = """
daemon off; master_process off; user root; pid {here}/pid; error_log stderr;
events {{ }}
http {{
    client_body_temp_path {here}/t1; proxy_temp_path {here}/t2; fastcgi_temp_path {here}/t3;
    uwsgi_temp_path {here}/t4; scgi_temp_path {here}/t5;
    {conf}
}}
"""

pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx")


@dataclass(frozen=True)
class Proxy:
    """An nginx that listens at ``url``, with its data directory and its log."""

    url: str
    data: Path
    log: Path
    errors: Path

    async def get(self, path: str, **headers: str) -> tuple[int, CIMultiDictProxy[str], bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Accept-Encoding", "identity")
        async with (
            aiohttp.ClientSession(auto_decompress=False) as client,
            client.get(URL(self.url + path, encoded=True), headers=named) as answer,
        ):
            return answer.status, answer.headers, await answer.read()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def adapted(conf: str, port: int, service: int, here: Path) -> str:
    """The file as it is, on a port of ours and without a certificate."""
    conf = conf.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};").replace("listen 80;", "")
    conf = re.sub(r"listen \[::\].*;|ssl_certificate.*;", "", conf)
    conf = re.sub(r"server \{\s*server_name [^}]*return 301[^}]*\}", "", conf)
    conf = conf.replace("127.0.0.1:8080", f"127.0.0.1:{service}")
    return conf.replace("/var/lib/orchestrator", str(here / "data")).replace("/var/log/nginx", str(here))


async def echo(request: web.Request) -> web.Response:
    if request.path.endswith("/broken") and request.transport:
        request.transport.abort()
    return web.json_response(dict(request.headers), headers={"X-From": "service"})


async def converse(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_json({"said": message.data, "headers": dict(request.headers)})
    return socket


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    published = tmp_path / "data/media/public" / str(BROADCAST)
    published.mkdir(parents=True)
    for name in (SEGMENT, "live.m3u8", "timeline.json", "chapters.vtt", "captions.vtt", "notes.txt"):
        (published / name).write_bytes(name.encode() * 20)
    (published / "live.m3u8.gz").write_bytes(gzip.compress(b"compressed"))
    (published / "link.m4s").symlink_to(tmp_path / "data/media/private")
    (tmp_path / "data/media/private").mkdir()
    (tmp_path / "data/media/private" / SEGMENT).write_bytes(b"closed doors")
    (published / ("a" * 32 + ".m4s")).symlink_to(tmp_path / "data/media/private" / SEGMENT)

    application = web.Application()
    application.router.add_get(SOCKET, converse)
    application.router.add_get("/{path:.*}", echo)
    async with TestServer(application) as service:
        port = free_port()
        assert service.port
        conf = adapted(CONF.read_text(), port, service.port, tmp_path)
        (tmp_path / "nginx.conf").write_text(MAIN.format(here=tmp_path, conf=conf))
        assert NGINX
        errors = tmp_path / "errors.log"
        with errors.open("w") as written:
            nginx = await asyncio.create_subprocess_exec(
                *(NGINX, "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", "stderr"), stderr=written
            )
        try:
            await listening(port, nginx)
            yield Proxy(f"http://127.0.0.1:{port}", tmp_path / "data", tmp_path / "orchestrator.log", errors)
        finally:
            if nginx.returncode is None:
                nginx.terminate()
            await nginx.wait()


async def listening(port: int, nginx: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(20):
        while True:
            assert nginx.returncode is None, "nginx refused its configuration"
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                return


@pytest.mark.parametrize(
    ("name", "kept"),
    [(SEGMENT, 3600), ("live.m3u8", 1), ("timeline.json", 1), ("chapters.vtt", 1), ("captions.vtt", 1)],
)
async def test_what_is_published_is_sent_with_the_services_own_headers(
    proxy: Proxy, name: str, kept: int
) -> None:
    status, headers, body = await proxy.get(f"/media/{BROADCAST}/{name}")
    assert (status, body) == (200, name.encode() * 20)
    assert headers["Cache-Control"] == f"public, max-age={kept}"
    assert headers["Content-Type"] == media._TYPES[Path(name).suffix]
    assert media._CORS.items() <= dict(headers).items()
    assert "X-From" not in headers
    assert (await proxy.get(f"/media/{BROADCAST}/{name}", If_None_Match=headers["ETag"]))[0] == 304


async def test_a_playlist_comes_compressed_when_it_lies_compressed(proxy: Proxy) -> None:
    _, headers, body = await proxy.get(f"/media/{BROADCAST}/live.m3u8", Accept_Encoding="gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == b"compressed"


async def test_a_part_of_a_segment_can_be_had(proxy: Proxy) -> None:
    status, _, body = await proxy.get(f"/media/{BROADCAST}/{SEGMENT}", Range="bytes=4-7")
    assert (status, body) == (206, SEGMENT[4:8].encode())


@pytest.mark.parametrize(
    "path",
    [
        f"/media/{BROADCAST}/notes.txt",
        f"/media/{BROADCAST}/{'b' * 32}.m4s",
        f"/media/{BROADCAST}/",
        f"/media/{BROADCAST}",
        f"/media/{BROADCAST}/live.m3u8.gz",
        f"/media/{UUID(int=8)}/live.m3u8",
        f"/media/private/{SEGMENT}",
        "/media/",
        "/metrics",
    ],
)
async def test_everything_else_is_not_found(proxy: Proxy, path: str) -> None:
    status, headers, _ = await proxy.get(path)
    assert status == 404
    assert "X-From" not in headers


@pytest.mark.parametrize(
    "detour", [f"{'a' * 32}.m4s", f"../../private/{SEGMENT}", f"..%2f..%2fprivate/{SEGMENT}"]
)
async def test_no_detour_leads_to_what_is_not_published(proxy: Proxy, detour: str) -> None:
    _, headers, body = await proxy.get(f"/media/{BROADCAST}/{detour}")
    assert b"closed doors" not in body
    assert "ETag" not in headers


async def test_what_is_not_there_yet_may_be_remembered_for_a_second_only(proxy: Proxy) -> None:
    _, headers, _ = await proxy.get(f"/media/{BROADCAST}/{'b' * 32}.m4s")
    assert headers["Cache-Control"] == "public, max-age=1"


async def test_pages_come_from_the_service_which_is_told_who_asks(proxy: Proxy) -> None:
    _, _, body = await proxy.get("/moter", X_Forwarded_For="203.0.113.9", Host="moter.fjellvik.example")
    assert b'"X-Forwarded-For": "127.0.0.1"' in body
    assert b'"Host": "moter.fjellvik.example"' in body


async def test_the_page_of_a_room_converses_through_it(proxy: Proxy) -> None:
    headers = {"Host": "moter.fjellvik.example", "X-Forwarded-For": "203.0.113.9"}
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{proxy.url}{SOCKET}", headers=headers) as socket,
    ):
        await socket.send_str("hei")
        answer = await socket.receive_json()
    assert answer["said"] == "hei"
    told = {"Host": "moter.fjellvik.example", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http"}
    assert told.items() <= answer["headers"].items()


async def test_the_logs_do_not_hold_the_secret_of_an_address(proxy: Proxy) -> None:
    for path in ("/inn/hemmelighet", "/rom/1/bilde/hemmelighet", "/moter"):
        await proxy.get(path)
        await proxy.get(f"{path}/broken")
    log, errors = proxy.log.read_text(), proxy.errors.read_text()
    for masked in ("/inn/***", "/rom/***", "/moter"):
        assert masked in log
    assert "/moter/broken" in errors
    assert "hemmelighet" not in log + errors
