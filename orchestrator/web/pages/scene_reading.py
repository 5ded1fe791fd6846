"""Reads what the pages of a session show: the session, its meeting, names, and its digital room."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.rooms import Product
from orchestrator.domain.state import SessionState
from orchestrator.services import Services
from orchestrator.store.impartiality import SteppedDown, stepped_down
from orchestrator.web.pages.scene import RoomShown, Scene

CLOSABLE: Final[tuple[Product, ...]] = ("embedded", "livekit")
"""Whose rooms may be closed to all but those inside, the one to be chosen first."""


async def read_scene(
    services: Services, organisation_id: UUID, session_id: UUID, *, reminded: bool = False
) -> Scene:
    """A session as its staff may see it now. Raises UnknownStream.

    ``reminded``: also of who stepped down before.
    """
    state = await services.commands.session(organisation_id, session_id)
    assert state.meeting_id is not None
    body = state.body_id and await services.directory.body(organisation_id, state.body_id)
    names = await services.people.names(organisation_id)
    now = services.clock.now()
    before = await _stepped_down(services, organisation_id, state, now) if reminded else ()
    meeting = await services.commands.meeting(organisation_id, state.meeting_id)
    marks = await services.marks.of([session_id]) if state.status == "planned" else {}
    return Scene(
        session=state,
        meeting=meeting,
        names={person_id: name.name for person_id, name in names.items()},
        now=now,
        body=body.name if body else "",
        stepped_down=tuple(before),
        room=await _room_shown(services, organisation_id, meeting, state),
        remind=marks.get((session_id, "remind")),
    )


async def _stepped_down(
    services: Services, organisation_id: UUID, state: SessionState, now: datetime
) -> Sequence[SteppedDown]:
    """Who of its members stepped down in other sessions, in the matters that are left of its agenda."""
    matters = {item.matter(state.body_id) for item in state.agenda if item.status != "closed"} - {""}
    if state.status not in ("planned", "open") or not matters:
        return ()
    return await stepped_down(
        services.pool, organisation_id, matters, state.members, before=now, apart_from=state.session_id
    )


async def _room_shown(
    services: Services, organisation_id: UUID, meeting: MeetingState, state: SessionState
) -> RoomShown | None:
    """How it stands now."""
    room = meeting.rooms.get(state.room_id) if state.room_id else None
    if room is None:
        return None
    standing = await services.rooms.standing(room.room_id)
    locked = await services.rooms.locked(room.room_id)
    present = services.presence.last(organisation_id, room, standing) or ()
    waiting = sum(one.waiting for one in present)
    return RoomShown(room, standing, locked, await _closable(services, organisation_id), waiting)


async def _closable(services: Services, organisation_id: UUID) -> Product | None:
    """The first of those products that can be reached from here."""
    for product in CLOSABLE:
        can = await services.rooms.capabilities(organisation_id, product)
        if can is not None and can.puts_out:
            return product
    return None
