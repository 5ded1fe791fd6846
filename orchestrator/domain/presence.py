"""Who is in the hall, in stretches of time, and who leads."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from orchestrator.domain.base import Command, Count, Event, Period, closed, running
from orchestrator.domain.errors import Forbidden, Refused, state_moved
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


class RegisterPresence(Command):
    """Say that one is there; it counts once somebody who leads has confirmed it."""

    type: Literal["register_presence"] = "register_presence"
    person_id: UUID


class PresenceRegistered(Event):
    type: Literal["presence_registered"] = "presence_registered"
    person_id: UUID


class ConfirmPresence(Command):
    """These have come, as they said themselves."""

    type: Literal["confirm_presence"] = "confirm_presence"
    person_ids: Annotated[tuple[UUID, ...], Field(min_length=1)]


class ConfirmAttendance(Command):
    """Who is there again after a break, and so who is not. ``number``: which break (1, 2, …)."""

    type: Literal["confirm_attendance"] = "confirm_attendance"
    present: tuple[UUID, ...]
    number: Count | None = None


class AttendanceConfirmed(Event):
    type: Literal["attendance_confirmed"] = "attendance_confirmed"
    present: tuple[UUID, ...]


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
        attends(state, person)
    if state.roll_called_at and set(command.present) == set(state.present):
        return []
    absent = state.members.keys() - set(command.present)
    return [*_leaving(state, absent, at), RollCalled(at=at, present=tuple(dict.fromkeys(command.present)))]


@session.evolves(RollCalled)
def _roll_called(state: SessionState, event: RollCalled) -> SessionState:
    first = state.roll_called_at is None
    called = _there(state, event.present, event.at).replace(roll_called_at=event.at)
    return called.reseated(event.at, between=True if first else None)


def _there(state: SessionState, people: Collection[UUID], at: datetime) -> SessionState:
    """The same state with these present and nobody else."""
    presence = {
        person: periods if person in people and running(periods) else closed(periods, at)
        for person, periods in state.presence.items()
    }
    return _came(state.replace(presence=presence), people, at).replace(registered={})


def _came(state: SessionState, people: Collection[UUID], at: datetime) -> SessionState:
    """The same state with these present too; what they had said of not coming holds no longer."""
    presence = dict(state.presence)
    for person in people:
        if not running(presence.get(person, ())):
            presence[person] = (*presence.get(person, ()), Period(start=at))
    return state.replace(
        presence=presence,
        registered={key: since for key, since in state.registered.items() if key not in people},
        absences={key: absence for key, absence in state.absences.items() if key not in people},
        unavailable=state.unavailable - frozenset(people),
    )


def attends(state: SessionState, person_id: UUID) -> None:
    """Refuse unless this person belongs in the meeting."""
    member = state.members.get(person_id)
    if member is None or not member.rights.attend:
        raise Refused("not_a_member", str(person_id))


@session.decides(RecordArrival)
def record_arrival(state: SessionState, command: RecordArrival, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status != "open":
        raise Refused("session_not_open")
    attends(state, command.person_id)
    return [] if command.person_id in state.present else [MemberArrived(at=at, person_id=command.person_id)]


@session.evolves(MemberArrived)
def _member_arrived(state: SessionState, event: MemberArrived) -> SessionState:
    return _came(state, {event.person_id}, event.at).reseated(event.at)


@session.decides(RegisterPresence)
def register_presence(
    state: SessionState, command: RegisterPresence, at: datetime, actor: Actor
) -> Sequence[Event]:
    own_or_lead(actor, command.person_id)
    if state.status not in ("planned", "open"):
        raise Refused("not_planned" if state.status == "unplanned" else "session_ended")
    attends(state, command.person_id)
    counted = command.person_id in state.present and not returning(state)
    if counted or command.person_id in state.registered:
        return []
    return [PresenceRegistered(at=at, person_id=command.person_id)]


def own_or_lead(actor: Actor, person_id: UUID) -> None:
    """Refuse unless they ask for themselves, or lead."""
    if not actor.leads and person_id != actor.person_id:
        raise Forbidden("not_yourself")


def returning(state: SessionState) -> bool:
    """Whether it is yet to be established who has come back after the latest break."""
    return bool(state.breaks) and state.breaks[-1].confirmed_at is None and state.roll_called_at is not None


@session.evolves(PresenceRegistered)
def _presence_registered(state: SessionState, event: PresenceRegistered) -> SessionState:
    return state.replace(registered={**state.registered, event.person_id: event.at})


@session.decides(ConfirmPresence)
def confirm_presence(
    state: SessionState, command: ConfirmPresence, at: datetime, _: Actor
) -> Sequence[Event]:
    if state.status != "open":
        raise Refused("session_not_open")
    for person_id in command.person_ids:
        attends(state, person_id)
    come = dict.fromkeys(command.person_ids)
    return [MemberArrived(at=at, person_id=person) for person in come if person not in state.present]


@session.decides(ConfirmAttendance)
def confirm_attendance(
    state: SessionState, command: ConfirmAttendance, at: datetime, _: Actor
) -> Sequence[Event]:
    if command.number not in (None, len(state.breaks)):
        raise state_moved("another break has begun since")
    if state.status != "open":
        raise Refused("session_not_open")
    if state.in_break:
        raise Refused("in_break")
    for person in command.present:
        attends(state, person)
    if not returning(state):
        return []
    absent = set(state.present) - set(command.present)
    present = tuple(dict.fromkeys(command.present))
    return [*_leaving(state, absent, at), AttendanceConfirmed(at=at, present=present)]


@session.evolves(AttendanceConfirmed)
def _attendance_confirmed(state: SessionState, event: AttendanceConfirmed) -> SessionState:
    breaks = state.breaks
    if breaks:
        breaks = (*breaks[:-1], breaks[-1].model_copy(update={"confirmed_at": event.at}))
    return _there(state, event.present, event.at).replace(breaks=breaks).reseated(event.at)


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
    return state.replace(presence={**state.presence, event.person_id: periods}).reseated(event.at)


@session.decides(HandOverChair)
def hand_over_chair(state: SessionState, command: HandOverChair, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status not in ("planned", "open"):
        raise Refused("not_planned" if state.status == "unplanned" else "session_ended")
    attends(state, command.person_id)
    return (
        [] if command.person_id == state.chair_id else [ChairHandedOver(at=at, person_id=command.person_id)]
    )


@session.evolves(ChairHandedOver)
def _chair_handed_over(state: SessionState, event: ChairHandedOver) -> SessionState:
    after = state.replace(chair_id=event.person_id)
    return after.led(event.at) if state.status == "open" else after
