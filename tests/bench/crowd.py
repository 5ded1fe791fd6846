"""From a press on a phone to the last of 5,000 screens, when a hundred participants press at once.

``python -m tests.bench.crowd`` prints one line of JSON; beside it the same with 100 screens, in the same run.
The service and its durable PostgreSQL have one core together, the phones and screens another. All press at
once, wait until every screen has shown it, and press again; times are from sending a command until the last
screen has its event whole.
"""

import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp

from orchestrator.domain.roles import Role
from orchestrator.store.embedded import embedded_database
from orchestrator.store.migrate import migrate
from orchestrator.store.records import Person
from tests.bench.sse import percentile, stream_request
from tests.postgres import Database
from tests.web.client import Web, serving

SCREENS, FEW_SCREENS = 5_000, 100
PARTICIPANTS = 100
ROUNDS = 6
AT_ONCE = 100
"""Screens that are connected at a time, so that none waits long at the door."""


async def serve(core: int) -> None:
    """Be the service, on this core, until stdin ends; says on stdout how to come in."""
    os.sched_setaffinity(0, {core})  # and so is what it starts: PostgreSQL
    _many_files()
    with tempfile.TemporaryDirectory(prefix="orchestrator-bench-", ignore_cleanup_errors=True) as directory:
        async with embedded_database(Path(directory) / "postgres") as dsn:
            await migrate(dsn)
            async with serving(Database(dsn, "orchestrator"), Path(directory) / "data") as web:
                print(json.dumps(await _hall(web)), flush=True)
                await asyncio.to_thread(sys.stdin.read)


async def _hall(web: Web) -> dict[str, Any]:
    """An item is treated before so many members, all logged in."""
    people = tuple(uuid4() for _ in range(PARTICIPANTS))
    for number, id_ in enumerate(people):
        name = f"Representant {number}"
        await web.running.services.directory.put_person(
            Person(id=id_, organisation_id=web.town.organisation_id, name=name)
        )
    session_id, _ = await replace(web.town, people=people).debates()
    phones = [await web.logged_in(Role.PARTICIPANT, person_id=id_) for id_ in people]
    return {
        "port": web.port,
        "session_id": str(session_id),
        "stream": stream_request(web.machine(), session_id),
        "staff": web.machine().headers("GET", {}),
        "phones": [[str(id_), phone.headers("POST", {})] for id_, phone in zip(people, phones, strict=True)],
    }


@dataclass
class Screens:
    """Everybody who looks. Positions count from the log's head when they came."""

    head: int
    shown: list[float] = field(default_factory=list)
    """When the last of them had each event: `time.monotonic()`."""
    reached: dict["Screen", int] = field(default_factory=dict)

    def told(self, screen: "Screen", position: int, now: float) -> None:
        """This one has everything up to here."""
        before, at = self.reached[screen], position - self.head
        self.shown.extend([0.0] * (at - len(self.shown)))
        self.shown[before:at] = [now] * (at - before)
        self.reached[screen] = at

    async def all_reach(self, position: int) -> None:
        """Everyone has seen it."""
        async with asyncio.timeout(120):
            while min(self.reached.values()) < position - self.head:
                await asyncio.sleep(0.02)


class Screen(asyncio.Protocol):
    """One that looks."""

    def __init__(self, request: str, screens: Screens) -> None:
        self._request, self._screens, self._rest = request.encode(), screens, b""
        self.ready = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the events."""
        assert isinstance(transport, asyncio.Transport)
        self._screens.reached[self] = 0
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Whole events: only the last one's number is looked at, they come in order."""
        now = time.monotonic()
        whole, _, self._rest = (self._rest + data).rpartition(b"\n\n")
        if b"retry:" in whole:
            self.ready.set()
        elif (at := whole.rfind(b"\nid: ")) >= 0:
            self._screens.told(self, int(whole[at + 5 : whole.index(b"\n", at + 5)]), now)


