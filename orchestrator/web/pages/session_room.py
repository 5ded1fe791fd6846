"""Reads the digital room of a session for the session's pages."""

from typing import Final
from uuid import UUID

from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.rooms import Product
from orchestrator.domain.state import SessionState
from orchestrator.services import Services
from orchestrator.web.pages.scene import RoomShown

CLOSABLE: Final[tuple[Product, ...]] = ("embedded", "livekit")
"""Whose rooms may be closed to all but those inside, the one to be chosen first."""


async def room_shown(
    services: Services, organisation_id: UUID, meeting: MeetingState, state: SessionState
) -> RoomShown | None:
    """How it stands now."""
    room = meeting.rooms.get(state.room_id) if state.room_id else None
    if room is None:
        return None
    standing = await services.rooms.standing(room.room_id)
    locked = await services.rooms.locked(room.room_id)
    return RoomShown(room, standing, locked, await _closable(services, organisation_id))


async def _closable(services: Services, organisation_id: UUID) -> Product | None:
    """The first of those products that can be reached from here."""
    for product in CLOSABLE:
        can = await services.rooms.capabilities(organisation_id, product)
        if can is not None and can.puts_out:
            return product
    return None
