"""Rehearsals (generalprøver): a day is tried with its real sources and rooms of its own, and then deleted."""

import asyncio
import logging
from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from orchestrator.clock import OSLO, Clock
from orchestrator.commands import Commands, UnknownStream
from orchestrator.domain.codec import StreamKind, parse_command
from orchestrator.domain.errors import Refused
from orchestrator.domain.items import Item, ItemWords
from orchestrator.domain.planning import PlanSession
from orchestrator.domain.roles import Actor, Role
from orchestrator.domain.rooms import Room
from orchestrator.domain.state import SessionState
from orchestrator.store.pool import UNAVAILABLE, Pool
from orchestrator.store.rehearsals import NotARehearsal, RoomsStand, delete_rehearsal
from orchestrator.store.rooms import RoomStates
from orchestrator.store.views import Views

log = logging.getLogger(__name__)

KEPT_AFTER: Final = timedelta(days=1)
"""So long after its end a rehearsal is there still, for whoever has not seen to it."""
LEFT_OPEN: Final = timedelta(hours=1)
"""So long past its end it goes on if nobody adjourns it: meanwhile nothing from its source is public."""
SWEEP_EVERY: Final = 15.0
"""Seconds between looks at what is to be deleted."""
MOST_SLUG: Final = 80
MARK: Final = "Generalprøve: "
"""Begins the name of all that is made for a rehearsal: here and in the products that its rooms are in."""
_SWEEP: Final = "rehearsals"
_BY: Final = Actor(frozenset({Role.ADMINISTRATOR, Role.SECRETARY}))


class Rehearsals:
    """Makes them, and deletes them when they are asked to go or a day after their end."""

    def __init__(
        self, *, pool: Pool, commands: Commands, views: Views, rooms: RoomStates, clock: Clock
    ) -> None:
        self._pool, self._commands, self._views = pool, commands, views
        self._rooms, self._clock = rooms, clock

    async def rehearse(
        self,
        organisation_id: UUID,
        meeting_id: UUID,
        starts_at: datetime,
        *,
        day: date | None = None,
        sender: str = "",
    ) -> str:
        """Make a rehearsal that begins at ``starts_at``, of one day in Norway or of all; its slug.

        Made twice it is the same. Raises UnknownStream; Refused: is_a_rehearsal, nothing_to_rehearse,
        rehearsal_source_taken.
        """
        meeting = await self._commands.meeting(organisation_id, meeting_id)
        if meeting.rehearsal_of is not None:
            raise Refused("is_a_rehearsal", "rehearse the meeting itself")
        sessions = await self._sessions(organisation_id, meeting_id, day)
        starts = [one.starts_at for one in sessions if one.starts_at]
        ends = [one.ends_at for one in sessions if one.ends_at]
        if not sessions:
            raise Refused("nothing_to_rehearse", "it has no session then")
        moved = starts_at - min(starts)
        used = {one.source_id for one in sessions} | {
            meeting.rooms[one.room_id].source_id for one in sessions if one.room_id in meeting.rooms
        }
        await self._are_free(organisation_id, used, starts_at, max(ends) + moved)
        id_ = uuid5(meeting_id, f"rehearsal/{day or ''}/{starts_at.timestamp()}")
        slug = await self._slug(organisation_id, meeting.slug, id_)

        async def says(kind: StreamKind, id: UUID, type_: str, /, **fields: Any) -> None:
            command = parse_command(kind, {"type": type_, **fields})
            await self._commands.handle(organisation_id, kind, id, command, _BY, sender=sender)

        await says(
            "meeting",
            id_,
            "plan_meeting",
            rehearsal_of=meeting_id,
            internal=True,
            slug=slug,
            title=marked(meeting.title),
            description=meeting.description or None,
            starts_at=starts_at,
            ends_at=max(ends) + moved,
            **{name: getattr(meeting, name) for name in ("kind", "body_id", "place")},
        )
        used = {one.room_id for one in sessions}
        for room in (room for room in meeting.rooms.values() if room.room_id in used):
            await says("meeting", id_, "plan_room", room=room_for(room, id_).model_dump())
        for one in sessions:
            plan = planned_anew(one, id_, moved)
            session_id = session_id_in(id_, one.session_id)
            await says("session", session_id, "plan_session", **plan)
            for item in (item for item in one.agenda if not item.dropped):
                item_id = uuid5(session_id, f"item/{item.item_id}")
                await says("session", session_id, "add_item", item_id=item_id, **words(item))
        await says("meeting", id_, "publish_meeting")
        return slug

    async def end(self, organisation_id: UUID, meeting_id: UUID, *, sender: str = "") -> None:
        """Call it off for good, so that it is deleted as soon as its rooms are gone. Raises NotARehearsal."""
        meeting = await self._commands.meeting(organisation_id, meeting_id)
        if meeting.rehearsal_of is None:
            raise NotARehearsal(meeting_id)
        await self._adjourn(organisation_id, meeting_id, sender)
        await self._say(organisation_id, "meeting", meeting_id, "cancel_meeting", sender)
        for room_id in meeting.rooms:
            await self._say(organisation_id, "meeting", meeting_id, "remove_room", sender, room_id=room_id)

    async def _adjourn(self, organisation_id: UUID, meeting_id: UUID, sender: str) -> None:
        for row in await self._views.sessions_of(organisation_id, meeting_id):
            if row.going_on:
                with suppress(Refused):  # behind closed doors, or in a vote: it goes with the rest
                    await self._say(organisation_id, "session", row.session_id, "adjourn_session", sender)

    async def delete(self, organisation_id: UUID, meeting_id: UUID, *, sender: str = "") -> bool:
        """Delete it now; False: when its rooms have been taken away. Raises NotARehearsal, UnknownStream."""
        await self.end(organisation_id, meeting_id, sender=sender)
        meeting = await self._commands.meeting(organisation_id, meeting_id)
        for room_id in meeting.removed_rooms:
            if await self._rooms.standing(room_id) is not None:
                return False
        try:
            events = await delete_rehearsal(self._pool, meeting_id)
        except RoomsStand:
            return False
        log.info("a rehearsal is deleted: %d events", events)
        return True

    async def sweep(self) -> int:
        """Delete what was asked to go and what ended a day ago; how many rehearsals that was."""
        deleted, now = 0, self._clock.now()
        for row in await self._views.rehearsals():
            with suppress(UnknownStream, NotARehearsal):  # another process was faster
                if row.status == "cancelled" or row.ends_at + KEPT_AFTER <= now:
                    deleted += await self.delete(row.organisation_id, row.meeting_id, sender=_SWEEP)
                elif row.ends_at + LEFT_OPEN <= now:
                    await self._adjourn(row.organisation_id, row.meeting_id, _SWEEP)
        return deleted

    async def run(self) -> None:
        """Delete what is due, for ever."""
        while True:
            try:
                await self.sweep()
            except UNAVAILABLE as error:
                log.warning("rehearsals wait for the database: %s", type(error).__name__)
            except Refused as error:
                log.warning("a rehearsal cannot be called off yet: %s", error.rule)
            await asyncio.sleep(SWEEP_EVERY)

    async def _say(
        self, organisation_id: UUID, kind: StreamKind, id: UUID, type_: str, sender: str, **fields: Any
    ) -> None:
        command = parse_command(kind, {"type": type_, **fields})
        await self._commands.handle(organisation_id, kind, id, command, _BY, sender=sender)

    async def _sessions(
        self, organisation_id: UUID, meeting_id: UUID, day: date | None
    ) -> list[SessionState]:
        rows = await self._views.sessions_of(organisation_id, meeting_id)
        return [
            await self._commands.session(organisation_id, row.session_id)
            for row in rows
            if row.status != "cancelled" and day in (None, row.starts_at.astimezone(OSLO).date())
        ]

    async def _are_free(
        self, organisation_id: UUID, sources: Collection[UUID | None], start: datetime, end: datetime
    ) -> None:
        """What is captured during a rehearsal is never public, of a meeting at the same time neither."""
        wanted = {one for one in sources if one}
        if wanted and await self._views.sources_taken(organisation_id, wanted, start, end):
            raise Refused("rehearsal_source_taken", "a public session uses the same source then")

    async def _slug(self, organisation_id: UUID, slug: str, meeting_id: UUID) -> str:
        """An address of its own: the one it has, else the first that is free."""
        with suppress(UnknownStream):
            return (await self._commands.meeting(organisation_id, meeting_id)).slug
        number = 1
        while True:
            end = f"-{number}"
            tried = f"generalprove-{slug}"[: MOST_SLUG - len(end)].rstrip("-") + end
            if await self._views.claim_address(organisation_id, tried, meeting_id):
                return tried
            number += 1


