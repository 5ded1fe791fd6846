"""Graph answers slowly, wrongly or not at all: what is not as wanted is named, and nothing is made twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Literal

import pytest

from orchestrator.rooms.provider import RoomSpec, RoomTrouble
from orchestrator.rooms.teams import TeamsRooms
from orchestrator.rooms.teams_trouble import POLICY_TAKES_EFFECT_S, retry_after, trouble_of
from tests.rooms.contract import spec_of
from tests.rooms.graph import ORGANIZER, FakeGraph, Fault, fake_graph, throttled
from tests.rooms.graph_shapes import GraphRefusal
from tests.rooms.test_teams import meeting_in, rooms_in


@pytest.fixture
async def graph() -> AsyncIterator[FakeGraph]:
    async with fake_graph() as graph:
        yield graph


@pytest.fixture
async def rooms(graph: FakeGraph) -> AsyncIterator[TeamsRooms]:
    rooms = rooms_in(graph)
    yield rooms
    await rooms.aclose()


async def prepared(rooms: TeamsRooms, spec: RoomSpec) -> tuple[str, ...]:
    """All that is done for a room until its link may be shown, as if nothing were remembered."""
    ref = await rooms.create(spec, None)
    await rooms.apply(ref, spec)
    return await rooms.verify(ref, spec)


REQUESTS = 8
"""It takes one more to prepare a room: look, make, find its meeting, read two, change two, read two back."""


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_connection_cut_at_any_request_leaves_one_event_when_it_is_done_again(
    graph: FakeGraph, rooms: TeamsRooms, cut: Literal["before", "after"]
) -> None:
    for n in range(REQUESTS):
        spec = spec_of(f"Gruppe {n}")
        graph.faults = [Fault(cut=cut, skip=n)]
        with pytest.raises(RoomTrouble) as trouble:
            await prepared(rooms, spec)
        assert (trouble.value.code, trouble.value.lasting) == ("unavailable", False)
        assert await prepared(rooms, spec) == ()
        assert len(graph.meetings.events) == len(graph.meetings.meetings) == n + 1


async def test_killed_at_any_request_a_new_process_leaves_one_event(graph: FakeGraph) -> None:
    killed, after = rooms_in(graph), rooms_in(graph)
    await killed.connection()
    for n in range(REQUESTS):
        spec = spec_of(f"Gruppe {n}")
        graph.requests.clear()
        graph.faults = [Fault(slow=True, skip=n)]
        work = asyncio.create_task(prepared(killed, spec))
        while len(graph.requests) <= n:
            await asyncio.sleep(0)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert await prepared(after, spec) == ()
        assert len(graph.meetings.events) == len(graph.meetings.meetings) == n + 1
    await killed.aclose()
    await after.aclose()


async def test_two_processes_that_ask_at_once_get_one_room(graph: FakeGraph) -> None:
    one, other = rooms_in(graph), rooms_in(graph)
    refs = await asyncio.gather(*(rooms.create(spec_of(), None) for rooms in (one, other) * 3))
    assert len({ref.id for ref in refs}) == 1
    assert len(graph.meetings.events) == 1
    await one.aclose()
    await other.aclose()


async def test_a_room_whose_event_was_deleted_by_hand_is_made_again_once(
    graph: FakeGraph, rooms: TeamsRooms
) -> None:
    for _ in range(3):
        ref = await rooms.create(spec_of(), None)
        assert (await rooms.create(spec_of(), ref)).id == ref.id
        assert len(graph.meetings.events) == 1
        graph.meetings.events.clear()
        with pytest.raises(RoomTrouble) as trouble:
            await rooms.verify(ref, spec_of())
        assert trouble.value.code == "gone"


async def test_a_changed_plan_does_not_make_another_event_for_what_was_begun(
    graph: FakeGraph, rooms: TeamsRooms
) -> None:
    graph.faults = [Fault("POST", cut="after")]
    with pytest.raises(RoomTrouble):
        await rooms.create(spec_of(), None)
    renamed = replace(spec_of(), name="Hovedsalen")
    assert await prepared(rooms, renamed) == ()
    (event,) = graph.meetings.events.values()
    assert event["subject"] == "Hovedsalen"


@pytest.mark.parametrize(
    ("fault", "code", "wait"),
    [
        (throttled("7"), "throttled", 7.0),
        (throttled("30,120"), "throttled", 120.0),
        (throttled(None), "throttled", None),
        (throttled("soon"), "throttled", None),
        (
            Fault(refusal=GraphRefusal(503, "ServiceUnavailable", headers={"Retry-After": "20"})),
            "unavailable",
            20.0,
        ),
        (Fault(refusal=GraphRefusal(504, "GatewayTimeout")), "unavailable", None),
        (Fault(cut="before"), "unavailable", None),
        (Fault(page=True), "unavailable", None),
    ],
)
async def test_what_will_pass_is_told_with_how_long_to_wait_and_is_not_tried_again_at_once(
    graph: FakeGraph, rooms: TeamsRooms, fault: Fault, code: str, wait: float | None
) -> None:
    graph.faults = [replace(fault, times=1)]
    with pytest.raises(RoomTrouble) as trouble:
        await rooms.create(spec_of(), None)
    assert (trouble.value.code, trouble.value.retry_after, trouble.value.lasting) == (code, wait, False)
    assert len(graph.requests) == 1
    assert await prepared(rooms, spec_of()) == ()


async def test_a_slow_answer_is_given_up_and_found_again(graph: FakeGraph, rooms: TeamsRooms) -> None:
    assert await prepared(rooms, spec_of("Annet rom")) == ()  # what the SDK loads late is loaded
    connection = await rooms.connection()
    patience, connection._patience_s = connection._patience_s, 0.5
    graph.faults = [Fault("POST", slow=True)]
    with pytest.raises(RoomTrouble) as trouble:
        await rooms.create(spec_of(), None)
    assert trouble.value.code == "unavailable"
    connection._patience_s = patience
    graph.wake()
    assert await prepared(rooms, spec_of()) == ()
    assert len(graph.meetings.events) == 2


async def test_a_meeting_that_teams_is_late_with_is_waited_for(graph: FakeGraph, rooms: TeamsRooms) -> None:
    graph.meetings.finds_late = 1
    with pytest.raises(RoomTrouble) as trouble:
        await rooms.create(spec_of(), None)
    assert (trouble.value.code, trouble.value.lasting) == ("unavailable", False)
    assert trouble.value.retry_after
    await rooms.create(spec_of(), None)
    assert len(graph.meetings.events) == 1


@pytest.mark.parametrize(
    ("option", "value", "name"),
    [
        ("allowedPresenters", "everyone", "allowed_presenters"),
        ("allowAttendeeToEnableMic", True, "microphones"),
        ("allowAttendeeToEnableCamera", True, "cameras"),
        ("lobbyBypassSettings", {"scope": "organization"}, "lobby"),
        ("allowMeetingChat", "enabled", "chat"),
        ("allowRecording", True, "recording"),
        ("allowTranscription", True, "transcription"),
    ],
)
async def test_an_option_that_became_another_than_was_asked_is_named(
    graph: FakeGraph, rooms: TeamsRooms, option: str, value: Any, name: str
) -> None:
    spec = spec_of(lobby=True)
    graph.meetings.wrongly[option] = value
    assert await prepared(rooms, spec) == (name,)
    graph.meetings.wrongly.clear()
    assert await prepared(rooms, spec) == ()


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ({"allowedPresenters": "invitedGuests"}, "allowed_presenters"),
        ({"allowedPresenters": "unknownFutureValue"}, "allowed_presenters"),
        ({"allowedPresenters": None}, "allowed_presenters"),
        ({"lobbyBypassSettings": {"scope": "federated", "isDialInBypassEnabled": False}}, "lobby"),
        ({"allowedLobbyAdmitters": "anyone"}, "admitters"),
        ({"allowMeetingChat": "moderated"}, "chat"),
        ({"allowAttendeeToEnableMic": None}, "microphones"),
        (
            {"participants": {"attendees": [{"upn": "per.haug@fjellvik.example", "role": "moderator"}]}},
            "presenters",
        ),
        ({"participants": None}, "presenters"),
    ],
)
async def test_a_permission_that_we_do_not_know_or_are_not_told_counts_as_not_so(
    graph: FakeGraph, rooms: TeamsRooms, shown: dict[str, Any], name: str
) -> None:
    ref = await rooms.create(spec_of(), None)
    await rooms.apply(ref, spec_of())
    graph.meetings.shows = shown
    assert await rooms.verify(ref, spec_of()) == (name,)
    graph.meetings.shows = {}
    assert await rooms.verify(ref, spec_of()) == ()


async def test_an_access_policy_that_comes_late_is_waited_for(graph: FakeGraph, rooms: TeamsRooms) -> None:
    graph.meetings.policies.clear()
    with pytest.raises(RoomTrouble) as trouble:
        await prepared(rooms, spec_of())
    assert (trouble.value.code, trouble.value.lasting) == ("no_policy", False)
    assert trouble.value.retry_after == POLICY_TAKES_EFFECT_S
    graph.meetings.policies.add(ORGANIZER)
    assert await prepared(rooms, spec_of()) == ()
    assert len(graph.meetings.events) == 1


async def test_a_missing_permission_will_not_pass_by_itself(graph: FakeGraph, rooms: TeamsRooms) -> None:
    graph.faults = [Fault("GET", GraphRefusal(403, "Authorization_RequestDenied", "Insufficient privileges"))]
    with pytest.raises(RoomTrouble) as trouble:
        await rooms.create(spec_of(), None)
    assert (trouble.value.code, trouble.value.lasting) == ("refused", True)


async def test_doors_that_could_not_be_closed_are_told_of_and_closed_when_asked_again(
    graph: FakeGraph, rooms: TeamsRooms
) -> None:
    ref = await rooms.create(spec_of(), None)
    await rooms.apply(ref, spec_of())
    locked = replace(spec_of(), door="locked")
    graph.faults = [throttled(match="PATCH")]
    with pytest.raises(RoomTrouble):
        await rooms.apply(ref, locked)
    assert "lobby" in await rooms.verify(ref, locked)
    await rooms.apply(ref, locked)
    assert await rooms.verify(ref, locked) == ("inside",)
    assert not meeting_in(graph).lets_in(None)


async def test_deleting_that_was_cut_off_is_taken_up_again(graph: FakeGraph, rooms: TeamsRooms) -> None:
    for n in range(3):
        ref = await rooms.create(spec_of(), None)
        graph.faults = [Fault("PATCH|DELETE", cut="after", skip=n)]
        with pytest.raises(RoomTrouble):
            await rooms.delete(ref)
        await rooms.delete(ref)
        assert not graph.meetings.events
        assert not graph.meetings.meetings


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0.0),
        ({"Retry-After": "30, 120"}, 120.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"Retry-After": ","}, None),
    ],
)
def test_how_long_to_wait_is_read_from_whatever_is_said(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers) == seconds


def test_the_wording_of_an_older_graph_for_a_missing_policy_is_known() -> None:
    message = "App 1 is not authorized to Create meeting on behalf of user 2"
    assert trouble_of(403, code="Unauthorized", message=message).code == "no_policy"


async def test_the_inner_code_is_read_however_it_is_spelt(graph: FakeGraph, rooms: TeamsRooms) -> None:
    refusal = GraphRefusal(403, "Forbidden", inner="GraphAccessToTranscriptsDisabled")
    refusal.body["error"]["innererror"] = refusal.body["error"].pop("innerError")
    graph.faults = [Fault(refusal=refusal)]
    with pytest.raises(RoomTrouble) as trouble:
        await rooms.create(spec_of(), None)
    assert "GraphAccessToTranscriptsDisabled" in trouble.value.detail
