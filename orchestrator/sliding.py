"""A session is moved by some minutes, and those after it follow if so asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from orchestrator.clock import OSLO
from orchestrator.commands import Commands
from orchestrator.domain.errors import Refused
from orchestrator.domain.moving import MoveSession
from orchestrator.domain.roles import Actor
from orchestrator.domain.state import SessionState


@dataclass(frozen=True, slots=True)
class NewTimes:
    """When a session is to be from now on."""

    session_id: UUID
    starts_at: datetime
    ends_at: datetime


def slid(
    sessions: Sequence[SessionState],
    session_id: UUID,
    by: timedelta,
    *,
    following: bool,
    parallel: bool = False,
) -> list[NewTimes]:
    """The new times of one of a meeting's sessions and of those that slide with it, in their old order.

    ``following``: also those planned that begin after its old end on the same day in Norway; ``parallel``:
    also those planned that begin while it was to last. Of a session that goes on only the end is moved.
    Raises Refused if it cannot be moved, ValueError if nothing would be left of it.
    """
    moved = next((one for one in sessions if one.session_id == session_id), None)
    if moved is None or moved.status == "unplanned" or not moved.starts_at or not moved.ends_at:
        raise Refused("not_planned")
    if moved.status not in ("planned", "open"):
        raise Refused("not_planned" if moved.status == "cancelled" else "session_ended")
    start = moved.starts_at if moved.status == "open" else moved.starts_at + by
    if moved.ends_at + by <= start:
        raise ValueError("by: nothing would be left of the session")
    found = [NewTimes(session_id, start, moved.ends_at + by)]
    others = sorted(
        (one.starts_at, str(one.session_id), one)
        for one in sessions
        if one.status == "planned" and one.session_id != session_id and one.starts_at
    )
    for starts_at, _, one in others:
        assert one.ends_at
        asked = following if starts_at >= moved.ends_at else parallel and starts_at >= moved.starts_at
        if asked and _day(starts_at) == _day(moved.starts_at):
            found.append(NewTimes(one.session_id, starts_at + by, one.ends_at + by))
    return found


def carried(sessions: Sequence[SessionState], old: datetime, new: datetime) -> list[NewTimes]:
    """The new times of a meeting's planned sessions when its start moves, by what clocks in Norway show."""
    by = new.astimezone(OSLO).replace(tzinfo=None) - old.astimezone(OSLO).replace(tzinfo=None)

    def moved(moment: datetime) -> datetime:
        return (moment.astimezone(OSLO).replace(tzinfo=None) + by).replace(tzinfo=OSLO)

    return [
        NewTimes(one.session_id, moved(one.starts_at), moved(one.ends_at))
        for one in sessions
        if one.status == "planned" and one.starts_at and one.ends_at
    ]


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(OSLO):%Y-%m-%d}"


async def carry_out(
    commands: Commands,
    organisation_id: UUID,
    moves: Sequence[NewTimes],
    actor: Actor,
    *,
    note: str = "",
    sender: str = "",
) -> None:
    """Move each session to exactly these times; done twice is harmless. Raises what ``handle`` does.

    Those that were moved before one is refused stay moved: carried out again, the rest follows.
    """
    for one in moves:
        command = MoveSession(starts_at=one.starts_at, ends_at=one.ends_at, note=note)
        await commands.handle(organisation_id, "session", one.session_id, command, actor, sender=sender)
