"""Streams of events: nothing is lost, nobody waits for a slow reader, and they end when they must."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.roles import Role
from orchestrator.store.pool import UNAVAILABLE
from orchestrator.web import sse
from orchestrator.web.auth import Grant, Login
from orchestrator.web.hub import HUB, pump
from orchestrator.web.sse import Stream
from orchestrator.web.topic import FellBehind, Reader, Topic
from tests.postgres import Database
from tests.web.client import SentEvent, Web, serving


def told(*numbers: int, most: int = 100) -> Topic:
    topic = Topic(most)
    for number in numbers:
        topic.tell(number, f"{number};".encode())
    return topic


def test_a_reader_gets_what_is_above_its_place() -> None:
    topic = told(3, 7, 9)
    assert topic.after(0) == (b"3;7;9;", 9)
    assert topic.after(3) == (b"7;9;", 9)
    assert topic.after(5) == (b"7;9;", 9)
    assert topic.after(9) == (b"", 9)


def test_what_is_told_twice_is_kept_once() -> None:
    topic = told(1, 2, 2, 1, 3)
    assert topic.after(0) == (b"1;2;3;", 3)


def test_a_reader_that_is_too_far_behind_is_told_so() -> None:
    topic = told(*range(1, 21), most=10)
    assert topic.start == 10
    with pytest.raises(FellBehind):
        topic.after(9)
    assert topic.after(10)[1] == 20


def test_much_news_comes_in_small_pieces() -> None:
    topic = Topic()
    for number in range(1, 11):
        topic.tell(number, b"x" * 5_000)
    data, cursor = topic.after(0)
    assert (len(data), cursor) == (15_000, 3)
    assert len(topic.after(9)[0]) == 5_000


class Counting(Reader):
    """A reader that counts how often it is woken."""

    times = 0

    def wake(self) -> None:
        self.times += 1


async def test_a_burst_wakes_its_readers_at_once_and_then_for_the_rest_together() -> None:
    topic, reader = Topic(), Counting()
    topic.readers.add(reader)
    for number in range(1, 101):
        topic.tell(number, b"x")
    assert reader.times == 1
    await until(lambda: reader.times > 1)
    assert topic.after(1) == (b"x" * 99, 100)
    await asyncio.sleep(0.01)
    assert reader.times == 2
    topic.tell(101, b"x")
    assert reader.times == 3


def test_an_event_is_written_as_the_standard_says() -> None:
    assert sse.encode("a", {"é": "x\ny"}, 7) == 'id: 7\nevent: a\ndata: {"é":"x\\ny"}\n\n'.encode()
    assert sse.encode("b", "one\ntwo") == b"event: b\ndata: one\ndata: two\n\n"


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.02)


async def stopping(web: Web, session_id: UUID, times: int) -> list[int]:
    """So many events, one after another; their positions."""
    positions = []
    for number in range(times):
        type_ = "resume_broadcast" if number % 2 else "stop_broadcast"
        done = await web.machine().says(session_id, type_)
        positions += [event["position"] for event in done["events"]]
    return positions


async def test_events_come_as_they_happen_with_their_position_as_id(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    machine = web_service.machine()
    async with machine.stream(f"/api/v1/sessions/{session_id}/stream") as events:
        assert events.answer.headers["Content-Type"].startswith("text/event-stream")
        done = await machine.says(session_id, "stop_broadcast")
        event = await events.next()
        assert event is not None
        assert event.type == "broadcast_stopped"
        assert event.json == done["events"][0]
        assert event.id == str(event.json["position"])


async def test_a_reader_resumes_without_loss_or_repetition(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    path = f"/api/v1/sessions/{session_id}/stream"
    machine = web_service.machine()
    everything = (await machine.get(f"/api/v1/sessions/{session_id}/events")).json["events"]
    writing = asyncio.create_task(stopping(web_service, session_id, 30))
    received: list[SentEvent] = []
    last = "0"
    while len(received) < len(everything) + 30:
        headers = {"Last-Event-ID": last} if len(received) % 2 else {}
        query = "" if headers else f"?after={last}"
        async with machine.stream(path + query, **headers) as events:
            for _ in range(3):
                if len(received) < len(everything) + 30:
                    event = await events.next()
                    assert event is not None
                    received.append(event)
                    last = event.id
    positions = await writing
    expected = [event["position"] for event in everything] + positions
    assert [int(event.id) for event in received] == expected
    assert [event.json["event_id"] for event in received] == list(range(1, len(expected) + 1))


async def test_a_reader_older_than_the_ring_is_caught_up_from_the_log(
    web_service: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.web.topic.MOST_MESSAGES", 2)
    monkeypatch.setattr(Topic.__init__, "__defaults__", (2,))
    session_id, _ = await web_service.town.debates()
    positions = await stopping(web_service, session_id, 10)
    async with web_service.machine().stream(f"/api/v1/sessions/{session_id}/stream?after=0") as events:
        received = await events.take(5 + len(positions))
    assert [event.json["event_id"] for event in received] == list(range(1, 6 + len(positions)))


async def test_meetings_have_a_stream_too(web_service: Web) -> None:
    meeting_id = await web_service.town.plans_meeting()
    async with web_service.machine().stream(f"/api/v1/meetings/{meeting_id}/stream?after=0") as events:
        assert [event.type for event in await events.take(2)] == ["meeting_planned", "meeting_published"]


async def test_where_to_begin_must_be_a_position(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    answer = await web_service.machine().get(f"/api/v1/sessions/{session_id}/stream?after=now")
    assert answer.json["errors"][0]["field"] == "after"


async def test_a_slow_reader_is_let_go_and_costs_no_memory(
    web_service: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "WRITE_TIMEOUT", 3)
    session_id, _ = await web_service.town.debates()
    most = 0
    wrote = sse.Stream.write

    async def watched(self: sse.Stream, data: bytes) -> None:
        nonlocal most
        transport = self._request.transport
        if transport is not None:
            most = max(most, transport.get_write_buffer_size())
        await wrote(self, data)

    monkeypatch.setattr(sse.Stream, "write", watched)
    hub = web_service.app[HUB]
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", web_service.port))
        machine = web_service.machine()
        head = "".join(f"{name}: {value}\r\n" for name, value in machine.headers("GET", {}).items())
        slow.sendall(f"GET /api/v1/sessions/{session_id}/stream HTTP/1.1\r\n{head}\r\n".encode())
        await until(lambda: hub.open_streams == 1)
        async with machine.stream(f"/api/v1/sessions/{session_id}/stream") as quick:
            topic = hub._topics[f"session/{session_id}"]
            for number in range(400):
                topic.tell(topic.head + 1, sse.encode("noise", "x" * 20_000, topic.head + 1))
                if number % 20 == 0:
                    await asyncio.sleep(0.01)
            await until(lambda: hub.open_streams == 1)
            received = await quick.take(400)
        assert [event.type for event in received] == ["noise"] * 400
    assert most < 64 * 1024


async def test_streams_end_when_the_service_stops(database: Database, tmp_path: Path) -> None:
    async with asyncio.timeout(30), serving(database, tmp_path) as web:
        session_id, _ = await web.town.debates()
        async with web.machine().stream(f"/api/v1/sessions/{session_id}/stream") as events:
            web.app[HUB].close()
            assert await events.next() is None


async def test_streams_go_on_after_the_database_was_away(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    machine = web_service.machine()
    async with machine.stream(f"/api/v1/sessions/{session_id}/stream") as events:
        pool = web_service.running.services.pool
        with suppress(*UNAVAILABLE):
            await pool.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
            )
        async with asyncio.timeout(20):
            command, path = {"type": "stop_broadcast"}, f"/api/v1/sessions/{session_id}/commands"
            while (await machine.post(path, command)).status == 503:
                await asyncio.sleep(0.1)
        event = await events.next()
        assert event is None or event.type == "broadcast_stopped"


class _Silent:
    """A stream that remembers what was written to it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    async def write(self, data: bytes) -> None:
        self.written.append(data)


async def test_who_was_put_out_while_the_stream_was_being_opened_sees_nothing(web_service: Web) -> None:
    hub, topic, stream = web_service.app[HUB], told(1), _Silent()

    async def revoked() -> bool:
        return False

    login = Login(web_service.town.organisation_id, (Grant(uuid4(), frozenset({Role.CHAIR})),))
    with hub.reader(topic, login) as reader:
        async with asyncio.timeout(10):
            await pump(cast("Stream", stream), topic, reader, 0, revoked)
    assert stream.written == []
