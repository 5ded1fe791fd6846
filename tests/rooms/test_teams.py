"""Rooms in Teams, against a fake Graph; with the environment variables named below also against a tenant."""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest

from orchestrator.rooms.provider import Guest, Presenter, RoomProvider, RoomRef, RoomSpec, RoomTrouble
from orchestrator.rooms.teams import TeamsRooms
from orchestrator.rooms.teams_account import TeamsAccount
from tests.rooms import contract
from tests.rooms.contract import CHAIR, MEMBER, NINE, OBSERVER, PRESENTER, TOWN, RoomContract, spec_of
from tests.rooms.graph import ORGANIZER, FakeGraph, fake_graph
from tests.rooms.graph_meetings import Meeting

OTHER_TOWN = UUID(int=78)
TENANT = ("TEAMS_TENANT_ID", "TEAMS_CLIENT_ID", "TEAMS_CLIENT_SECRET", "TEAMS_ORGANIZER", "TEAMS_PRESENTER")
"""A tenant for tests: the application in it, the organizer's object id, the address of a presenter."""
ADDRESSES = {PRESENTER.identity: PRESENTER.address}


def rooms_in(graph: FakeGraph, *, patience_s: float = 30.0) -> TeamsRooms:
    """As another process would see it: nothing remembered."""
    account = TeamsAccount("tenant", "app", "s3cret", ORGANIZER, base_url=f"{graph.url}/v1.0/")
    return TeamsRooms(account, patience_s=patience_s)


@pytest.fixture
async def graph() -> AsyncIterator[FakeGraph]:
    async with fake_graph() as graph:
        yield graph


@pytest.fixture
async def rooms(graph: FakeGraph) -> AsyncIterator[TeamsRooms]:
    rooms = rooms_in(graph)
    yield rooms
    await rooms.aclose()


def meeting_in(graph: FakeGraph) -> Meeting:
    (meeting,) = graph.meetings.meetings.values()
    return meeting


class Teams:
    """What those in a meeting of the fake could do."""

    def __init__(self, graph: FakeGraph) -> None:
        self.graph = graph
        self._inside: set[str] = set()

    async def rooms_made(self) -> int:
        return len(self.graph.meetings.events)

    async def come_in(self, rooms: RoomProvider, spec: RoomSpec, guest: Guest) -> None:
        ref = await rooms.create(spec, None)
        link = (await rooms.join(ref, spec, guest)).url
        assert link == meeting_in(self.graph).options["joinWebUrl"]
        assert meeting_in(self.graph).lets_in(ADDRESSES.get(guest.identity))
        self._inside.add(guest.identity)

    async def inside(self) -> set[str]:
        return self._inside

    async def could_speak(self, guest: Guest) -> bool:
        return guest.identity in self._inside and meeting_in(self.graph).may_speak(
            ADDRESSES.get(guest.identity)
        )

    async def meddle(self) -> None:
        meeting_in(self.graph).options["allowAttendeeToEnableMic"] = True


class TestTeams(RoomContract):
    @pytest.fixture
    def product(self, graph: FakeGraph) -> Teams:
        return Teams(graph)


class Tenant:
    """A real tenant, of which we see no more than Graph tells."""

    def __init__(self, rooms: TeamsRooms) -> None:
        self._rooms = rooms

    async def _meeting(self) -> tuple[RoomRef, str]:
        ref = await self._rooms.create(spec_of(), None)
        return ref, dict(ref.more)["meeting"]

    async def rooms_made(self) -> int:
        return len(await self._rooms.all_of(TOWN))

    async def come_in(self, rooms: RoomProvider, spec: RoomSpec, guest: Guest) -> None:
        ref, _ = await self._meeting()
        await rooms.join(ref, spec, guest)

    async def inside(self) -> set[str]:
        return set()

    async def could_speak(self, guest: Guest) -> bool:
        meetings = await self._rooms._meetings()
        options = (await meetings.meeting((await self._meeting())[1])).options
        return options.microphones is not False or options.allowed_presenters != "roleIsPresenter"

    async def meddle(self) -> None:
        _, meeting_id = await self._meeting()
        meetings = await self._rooms._meetings()
        options = (await meetings.meeting(meeting_id)).options
        await meetings.set_options(meeting_id, replace(options, microphones=True), frozenset({"microphones"}))


