"""The first protocol, from the log alone, each line with its moment (kommuneloven § 11-4)."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime

from orchestrator.domain.base import Model, Period
from orchestrator.domain.publicity import PublicSession, public_session
from orchestrator.domain.state import Break, SessionState


class Attendance(Model):
    """When a member was present; no periods: absent."""

    person_id: UUID
    group: str | None
    substitutes_for: UUID | None
    votes: bool
    periods: tuple[Period, ...]


class Minutes(Model):
    """A session's protocol."""

    session: PublicSession
    parts: tuple[Period, ...]
    breaks: tuple[Break, ...]
    attendance: tuple[Attendance, ...]
    roll_called_at: AwareDatetime | None


def public_minutes(state: SessionState) -> Minutes | None:
    """The protocol without what is exempt or was recorded behind closed doors; None: nothing is public."""
    view = public_session(state)
    if view is None:
        return None
    before = state.before_doors or state
    called = before.roll_called_at
    return Minutes(
        session=view,
        parts=state.parts,
        breaks=state.breaks,
        attendance=tuple(
            Attendance(
                person_id=member.person_id,
                group=member.group,
                substitutes_for=member.substitutes_for,
                votes=member.rights.vote,
                periods=_seen(before.presence.get(member.person_id, ()), state.doors),
            )
            for member in state.members.values()
            if member.rights.attend
        ),
        roll_called_at=next((door.stop for door in state.doors if called and _inside(called, door)), called),
    )


def _seen(periods: tuple[Period, ...], doors: tuple[Period, ...]) -> tuple[Period, ...]:
    """Presence with no moment that lies behind closed doors: such a moment becomes the door's own."""
    shown: list[Period] = []
    for period in periods:
        start: datetime | None = period.start
        stop = period.stop
        for door in doors:
            if start is not None and _inside(start, door):
                start = door.stop
            if stop is not None and _inside(stop, door):
                stop = door.start
        if start is None or (stop is not None and stop <= start):
            continue
        if shown and any((shown[-1].stop, start) == (door.start, door.stop) for door in doors):
            start = shown.pop().start  # left and came back behind the doors
        shown.append(Period(start=start, stop=stop))
    return tuple(shown)


def _inside(moment: datetime, door: Period) -> bool:
    return door.start < moment and (door.stop is None or moment < door.stop)
