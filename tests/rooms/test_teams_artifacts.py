"""What is fetched from Teams after a meeting, and how we are told that it is there."""

import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from orchestrator.domain.captions import Cue
from orchestrator.rooms import teams_subscriptions
from orchestrator.rooms.provider import RoomRef, RoomTrouble
from orchestrator.rooms.teams import TeamsRooms
from orchestrator.rooms.teams_artifacts import Attendance, TeamsArtifacts
from orchestrator.rooms.teams_notifications import Made, NotADelivery, Told, read, validation_answer
from orchestrator.rooms.teams_subscriptions import LIFETIME, RENEWED_BEFORE, Listener
from orchestrator.rooms.teams_trouble import TRANSCRIPTS_DISABLED
from tests.rooms.contract import spec_of
from tests.rooms.graph import FakeGraph, Fault, fake_graph, throttled
from tests.rooms.graph_artifacts import MEBIBYTE
from tests.rooms.test_teams import meeting_in, rooms_in

NINE, TEN, NOON = (f"2027-05-04T{hour:02}:00:00Z" for hour in (7, 8, 10))
BEGINNING = datetime(2027, 5, 4, tzinfo=UTC)
LISTENER = Listener(
    "https://moter.fjellvik.example/graph",
    "https://moter.fjellvik.example/graph/lifecycle",
    "our secret",
)


def files_in(path: Path) -> list[str]:
    return [one.name for one in path.iterdir()]


@pytest.fixture
async def graph() -> AsyncIterator[FakeGraph]:
    async with fake_graph() as graph:
        yield graph


@pytest.fixture
async def rooms(graph: FakeGraph) -> AsyncIterator[TeamsRooms]:
    rooms = rooms_in(graph)
    yield rooms
    await rooms.aclose()


@pytest.fixture
async def ref(rooms: TeamsRooms) -> RoomRef:
    return await rooms.create(spec_of(), None)


@pytest.fixture
def artifacts(rooms: TeamsRooms) -> TeamsArtifacts:
    return TeamsArtifacts(rooms)


async def test_recordings_are_found_however_many_with_the_time_of_day_they_cover(
    graph: FakeGraph, artifacts: TeamsArtifacts, ref: RoomRef
) -> None:
    meeting = meeting_in(graph)
    for n in range(3):
        graph.artifacts.add_recording(meeting, f"r{n}", NINE, TEN, 1)
    graph.artifacts.add_recording(meeting, "later", TEN, NOON, 1)
    graph.artifacts.add_recording(meeting, "unfinished", NOON, None, 1)
    found = await artifacts.recordings(ref, BEGINNING)
    assert [one.id for one in found] == ["r0", "r1", "r2", "later"]
    assert found[0].starts_at == datetime(2027, 5, 4, 7, tzinfo=UTC)
    assert found[0].ends_at == datetime(2027, 5, 4, 8, tzinfo=UTC)
    late = await artifacts.recordings(ref, datetime(2027, 5, 4, 9, tzinfo=UTC))
    assert [one.id for one in late] == ["later"]


