"""A council meeting on real parts: the service as a process, PostgreSQL, an encoder over SRT, the API."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
from pydantic import SecretStr

from orchestrator.domain.roles import Role
from orchestrator.domain.session import initial
from orchestrator.store.access import Access
from orchestrator.store.pool import Pool, open_pool
from orchestrator.store.records import Person, Source
from tests.postgres import Database
from tests.stories.coded import HEIGHT, WIDTH, Scene, frame
from tests.stories.decoded import rising_tone
from tests.streaming.encoder import Encoder, free_port
from tests.town import KEY, Node, Town, founded

PASSPHRASE = "fiktivt-passord"
SLATES = Path(tempfile.gettempdir()) / "slates-for-stories"
Json = dict[str, Any]


def free_tcp_port() -> int:
    """A port on loopback that nobody listens on now."""
    return free_port(socket.SOCK_STREAM)


class Refusal(Exception):
    """The API said no."""

    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(f"{status} {problem}")
        self.status, self.problem = status, problem


class Server:
    """`orchestrator serve` as a process; may be killed and started again on the same data and port."""

    def __init__(self, dsn: str, data: Path, extra: dict[str, str] | None = None) -> None:
        self.port = free_tcp_port()
        self.data = data
        self.log = data / "serve.log"
        self.environment = {
            **os.environ,
            "ORCHESTRATOR_DSN": dsn,
            "ORCHESTRATOR_DATA_DIR": str(data),
            "ORCHESTRATOR_PORT": str(self.port),
            "ORCHESTRATOR_SECRET_KEY": KEY,
            "ORCHESTRATOR_LOG_FORMAT": "text",
            "ORCHESTRATOR_MIN_FREE_BYTES": "0",
            "ORCHESTRATOR_SRT_HOST": "127.0.0.1",
            **(extra or {}),
        }
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process that serves now."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        self.data.mkdir(parents=True, exist_ok=True)
        slates = self.data / "media" / "slates"
        if not slates.exists():  # encoded once for all stories, as a hall's are for all its meetings
            slates.parent.mkdir(exist_ok=True)
            SLATES.mkdir(exist_ok=True)
            slates.symlink_to(SLATES)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "orchestrator", "serve"),
                env=self.environment,
                stdout=log,
                stderr=log,
                preexec_fn=lambda: os.setpriority(os.PRIO_PROCESS, 0, 0),  # encoders may have more
            )
        async with aiohttp.ClientSession() as http:
            for _ in range(900):  # a machine may be busy
                if self._process.returncode is not None:
                    break
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"{self.address}/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.1)
        raise AssertionError(f"not ready:\n{self.log.read_text()[-3000:]}")

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it: politely, or like a power cut with SIGKILL."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(how)
        await self._process.wait()


@dataclass
class Council:
    """One session of a fictional council, led through the API."""

    server: Server
    town: Town
    http: aiohttp.ClientSession
    slug: str
    meeting_id: UUID
    session_id: UUID
    items: list[UUID]
    guests: list[UUID] = field(default_factory=list)
    """People who may speak but are no members of the council."""
    scene: Scene = field(default_factory=Scene)
    changes: list[tuple[float, int, int]] = field(default_factory=list)
    """When (time.time()) the picture began to show which item and speaker."""
    began: float = field(default_factory=time.time)
    """When the hall began to be filmed: the pitch of `rising_tone` counts from here."""
    waited: list[float] = field(default_factory=list)
    """For each connection the seconds from when its tone counts to its first picture."""

    @property
    def page(self) -> str:
        """The meeting's public address."""
        return f"{self.server.address}/mote/{self.slug}"

    @property
    def media(self) -> str:
        """The address of the broadcast's files."""
        return f"{self.server.address}/media/{self.broadcast_id}"

    @property
    def broadcast_id(self) -> UUID:
        """The session's broadcast."""
        return initial(self.session_id).broadcast_id

    async def says(self, type_: str, *, key: str | None = None, **fields: Any) -> Json:
        """Send a command to the session, with an Idempotency-Key if given; raises `Refusal`."""
        body = {"type": type_, **{k: str(v) if isinstance(v, UUID) else v for k, v in fields.items()}}
        url = f"{self.server.address}/api/v1/sessions/{self.session_id}/commands"
        async with self.http.post(url, json=body, headers={"Idempotency-Key": key} if key else {}) as answer:
            data: Json = await answer.json(content_type=None)
            if answer.status != 200:
                raise Refusal(answer.status, data)
            return data

    async def state(self) -> Json:
        """The session's state."""
        async with self.http.get(f"{self.server.address}/api/v1/sessions/{self.session_id}") as answer:
            data: Json = await answer.json()
            return data

    async def events(self) -> list[Json]:
        """All that is in the session's log."""
        async with self.http.get(f"{self.server.address}/api/v1/sessions/{self.session_id}/events") as answer:
            assert answer.status == 200
            data = await answer.json()
            assert not data["more"]
            events: list[Json] = data["events"]
            return events

    def shows(self, item: int, speaker: int) -> None:
        """From now on the picture shows this item and speaker (numbers from 1, 0 for none)."""
        self.scene.item, self.scene.speaker = item, speaker
        self.changes.append((time.time(), item, speaker))

    async def opens_item(self, number: int) -> None:
        """Open the item with this number, in the hall and in the picture."""
        current = (await self.state())["current_item_id"]
        self.shows(number, 0)
        await self.says("open_item", item_id=self.items[number - 1], current_id=current)

    async def gives_floor(self, number: int) -> UUID:
        """The person with this number asks, is called, and appears in the picture; the speech's id."""
        request = uuid4()
        await self.says("request_floor", request_id=request, person_id=self.town.people[number - 1])
        current = (await self.state())["current_speech_id"]
        self.shows(self.scene.item, number)
        await self.says("call_next_speaker", request_id=request, current_id=current)
        return request

    async def ends_speech(self) -> None:
        """Whoever has the floor is done."""
        current = (await self.state())["current_speech_id"]
        self.shows(self.scene.item, 0)
        await self.says("end_speech", speech_id=current)

    def encoder(self, port: int, *, lag: float = 0.0, **how: Any) -> Encoder:
        """An encoder that films this hall, with a delay of ``lag`` seconds between camera and network.

        A camera takes its pictures in time, also on a machine too busy to send them in time.
        """
        made = began = time.time() - lag

        def filmed(number: int, seconds: float) -> bytes:
            nonlocal began
            if number == 1:  # the one before is sent to get connected, and may wait long for this
                began = time.time() - lag - seconds
                self.waited.append(began - made)
            return self._filmed(began + seconds)

        sound = rising_tone(made - self.began)
        return Encoder(
            port,
            PASSPHRASE,
            size=(WIDTH, HEIGHT),
            frames=filmed,
            pixels="yuv420p",
            **({"audio": sound} | how),
        )

    def _filmed(self, moment: float) -> bytes:
        """What the camera saw at a moment."""
        past = (Scene(item, speaker) for at, item, speaker in reversed(self.changes) if at <= moment)
        return frame(next(past, Scene()), moment)

    async def source_port(self) -> int:
        """The SRT port of the hall's source."""
        source = await self.town.node.directory.source(self.town.organisation_id, self.town.source_id)
        assert source is not None
        assert source.port is not None
        return source.port

    async def fetched(self, name: str) -> bytes:
        """A public file of the broadcast."""
        async with self.http.get(f"{self.media}/{name}") as answer:
            assert answer.status == 200, f"{name}: {answer.status}"
            return await answer.read()

    async def drift(self) -> str:
        """IT's page."""
        async with self.http.get(f"{self.server.address}/drift") as answer:
            assert answer.status == 200
            return await answer.text()

    async def published(self, name: str, within: float = 30.0) -> str:
        """A file of the broadcast once it is public, as text."""
        give_up = time.monotonic() + within
        while True:
            async with self.http.get(f"{self.media}/{name}") as answer:
                if answer.status == 200:
                    return await answer.text()
            if time.monotonic() > give_up:
                raise AssertionError(f"{name} was not published:\n{self.server.log.read_text()[-3000:]}")
            await asyncio.sleep(0.1)


