"""Rooms in Microsoft Teams: a calendar event with an online meeting, whose options are set and read back.

Meetings that are not on a calendar cannot be recorded or transcribed. The SDK is loaded only when a room in
Teams is asked for.
"""

import asyncio
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from orchestrator.rooms.provider import (
    CAPABILITIES,
    Guest,
    Join,
    Present,
    ProviderName,
    RoomRef,
    RoomSpec,
    RoomTrouble,
)
from orchestrator.rooms.teams_account import TeamsAccount
from orchestrator.rooms.teams_options import (
    SAID_TOGETHER,
    SHUT,
    breaches,
    differences,
    shortcomings,
    told,
    wanted,
)

if TYPE_CHECKING:
    from orchestrator.rooms.teams_connection import Connection
    from orchestrator.rooms.teams_meetings import Event, TeamsMeetings

TRANSACTIONS = 5
"""How many events in a row somebody may delete by hand in the calendar before we no longer make another."""
SOON_S = 5.0
"""Seconds until what Exchange and Teams tell each other has usually arrived."""
WITH_OBSERVERS = "/observers"
"""The end of an event's mark once an observer has been given its link."""


class TeamsRooms:
    """Rooms in the municipalities' own tenants.

    Teams shuts the microphones of all attendees or of none, and our observers are attendees like any other:
    they are let in only where nobody but presenters speaks, and once they have had the link, the microphones
    of attendees stay shut for good. It neither puts anybody out nor tells who is in.
    """

    name: ProviderName = "teams"
    can = CAPABILITIES["teams"]

    def __init__(self, account: TeamsAccount, *, patience_s: float = 30.0) -> None:
        """``patience_s``: how many seconds Graph may take for one answer. RoomTrouble("not_installed")."""
        if find_spec("msgraph") is None:
            raise RoomTrouble("not_installed", "msgraph-sdk", lasting=True)
        self._account = account
        self._patience_s = patience_s
        self._loading = asyncio.Lock()
        self._sdk: Any = None
        self._connection: Connection | None = None
        self._with_observers: set[str] = set()

    async def create(self, spec: RoomSpec, known: RoomRef | None) -> RoomRef:
        """The event, found by what was remembered or by its mark, else made; then its meeting."""
        meetings = await self._meetings()
        event = await self._event(meetings, spec, known)
        meeting_id = await meetings.meeting_id(event.join_url) if event.join_url else None
        if meeting_id is None:
            raise RoomTrouble("unavailable", "Teams has not made the meeting yet", retry_after=SOON_S)
        return RoomRef(
            "teams", spec.organisation_id, event.id, event.join_url, more=(("meeting", meeting_id),)
        )

    async def apply(self, ref: RoomRef, spec: RoomSpec) -> None:
        """Only what differs is sent, and what closes before what opens for somebody."""
        meetings = await self._meetings()
        event = await meetings.event(ref.id)
        meeting_id = await self._meeting_id(meetings, ref)
        meeting = await meetings.meeting(meeting_id)
        wish = wanted(spec, observers_have_link=_is_with_observers(event))
        differing = differences(meeting.options, wish)
        # Two requests: an address that Teams does not know must not keep the doors open.
        for names in (differing - SAID_TOGETHER, SAID_TOGETHER if differing & SAID_TOGETHER else frozenset()):
            if names:
                await meetings.set_options(meeting_id, wish, names)
        plan = (spec.name, spec.starts_at, spec.ends_at)
        if plan != (event.subject, event.starts_at, event.ends_at):
            await meetings.move_event(ref.id, *plan)
        if plan != (meeting.subject, meeting.starts_at, meeting.ends_at):
            await meetings.move_meeting(meeting_id, *plan)

    async def verify(self, ref: RoomRef, spec: RoomSpec) -> tuple[str, ...]:
        """All that gives anybody a right is compared; not name and times, which a running meeting keeps."""
        meetings = await self._meetings()
        event = await meetings.event(ref.id)
        meeting = await meetings.meeting(await self._meeting_id(meetings, ref))
        with_observers = _is_with_observers(event)
        names = breaches(meeting.options, wanted(spec, observers_have_link=with_observers))
        names |= shortcomings(spec, observers_have_link=with_observers)
        if meeting.join_url != ref.join_url:
            names |= {"url"}
        return tuple(sorted(names))

    async def join(self, ref: RoomRef, spec: RoomSpec, guest: Guest) -> Join:
        """The one link of the meeting. An observer gets it only where attendees' microphones are shut."""
        if not ref.join_url or not spec.may_be_in(guest.identity, guest.role):
            raise RoomTrouble("not_allowed_in")
        if guest.role == "observer":
            if spec.open_microphones:
                raise RoomTrouble("not_allowed_in")
            await self._remember_observers(ref)
        return Join(ref.join_url)

    async def present(self, ref: RoomRef) -> tuple[Present, ...]:  # noqa: ARG002 - there is nobody to ask
        """Graph does not tell while a meeting lasts."""
        return ()

    async def close(self, ref: RoomRef) -> None:
        """Whoever comes waits in a lobby that nobody opens; who is inside can only leave by themselves."""
        meetings = await self._meetings()
        try:
            meeting_id = await self._meeting_id(meetings, ref)
            await meetings.set_options(meeting_id, SHUT, told(SHUT))
        except RoomTrouble as trouble:
            if trouble.code != "gone":
                raise

    async def delete(self, ref: RoomRef) -> None:
        """Shut, off the calendar, and the meeting itself: its link would outlive the event."""
        await self.close(ref)
        meetings = await self._meetings()
        for step in (self._delete_event, self._delete_meeting):
            try:
                await step(meetings, ref)
            except RoomTrouble as trouble:
                if trouble.code != "gone":
                    raise

    async def all_of(self, organisation_id: UUID) -> tuple[tuple[UUID, RoomRef], ...]:
        """The events on the organizer's calendar that bear our mark."""
        meetings = await self._meetings()
        return tuple(
            (UUID(event.mark.split("/")[1]), RoomRef("teams", organisation_id, event.id, event.join_url))
            for event in await meetings.events(f"{organisation_id}/")
        )

    async def connection(self) -> "Connection":
        """Graph on behalf of the account. The SDK is loaded in a thread: that takes seconds."""
        async with self._loading:
            if self._connection is None:
                self._sdk = await asyncio.to_thread(_load)
                self._connection = self._sdk.Connection(self._account, self._patience_s)
            return self._connection

    async def aclose(self) -> None:
        """Let go of connections."""
        if self._connection:
            await self._connection.aclose()
            self._connection = None

    async def meeting_id(self, ref: RoomRef) -> str:
        """What the room's online meeting is called."""
        return await self._meeting_id(await self._meetings(), ref)

    async def _meetings(self) -> "TeamsMeetings":
        connection = await self.connection()
        made: TeamsMeetings = self._sdk.TeamsMeetings(connection)
        return made

    async def _event(self, meetings: "TeamsMeetings", spec: RoomSpec, known: RoomRef | None) -> "Event":
        """Whoever is cut off anywhere in here and begins again finds what was made, and makes no second one.

        What a lost answer told of is found by the mark, a property of our own that Graph can filter on; two
        that ask at once are one by the transaction. A transaction whose event is gone is never used again.
        """
        if known:
            try:
                return await meetings.event(known.id)
            except RoomTrouble as trouble:
                if trouble.code != "gone":
                    raise
        mark = _mark(spec)
        for attempt in range(TRANSACTIONS):
            if found := await meetings.events(mark):
                return min(found, key=lambda event: (event.created_at, event.id))
            transaction = uuid5(spec.room_id, str(attempt)) if attempt else spec.room_id
            if made := await meetings.add_event(
                spec.name, spec.starts_at, spec.ends_at, mark=mark, transaction=str(transaction)
            ):
                return made
        raise RoomTrouble("refused", "the room's event was deleted too often", lasting=True)

    async def _meeting_id(self, meetings: "TeamsMeetings", ref: RoomRef) -> str:
        remembered = dict(ref.more).get("meeting")
        meeting_id = remembered or (ref.join_url and await meetings.meeting_id(ref.join_url))
        if not meeting_id:
            raise RoomTrouble("gone")
        return meeting_id

    async def _remember_observers(self, ref: RoomRef) -> None:
        """Where it outlives us: on the event, before the link is given away; once is enough."""
        if ref.id in self._with_observers:
            return
        meetings = await self._meetings()
        event = await meetings.event(ref.id)
        if not _is_with_observers(event):
            await meetings.mark_event(event.id, event.mark + WITH_OBSERVERS)
        self._with_observers.add(ref.id)

    async def _delete_event(self, meetings: "TeamsMeetings", ref: RoomRef) -> None:
        await meetings.delete_event(ref.id)

    async def _delete_meeting(self, meetings: "TeamsMeetings", ref: RoomRef) -> None:
        await meetings.delete_meeting(await self._meeting_id(meetings, ref))


def _load() -> Any:
    """What needs the SDK, once it has loaded what the first answer would have it load."""
    meetings = import_module("orchestrator.rooms.teams_meetings")
    meetings.warm_up()
    return meetings


def _mark(spec: RoomSpec) -> str:
    return f"{spec.organisation_id}/{spec.room_id}"


def _is_with_observers(event: "Event") -> bool:
    return event.mark.endswith(WITH_OBSERVERS)
