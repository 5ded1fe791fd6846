"""The fake Graph refuses what Graph refuses: else the tests against it would prove nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, ServerDisconnectedError, web
from aiohttp.test_utils import TestServer

from tests.rooms.graph import ORGANIZER, FakeGraph, Fault, fake_graph, throttled

EVENT: dict[str, Any] = {
    "subject": "Plenum",
    "start": {"dateTime": "2027-05-04T07:00:00", "timeZone": "UTC"},
    "end": {"dateTime": "2027-05-04T13:00:00", "timeZone": "UTC"},
    "isOnlineMeeting": True,
    "onlineMeetingProvider": "teamsForBusiness",
    "transactionId": "t-1",
    "singleValueExtendedProperties": [{"id": "String {0} Name Room", "value": "a/b"}],
}
PER = {"identity": {"user": {"displayName": "Per"}}, "upn": "per.haug@fjellvik.example", "role": "presenter"}


class Client:
    """Asks the fake without any SDK."""

    def __init__(self, graph: FakeGraph, http: ClientSession) -> None:
        self.graph = graph
        self._http = http

    async def ask(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        url = f"{self.graph.url}/v1.0//users/{ORGANIZER}/{path}"
        # Only a body is announced as one.
        asked = self._http.request(method, url, params=query, **({} if body is None else {"json": body}))
        async with asked as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None

    async def meeting(self) -> str:
        await self.ask("POST", "events", EVENT)
        return next(iter(self.graph.meetings.meetings))


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with fake_graph() as graph, ClientSession() as http:
        yield Client(graph, http)


@pytest.mark.parametrize(
    "body",
    [
        {"allowAttendeeToUnmute": True},
        {"allowedPresenters": "hosts"},
        {"allowedPresenters": "unknownFutureValue"},
        {"allowAttendeeToEnableMic": "false"},
        {"startDateTime": "2027-05-04T07:00:00", "endDateTime": "2027-05-04T08:00:00"},
        {"startDateTime": "2027-05-04T07:00:00Z"},
        {"startDateTime": "2027-05-04T09:00:00Z", "endDateTime": "2027-05-04T08:00:00Z"},
        {"allowedPresenters": "roleIsPresenter"},
        {"participants": {}},
        {"participants": {"attendees": [{"upn": "per.haug@fjellvik.example"}]}},
        {"participants": {"attendees": [PER | {"upn": "nobody@elsewhere.example"}]}},
        {"participants": {"attendees": [], "organizer": PER}},
        {"joinWebUrl": "https://teams.example/mine"},
    ],
)
async def test_a_malformed_change_is_refused_and_changes_nothing(client: Client, body: Any) -> None:
    meeting = await client.meeting()
    before = (await client.ask("GET", f"onlineMeetings/{meeting}"))[1]
    assert (await client.ask("PATCH", f"onlineMeetings/{meeting}", body))[0] == 400
    assert (await client.ask("GET", f"onlineMeetings/{meeting}"))[1] == before


async def test_everyone_presents_until_told_otherwise(client: Client) -> None:
    meeting = client.graph.meetings.meetings[await client.meeting()]
    assert meeting.may_speak(None)
    body = {"allowedPresenters": "roleIsPresenter", "participants": {"attendees": [PER]}}
    await client.ask("PATCH", f"onlineMeetings/{meeting.id}", body | {"allowAttendeeToEnableMic": False})
    assert not meeting.may_speak(None)
    assert meeting.may_speak("Per.Haug@fjellvik.example")


async def test_participants_and_times_of_a_running_meeting_are_left_as_they_are(client: Client) -> None:
    meeting = client.graph.meetings.meetings[await client.meeting()]
    meeting.in_progress = True
    body = {
        "participants": {"attendees": [PER]},
        "recordAutomatically": True,
        "startDateTime": "2027-05-05T07:00:00Z",
        "endDateTime": "2027-05-05T08:00:00Z",
        "allowAttendeeToEnableMic": False,
    }
    status, answer = await client.ask("PATCH", f"onlineMeetings/{meeting.id}", body)
    assert status == 200
    assert answer["participants"]["attendees"] == []
    assert answer["recordAutomatically"] is False
    assert answer["startDateTime"] == "2027-05-04T07:00:00Z"
    assert answer["allowAttendeeToEnableMic"] is False


async def test_an_event_is_made_once_per_transaction(client: Client) -> None:
    first = await client.ask("POST", "events", EVENT)
    assert first[0] == 201
    assert await client.ask("POST", "events", EVENT) == first
    assert (await client.ask("POST", "events", EVENT | {"subject": "Other"}))[0] == 409
    assert len(client.graph.meetings.events) == 1
    await client.ask("DELETE", f"events/{first[1]['id']}")
    assert (await client.ask("POST", "events", EVENT))[0] == 409


@pytest.mark.parametrize(
    "change",
    [
        {"start": {"dateTime": "2027-05-04T07:00:00Z", "timeZone": "UTC"}},
        {"onlineMeetingProvider": "zoom"},
        {"end": None},
        {"room": "Plenum"},
    ],
)
async def test_a_malformed_event_is_refused(client: Client, change: Any) -> None:
    assert (await client.ask("POST", "events", EVENT | change))[0] == 400
    assert not client.graph.meetings.events


async def test_events_are_found_by_an_extended_property_and_not_by_transaction(client: Client) -> None:
    await client.ask("POST", "events", EVENT)
    marked = "singleValueExtendedProperties/Any(ep: ep/id eq 'String {0} Name Room' and ep/value eq 'a/b')"
    status, found = await client.ask("GET", "events", **{"$filter": marked})
    assert (status, len(found["value"])) == (200, 1)
    assert "singleValueExtendedProperties" not in found["value"][0]
    assert (await client.ask("GET", "events", **{"$filter": marked.replace("a/b", "a/c")}))[1]["value"] == []
    assert (await client.ask("GET", "events", **{"$filter": "transactionId eq 't-1'"}))[0] == 400


async def test_without_the_access_policy_no_meeting_is_touched(client: Client) -> None:
    meeting = await client.meeting()
    client.graph.meetings.policies.clear()
    status, answer = await client.ask("GET", f"onlineMeetings/{meeting}")
    assert (status, answer["error"]["code"]) == (403, "Forbidden")
    assert "application access policy" in answer["error"]["message"]


async def test_what_goes_wrong_goes_wrong_as_often_as_asked(client: Client) -> None:
    client.graph.faults = [throttled("30,120"), Fault("POST", cut="after")]
    assert (await client.ask("GET", "events"))[0] == 429
    assert (await client.ask("GET", "events"))[0] == 200
    with pytest.raises(ServerDisconnectedError):
        await client.ask("POST", "events", EVENT)
    assert len(client.graph.meetings.events) == 1


async def test_a_member_newer_than_this_version_is_hidden_unless_asked_for(client: Client) -> None:
    meeting = await client.meeting()
    client.graph.meetings.shows["allowedPresenters"] = "invitedGuests"
    assert (await client.ask("GET", f"onlineMeetings/{meeting}"))[1]["allowedPresenters"] == (
        "unknownFutureValue"
    )


async def test_a_meeting_on_no_calendar_has_no_recordings(client: Client) -> None:
    body = {"subject": "x", "startDateTime": "2027-05-04T07:00:00Z", "endDateTime": "2027-05-04T08:00:00Z"}
    _, meeting = await client.ask("POST", "onlineMeetings/createOrGet", body)
    for path in ("recordings", "transcripts", "attendanceReports"):
        status, answer = await client.ask("GET", f"onlineMeetings/{meeting['id']}/{path}")
        assert (status, answer["error"]["code"]) == (412, "PreconditionFailed")


async def test_transcripts_that_are_not_allowed_say_so_in_the_inner_error(client: Client) -> None:
    meeting = await client.meeting()
    client.graph.artifacts.transcripts_allowed = False
    status, answer = await client.ask("GET", f"onlineMeetings/{meeting}/transcripts")
    assert (status, answer["error"]["innerError"]["code"]) == (403, "GraphAccessToTranscriptsDisabled")


SUBSCRIPTION = {
    "changeType": "created",
    "resource": "users/1/onlineMeetings/getAllRecordings",
    "notificationUrl": "https://moter.fjellvik.example/graph",
    "lifecycleNotificationUrl": "https://moter.fjellvik.example/graph",
    "clientState": "s",
}


@pytest.mark.parametrize(
    ("minutes", "change"),
    [
        (4321, {}),
        (61, {"lifecycleNotificationUrl": None}),
        (30, {"notificationUrl": None}),
        (30, {"notificationUrl": "http://moter.fjellvik.example/graph"}),
        (30, {"resource": "/users/1/onlineMeetings/getAllRecordings"}),
        (30, {"clientState": "s" * 129}),
        (30, {"until": "tomorrow"}),
    ],
)
async def test_a_malformed_subscription_is_refused(client: Client, minutes: int, change: Any) -> None:
    async def answers(request: web.Request) -> web.Response:
        return web.Response(text=request.query["validationToken"])

    app = web.Application()
    app.router.add_post("/graph", answers)
    async with TestServer(app, host="127.0.0.1") as server:
        subscriptions = client.graph.subscriptions
        subscriptions.reach["moter.fjellvik.example"] = f"http://127.0.0.1:{server.port}"
        ends = (client.graph.clock.now() + timedelta(minutes=minutes)).isoformat()
        wrong = {"expirationDateTime": ends, **SUBSCRIPTION, **change}
        body = {name: value for name, value in wrong.items() if value is not None}
        assert (await client.ask("POST", "../../subscriptions", body))[0] == 400
        right = {**SUBSCRIPTION, "expirationDateTime": (client.graph.clock.now()).isoformat()}
        assert (await client.ask("POST", "../../subscriptions", right))[0] == 201


async def test_whoever_does_not_answer_the_validation_is_not_subscribed(client: Client) -> None:
    async def answers(request: web.Request) -> web.Response:
        return web.Response(text="OK")

    app = web.Application()
    app.router.add_post("/graph", answers)
    async with TestServer(app, host="127.0.0.1") as server:
        client.graph.subscriptions.reach["moter.fjellvik.example"] = f"http://127.0.0.1:{server.port}"
        body = {**SUBSCRIPTION, "expirationDateTime": client.graph.clock.now().isoformat()}
        assert (await client.ask("POST", "../../subscriptions", body))[0] == 400
