"""The organizer's calendar and online meetings, as plain data."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.allowed_lobby_admitter_roles import AllowedLobbyAdmitterRoles
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.event import Event as GraphEvent
from msgraph.generated.models.identity import Identity
from msgraph.generated.models.identity_set import IdentitySet
from msgraph.generated.models.lobby_bypass_scope import LobbyBypassScope
from msgraph.generated.models.lobby_bypass_settings import LobbyBypassSettings
from msgraph.generated.models.meeting_chat_mode import MeetingChatMode
from msgraph.generated.models.meeting_participant_info import MeetingParticipantInfo
from msgraph.generated.models.meeting_participants import MeetingParticipants
from msgraph.generated.models.online_meeting import OnlineMeeting
from msgraph.generated.models.online_meeting_presenters import OnlineMeetingPresenters
from msgraph.generated.models.online_meeting_provider_type import OnlineMeetingProviderType
from msgraph.generated.models.online_meeting_role import OnlineMeetingRole
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.item.events.item.event_item_request_builder import EventItemRequestBuilder
from msgraph.generated.users.item.online_meetings.online_meetings_request_builder import (
    OnlineMeetingsRequestBuilder,
)

from orchestrator.clock import NEVER
from orchestrator.rooms.provider import RoomTrouble
from orchestrator.rooms.teams_connection import Connection, preferring, warm_up
from orchestrator.rooms.teams_options import Attendee, Options

__all__ = ["Connection", "TeamsMeetings", "warm_up"]

MARKER = "String {5d5e6c42-7f0f-4c7d-9a58-0f4b7f1c9d21} Name Room"
"""Our own property of a calendar event: events can be filtered on such, but not on their transactionId."""
LASTING = 'IdType="ImmutableId"'
"""Else an event's id changes when somebody moves it to another calendar."""
CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Event:
    """A calendar event of ours."""

    id: str
    mark: str
    join_url: str | None
    subject: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Meeting:
    """An online meeting as it was read."""

    options: Options
    join_url: str | None
    subject: str | None
    starts_at: datetime | None
    ends_at: datetime | None