@pytest.mark.tenant
@pytest.mark.skipif(not all(os.environ.get(name) for name in TENANT), reason=f"needs {', '.join(TENANT)}")
class TestTenant(RoomContract):
    @pytest.fixture
    async def rooms(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TeamsRooms]:
        tenant, client, secret, organizer, presenter = (os.environ[name] for name in TENANT)
        monkeypatch.setattr(contract, "PRESENTER", Presenter("presenter-1", "Presenter", presenter))
        rooms = TeamsRooms(TeamsAccount(tenant, client, secret, organizer))
        yield rooms
        for _, ref in await rooms.all_of(TOWN):
            await rooms.delete(ref)
        await rooms.aclose()

    @pytest.fixture
    def product(self, rooms: TeamsRooms) -> Tenant:
        return Tenant(rooms)


async def opened(rooms: TeamsRooms, **changes: Any) -> tuple[RoomRef, RoomSpec]:
    spec = spec_of(**changes)
    ref = await rooms.create(spec, None)
    await rooms.apply(ref, spec)
    return ref, spec


async def test_everyone_but_presenters_is_an_attendee_with_microphone_and_camera_off(
    graph: FakeGraph, rooms: TeamsRooms
) -> None:
    ref, spec = await opened(rooms)
    meeting = meeting_in(graph)
    assert meeting.options["allowedPresenters"] == "roleIsPresenter"
    assert meeting.presenters() == {"per.haug@fjellvik.example"}
    assert meeting.options["allowAttendeeToEnableCamera"] is False
    assert not meeting.may_speak(None)
    assert meeting.may_speak(PRESENTER.address)
    assert meeting.options["allowMeetingChat"] == "disabled"  # observers would read and write in it
    assert meeting.options["isEntryExitAnnounced"] is False
    assert await rooms.verify(ref, spec) == ()


async def test_a_new_meeting_is_not_as_wanted_until_its_options_are_set(rooms: TeamsRooms) -> None:
    ref = await rooms.create(spec_of(), None)
    assert "allowed_presenters" in await rooms.verify(ref, spec_of())


async def test_only_what_differs_is_sent(graph: FakeGraph, rooms: TeamsRooms) -> None:
    ref, spec = await opened(rooms)
    graph.requests.clear()
    await rooms.apply(ref, spec)
    assert [line for line in graph.requests if not line.startswith("GET")] == []
    await rooms.apply(ref, replace(spec, lobby=True))
    assert len([line for line in graph.requests if line.startswith("PATCH")]) == 1


async def test_with_a_lobby_those_invited_pass_it_and_let_the_others_in(
    graph: FakeGraph, rooms: TeamsRooms
) -> None:
    ref, spec = await opened(rooms, lobby=True)
    assert meeting_in(graph).lets_in(PRESENTER.address)
    assert not meeting_in(graph).lets_in(None)
    nobody = replace(spec, presenters=())
    await rooms.apply(ref, nobody)
    assert await rooms.verify(ref, nobody) == ("admitters",)


@pytest.mark.parametrize("door", ["shut", "locked"])
async def test_behind_a_closed_door_all_wait_and_attendees_are_silent(
    graph: FakeGraph, rooms: TeamsRooms, door: str
) -> None:
    ref, spec = await opened(rooms, open_microphones=True, observers=False, recorded=True, transcribed=True)
    assert meeting_in(graph).may_speak(None)
    meeting_in(graph).in_progress = True
    await rooms.apply(ref, replace(spec, door=door))  # type: ignore[arg-type]
    assert not meeting_in(graph).lets_in(PRESENTER.address)
    assert not meeting_in(graph).may_speak(None)
    assert meeting_in(graph).options["allowRecording"] is (door == "shut")
    assert meeting_in(graph).options["allowTranscription"] is (door == "shut")


