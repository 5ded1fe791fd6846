"""A proxy on loopback that ffmpeg fetches through: every address it is led to is looked at first.

Redirects and playlists can name any host, and a name can mean another address the next second;
here the address that was looked at is the one that is connected to.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from orchestrator.streaming.source import PullLimits, SourceRefusedError, vet_host

_LONGEST_HEAD = 1 << 16
_CONNECT_WITHIN = 10.0
_CHUNK = 1 << 16
_KEEP_ALIVE = re.compile(rb"\r\n(?:proxy-)?connection:[^\r]*", re.IGNORECASE)
_log = logging.getLogger(__name__)


@asynccontextmanager
async def checking_proxy(limits: PullLimits) -> AsyncIterator[str]:
    """Run one while the block lasts; gives its URL for ffmpeg's `http_proxy`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _serve(reader, writer, limits)
        except (OSError, ValueError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
            _log.warning("a source's address was not reached: %s", error)
            with contextlib.suppress(OSError):
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=_LONGEST_HEAD)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: PullLimits) -> None:
    async with asyncio.timeout(_CONNECT_WITHIN):
        head = await reader.readuntil(b"\r\n\r\n")
    method, target, version = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
    url = urlsplit(f"//{target}" if method == "CONNECT" else target)
    if not url.hostname or url.scheme not in {"", "http"}:
        raise SourceRefusedError("url", "form", "not an address that can be fetched")
    addresses = await vet_host(url.hostname, limits)
    async with asyncio.timeout(_CONNECT_WITHIN):
        far_reader, far_writer = await asyncio.open_connection(
            str(addresses[0]), url.port or (443 if method == "CONNECT" else 80)
        )
    try:
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            path = url._replace(scheme="", netloc="").geturl() or "/"
            rest = _KEEP_ALIVE.sub(b"", head[head.index(b"\r\n") :])
            begin = f"{method} {path} {version}\r\nConnection: close".encode()
            far_writer.write(begin + rest)  # one request per connection: the next may name another host
        await _both_ways((reader, far_writer), (far_reader, writer))
    finally:
        far_writer.close()


async def _both_ways(*pairs: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Pass bytes on until either side ends."""
    tasks = [asyncio.create_task(_pass_on(reader, writer)) for reader, writer in pairs]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
