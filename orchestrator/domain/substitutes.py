"""Substitutes (vara): called in the order of their group's list, and seated between items."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.domain.base import Command, Event, Period, running
from orchestrator.domain.decisions import behind_doors
from orchestrator.domain.errors import Refused
from orchestrator.domain.planning import item_of
from orchestrator.domain.roles import Actor
from orchestrator.domain.seats import Seating
from orchestrator.domain.state import Member, SessionState, session


class SeatSubstitute(Command):
    """Seat the next substitute in somebody's place: in one item, for one disqualified in it, or from now on.

    During an item it takes effect when that item is over; in ``item_id`` at once.
    """

    type: Literal["seat_substitute"] = "seat_substitute"
    person_id: UUID
    for_id: UUID
    item_id: UUID | None = None


class SubstituteSeated(Event):
    type: Literal["substitute_seated"] = "substitute_seated"
    person_id: UUID
    for_id: UUID
    item_id: UUID | None


class UnseatSubstitute(Command):
    """Take back that somebody was called or seated; during an item it takes effect when that is over."""

    type: Literal["unseat_substitute"] = "unseat_substitute"
    person_id: UUID
    item_id: UUID | None = None


class SubstituteUnseated(Event):
    type: Literal["substitute_unseated"] = "substitute_unseated"
    person_id: UUID
    item_id: UUID | None


class SkipSubstitute(Command):
    """This substitute was called and cannot come: the next on the list is called."""

    type: Literal["skip_substitute"] = "skip_substitute"
    person_id: UUID


class SubstituteSkipped(Event):
    type: Literal["substitute_skipped"] = "substitute_skipped"
    person_id: UUID


def substitutes_for(state: SessionState, for_id: UUID) -> tuple[Member, ...]:
    """Who may be called for this person, in order: who was named beforehand, then the group's list."""
    member = state.members.get(for_id)
    if member is None:
        return ()
    others = [one for one in state.members.values() if one.person_id != for_id and one.rights.vote]
    listed = [(one.list_order, one) for one in others if one.list_order and one.group == member.group]
    return (
        *(one for one in others if one.substitutes_for == for_id),
        *(one for _, one in sorted(listed, key=lambda pair: pair[0]) if one.substitutes_for is None),
    )


def misplaced(places: Iterable[tuple[str | None, object]]) -> Iterator[tuple[int, int | None]]:
    """Which of these places on lists, each a group and a number if any, nobody could be called from.

    With the index of the one who has the place already; null: there is no group whose list it is.
    """
    holders: dict[tuple[str, object], int] = {}
    for index, (group, number) in enumerate(places):
        if not number:
            continue
        if not group:
            yield index, None
        elif (holder := holders.setdefault((group, number), index)) != index:
            yield index, holder


def _kept(state: SessionState, item_id: UUID | None) -> list[Seating]:
    """The seatings, called or seated, that would meet with one in this item or, if null, from now on."""
    return [
        one for one in state.seatings if not one.over and (item_id is None or one.item_id in (None, item_id))
    ]


def next_substitute(state: SessionState, for_id: UUID, item_id: UUID | None = None) -> UUID | None:
    """The first who can be called for this person, in this item or from now on.

    Who has a seat in one item already is not called to another that lasts through it.
    """
    taken = {one.person_id for one in _kept(state, item_id)}
    out = taken | state.unavailable | state.absences.keys()
    if item_id is not None:
        out |= state.disqualified(item_id) | state.questioned(item_id)
    found = (one.person_id for one in substitutes_for(state, for_id) if one.person_id not in out)
    return next(found, None)


def vacant(state: SessionState, person_id: UUID, item_id: UUID | None = None) -> bool:
    """Whether a substitute may be called for this person."""
    member = state.members.get(person_id)
    if member is None or not member.rights.vote:
        return False
    if item_id is not None:
        return person_id in state.disqualified(item_id) | state.questioned(item_id)
    if member.substitute or person_id in state.present:
        return False
    return state.roll_called_at is not None or person_id in state.absences


