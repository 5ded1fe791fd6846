"""The fake Graph's calendars and online meetings, and who could do what in a meeting."""

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.rooms.graph_shapes import BEFOREHAND, EVENT, MEETING, GraphRefusal, bad, check, moment


@dataclass(slots=True)
class Call:
    """One request, its path already taken apart."""

    groups: dict[str, str]
    query: dict[str, str]
    body: Any
    prefer: str
    base: str
    request: web.Request

    @property
    def user(self) -> str:
        return self.groups["user"]


Handler = Callable[[Call], Any]
MARKED = re.compile(
    r"singleValueExtendedProperties/[Aa]ny\(ep: ?ep/id eq '(?P<id>[^']+)' and "
    r"(?:ep/value eq '(?P<value>[^']*)'|startswith\(ep/value, ?'(?P<start>[^']*)'\))\)"
)
EXPANDED = re.compile(r"singleValueExtendedProperties\(\$filter=id eq '(?P<id>[^']+)'\)")


@dataclass(slots=True)
class Meeting:
    """An online meeting; ``options`` is what is really so in it."""

    id: str
    organizer: str
    options: dict[str, Any]
    on_calendar: bool = True
    in_progress: bool = False

    def presenters(self) -> set[str]:
        attendees = self.options["participants"]["attendees"]
        return {one["upn"].casefold() for one in attendees if one["role"] in ("presenter", "coorganizer")}

    def lets_in(self, address: str | None) -> bool:
        """Whether somebody passes the lobby without being let in."""
        scope = self.options["lobbyBypassSettings"]["scope"]
        invited = {one["upn"].casefold() for one in self.options["participants"]["attendees"]}
        return scope == "everyone" or (scope == "invited" and (address or "").casefold() in invited)

    def may_speak(self, address: str | None) -> bool:
        """Whether what somebody says is heard; presenters are exempt from the limits on attendees."""
        presents = self.options["allowedPresenters"] == "everyone" or (
            self.options["allowedPresenters"] == "roleIsPresenter"
            and (address or "").casefold() in self.presenters()
        )
        return presents or bool(self.options["allowAttendeeToEnableMic"])


