"""What the fake Graph has after a meeting, and how it tells of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientSession, web

from tests.rooms.graph_meetings import Call, Handler, Meeting, Meetings
from tests.rooms.graph_shapes import SUBSCRIPTION, GraphRefusal, bad, check, moment

MEBIBYTE = bytes(range(256)) * 4096


@dataclass
class Artifacts:
    """Recordings, transcripts and attendance of the meetings on calendars."""

    meetings: Meetings
    transcripts_allowed: bool = True
    recordings: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    transcripts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    reports: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    mebibytes: dict[str, int] = field(default_factory=dict)
    films: dict[str, bytes] = field(default_factory=dict)
    """Recordings that can be played; the others are noise."""
    texts: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    """After how many mebibytes of a recording, or halves of a film, the connection ends."""
    held_until: asyncio.Event | None = None
    """Of a recording no more than the beginning comes before this."""

    def routes(self) -> list[tuple[str, str, Handler]]:
        meeting = "/users/(?P<user>[^/]+)/onlineMeetings/(?P<meeting>[^/]+)"
        return [
            ("GET", f"{meeting}/recordings", lambda call: self._list(call, self.recordings)),
            ("GET", f"{meeting}/recordings/(?P<id>[^/]+)/content", self.recording),
            ("GET", f"{meeting}/transcripts", self.list_transcripts),
            ("GET", f"{meeting}/transcripts/(?P<id>[^/]+)/content", self.transcript),
            ("GET", f"{meeting}/attendanceReports", self.list_reports),
            ("GET", f"{meeting}/attendanceReports/(?P<id>[^/]+)/attendanceRecords", self.records),
        ]

    def add_recording(self, meeting: Meeting, id: str, start: str, end: str | None, mebibytes: int) -> None:
        self.mebibytes[id] = mebibytes
        self.recordings.setdefault(meeting.id, []).append(self._artifact(meeting, id, start, end))

    def add_film(self, meeting: Meeting, id: str, start: datetime, end: datetime, film: Path) -> None:
        self.films[id] = film.read_bytes()
        self.add_recording(meeting, id, start.isoformat(), end.isoformat(), 0)

    def add_transcript(self, meeting: Meeting, id: str, start: str, end: str | None, text: str) -> None:
        self.texts[id] = text
        self.transcripts.setdefault(meeting.id, []).append(self._artifact(meeting, id, start, end))

    def _artifact(self, meeting: Meeting, id: str, start: str, end: str | None) -> dict[str, Any]:
        times = {"createdDateTime": start, "endDateTime": end}
        return {"id": id, "meetingId": meeting.id, "contentCorrelationId": f"c-{start}", **times}

    def _list(self, call: Call, of: dict[str, list[dict[str, Any]]]) -> Any:
        if call.query.keys() - {"$skip"}:
            raise bad("no query parameters are supported")
        found = of.get(self._on_calendar(call).id, [])
        skip = int(call.query.get("$skip", 0))
        kind = "recordings" if of is self.recordings else "transcripts"
        answer: dict[str, Any] = {"value": found[skip : skip + 2]}
        if len(found) > skip + 2:
            path = f"users/{call.user}/onlineMeetings/{call.groups['meeting']}/{kind}"
            answer["@odata.nextLink"] = f"{call.base}/{path}?$skip={skip + 2}"
        return 200, answer

    def _on_calendar(self, call: Call) -> Meeting:
        meeting = self.meetings.meeting_of(call)
        if not meeting.on_calendar:
            raise GraphRefusal(
                412,
                "PreconditionFailed",
                "No iCalUid found for the meeting. "
                "This API is supported only for calendar backed OnlineMeeting.",
            )
        return meeting

    async def recording(self, call: Call) -> web.StreamResponse:
        self._on_calendar(call)
        size, film = self.mebibytes[call.groups["id"]], self.films.get(call.groups["id"])
        pieces = [MEBIBYTE] * size if film is None else [film[: len(film) // 2], film[len(film) // 2 :]]
        answer = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        answer.content_length = sum(map(len, pieces))
        await answer.prepare(call.request)
        for n, piece in enumerate(pieces):
            if n == self.cut_after:
                assert call.request.transport
                call.request.transport.abort()
                break
            await answer.write(piece)
            if self.held_until is not None:
                await self.held_until.wait()
        return answer

    def list_transcripts(self, call: Call) -> Any:
        self._may_read()
        return self._list(call, self.transcripts)

    def transcript(self, call: Call) -> web.Response:
        self._may_read()
        self._on_calendar(call)
        if call.query.get("$format") != "text/vtt":
            raise bad("only text/vtt is supported")
        return web.Response(text=self.texts[call.groups["id"]], content_type="text/vtt")

    def _may_read(self) -> None:
        if not self.transcripts_allowed:
            raise GraphRefusal(
                403,
                "Forbidden",
                "Graph API access to transcripts is disabled for this tenant.",
                inner="GraphAccessToTranscriptsDisabled",
            )

    def list_reports(self, call: Call) -> Any:
        """The records themselves are not in the list."""
        found = self.reports.get(self._on_calendar(call).id, [])
        return 200, {"value": [{"id": one["id"], "attendanceRecords": []} for one in found]}

    def records(self, call: Call) -> Any:
        found = self.reports[self._on_calendar(call).id]
        return 200, {
            "value": next(one["records"] for one in found if one["id"] == call.groups["id"]),
        }


@dataclass
class Subscriptions:
    """Who is told of what, and the telling."""

    now: Callable[[], datetime]
    reach: dict[str, str] = field(default_factory=dict)
    """Where the host of an https address is served on this machine."""
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    count: int = 0

    def routes(self) -> list[tuple[str, str, Handler]]:
        one = "/subscriptions/(?P<id>[^/]+)"
        return [
            ("GET", "/subscriptions", self.list_all),
            ("POST", "/subscriptions", self.begin),
            ("PATCH", one, self.renew),
            ("DELETE", one, self.end),
        ]

    def list_all(self, _: Call) -> Any:
        return 200, {"value": [self._shown(one) for one in self._alive()]}

    async def begin(self, call: Call) -> Any:
        check(call.body, SUBSCRIPTION)
        for name in ("changeType", "expirationDateTime", "notificationUrl", "resource"):
            if not call.body.get(name):
                raise bad(f"{name} is missing")
        if call.body["changeType"] != "created" or call.body["resource"].startswith(("/", "http")):
            raise bad("changeType or resource")
        if len(call.body.get("clientState") or "") > 128:
            raise bad("clientState")
        self._must_last(call.body, lifecycle="lifecycleNotificationUrl" in call.body)
        for name in ("notificationUrl", "lifecycleNotificationUrl"):
            await self._validate(call.body.get(name))
        self.count += 1
        id = f"22222222-0000-4000-8000-{self.count:012}"
        self.made[id] = {**call.body, "id": id}
        return 201, self._shown(self.made[id])

    def renew(self, call: Call) -> Any:
        subscription = self._alive_one(call)
        check(call.body, {"expirationDateTime": SUBSCRIPTION["expirationDateTime"]})
        self._must_last(call.body, lifecycle=True)
        subscription["expirationDateTime"] = call.body["expirationDateTime"]
        return 200, self._shown(subscription)

    def end(self, call: Call) -> Any:
        del self.made[self._alive_one(call)["id"]]
        return 204, None

    async def deliver(self, id: str, *, lifecycle: str | None = None, **notice: Any) -> int:
        """Tell a subscriber; their answer."""
        subscription = self.made[id]
        told = {
            "subscriptionId": id,
            "clientState": subscription["clientState"],
            "subscriptionExpirationDateTime": subscription["expirationDateTime"],
            "tenantId": "33333333-0000-4000-8000-000000000001",
            **({"lifecycleEvent": lifecycle} if lifecycle else {"changeType": "created"}),
            **notice,
        }
        url = subscription["lifecycleNotificationUrl" if lifecycle else "notificationUrl"]
        return await self.send(url, {"value": [told]})

    async def send(self, url: str, delivery: object) -> int:
        """Deliver it there; the answer."""
        host = {"Host": urlsplit(url).netloc}
        async with (
            ClientSession() as http,
            http.post(self._local(url), json=delivery, headers=host) as answer,
        ):
            return answer.status

    async def _validate(self, url: str | None) -> None:
        if url is None:
            return
        token = "Validation: Testing client application reachability for subscription Request-Id: å/1+2"
        headers = {"Content-Type": "text/plain; charset=utf-8", "Host": urlsplit(url).netloc}
        async with (
            asyncio.timeout(10),
            ClientSession() as http,
            http.post(self._local(url), params={"validationToken": token}, headers=headers) as answer,
        ):
            if (answer.status, answer.content_type, await answer.text()) != (200, "text/plain", token):
                raise GraphRefusal(400, "ValidationError", "Subscription validation request failed.")

    def _local(self, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.netloc not in self.reach:
            raise GraphRefusal(400, "ValidationError", f"{url} cannot be reached over https")
        return f"{self.reach[parts.netloc]}{parts.path}"

    def _must_last(self, body: dict[str, Any], *, lifecycle: bool) -> None:
        lasts = moment(body["expirationDateTime"], "expirationDateTime") - self.now()
        if lasts > timedelta(minutes=4320):
            raise bad("Subscription expiration can only be 4320 minutes in the future.")
        if lasts > timedelta(minutes=60) and not lifecycle:
            raise bad("lifecycleNotificationUrl is required for subscriptions longer than 1 hour")

    def _alive(self) -> list[dict[str, Any]]:
        return [one for one in self.made.values() if moment(one["expirationDateTime"], "") > self.now()]

    def _alive_one(self, call: Call) -> dict[str, Any]:
        for one in self._alive():
            if one["id"] == call.groups["id"]:
                return one
        raise GraphRefusal(404, "ResourceNotFound", "The object was not found.")

    def _shown(self, subscription: dict[str, Any]) -> dict[str, Any]:
        return subscription | {"clientState": None}
