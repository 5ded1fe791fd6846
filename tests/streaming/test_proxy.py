import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orchestrator.streaming.proxy import checking_proxy
from orchestrator.streaming.source import PullLimits

LOOPBACK = PullLimits(networks=(ipaddress.ip_network("127.0.0.0/8"),))


@asynccontextmanager
async def server(asked: list[bytes]) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nja")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]


async def ask(proxy: str, request: str) -> bytes:
    host, port = proxy.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request.encode())
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer


async def test_an_allowed_address_is_fetched_and_nothing_more_on_that_connection() -> None:
    asked: list[bytes] = []
    async with server(asked) as port, checking_proxy(LOOPBACK) as proxy:
        url = f"http://127.0.0.1:{port}/live.m3u8?a=1"
        answer = await ask(proxy, f"GET {url} HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n")
    assert answer.endswith(b"ja")
    assert asked[0].startswith(b"GET /live.m3u8?a=1 HTTP/1.1\r\n")
    assert b"keep-alive" not in asked[0]


async def test_a_private_address_is_not_reached_by_either_way() -> None:
    asked: list[bytes] = []
    async with server(asked) as port, checking_proxy(PullLimits()) as proxy:
        plain = await ask(proxy, f"GET http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n")
        tunnel = await ask(proxy, f"CONNECT localhost:{port} HTTP/1.1\r\n\r\n")
    assert plain.startswith(b"HTTP/1.1 403")
    assert tunnel.startswith(b"HTTP/1.1 403")
    assert not asked


async def test_rubbish_is_refused() -> None:
    async with checking_proxy(LOOPBACK) as proxy:
        for request in ("x\r\n\r\n", "GET file:///etc/passwd HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"):
            assert (await ask(proxy, request)).startswith(b"HTTP/1.1 403")
