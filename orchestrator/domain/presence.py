"""Who is in the hall, in stretches of time, and who leads."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.domain.base import Command, Event, Period, closed, running
from orchestrator.domain.errors import Refused
from orchestrator.domain.floor import end_current, taken_off
from orchestrator.domain.roles import Actor
from orchestrator.domain.state import SessionState, session


class CallRoll(Command):
    """Who is present, and so who is not, at the beginning."""

    type: Literal["call_roll"] = "call_roll"
    present: tuple[UUID, ...]


class RollCalled(Event):
    type: Literal["roll_called"] = "roll_called"
    present: tuple[UUID, ...]


class RecordArrival(Command):
    type: Literal["record_arrival"] = "record_arrival"
    person_id: UUID


class MemberArrived(Event):
    type: Literal["member_arrived"] = "member_arrived"
    person_id: UUID


class RecordDeparture(Command):
    type: Literal["record_departure"] = "record_departure"
    person_id: UUID


class MemberLeft(Event):
    type: Literal["member_left"] = "member_left"
    person_id: UUID


class HandOverChair(Command):
    """Someone else leads from now on."""

    type: Literal["hand_over_chair"] = "hand_over_chair"
    person_id: UUID


class ChairHandedOver(Event):
    type: Literal["chair_handed_over"] = "chair_handed_over"
    person_id: UUID


@session.decides(CallRoll)
def call_roll(state: SessionState, command: CallRoll, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status != "open":
        raise Refused("session_not_open")
    for person in command.present:
        _attends(state, person)
    if state.roll_called_at and set(command.present) == set(state.present):
        return []
    absent = state.members.keys() - set(command.present)
    return [*_leaving(state, absent, at), RollCalled(at=at, present=tuple(dict.fromkeys(command.present)))]


@session.evolves(RollCalled)
def _roll_called(state: SessionState, event: RollCalled) -> SessionState:
    present = set(event.present)
    presence = {
        person: periods if person in present and running(periods) else closed(periods, event.at)
        for person, periods in state.presence.items()
    }
    for person in event.present:
        if not running(presence.get(person, ())):
            presence[person] = (*presence.get(person, ()), Period(start=event.at))
    return state.replace(presence=presence, roll_called_at=event.at)


def _attends(state: SessionState, person_id: UUID) -> None:
    member = state.members.get(person_id)
    if member is None or not member.rights.attend:
        raise Refused("not_a_member", str(person_id))


@session.decides(RecordArrival)
def record_arrival(state: SessionState, command: RecordArrival, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status != "open":
        raise Refused("session_not_open")
    _attends(state, command.person_id)
    return [] if command.person_id in state.present else [MemberArrived(at=at, person_id=command.person_id)]


@session.evolves(MemberArrived)
def _member_arrived(state: SessionState, event: MemberArrived) -> SessionState:
    periods = (*state.presence.get(event.person_id, ()), Period(start=event.at))
    return state.replace(presence={**state.presence, event.person_id: periods})


@session.decides(RecordDeparture)
def record_departure(
    state: SessionState, command: RecordDeparture, at: datetime, _: Actor
) -> Sequence[Event]:
    if state.status != "open":
        raise Refused("session_not_open")
    if command.person_id not in state.present:
        return []
    return [*_leaving(state, {command.person_id}, at), MemberLeft(at=at, person_id=command.person_id)]


def _leaving(state: SessionState, people: Collection[UUID], at: datetime) -> list[Event]:
    """Those who are not there neither speak nor wait."""
    speaking = state.current_speech
    ended = end_current(state, at, "left") if speaking and speaking.person_id in people else []
    theirs = [key for key in state.waiting if state.requests[key].person_id in people]
    return [*ended, *taken_off(state, theirs, at, "left")]


@session.evolves(MemberLeft)
def _member_left(state: SessionState, event: MemberLeft) -> SessionState:
    periods = closed(state.presence.get(event.person_id, ()), event.at)
    return state.replace(presence={**state.presence, event.person_id: periods})


@session.decides(HandOverChair)
def hand_over_chair(state: SessionState, command: HandOverChair, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status not in ("planned", "open"):
        raise Refused("not_planned" if state.status == "unplanned" else "session_ended")
    _attends(state, command.person_id)
    return (
        [] if command.person_id == state.chair_id else [ChairHandedOver(at=at, person_id=command.person_id)]
    )


@session.evolves(ChairHandedOver)
def _chair_handed_over(state: SessionState, event: ChairHandedOver) -> SessionState:
    return state.replace(chair_id=event.person_id)