@session.decides(SeatSubstitute)
def seat_substitute(state: SessionState, command: SeatSubstitute, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status not in ("planned", "open"):
        raise Refused("not_planned" if state.status == "unplanned" else "session_ended")
    substitute = state.members.get(command.person_id)
    if substitute is None or not substitute.substitute:
        raise Refused("not_a_substitute")
    if command.item_id is not None and item_of(state, command.item_id).status == "closed":
        raise Refused("item_closed")
    held = [one for one in _kept(state, command.item_id) if one.for_id == command.for_id]
    if held:
        if any((one.person_id, one.item_id) == (command.person_id, command.item_id) for one in held):
            return []
        raise Refused("seat_taken")
    if not vacant(state, command.for_id, command.item_id):
        raise Refused("seat_not_vacant", "the member is there, and not questioned in that item")
    if command.person_id != next_substitute(state, command.for_id, command.item_id):
        raise Refused("not_next_substitute", "substitutes are called in the order of the list")
    return [SubstituteSeated(at=at, **command.model_dump(exclude={"type"}))]


@session.evolves(SubstituteSeated)
def _substitute_seated(state: SessionState, event: SubstituteSeated) -> SessionState:
    """Who is seated in an open meeting is there."""
    now = state.roll_called_at is not None and (event.item_id is not None or state.current_item_id is None)
    seating = Seating(
        person_id=event.person_id,
        for_id=event.for_id,
        item_id=event.item_id,
        period=Period(start=event.at) if now or event.item_id else None,
        behind_doors=behind_doors(state, event.item_id) if event.item_id else state.doors_closed,
    )
    presence = state.presence
    if state.roll_called_at and state.status == "open" and not running(presence.get(event.person_id, ())):
        here = (*presence.get(event.person_id, ()), Period(start=event.at))
        presence = {**presence, event.person_id: here}
    return state.replace(seatings=(*state.seatings, seating), presence=presence)


@session.decides(UnseatSubstitute)
def unseat_substitute(
    state: SessionState, command: UnseatSubstitute, at: datetime, _: Actor
) -> Sequence[Event]:
    if state.status not in ("planned", "open"):
        raise Refused("session_ended")
    seating = next((one for one in state.seatings if _is(one, command)), None)
    if seating is None or seating.leaving:
        return []
    return [SubstituteUnseated(at=at, person_id=command.person_id, item_id=command.item_id)]


def _is(seating: Seating, named: UnseatSubstitute | SubstituteUnseated) -> bool:
    same = (seating.person_id, seating.item_id) == (named.person_id, named.item_id)
    return same and not seating.over


@session.evolves(SubstituteUnseated)
def _substitute_unseated(state: SessionState, event: SubstituteUnseated) -> SessionState:
    after: list[Seating] = []
    for one in state.seatings:
        if not _is(one, event):
            after.append(one)
        elif one.period is not None:
            at_once = one.item_id is not None or state.current_item_id is None
            after.append(one.ended(event.at) if at_once else one.model_copy(update={"leaving": True}))
    return state.replace(seatings=tuple(after))


@session.decides(SkipSubstitute)
def skip_substitute(state: SessionState, command: SkipSubstitute, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status not in ("planned", "open"):
        raise Refused("not_planned" if state.status == "unplanned" else "session_ended")
    member = state.members.get(command.person_id)
    if member is None or not member.substitute:
        raise Refused("not_a_substitute")
    if any(one.person_id == command.person_id and not one.over for one in state.seatings):
        raise Refused("substitute_seated")
    if command.person_id in state.unavailable:
        return []
    return [SubstituteSkipped(at=at, person_id=command.person_id)]


@session.evolves(SubstituteSkipped)
def _substitute_skipped(state: SessionState, event: SubstituteSkipped) -> SessionState:
    return state.replace(unavailable=state.unavailable | {event.person_id})
