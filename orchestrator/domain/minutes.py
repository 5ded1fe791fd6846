"""The first protocol, from the log alone, each line with its moment (kommuneloven § 11-4)."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime

from orchestrator.domain.base import Model, Period
from orchestrator.domain.items import Approval
from orchestrator.domain.publicity import PublicSession, public_session
from orchestrator.domain.state import Break, Chair, Member, SessionState


class Sat(Model):
    """A stretch in which a substitute sat in somebody's seat."""

    for_id: UUID
    period: Period


class Attendance(Model):
    """When a member was present; no periods: absent. ``excused``: said so beforehand.

    ``unseen``: was there, but no time of it is for the public: came and left behind closed doors.
    ``leaves``: when leave was granted. ``sat``: as a substitute and for whom; not those in one item.
    """

    person_id: UUID
    group: str | None
    substitute: bool
    substitutes_for: UUID | None
    votes: bool
    periods: tuple[Period, ...]
    unseen: bool = False
    excused: bool = False
    leaves: tuple[AwareDatetime, ...] = ()
    sat: tuple[Sat, ...] = ()

    @property
    def came(self) -> bool:
        """Whether they were there at any time."""
        return bool(self.periods) or self.unseen


class Minutes(Model):
    """A session's protocol."""

    session: PublicSession
    parts: tuple[Period, ...]
    breaks: tuple[Break, ...]
    attendance: tuple[Attendance, ...]
    roll_called_at: AwareDatetime | None
    approved: Approval | None = None
    reorderings: tuple[Approval, ...] = ()
    chairs: tuple[Chair, ...] = ()


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
            _attendance(before, member, state.doors)
            for member in state.members.values()
            if member.rights.attend and _concerned(before, member)
        ),
        roll_called_at=_moved(called, state.doors),
        approved=before.approval,
        reorderings=before.reorderings,
        chairs=_led(before.chairs, state.doors),
    )


def _concerned(state: SessionState, member: Member) -> bool:
    """Whether somebody has a place in the protocol: substitutes only once they have come."""
    return member.list_order is None or bool(state.presence.get(member.person_id))


def _attendance(state: SessionState, member: Member, doors: tuple[Period, ...]) -> Attendance:
    person_id = member.person_id
    presence = state.presence.get(person_id, ())
    periods = _seen(presence, doors)
    leaves = [
        one.decided_at for one in state.leaves if one.person_id == person_id and one.outcome == "granted"
    ]
    return Attendance(
        person_id=person_id,
        group=member.group,
        substitute=member.substitute,
        substitutes_for=member.substitutes_for,
        votes=member.rights.vote,
        periods=periods,
        unseen=bool(presence) and not periods,
        excused=person_id in state.absences,
        leaves=tuple(at for leave in leaves if (at := _moved(leave, doors))),
        sat=tuple(
            Sat(for_id=one.for_id, period=period)
            for one in state.seatings
            if one.person_id == person_id and one.period and one.item_id is None
            for period in _seen((one.period,), doors)
        ),
    )


def _led(chairs: tuple[Chair, ...], doors: tuple[Period, ...]) -> tuple[Chair, ...]:
    """Who has led; of changes behind closed doors only who led when they were opened, and from then."""
    shown: list[Chair] = []
    for one in chairs:
        since = _moved(one.since, doors)
        if since is None:
            continue
        if shown and shown[-1].since == since:
            shown.pop()
        if not shown or shown[-1].person_id != one.person_id:
            shown.append(Chair(person_id=one.person_id, since=since))
    return tuple(shown)


def _moved(moment: datetime | None, doors: tuple[Period, ...]) -> datetime | None:
    """The moment, or when the doors were opened again if they were closed then; null: they still are."""
    return next((door.stop for door in doors if moment and _inside(moment, door)), moment)


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