def marked(name: str) -> str:
    """The name of what is made for a rehearsal, within what a name may be long."""
    return f"{MARK}{name}"[:500]


def session_id_in(rehearsal_id: UUID, session_id: UUID) -> UUID:
    """The session that rehearses this one."""
    return uuid5(rehearsal_id, f"session/{session_id}")


def room_id_in(rehearsal_id: UUID, room_id: UUID) -> UUID:
    """The room that stands for this one in a rehearsal."""
    return uuid5(rehearsal_id, f"room/{room_id}")


def room_for(room: Room, rehearsal_id: UUID) -> Room:
    """A room like this one for the rehearsal alone. Not recorded: what a product records we cannot delete."""
    id_ = room_id_in(rehearsal_id, room.room_id)
    return room.model_copy(update={"room_id": id_, "name": marked(room.name), "recorded": False})


def planned_anew(session: SessionState, rehearsal_id: UUID, moved: timedelta) -> dict[str, Any]:
    """The session's plan, marked, moved, never public and in the rehearsal's own room."""
    names = PlanSession.model_fields.keys() - {"type", "members"}
    plan = {name: getattr(session, name) for name in names}
    topics = [
        topic.model_copy(update={"starts_at": topic.starts_at and topic.starts_at + moved})
        for topic in session.topics
    ]
    return plan | {
        "meeting_id": rehearsal_id,
        "title": marked(session.title),
        "starts_at": session.starts_at and session.starts_at + moved,
        "ends_at": session.ends_at and session.ends_at + moved,
        "public": False,
        "room_id": session.room_id and room_id_in(rehearsal_id, session.room_id),
        "topics": topics,
        "members": tuple(session.members.values()),
        "rules": session.rules,
    }


def words(item: Item) -> dict[str, Any]:
    """What stands on a rehearsal's case list. Of what is restricted only what the public may read."""
    if item.restricted:
        title = item.public_title or item.heading
        kept: dict[str, Any] = {"case_number": item.case_number, "title": title, "public_title": title}
    else:
        kept = {name: getattr(item.shown, name) for name in ItemWords.model_fields}
    return {"kind": item.kind, "restricted": item.restricted, **kept}
