"""A fake Microsoft Graph on loopback that refuses what Graph refuses, and fails as Graph fails."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.clock import FakeClock
from tests.rooms.graph_artifacts import Artifacts, Subscriptions
from tests.rooms.graph_meetings import Call, Handler, Meetings
from tests.rooms.graph_shapes import GraphRefusal, bad

ORGANIZER = "11111111-0000-4000-8000-000000000001"


@dataclass(slots=True)
class Fault:
    """What goes wrong with requests whose method and path match."""

    match: str = ""
    refusal: GraphRefusal | None = None
    cut: Literal["before", "after"] | None = None
    """The connection ends without an answer, before the work is done or after it."""
    page: bool = False
    """A gateway answers with a page of its own."""
    slow: bool = False
    """The answer never comes."""
    skip: int = 0
    """How many such requests are served first."""
    times: int = 1
    """How often it goes wrong."""


def throttled(after: str | None = "7", *, times: int = 1, match: str = "") -> Fault:
    headers = {"Retry-After": after} if after is not None else {}
    return Fault(match, GraphRefusal(429, "TooManyRequests", "Slow down", headers=headers), times=times)


@dataclass
class FakeGraph:
    """One tenant, with one organizer who has the application access policy."""

    meetings: Meetings = field(default_factory=lambda: Meetings({"per.haug@fjellvik.example"}, {ORGANIZER}))
    clock: FakeClock = field(default_factory=FakeClock)
    requests: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    url: str = ""
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.artifacts = Artifacts(self.meetings)
        self.subscriptions = Subscriptions(self.clock.now)
        routes = self.meetings.routes() + self.artifacts.routes() + self.subscriptions.routes()
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = [
            (method, re.compile(path), handler) for method, path, handler in routes
        ]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        # The SDK's own base address ends in a slash, so that two of them arrive.
        path = re.sub("/{2,}", "/", request.path).removeprefix("/v1.0")
        line = f"{request.method} {path}"
        self.requests.append(line)
        fault = self._due(line)
        if fault and fault.cut == "before":
            return self._cut(request)
        if fault and fault.refusal:
            return self._refused(fault.refusal)
        if fault and fault.page:
            return web.Response(text="<html>Sign in</html>", content_type="text/html")
        try:
            answer = await self._answer(request, path)
        except GraphRefusal as refusal:
            answer = self._refused(refusal)
        if fault and fault.slow:
            await self._woken.wait()
        if fault and fault.cut == "after":
            return self._cut(request)
        return answer

    def wake(self) -> None:
        """Let slow answers go."""
        self._woken.set()

    async def _answer(self, request: web.Request, path: str) -> web.StreamResponse:
        for method, pattern, handler in self._routes:
            if method == request.method and (match := pattern.fullmatch(path)):
                call = Call(
                    match.groupdict(),
                    dict(request.query),
                    self._body(await request.text()),
                    ",".join(request.headers.getall("Prefer", [])),
                    f"{self.url}/v1.0",
                    request,
                )
                answer = handler(call)
                if asyncio.iscoroutine(answer):
                    answer = await answer
                return answer if isinstance(answer, web.StreamResponse) else _as_json(*answer)
        raise GraphRefusal(404, "NotFound", f"no such resource: {path}")

    def _body(self, text: str) -> object:
        try:
            return json.loads(text) if text else None
        except ValueError:
            raise bad("the body is not JSON") from None

    def _due(self, line: str) -> Fault | None:
        for fault in self.faults:
            if not re.search(fault.match, line) or not fault.times:
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            return fault
        return None

    def _refused(self, refusal: GraphRefusal) -> web.Response:
        return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)

    def _cut(self, request: web.Request) -> web.Response:
        assert request.transport
        request.transport.abort()
        return web.Response()


def _as_json(status: int, body: object) -> web.Response:
    return web.Response(status=status) if body is None else web.json_response(body, status=status)


@asynccontextmanager
async def fake_graph() -> AsyncIterator[FakeGraph]:
    """Served until the block ends."""
    graph = FakeGraph()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", graph.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server(access_log=None)  # it would write down what the service must not
    graph.url = f"http://127.0.0.1:{server.port}"
    try:
        yield graph
    finally:
        graph.wake()
        await server.close()
