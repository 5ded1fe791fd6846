"""From a command to its event at 1,000 SSE readers, beside a bare socket server that writes the same bytes.

``python -m tests.bench.sse`` prints one line of JSON. The service runs on a durable PostgreSQL in this
process; the readers are another process. Times are from sending the command (baseline: from the first
write) until a reader has the whole event.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from orchestrator.store.embedded import embedded_database
from orchestrator.store.migrate import migrate
from tests.postgres import Database
from tests.web.client import Client, Web, serving

READERS = 1_000
COMMANDS = 40
PAUSE = 0.25
"""Seconds between commands: faster than any meeting."""


async def measure(readers: int = READERS, commands: int = COMMANDS) -> dict[str, float]:
    """Milliseconds by name: the median and the 99th percentile over all readers and events."""
    with tempfile.TemporaryDirectory(prefix="orchestrator-bench-", ignore_cleanup_errors=True) as directory:
        async with embedded_database(Path(directory) / "postgres") as dsn:
            await migrate(dsn)
            async with serving(Database(dsn, "orchestrator"), Path(directory) / "data") as web:
                session_id, _ = await web.town.debates()
                ours = await _through_the_service(web, session_id, readers, commands)
                bare = await _through_bare_sockets(readers, commands)
    return {
        "readers": readers,
        "events": commands,
        "p50_ms": percentile(ours, 0.5),
        "p99_ms": percentile(ours, 0.99),
        "bare_p50_ms": percentile(bare, 0.5),
        "bare_p99_ms": percentile(bare, 0.99),
    }


def stream_request(client: Client, session_id: UUID) -> str:
    """What a reader of the session's events sends."""
    head = "".join(f"{name}: {value}\r\n" for name, value in client.headers("GET", {}).items())
    return f"GET /api/v1/sessions/{session_id}/stream HTTP/1.1\r\n{head}\r\n"


async def _through_the_service(web: Web, session_id: UUID, readers: int, commands: int) -> list[float]:
    machine = web.machine()
    reading = await _Readers.started(web.port, stream_request(machine, session_id), readers, commands)
    sent: dict[int, float] = {}
    for number in range(commands):
        begun = time.monotonic()
        done = await machine.says(session_id, "resume_broadcast" if number % 2 else "stop_broadcast")
        sent[done["events"][0]["position"]] = begun
        await asyncio.sleep(PAUSE)
    return await reading.taken(sent)


async def _through_bare_sockets(readers: int, events: int) -> list[float]:
    open_: list[asyncio.StreamWriter] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"retry: 1000\n\n")
        open_.append(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, backlog=readers)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reading = await _Readers.started(port, "", readers, events)
        sent: dict[int, float] = {}
        for number in range(1, events + 1):
            data = b"id: %d\nevent: broadcast_stopped\ndata: %s\n\n" % (number, b"x" * 200)
            sent[number] = time.monotonic()
            for writer in open_:
                writer.write(data)
            await asyncio.sleep(PAUSE)
        taken = await reading.taken(sent)
        for writer in open_:
            writer.close()
    return taken


class _Readers:
    """The other process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def started(cls, port: int, request: str, readers: int, events: int) -> "_Readers":
        """All of them connected."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.sse", "read", str(port), request, str(readers), str(events)),
            stdout=asyncio.subprocess.PIPE,
            limit=64 * 1024**2,
        )
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        return cls(process)

    async def taken(self, sent: dict[int, float]) -> list[float]:
        """Seconds from sending to each reader."""
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            arrived = json.loads(await self._process.stdout.readline())
        await self._process.wait()
        return [moment - sent[int(number)] for number, moments in arrived.items() for moment in moments]


class _Reader(asyncio.Protocol):
    def __init__(self, request: str, arrived: dict[int, list[float]], ready: asyncio.Semaphore) -> None:
        self._request = request.encode()
        self._arrived = arrived
        self._ready = ready
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        *events, self._rest = (self._rest + data).split(b"\n\n")
        for event in events:
            if b"retry:" in event:
                self._ready.release()
            elif (at := event.find(b"id: ")) >= 0:
                self._arrived[int(event[at + 4 : event.index(b"\n", at)])].append(now)


async def _read(port: int, request: str, readers: int, events: int) -> None:
    """Be the readers: say when all are connected, and at last when each event came to each."""
    arrived: defaultdict[int, list[float]] = defaultdict(list)
    ready = asyncio.Semaphore(0)
    loop = asyncio.get_running_loop()
    for _ in range(readers):
        await loop.create_connection(lambda: _Reader(request, arrived, ready), "127.0.0.1", port)
    for _ in range(readers):
        await ready.acquire()
    print("ready", flush=True)
    while sum(map(len, arrived.values())) < readers * events:
        await asyncio.sleep(0.05)
    print(json.dumps(arrived), flush=True)


def percentile(seconds: Sequence[float], share: float) -> float:
    """In milliseconds; ``share`` from 0 to 1."""
    return round(sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * share))] * 1000, 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        asyncio.run(_read(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
    else:
        print(json.dumps({"bench": "sse", **asyncio.run(measure())}))
