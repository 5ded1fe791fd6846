"""What we write on a LiveKit room itself (its metadata): everyone in it can read it, so there are ids alone.

The room's pages show by it who has the floor. Whom a host has put out stands here because it must hold for
every process of ours, and be forgotten with the room.
"""

from collections.abc import Set as AbstractSet
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from orchestrator.rooms.provider import RoomSpec


class Notes(BaseModel):
    """``speakers``: who has the floor. ``put_out``: who waits if they come back, whatever the lobby."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    organisation: UUID
    room: UUID
    speakers: tuple[str, ...] = ()
    put_out: tuple[str, ...] = ()


def notes_for(spec: RoomSpec, put_out: AbstractSet[str] = frozenset()) -> str:
    """As they are written."""
    return Notes(
        organisation=spec.organisation_id,
        room=spec.room_id,
        speakers=tuple(sorted(spec.speakers)),
        put_out=tuple(sorted(put_out)),
    ).model_dump_json()


def put_out_by(written: str) -> frozenset[str]:
    """Whom a host has put out; nobody where somebody else has written."""
    try:
        return frozenset(Notes.model_validate_json(written).put_out)
    except ValidationError:
        return frozenset()