@dataclass(frozen=True)
class Taken:
    """Seconds for every command: until it was answered, and until the last screen had it."""

    answered: list[float]
    shown: list[float]


@dataclass(frozen=True)
class Crowd:
    """The phones and the screens of one hall."""

    hall: dict[str, Any]
    http: aiohttp.ClientSession

    async def presses(self, many: int) -> Taken:
        """All phones ask for the floor and withdraw again, before so many screens."""
        screens = Screens(await self._head())
        open_: list[Screen] = []
        while len(open_) < many:
            more = min(AT_ONCE, many - len(open_))
            open_ += await asyncio.gather(*(self._look(screens) for _ in range(more)))
        answered: list[float] = []
        sent: dict[int, float] = {}
        for _ in range(ROUNDS // 2):
            requests = [str(uuid4()) for _ in self.hall["phones"]]
            for type_ in ("request_floor", "withdraw_request"):
                presses = [
                    self._press(phone, type_, request)
                    for phone, request in zip(self.hall["phones"], requests, strict=True)
                ]
                done = await asyncio.gather(*presses)
                await screens.all_reach(max(position for _, _, position in done))
                answered += [at - begun for begun, at, _ in done]
                sent |= {position: begun for begun, _, position in done}
        for screen in open_:
            screen.transport.close()
        return Taken(answered, [screens.shown[at - screens.head - 1] - begun for at, begun in sent.items()])

    async def _look(self, screens: Screens) -> Screen:
        loop, request = asyncio.get_running_loop(), self.hall["stream"]
        _, screen = await loop.create_connection(
            lambda: Screen(request, screens), "127.0.0.1", self.hall["port"]
        )
        await screen.ready.wait()
        return screen

    async def _press(self, phone: list[Any], type_: str, request: str) -> tuple[float, float, int]:
        """When it was sent and answered, and its event's position."""
        person, headers = phone
        body = {"type": type_, "request_id": request}
        if type_ == "request_floor":
            body["person_id"] = person
        begun = time.monotonic()
        async with self.http.post(f"{self._session}/commands", json=body, headers=headers) as answer:
            data = await answer.json()
            assert answer.status == 200, data
            return begun, time.monotonic(), data["events"][0]["position"]

    async def _head(self) -> int:
        async with self.http.get(f"{self._session}/events", headers=self.hall["staff"]) as answer:
            position: int = (await answer.json())["events"][-1]["position"]
            return position

    @property
    def _session(self) -> str:
        return f"http://127.0.0.1:{self.hall['port']}/api/v1/sessions/{UUID(self.hall['session_id'])}"


async def measure(many: int = SCREENS) -> dict[str, float]:
    """Milliseconds by name: the median and the 99th percentile over all commands."""
    _many_files()
    first, *others = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, others[:1] or {first})
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.crowd", "serve", str(first)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1024**2,
    )
    assert server.stdin
    assert server.stdout
    hall = json.loads(await server.stdout.readline())
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        crowd = Crowd(hall, http)
        before_few, before_many = await crowd.presses(FEW_SCREENS), await crowd.presses(many)
    server.stdin.close()
    await server.wait()
    return {
        "screens": many,
        "pressing_at_once": PARTICIPANTS,
        "commands": len(before_many.shown),
        "last_screen_p50_ms": percentile(before_many.shown, 0.5),
        "last_screen_p99_ms": percentile(before_many.shown, 0.99),
        "answered_p50_ms": percentile(before_many.answered, 0.5),
        f"last_of_{FEW_SCREENS}_screens_p50_ms": percentile(before_few.shown, 0.5),
        f"last_of_{FEW_SCREENS}_screens_p99_ms": percentile(before_few.shown, 0.99),
        f"answered_before_{FEW_SCREENS}_p50_ms": percentile(before_few.answered, 0.5),
    }


def _many_files() -> None:
    """As many open connections as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(int(sys.argv[2])))
    else:
        print(json.dumps({"bench": "crowd", **asyncio.run(measure())}))