async def test_a_long_recording_is_never_whole_in_memory(
    graph: FakeGraph, artifacts: TeamsArtifacts, ref: RoomRef, tmp_path: Path
) -> None:
    size = 48
    graph.artifacts.add_recording(meeting_in(graph), "r", NINE, TEN, size)
    (recording,) = await artifacts.recordings(ref, BEGINNING)
    path = tmp_path / "recording.mp4"
    tracemalloc.start()
    try:
        await artifacts.save_recording(ref, recording, path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * len(MEBIBYTE)
    assert path.stat().st_size == size * len(MEBIBYTE)
    with path.open("rb") as file:
        assert file.read(len(MEBIBYTE)) == MEBIBYTE
    assert files_in(tmp_path) == ["recording.mp4"]


async def test_half_a_recording_is_never_taken_for_a_whole_one(
    graph: FakeGraph, artifacts: TeamsArtifacts, ref: RoomRef, tmp_path: Path
) -> None:
    graph.artifacts.add_recording(meeting_in(graph), "r", NINE, TEN, 4)
    (recording,) = await artifacts.recordings(ref, BEGINNING)
    graph.artifacts.cut_after = 2
    with pytest.raises(RoomTrouble) as trouble:
        await artifacts.save_recording(ref, recording, tmp_path / "recording.mp4")
    assert (trouble.value.code, trouble.value.lasting) == ("unavailable", False)
    assert files_in(tmp_path) == []
    graph.artifacts.cut_after = None
    graph.faults = [throttled("9", match="content")]
    with pytest.raises(RoomTrouble) as trouble:
        await artifacts.save_recording(ref, recording, tmp_path / "recording.mp4")
    assert (trouble.value.code, trouble.value.retry_after) == ("throttled", 9.0)
    await artifacts.save_recording(ref, recording, tmp_path / "recording.mp4")
    assert (tmp_path / "recording.mp4").stat().st_size == 4 * len(MEBIBYTE)


async def test_a_transcript_comes_as_what_was_said_and_when(
    graph: FakeGraph, artifacts: TeamsArtifacts, ref: RoomRef
) -> None:
    text = "WEBVTT\r\n\r\n-0:0:1.0 --> 0:0:5.320\r\n<v Kari Nordli>Velkommen.</v>\r\n"
    graph.artifacts.add_transcript(meeting_in(graph), "t", NINE, TEN, text)
    (transcript,) = await artifacts.transcripts(ref, BEGINNING)
    assert transcript.starts_at == datetime(2027, 5, 4, 7, tzinfo=UTC)
    assert await artifacts.transcript(ref, transcript) == (Cue(0, 5320, "Velkommen.", "Kari Nordli"),)


async def test_transcripts_that_the_tenant_keeps_from_applications_are_a_lasting_state_and_recordings_come(
    graph: FakeGraph, artifacts: TeamsArtifacts, ref: RoomRef
) -> None:
    graph.artifacts.add_recording(meeting_in(graph), "r", NINE, TEN, 1)
    graph.artifacts.add_transcript(meeting_in(graph), "t", NINE, TEN, "WEBVTT\n")
    (transcript,) = await artifacts.transcripts(ref, BEGINNING)
    graph.artifacts.transcripts_allowed = False
    for asking in (artifacts.transcripts(ref, BEGINNING), artifacts.transcript(ref, transcript)):
        with pytest.raises(RoomTrouble) as trouble:
            await asking
        assert (trouble.value.code, trouble.value.lasting) == ("refused", True)
        assert TRANSCRIPTS_DISABLED in trouble.value.detail
    assert len(await artifacts.recordings(ref, BEGINNING)) == 1


async def test_a_meeting_that_is_on_no_calendar_has_nothing_to_fetch(
    graph: FakeGraph, artifacts: TeamsArtifacts, ref: RoomRef
) -> None:
    meeting_in(graph).on_calendar = False
    with pytest.raises(RoomTrouble) as trouble:
        await artifacts.recordings(ref, BEGINNING)
    assert trouble.value.lasting


async def test_attendance_is_told_in_intervals_for_each_time_the_meeting_was_held(
    graph: FakeGraph, artifacts: TeamsArtifacts, ref: RoomRef
) -> None:
    def record(name: str, address: str | None, *intervals: tuple[str, str | None]) -> dict[str, Any]:
        spans = [{"joinDateTime": joined, "leaveDateTime": left} for joined, left in intervals]
        person = {"displayName": name, "id": None}
        return {"id": name, "emailAddress": address, "identity": person, "attendanceIntervals": spans}

    graph.artifacts.reports[meeting_in(graph).id] = [
        {"id": "1", "records": [record("Ola Vik", "ola.vik@fjellvik.example", (NINE, TEN), (NOON, None))]},
        {"id": "2", "records": [record("Tilhører", "", (TEN, NOON))]},
    ]
    nine, ten, noon = (datetime(2027, 5, 4, hour, tzinfo=UTC) for hour in (7, 8, 10))
    assert await artifacts.attendance(ref) == (
        Attendance("Ola Vik", "ola.vik@fjellvik.example", ((nine, ten),)),
        Attendance("Tilhører", None, ((ten, noon),)),
    )


class Handler:
    """Our own web handler, as thin as it may be."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    async def handle(self, request: web.Request) -> web.Response:
        token = validation_answer(request.query)
        if token is not None:
            return web.Response(text=token, content_type="text/plain")
        self.told.append(read(await request.json(), LISTENER.client_state))
        return web.Response(status=202)


@pytest.fixture
async def handler(graph: FakeGraph) -> AsyncIterator[Handler]:
    handler = Handler()
    app = web.Application()
    app.router.add_post("/graph", handler.handle)
    app.router.add_post("/graph/lifecycle", handler.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        graph.subscriptions.reach["moter.fjellvik.example"] = f"http://127.0.0.1:{server.port}"
        yield handler


async def kept(graph: FakeGraph, rooms: TeamsRooms, renew: frozenset[str] = frozenset()) -> datetime:
    return await teams_subscriptions.keep(rooms, graph.clock.now(), LISTENER, renew=renew)


async def test_subscriptions_are_made_once_and_renewed_well_before_they_end(
    graph: FakeGraph, rooms: TeamsRooms, handler: Handler
) -> None:
    started = graph.clock.now()
    again_at = await kept(graph, rooms)
    assert again_at == started + LIFETIME - RENEWED_BEFORE
    made = sorted(graph.subscriptions.made)
    assert len(made) == 2
    graph.clock.advance((again_at - started).total_seconds() - 60)
    assert await kept(graph, rooms) == again_at
    graph.clock.advance(120)
    assert await kept(graph, rooms) == graph.clock.now() + LIFETIME - RENEWED_BEFORE
    assert sorted(graph.subscriptions.made) == made


async def test_a_subscription_that_has_ended_is_made_again_and_a_second_one_is_ended(
    graph: FakeGraph, rooms: TeamsRooms, handler: Handler
) -> None:
    await kept(graph, rooms)
    graph.clock.advance((LIFETIME + timedelta(minutes=1)).total_seconds())
    await kept(graph, rooms)
    assert len(graph.subscriptions._alive()) == 2
    one = graph.subscriptions._alive()[0]
    graph.subscriptions.made["twin"] = one | {"id": "twin"}
    await kept(graph, rooms)
    assert len(graph.subscriptions._alive()) == 2
    await teams_subscriptions.stop(rooms, LISTENER.url)
    assert graph.subscriptions._alive() == []


async def test_an_answer_lost_while_subscribing_makes_no_second_subscription(
    graph: FakeGraph, rooms: TeamsRooms, handler: Handler
) -> None:
    graph.faults = [Fault("POST", cut="after")]
    with pytest.raises(RoomTrouble):
        await kept(graph, rooms)
    await kept(graph, rooms)
    assert len(graph.subscriptions.made) == 2


async def test_what_is_made_is_told_of_and_fetched_by_what_was_told(
    graph: FakeGraph, rooms: TeamsRooms, handler: Handler, ref: RoomRef
) -> None:
    await kept(graph, rooms)
    (id,) = (one["id"] for one in graph.subscriptions._alive() if "Recordings" in one["resource"])
    meeting = meeting_in(graph)
    resource = f"communications/onlineMeetings('{meeting.id}')/recordings('r')"
    assert await graph.subscriptions.deliver(id, resource=resource) == 202
    assert handler.told == [Told(made=(Made("recording", meeting.id, "r"),))]
    assert handler.told[0].made[0].meeting_id == await rooms.meeting_id(ref)


async def test_a_subscription_that_asks_for_it_is_renewed_at_once(
    graph: FakeGraph, rooms: TeamsRooms, handler: Handler
) -> None:
    await kept(graph, rooms)
    graph.clock.advance(3600)
    id = next(iter(graph.subscriptions.made))
    await graph.subscriptions.deliver(id, lifecycle="reauthorizationRequired")
    assert handler.told == [Told(renew=frozenset({id}))]
    await kept(graph, rooms, handler.told[0].renew)
    ends = datetime.fromisoformat(graph.subscriptions.made[id]["expirationDateTime"])
    assert ends == graph.clock.now() + LIFETIME


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("subscriptionRemoved", Told(subscribe=True, look=True)),
        ("missed", Told(look=True)),
        ("somethingNew", Told(look=True)),
    ],
)
def test_what_may_have_been_missed_is_looked_for(event: str, told: Told) -> None:
    notice = {"subscriptionId": "s", "clientState": LISTENER.client_state, "lifecycleEvent": event}
    assert read({"value": [notice]}, LISTENER.client_state) == told


@pytest.mark.parametrize(
    "delivery",
    [
        {"value": [None]},
        {"value": [{"subscriptionId": "s"}]},
        {"value": [{"subscriptionId": "s", "clientState": "guessed", "resource": "x"}]},
        {"value": [{"subscriptionId": "s", "clientState": LISTENER.client_state, "resource": "users('1')"}]},
        {"value": [{"subscriptionId": "s", "clientState": LISTENER.client_state}]},
    ],
)
def test_what_lacks_our_secret_or_makes_no_sense_tells_us_nothing(delivery: object) -> None:
    assert read(delivery, LISTENER.client_state) == Told(refused=1)


@pytest.mark.parametrize("delivery", [None, [], "x", {}, {"value": "x"}])
def test_what_is_no_delivery_is_said_to_be_none(delivery: object) -> None:
    with pytest.raises(NotADelivery):
        read(delivery, LISTENER.client_state)


def test_only_a_validation_is_answered_with_its_token() -> None:
    assert validation_answer({"validationToken": "å/1+2"}) == "å/1+2"
    assert validation_answer({"validationToken": "<b>"}) == "&lt;b&gt;"
    assert validation_answer({}) is None


def test_the_secret_is_not_shown() -> None:
    assert LISTENER.client_state not in repr(LISTENER)
