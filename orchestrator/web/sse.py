"""Server-sent events: a stream that is opened, written to in pieces, and given up when nobody reads it."""

import asyncio
import json
import random
from typing import Any, Final

from aiohttp import ClientConnectionResetError, web

WRITE_TIMEOUT: Final = 10.0
"""Seconds a reader may take for what it was sent; then it is let go, and resumes where it was."""

BEAT: Final = b": \n\n"


class ReaderGone(Exception):
    """The reader left, or reads no more."""


def encode(type_: str, data: Any, id_: str | int | None = None) -> bytes:
    """One event; ``data`` is text, or becomes JSON on one line."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    lines = "".join(f"data: {line}\n" for line in text.split("\n"))
    name = "" if id_ is None else f"id: {id_}\n"
    return f"{name}event: {type_}\n{lines}\n".encode()


class Stream:
    """One open stream. At most one piece of it lies in our memory: the next waits until it has left."""

    def __init__(self, request: web.Request, response: web.StreamResponse) -> None:
        self._request = request
        self.response = response

    async def write(self, data: bytes) -> None:
        """Send it. Raises ReaderGone."""
        try:
            async with asyncio.timeout(WRITE_TIMEOUT):
                await self.response.write(data)
                await self._request.writer.drain()
        except (TimeoutError, ClientConnectionResetError, ConnectionError):
            if self._request.transport is not None:
                self._request.transport.abort()
            raise ReaderGone from None


async def open_stream(request: web.Request) -> Stream:
    """Answer with an event stream. Readers come back after 1 to 4 s, not all at once."""
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",  # nginx would hold it back
        }
    )
    await response.prepare(request)
    if request.transport is not None:
        request.transport.set_write_buffer_limits(high=0)
    stream = Stream(request, response)
    await stream.write(f"retry: {random.randint(1000, 4000)}\n\n".encode())  # noqa: S311
    return stream


def resume_from(request: web.Request) -> str:
    """Where the reader was: Last-Event-ID, which the browser sends by itself, before ?after=."""
    return request.headers.get("Last-Event-ID") or request.query.get("after", "")