class TeamsMeetings:
    """Calendar events and their meetings. All methods raise RoomTrouble, "gone" for what is not there."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    # --- the calendar ---

    async def add_event(
        self, subject: str, starts_at: datetime, ends_at: datetime, *, mark: str, transaction: str
    ) -> Event | None:
        """Make it, or get it if it was made before; None if the transaction was used for another."""
        body = _times(starts_at, ends_at)
        body.subject = subject
        body.is_online_meeting = True
        body.online_meeting_provider = OnlineMeetingProviderType.TeamsForBusiness
        body.transaction_id = transaction
        body.single_value_extended_properties = [_marker(mark)]
        try:
            async with self.connection.asking():
                made = await self.connection.organizer.events.post(body, _configured(None, LASTING))
        except RoomTrouble as trouble:
            if trouble.code == "refused" and trouble.detail.startswith(str(CONFLICT)):
                return None
            raise
        return _event(made, mark)

    async def events(self, beginning: str) -> list[Event]:
        """Those whose mark begins so, however many."""
        query = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(
            filter=(
                f"singleValueExtendedProperties/Any(ep: ep/id eq '{MARKER}'"
                f" and startswith(ep/value, '{beginning}'))"
            ),
            expand=[_EXPANDED],
        )
        builder = self.connection.organizer.events
        configuration: Any = _configured(query, LASTING)
        found: list[Event] = []
        while True:
            async with self.connection.asking():
                page = await builder.get(configuration)
            found += [_event(one) for one in (page.value if page else None) or []]
            if not page or not page.odata_next_link:
                return found
            # The link says everything but the headers.
            builder = builder.with_url(page.odata_next_link)
            configuration = _configured(None, LASTING)

    async def event(self, id: str) -> Event:
        """One event, with its mark."""
        query = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(expand=[_EXPANDED])
        async with self.connection.asking():
            return _event(
                await self.connection.organizer.events.by_event_id(id).get(_configured(query, LASTING))
            )

    async def mark_event(self, id: str, mark: str) -> None:
        """Give it another mark."""
        body = GraphEvent()
        body.single_value_extended_properties = [_marker(mark)]
        async with self.connection.asking():
            await self.connection.organizer.events.by_event_id(id).patch(body, _configured(None, LASTING))

    async def move_event(self, id: str, subject: str, starts_at: datetime, ends_at: datetime) -> None:
        """Another name or time."""
        body = _times(starts_at, ends_at)
        body.subject = subject
        async with self.connection.asking():
            await self.connection.organizer.events.by_event_id(id).patch(body, _configured(None, LASTING))

    async def delete_event(self, id: str) -> None:
        """Off the calendar."""
        async with self.connection.asking():
            await self.connection.organizer.events.by_event_id(id).delete()

    # --- online meetings ---

    async def meeting_id(self, join_url: str) -> str | None:
        """The id of the meeting with this link; None as long as there is none, as just after it was made."""
        quoted = join_url.replace("'", "''")
        query = OnlineMeetingsRequestBuilder.OnlineMeetingsRequestBuilderGetQueryParameters(
            filter=f"JoinWebUrl eq '{quoted}'"
        )
        async with self.connection.asking():
            found = await self.connection.organizer.online_meetings.get(_configured(query))
        value = (found.value if found else None) or []
        return value[0].id if value else None

    async def meeting(self, id: str) -> Meeting:
        """Read it."""
        builder = self.connection.organizer.online_meetings.by_online_meeting_id(id)
        async with self.connection.asking():
            read = await builder.get(_configured(None))
        if read is None:
            raise RoomTrouble("gone")
        return Meeting(
            _options(read), read.join_web_url, read.subject, read.start_date_time, read.end_date_time
        )

    async def set_options(self, id: str, wish: Options, names: frozenset[str]) -> None:
        """Change the named options; while a meeting lasts, Graph leaves some as they are in silence."""
        await self._patch(id, _model(wish, names))

    async def move_meeting(self, id: str, subject: str, starts_at: datetime, ends_at: datetime) -> None:
        """Another name or time; Graph wants both times or none."""
        body = OnlineMeeting()
        body.subject = subject
        body.start_date_time = starts_at.astimezone(UTC)
        body.end_date_time = ends_at.astimezone(UTC)
        await self._patch(id, body)

    async def delete_meeting(self, id: str) -> None:
        """Its link leads nowhere after this."""
        async with self.connection.asking():
            await self.connection.organizer.online_meetings.by_online_meeting_id(id).delete()

    async def _patch(self, id: str, body: OnlineMeeting) -> None:
        builder = self.connection.organizer.online_meetings.by_online_meeting_id(id)
        async with self.connection.asking():
            await builder.patch(body, _configured(None))


_EXPANDED = f"singleValueExtendedProperties($filter=id eq '{MARKER}')"


def _configured(query: Any, *preferences: str) -> RequestConfiguration[Any]:
    return RequestConfiguration(query_parameters=query, headers=preferring(*preferences))


def _marker(mark: str) -> SingleValueLegacyExtendedProperty:
    marker = SingleValueLegacyExtendedProperty()
    marker.id = MARKER
    marker.value = mark
    return marker


def _times(starts_at: datetime, ends_at: datetime) -> GraphEvent:
    event = GraphEvent()
    event.start, event.end = _local(starts_at), _local(ends_at)
    return event


def _local(when: datetime) -> DateTimeTimeZone:
    local = DateTimeTimeZone()
    local.date_time = when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    local.time_zone = "UTC"
    return local


def _moment(local: DateTimeTimeZone | None) -> datetime | None:
    """In UTC: nothing else was asked for."""
    if local is None or not local.date_time:
        return None
    return datetime.fromisoformat(local.date_time).replace(tzinfo=UTC)


def _event(read: GraphEvent | None, mark: str = "") -> Event:
    if read is None or not read.id:
        raise RoomTrouble("gone")
    marks = [one.value for one in read.single_value_extended_properties or [] if one.id == MARKER]
    return Event(
        read.id,
        (marks[0] if marks else None) or mark,
        read.online_meeting.join_url if read.online_meeting else None,
        read.subject,
        _moment(read.start),
        _moment(read.end),
        read.created_date_time or NEVER,
    )


def _options(read: OnlineMeeting) -> Options:
    lobby = read.lobby_bypass_settings
    attendees = read.participants.attendees if read.participants else None
    return Options(
        allowed_presenters=read.allowed_presenters,
        presenters=None
        if attendees is None
        else frozenset(Attendee((one.upn or "").casefold(), one.role) for one in attendees),
        microphones=read.allow_attendee_to_enable_mic,
        cameras=read.allow_attendee_to_enable_camera,
        lobby=lobby.scope if lobby else None,
        telephones_pass=lobby.is_dial_in_bypass_enabled if lobby else None,
        admitters=read.allowed_lobby_admitters,
        chat=read.allow_meeting_chat,
        recording=read.allow_recording,
        record_automatically=read.record_automatically,
        transcription=read.allow_transcription,
        announcements=read.is_entry_exit_announced,
    )


def _model(wish: Options, names: frozenset[str]) -> OnlineMeeting:
    """A fresh one with nothing but what is to change: one that was read would send everything back."""
    body = OnlineMeeting()
    settings: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "allowed_presenters": ("allowed_presenters", OnlineMeetingPresenters),
        "microphones": ("allow_attendee_to_enable_mic", bool),
        "cameras": ("allow_attendee_to_enable_camera", bool),
        "admitters": ("allowed_lobby_admitters", AllowedLobbyAdmitterRoles),
        "chat": ("allow_meeting_chat", MeetingChatMode),
        "recording": ("allow_recording", bool),
        "record_automatically": ("record_automatically", bool),
        "transcription": ("allow_transcription", bool),
        "announcements": ("is_entry_exit_announced", bool),
    }
    for name in names & settings.keys():
        field, kind = settings[name]
        setattr(body, field, kind(getattr(wish, name)))
    if names & {"lobby", "telephones_pass"}:
        body.lobby_bypass_settings = LobbyBypassSettings()
        body.lobby_bypass_settings.scope = LobbyBypassScope(wish.lobby)
        body.lobby_bypass_settings.is_dial_in_bypass_enabled = wish.telephones_pass
    if "presenters" in names:
        body.participants = MeetingParticipants()
        body.participants.attendees = [
            _attendee(one) for one in sorted(wish.presenters or (), key=lambda one: one.address)
        ]
    return body


def _attendee(one: Attendee) -> MeetingParticipantInfo:
    attendee = MeetingParticipantInfo()
    attendee.identity = IdentitySet()
    attendee.identity.user = Identity()
    attendee.identity.user.display_name = one.name
    attendee.role = OnlineMeetingRole(one.role)
    attendee.upn = one.address
    return attendee
