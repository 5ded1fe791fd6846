"""What Microsoft Graph takes in a body, and how it says no: the part of v1.0 that rooms use."""

import re
from datetime import datetime
from typing import Any


class GraphRefusal(Exception):
    """An answer other than what was asked for, in Graph's shape."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str = "",
        *,
        inner: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.headers = headers or {}
        error: dict[str, Any] = {"code": code, "message": message}
        # A time without a zone, as Graph itself writes it here.
        error["innerError"] = {"date": "2027-05-04T07:00:00", "request-id": "0", "client-request-id": "0"}
        if inner:
            error["innerError"]["code"] = inner
        self.body = {"error": error}


def bad(message: str) -> GraphRefusal:
    return GraphRefusal(400, "BadRequest", message)


TEXT = "text"
YES_NO = "yes or no"
MOMENT = "moment"
LOCAL = "local time"
"""A time of day without an offset, beside the name of its zone."""

ROLES = ("attendee", "presenter", "producer", "coorganizer")
ZONED = {"dateTime": LOCAL, "timeZone": TEXT}
IDENTITY = {"displayName": TEXT, "id": TEXT}
PARTICIPANT = {
    "identity": {"user": IDENTITY, "application": IDENTITY, "device": IDENTITY},
    "upn": TEXT,
    "role": ROLES,
}

IN_PROGRESS: dict[str, Any] = {
    "allowAttendeeToEnableCamera": YES_NO,
    "allowAttendeeToEnableMic": YES_NO,
    "allowCopyingAndSharingMeetingContent": YES_NO,
    "allowedLobbyAdmitters": ("organizerAndCoOrganizersAndPresenters", "organizerAndCoOrganizers"),
    "allowedPresenters": ("everyone", "organization", "roleIsPresenter", "organizer"),
    "allowMeetingChat": ("enabled", "disabled", "limited"),
    "allowRecording": YES_NO,
    "allowTeamworkReactions": YES_NO,
    "allowTranscription": YES_NO,
    "isEntryExitAnnounced": YES_NO,
    "lobbyBypassSettings": {
        "isDialInBypassEnabled": YES_NO,
        "scope": (
            "organizer",
            "organization",
            "organizationAndFederated",
            "everyone",
            "invited",
            "organizationExcludingGuests",
        ),
    },
}
"""Of an online meeting: what a PATCH changes at once, also while people are in it."""
BEFOREHAND: dict[str, Any] = {
    "allowBreakoutRooms": YES_NO,
    "allowLiveShare": ("enabled", "disabled"),
    "allowPowerPointSharing": YES_NO,
    "allowWhiteboard": YES_NO,
    "endDateTime": MOMENT,
    "isEndToEndEncryptionEnabled": YES_NO,
    "meetingSpokenLanguageTag": TEXT,
    "participants": {"attendees": [PARTICIPANT], "organizer": PARTICIPANT},
    "recordAutomatically": YES_NO,
    "startDateTime": MOMENT,
    "subject": TEXT,
}
"""Of an online meeting: what a PATCH changes only when nobody is in it; else it is ignored in silence."""
MEETING = IN_PROGRESS | BEFOREHAND

EVENT: dict[str, Any] = {
    "subject": TEXT,
    "body": {"content": TEXT, "contentType": ("text", "html")},
    "start": ZONED,
    "end": ZONED,
    "isOnlineMeeting": YES_NO,
    "onlineMeetingProvider": ("unknown", "teamsForBusiness", "skypeForBusiness", "skypeForConsumer"),
    "transactionId": TEXT,
    "singleValueExtendedProperties": [{"id": TEXT, "value": TEXT}],
}

SUBSCRIPTION: dict[str, Any] = {
    "changeType": TEXT,
    "clientState": TEXT,
    "expirationDateTime": MOMENT,
    "lifecycleNotificationUrl": TEXT,
    "notificationUrl": TEXT,
    "resource": TEXT,
}


def check(body: Any, shape: Any, name: str = "body") -> None:
    """Refuse what Graph would refuse."""
    if isinstance(shape, dict):
        _check_object(body, shape, name)
    elif isinstance(shape, list):
        if not isinstance(body, list):
            raise bad(f"{name} must be a list")
        for each in body:
            check(each, shape[0], name)
    elif isinstance(shape, tuple):
        if body not in shape:
            raise bad(f"Requested value '{body}' was not found in {name}")
    else:
        _check_leaf(body, shape, name)


def _check_object(body: Any, shape: dict[str, Any], name: str) -> None:
    if not isinstance(body, dict):
        raise bad(f"{name} must be an object")
    for key, value in body.items():
        if key == "@odata.type":
            continue
        if key not in shape:
            raise bad(f"Invalid property '{key}' in {name}")
        if value is not None:
            check(value, shape[key], key)


def _check_leaf(body: Any, shape: str, name: str) -> None:
    if shape == YES_NO:
        if not isinstance(body, bool):
            raise bad(f"{name} must be true or false")
    elif not isinstance(body, str):
        raise bad(f"{name} must be a text")
    elif shape == MOMENT:
        moment(body, name)
    elif shape == LOCAL and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?", body):
        raise bad(f"{name} must be a local time")


def moment(text: Any, name: str) -> datetime:
    """A moment with its offset, else refused."""
    try:
        when = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise bad(f"{name} is no time") from None
    if when.tzinfo is None:
        raise bad(f"{name} has no offset")
    return when