@dataclass
class Meetings:
    """Calendars and meetings of one tenant."""

    people: set[str] = field(default_factory=set)
    """Addresses of those whom the tenant knows; only they can be made presenters."""
    policies: set[str] = field(default_factory=set)
    """Organizers on whose behalf the application may act in meetings."""
    page: int = 2
    finds_late: int = 0
    """How often a new meeting is not yet found by its join URL."""
    wrongly: dict[str, Any] = field(default_factory=dict)
    """What a property becomes, whatever a PATCH says."""
    shows: dict[str, Any] = field(default_factory=dict)
    """What a property is read back as, such as an enum member newer than this text."""
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    meetings: dict[str, Meeting] = field(default_factory=dict)
    transactions: dict[tuple[str, str], tuple[str, Any]] = field(default_factory=dict)
    made: int = 0

    def routes(self) -> list[tuple[str, str, Handler]]:
        user = "/users/(?P<user>[^/]+)"
        event = f"{user}/events/(?P<event>[^/]+)"
        meeting = f"{user}/onlineMeetings/(?P<meeting>[^/]+)"
        return [
            ("POST", f"{user}/events", self.add_event),
            ("GET", f"{user}/events", self.find_events),
            ("GET", event, self.get_event),
            ("PATCH", event, self.change_event),
            ("DELETE", event, self.delete_event),
            ("GET", f"{user}/onlineMeetings", self.find_meeting),
            ("POST", f"{user}/onlineMeetings/createOrGet", self.add_meeting_without_event),
            ("GET", meeting, self.get_meeting),
            ("PATCH", meeting, self.change_meeting),
            ("DELETE", meeting, self.delete_meeting),
        ]

    # --- the calendar ---

    def add_event(self, call: Call) -> Any:
        check(call.body, EVENT)
        for name in ("subject", "start", "end"):
            if not call.body.get(name):
                raise bad(f"{name} is missing")
        transaction = (call.user, call.body.get("transactionId") or "")
        if transaction[1] and transaction in self.transactions:
            known, body = self.transactions[transaction]
            if known not in self.events or body != call.body:
                raise GraphRefusal(409, "ErrorDuplicateTransactionId", "The transactionId was used before")
            return 201, self._event(known)
        self.made += 1
        id = f"AAMkAD-{self.made}=="
        event = {**deepcopy(call.body), "id": id, "user": call.user, "isCancelled": False}
        event["createdDateTime"] = f"2027-01-01T00:00:{self.made:02}Z"
        if event.get("isOnlineMeeting"):
            if event.get("onlineMeetingProvider") != "teamsForBusiness":
                raise bad("onlineMeetingProvider")
            starts, ends = event["start"]["dateTime"], event["end"]["dateTime"]
            meeting = self._meeting(call.user, event["subject"], f"{starts}Z", f"{ends}Z")
            event["onlineMeeting"] = {"joinUrl": meeting.options["joinWebUrl"]}
        self.events[id] = event
        if transaction[1]:
            self.transactions[transaction] = (id, deepcopy(call.body))
        return 201, self._event(id)

    def find_events(self, call: Call) -> Any:
        found = [one for one in self.events.values() if one["user"] == call.user]
        if wanted := call.query.get("$filter"):
            marked = MARKED.fullmatch(wanted)
            if not marked:
                raise GraphRefusal(400, "ErrorInvalidUrlQueryFilter", f"'{wanted}' cannot be filtered on")
            found = [one for one in found if self._is_marked(one, marked)]
        skip = int(call.query.get("$skip", 0))
        page = found[skip : skip + self.page]
        answer: dict[str, Any] = {"value": [self._event(one["id"], call) for one in page]}
        if len(found) > skip + self.page:
            query = "&".join(f"{k}={v}" for k, v in call.query.items() if k != "$skip")
            answer["@odata.nextLink"] = (
                f"{call.base}/users/{call.user}/events?{query}&$skip={skip + self.page}"
            )
        return 200, answer

    def get_event(self, call: Call) -> Any:
        return 200, self._event(self._own_event(call), call)

    def change_event(self, call: Call) -> Any:
        check(call.body, EVENT)
        if "transactionId" in call.body:
            raise bad("transactionId cannot be changed")
        id = self._own_event(call)
        self.events[id] |= deepcopy(call.body)
        return 200, self._event(id)

    def delete_event(self, call: Call) -> Any:
        """The meeting stays behind, as those do whose link somebody still has."""
        del self.events[self._own_event(call)]
        return 204, None

    def _own_event(self, call: Call) -> str:
        event = self.events.get(call.groups["event"])
        if event is None or event["user"] != call.user:
            raise GraphRefusal(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        return call.groups["event"]

    def _is_marked(self, event: dict[str, Any], marked: re.Match[str]) -> bool:
        return any(
            one["id"] == marked["id"]
            and (
                one["value"].casefold() == marked["value"].casefold()
                if marked["value"] is not None
                else one["value"].casefold().startswith(marked["start"].casefold())
            )
            for one in event.get("singleValueExtendedProperties", [])
        )

    def _event(self, id: str, call: Call | None = None) -> dict[str, Any]:
        """As Graph shows it: extended properties only where they are asked for."""
        event = deepcopy(self.events[id])
        event.pop("user")
        properties = event.pop("singleValueExtendedProperties", [])
        if call and (expanded := EXPANDED.fullmatch(call.query.get("$expand", ""))):
            event["singleValueExtendedProperties"] = [
                one for one in properties if one["id"] == expanded["id"]
            ]
        return event

    # --- online meetings ---

    def add_meeting_without_event(self, call: Call) -> Any:
        meeting = self._meeting(
            call.user, call.body["subject"], call.body["startDateTime"], call.body["endDateTime"]
        )
        meeting.on_calendar = False
        return 201, self._shown(meeting, call)

    def find_meeting(self, call: Call) -> Any:
        self._needs_policy(call)
        wanted = re.fullmatch(r"JoinWebUrl eq '(?P<url>.+)'", call.query.get("$filter", ""))
        if not wanted:
            raise bad("Either JoinWebUrl or JoinMeetingId must be filtered on")
        if self.finds_late:
            self.finds_late -= 1
            return 200, {"value": []}
        url = wanted["url"].replace("''", "'")
        found = [one for one in self.meetings.values() if one.options["joinWebUrl"] == url]
        return 200, {"value": [self._shown(one, call) for one in found if one.organizer == call.user]}

    def get_meeting(self, call: Call) -> Any:
        return 200, self._shown(self.meeting_of(call), call)

    def change_meeting(self, call: Call) -> Any:
        meeting = self.meeting_of(call)
        check(call.body, MEETING)
        self._must_be_whole(call.body)
        for name, value in call.body.items():
            if name == "@odata.type" or (meeting.in_progress and name in BEFOREHAND):
                continue
            new = self.wrongly.get(name, value)
            if name == "participants":
                new = meeting.options["participants"] | {"attendees": new["attendees"]}
            elif isinstance(new, dict):
                new = meeting.options[name] | new
            meeting.options[name] = deepcopy(new)
        return 200, self._shown(meeting, call)

    def delete_meeting(self, call: Call) -> Any:
        del self.meetings[self.meeting_of(call).id]
        return 204, None

    def meeting_of(self, call: Call) -> Meeting:
        self._needs_policy(call)
        meeting = self.meetings.get(call.groups["meeting"])
        if meeting is None or meeting.organizer != call.user:
            raise GraphRefusal(404, "NotFound", "Meeting not found")
        return meeting

    def _needs_policy(self, call: Call) -> None:
        if call.user not in self.policies:
            raise GraphRefusal(403, "Forbidden", "No application access policy found for this app")

    def _must_be_whole(self, body: dict[str, Any]) -> None:
        if ("startDateTime" in body) != ("endDateTime" in body):
            raise bad("startDateTime and endDateTime go together")
        if "startDateTime" in body and moment(body["startDateTime"], "") > moment(body["endDateTime"], ""):
            raise bad("endDateTime is before startDateTime")
        if body.get("allowedPresenters") == "roleIsPresenter" and "participants" not in body:
            raise bad("roleIsPresenter needs the whole list of attendees")
        if "participants" not in body:
            return
        if "organizer" in body["participants"]:
            raise bad("organizer cannot be changed")
        attendees = body["participants"].get("attendees")
        if attendees is None:
            raise bad("participants needs the whole list of attendees")
        for one in attendees:
            if not one.get("upn") or not one.get("role") or not one.get("identity"):
                raise bad("an attendee needs identity, upn and role")
            if one["upn"].casefold() not in self.people:
                raise bad(f"{one['upn']} is not known in the directory")

    def _meeting(self, user: str, subject: str, starts: str, ends: str) -> Meeting:
        """As Teams makes it: everyone is a presenter, until somebody says otherwise."""
        number = len(self.meetings) + 1
        meeting = Meeting(
            f"MSpkYzE3Njc-{self.made}-{number}==",
            user,
            {
                "subject": subject,
                "startDateTime": starts,
                "endDateTime": ends,
                "joinWebUrl": f"https://teams.example/l/meetup-join/19%3ameeting_{self.made}_{number}%40thread.v2/0",
                "allowedPresenters": "everyone",
                "allowAttendeeToEnableMic": True,
                "allowAttendeeToEnableCamera": True,
                "lobbyBypassSettings": {"scope": "organization", "isDialInBypassEnabled": False},
                "allowedLobbyAdmitters": "organizerAndCoOrganizersAndPresenters",
                "allowMeetingChat": "enabled",
                "allowRecording": True,
                "recordAutomatically": False,
                "allowTranscription": True,
                "isEntryExitAnnounced": True,
                "participants": {"organizer": {"upn": f"{user}@fjellvik.example"}, "attendees": []},
            },
        )
        self.meetings[meeting.id] = meeting
        return meeting

    def _shown(self, meeting: Meeting, call: Call) -> dict[str, Any]:
        """As it is read; members that this version does not know are hidden unless they are asked for."""
        seen = {"id": meeting.id, **deepcopy(meeting.options), "autoAdmittedUsers": "everyone"}
        for name, value in self.shows.items():
            known = "include-unknown-enum-members" in call.prefer or not isinstance(value, str)
            seen[name] = value if known else "unknownFutureValue"
        return seen