ITEMS: tuple[Json, ...] = (
    {"title": "Godkjenning av innkalling og saksliste"},
    {"case_number": "72/26", "title": "Detaljregulering for Elvebakken"},
    {"case_number": "47/26", "title": "Skolestruktur i Fjellvik"},
)


@asynccontextmanager
async def council(
    database: Database,
    data: Path,
    *,
    delay_ms: int = 0,
    spread_ms: int = 500,
    settings: dict[str, str] | None = None,
    items: Sequence[Json] = ITEMS,
    guests: Sequence[str] = (),
) -> AsyncIterator[Council]:
    """A planned and published meeting with these items, and the service that runs it."""
    async with open_pool(database.dsn) as pool:
        node = Node(pool)
        town = await founded(node)
        await node.directory.put_source(
            Source(
                id=town.source_id,
                organisation_id=town.organisation_id,
                name="Kommunestyresalen",
                slug="salen",
                kind="srt",
                port=free_port(),
                passphrase=SecretStr(PASSPHRASE),
                delay_ms=delay_ms,
                spread_ms=spread_ms,
            )
        )
        invited = [Person(id=uuid4(), organisation_id=town.organisation_id, name=name) for name in guests]
        for person in invited:
            await node.directory.put_person(person)
        meeting_id = await town.plans_meeting()
        only_speaks = {"attend": False, "speak": True, "propose": False, "vote": False}
        session_id = await town.plans_session(
            meeting_id,
            chair_id=town.people[3],
            rules={"presence_required": not invited},
            members=[
                *(
                    {"person_id": person_id, "group": "SP", "seat": seat}
                    for seat, person_id in enumerate(town.people, 11)
                ),
                *({"person_id": person.id, "rights": only_speaks} for person in invited),
            ],
        )
        ids = [uuid4() for _ in items]
        for item_id, item in zip(ids, items, strict=True):
            fields: Json = {"kind": "report_item"} | item
            await town.says(session_id, "add_item", item_id=item_id, **fields)
        secret = await token(pool, town, list(Role))
        server = Server(database.dsn, data, settings)
        await server.start()
        headers = {"Authorization": f"Bearer {secret}"}
        async with aiohttp.ClientSession(headers=headers) as http:
            try:
                yield Council(
                    server,
                    town,
                    http,
                    "kommunestyret",
                    meeting_id,
                    session_id,
                    ids,
                    guests=[person.id for person in invited],
                )
            finally:
                await server.stop()


async def token(pool: Pool, town: Town, roles: Sequence[Role]) -> str:
    """A bearer token with these roles."""
    now = town.node.clock.now()
    _, secret = await Access(pool).create_token(town.organisation_id, "stories", now, roles=roles)
    return secret