async def test_locked_doors_are_never_confirmed_for_graph_cannot_say_who_is_inside(rooms: TeamsRooms) -> None:
    ref, spec = await opened(rooms)
    locked = replace(spec, door="locked", inside=frozenset({CHAIR.identity}))
    await rooms.apply(ref, locked)
    assert await rooms.verify(ref, locked) == ("inside",)


async def test_a_room_is_locked_even_if_teams_does_not_know_a_presenter(
    graph: FakeGraph, rooms: TeamsRooms
) -> None:
    ref, spec = await opened(rooms)
    graph.meetings.people.clear()
    unknown = Presenter("presenter-2", "Liv Aas", "liv.aas@fjellvik.example")
    locked = replace(spec, door="locked", presenters=(PRESENTER, unknown))
    with pytest.raises(RoomTrouble) as trouble:
        await rooms.apply(ref, locked)
    assert trouble.value.lasting
    assert meeting_in(graph).options["lobbyBypassSettings"]["scope"] == "organizer"


async def test_a_presenter_without_an_address_is_told_of(rooms: TeamsRooms) -> None:
    ref, spec = await opened(rooms, presenters=(Presenter("presenter-2", "Liv Aas"),))
    assert await rooms.verify(ref, spec) == ("presenters",)


async def test_a_presenter_who_cannot_be_made_one_while_the_meeting_lasts_is_told_of(
    graph: FakeGraph, rooms: TeamsRooms
) -> None:
    ref, spec = await opened(rooms, presenters=())
    meeting_in(graph).in_progress = True
    with_presenter = replace(spec, presenters=(PRESENTER,))
    await rooms.apply(ref, with_presenter)
    assert await rooms.verify(ref, with_presenter) == ("presenters",)
    meeting_in(graph).in_progress = False
    await rooms.apply(ref, with_presenter)
    assert await rooms.verify(ref, with_presenter) == ()


async def test_a_session_that_overruns_does_not_make_the_room_doubtful(
    graph: FakeGraph, rooms: TeamsRooms
) -> None:
    ref, spec = await opened(rooms)
    moved = replace(spec, name="Plenum 2", ends_at=spec.ends_at.replace(hour=15))
    meeting_in(graph).in_progress = True
    await rooms.apply(ref, moved)
    assert await rooms.verify(ref, moved) == ()
    meeting_in(graph).in_progress = False
    await rooms.apply(ref, moved)
    assert meeting_in(graph).options["subject"] == "Plenum 2"
    assert meeting_in(graph).options["endDateTime"] == "2027-05-04T15:00:00+00:00"
    (event,) = graph.meetings.events.values()
    assert (event["subject"], event["end"]["dateTime"]) == ("Plenum 2", "2027-05-04T15:00:00")


async def test_once_an_observer_has_had_the_link_microphones_stay_shut_also_after_a_restart(
    graph: FakeGraph, rooms: TeamsRooms
) -> None:
    ref, spec = await opened(rooms)
    await rooms.join(ref, spec, OBSERVER)
    asked = len(graph.requests)
    await rooms.join(ref, spec, OBSERVER)
    assert len(graph.requests) == asked
    restarted = rooms_in(graph)
    group_work = replace(spec, open_microphones=True, observers=False)
    again = await restarted.create(group_work, None)
    assert again.id == ref.id
    await restarted.apply(again, group_work)
    assert not meeting_in(graph).may_speak(None)
    assert await restarted.verify(again, group_work) == ("microphones",)
    await restarted.aclose()


async def test_closing_lets_nobody_more_in(graph: FakeGraph, rooms: TeamsRooms) -> None:
    ref, _ = await opened(rooms, recorded=True)
    meeting_in(graph).in_progress = True
    await rooms.close(ref)
    assert not meeting_in(graph).lets_in(PRESENTER.address)
    assert not meeting_in(graph).may_speak(None)
    assert meeting_in(graph).options["allowRecording"] is False


