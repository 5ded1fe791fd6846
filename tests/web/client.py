"""A running service on a real PostgreSQL with two municipalities, and browsers and machines that ask it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from orchestrator.app import Role as Role_
from orchestrator.app import Service, service
from orchestrator.clock import SteeredClock
from orchestrator.core import core
from orchestrator.domain.roles import Role
from orchestrator.settings import Settings
from orchestrator.store.records import Organisation
from orchestrator.web.routes import build
from tests.clock import RunningClock, coming_noon
from tests.postgres import Database
from tests.town import KEY, Node, Town, founded

HOSTS = ("fjellvik.example", "skogvik.example")


@dataclass
class Answer:
    """What was answered, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class SentEvent:
    """One server-sent event."""

    type: str
    data: str
    id: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.data)


@dataclass
class Client:
    """Somebody who asks a municipality: with a token, or with cookies as a browser has them."""

    address: str
    host: str
    http: aiohttp.ClientSession
    token: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    origin: str | None = None

    def headers(self, method: str, more: dict[str, str]) -> dict[str, str]:
        sent = {"Host": self.host}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method != "GET" and not self.token:
            sent["Origin"] = self.origin or f"http://{self.host}"
        return sent | more

    async def ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> Answer:
        """Ask, and keep the cookies that come with the answer."""
        async with self.http.request(
            method,
            self.address + path,
            headers=self.headers(method, headers or {}),
            allow_redirects=False,
            **more,
        ) as answer:
            for line in answer.headers.getall("Set-Cookie", []):
                for name, morsel in SimpleCookie(line).items():
                    if morsel["max-age"] == "0":
                        self.cookies.pop(name, None)
                    else:
                        self.cookies[name] = morsel.value
            return Answer(answer.status, answer.headers, await answer.read())

    async def get(self, path: str, **more: Any) -> Answer:
        return await self.ask("GET", path, **more)

    async def post(self, path: str, data: Any = None, **more: Any) -> Answer:
        return await self.ask("POST", path, json=data, **more)

    async def submit(self, path: str, form: dict[str, str] | None = None, **more: Any) -> Answer:
        """Send a form."""
        return await self.ask("POST", path, data=form or {}, **more)

    async def says(self, session_id: UUID, type_: str, **fields: Any) -> Any:
        """A command to a session, which must be done."""
        answer = await self.post(f"/api/v1/sessions/{session_id}/commands", {"type": type_, **fields})
        assert answer.status == 200, answer.text
        return answer.json

    @asynccontextmanager
    async def stream(self, path: str, **headers: str) -> AsyncIterator["Events"]:
        """An open event stream."""
        timeout = aiohttp.ClientTimeout(total=None)
        async with self.http.get(
            self.address + path, headers=self.headers("GET", headers), timeout=timeout
        ) as answer:
            assert answer.status == 200, await answer.text()
            yield Events(answer)


class Events:
    """What comes out of an event stream."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self, within: float = 15.0) -> SentEvent | None:
        """The next event; None when the stream has ended."""
        fields: dict[str, list[str]] = {}
        async with asyncio.timeout(within):
            while line := await self.answer.content.readline():
                text = line.decode().rstrip("\n")
                if text:
                    name, _, value = text.partition(":")
                    fields.setdefault(name, []).append(value.removeprefix(" "))
                elif "data" in fields:
                    id_ = fields.get("id", [""])[0]
                    return SentEvent(fields["event"][0], "\n".join(fields["data"]), id_)
                else:
                    fields = {}
        return None

    async def until(self, type_: str, within: float = 15.0) -> SentEvent:
        """The next event of this type."""
        async with asyncio.timeout(within):
            while (event := await self.next(within)) is not None:
                if event.type == type_:
                    return event
        raise AssertionError(f"the stream ended before {type_}")

    async def take(self, count: int) -> list[SentEvent]:
        """The next so many."""
        events = [await self.next() for _ in range(count)]
        assert all(events)
        return [event for event in events if event]


@dataclass
class Web:
    """The running service, and its first municipality's town."""

    running: Service
    app: web.Application
    port: int
    http: aiohttp.ClientSession
    towns: list[Town]
    settings: Settings
    tokens: list[str]

    @property
    def town(self) -> Town:
        return self.towns[0]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def machine(self, which: int = 0) -> Client:
        """With a token that may do everything in municipality ``which``."""
        return Client(self.address, HOSTS[which], self.http, token=self.tokens[which])

    def browser(self, which: int = 0) -> Client:
        """Somebody who is not logged in."""
        return Client(self.address, HOSTS[which], self.http)

    async def link(
        self,
        *roles: Role,
        which: int = 0,
        meeting_id: UUID | None = None,
        person_id: UUID | None = None,
        reusable: bool = True,
    ) -> tuple[UUID, str]:
        """A link's id and its path."""
        services = self.running.services
        id_, secret = await services.access.create_link(
            self.towns[which].organisation_id,
            roles,
            services.clock.now(),
            meeting_id=meeting_id,
            person_id=person_id,
            reusable=reusable,
        )
        return id_, f"/inn/{secret}"

    async def logged_in(self, *roles: Role, which: int = 0, **more: Any) -> Client:
        """A browser that has used a new link."""
        _, path = await self.link(*roles, which=which, **more)
        browser = self.browser(which)
        answer = await browser.submit(path)
        assert answer.status == 303, answer.text
        return browser


@asynccontextmanager
async def _listening(app: web.Application) -> AsyncIterator[tuple[web.Application, int]]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield app, runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving(
    database: Database,
    directory: Path,
    *,
    clock: SteeredClock | None = None,
    role: Role_ = "scheduler",
    **settings: Any,
) -> AsyncIterator[Web]:
    """The service on this database, and two municipalities in it with the same slugs inside.

    ``clock``: instead of the machine's own; never behind it, or the database refuses what it says.
    """
    chosen = Settings(
        dsn=SecretStr(database.dsn),
        secret_key=SecretStr(KEY),
        data_dir=directory,
        port=0,
        log_level="error",
        log_format="text",
        **({"pool_size": 3} | settings),  # every connection that is opened costs a test as much as a page
    )
    async with (
        core(chosen, clock=clock) as base,
        service(chosen, role, base=base) as running,
        _listening(build(running.services)) as (app, port),
        aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(limit=0)
        ) as http,
    ):
        services = running.services
        towns, tokens = [], []
        for slug, host in zip(("fjellvik", "skogvik"), HOSTS, strict=True):
            town = await founded(Node(services.pool, clock), slug)
            await services.directory.put_organisation(
                Organisation(id=town.organisation_id, name=slug.title(), slug=slug, hosts=(host,))
            )
            roles = frozenset(Role) - {Role.PARTICIPANT}
            _, token = await services.access.create_token(
                town.organisation_id, "test", services.clock.now(), roles=roles
            )
            towns.append(town)
            tokens.append(token)
        yield Web(running, app, port, http, towns, chosen, tokens)


@pytest.fixture
async def web_service(database: Database, tmp_path: Path) -> AsyncIterator[Web]:
    """A running service where it is noon; see Web."""
    async with serving(database, tmp_path, clock=RunningClock(coming_noon().astimezone(UTC))) as served:
        yield served
