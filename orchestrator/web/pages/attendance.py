"""Who was there, for whom and when, as the public protocol tells it: lines made from ``Minutes``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.domain.base import Period
from orchestrator.domain.minutes import Attendance, Minutes
from orchestrator.domain.timeline import Name
from orchestrator.web.pages.public_view import signed


@dataclass(frozen=True)
class SeatLine:
    """Whose seat a substitute sat in, and when, if not for as long as they were there."""

    who: str
    periods: tuple[Period, ...] = ()


@dataclass(frozen=True)
class PresentLine:
    """One who was present, and when, if not throughout and the public may know; ``leaves``: when granted."""

    who: str
    periods: tuple[Period, ...]
    substitute: bool
    seats: tuple[SeatLine, ...]
    leaves: tuple[datetime, ...]


@dataclass(frozen=True)
class AbsentLine:
    """One who never came; ``excused``: who had reported it. ``substitutes``: for whom they were to sit."""

    who: str
    substitutes: str
    excused: bool


def present_lines(minutes: Minutes, names: Mapping[UUID, Name]) -> list[PresentLine]:
    """Who was present; times only where they were not there throughout."""
    groups = _groups(minutes)
    parts = [(part.start, part.stop) for part in minutes.parts]
    throughout = [(minutes.roll_called_at, parts[0][1]), *parts[1:]] if parts else []
    return [
        PresentLine(
            who=signed(one.person_id, one.group, names),
            periods=() if [(p.start, p.stop) for p in one.periods] == throughout else one.periods,
            substitute=one.substitute,
            seats=_seats(one, names, groups),
            leaves=one.leaves,
        )
        for one in minutes.attendance
        if one.came
    ]


def _groups(minutes: Minutes) -> dict[UUID, str | None]:
    return {one.person_id: one.group for one in minutes.attendance}


def _seats(
    one: Attendance, names: Mapping[UUID, Name], groups: Mapping[UUID, str | None]
) -> tuple[SeatLine, ...]:
    held: dict[UUID, list[Period]] = {}
    for sat in one.sat:
        held.setdefault(sat.for_id, []).append(sat.period)
    return tuple(
        SeatLine(
            signed(for_id, groups.get(for_id), names),
            () if tuple(periods) == one.periods else tuple(periods),
        )
        for for_id, periods in held.items()
    )


def absent_lines(minutes: Minutes, names: Mapping[UUID, Name]) -> list[AbsentLine]:
    """Who never came, once the roll has been called; before that only who has said that they will not.

    A substitute whose member came was not to come.
    """
    groups = _groups(minutes)
    came = {one.person_id for one in minutes.attendance if one.came}
    return [
        AbsentLine(
            who=signed(one.person_id, one.group, names),
            substitutes=signed(one.substitutes_for, groups.get(one.substitutes_for), names)
            if one.substitutes_for
            else "",
            excused=one.excused,
        )
        for one in minutes.attendance
        if not one.came
        and one.substitutes_for not in came
        and (one.excused or minutes.roll_called_at is not None)
    ]