async def test_deleting_takes_the_event_and_the_meeting(graph: FakeGraph, rooms: TeamsRooms) -> None:
    await opened(rooms)
    ((_, orphan),) = await rooms.all_of(TOWN)
    await rooms.delete(orphan)
    assert not graph.meetings.events
    assert not graph.meetings.meetings


async def test_rooms_are_told_apart_by_municipality_and_listed_however_many(rooms: TeamsRooms) -> None:
    names = [f"Gruppe {number}" for number in range(5)]
    for name in names:
        await rooms.create(spec_of(name), None)
    other = replace(spec_of(), organisation_id=OTHER_TOWN)
    await rooms.create(other, None)
    assert [room_id for room_id, _ in await rooms.all_of(TOWN)] == [uuid5(TOWN, name) for name in names]
    assert [room_id for room_id, _ in await rooms.all_of(OTHER_TOWN)] == [other.room_id]


@pytest.mark.parametrize(
    "settings",
    [
        None,
        {},
        {"tenant_id": "t", "client_id": "c", "secret": "", "organizer": "o"},
        {
            "tenant_id": "t",
            "client_id": "c",
            "secret": "s",
            "organizer": "o",
            "base_url": "https://graph.example/v1.0",
        },
    ],
)
def test_an_account_that_lacks_something_or_leads_elsewhere_is_refused(
    settings: dict[str, str] | None,
) -> None:
    with pytest.raises(RoomTrouble) as trouble:
        TeamsAccount.of(settings)
    assert (trouble.value.code, trouble.value.lasting) == ("not_configured", True)


async def test_no_link_or_secret_is_logged(
    graph: FakeGraph, rooms: TeamsRooms, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger=""):
        ref, spec = await opened(rooms)
        await rooms.verify(ref, spec)
        await rooms.join(ref, spec, MEMBER)
    assert ref.join_url
    assert "meetup-join" not in caplog.text
    assert "s3cret" not in repr(rooms._account)


async def test_the_token_is_shown_to_graph_alone() -> None:
    kept = {"tenant_id": "tenant", "client_id": "app", "secret": "s3cret", "organizer": ORGANIZER}
    rooms = TeamsRooms(TeamsAccount.of(kept))
    authentication: Any = (await rooms.connection())._authentication()
    hosts = authentication.access_token_provider.get_allowed_hosts_validator()
    assert hosts.is_url_host_valid("https://graph.microsoft.com/v1.0/users")
    assert not hosts.is_url_host_valid("https://graph.microsoft.com.example/v1.0/users")
    await rooms.aclose()


def test_where_the_sdk_is_not_installed_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgraph", None)
    with pytest.raises(RoomTrouble) as trouble:
        TeamsRooms(TeamsAccount("tenant", "app", "s3cret", ORGANIZER))
    assert (trouble.value.code, trouble.value.lasting) == ("not_installed", True)


async def test_the_service_answers_others_while_the_sdk_loads(graph: FakeGraph) -> None:
    rooms = rooms_in(graph)
    loading = asyncio.create_task(rooms.connection())
    turns = 0
    while not loading.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 1
    await rooms.aclose()


async def test_what_cannot_be_recorded_need_not_be_told_to_stop_recording_automatically(
    graph: FakeGraph, rooms: TeamsRooms
) -> None:
    ref, spec = await opened(rooms, recorded=True)
    assert meeting_in(graph).options["recordAutomatically"] is True
    meeting_in(graph).in_progress = True
    over = replace(spec, door="shut", recorded=False)
    await rooms.apply(ref, over)
    assert await rooms.verify(ref, over) == ()
    await rooms.apply(ref, spec)
    assert await rooms.verify(ref, spec) == ()


async def test_times_are_sent_in_utc_whatever_zone_they_were_planned_in(
    graph: FakeGraph, rooms: TeamsRooms
) -> None:
    local = NINE.astimezone(ZoneInfo("Europe/Oslo"))
    await opened(rooms, starts_at=local)
    (event,) = graph.meetings.events.values()
    assert (event["start"]["dateTime"], event["start"]["timeZone"]) == ("2027-05-04T07:00:00", "UTC")
