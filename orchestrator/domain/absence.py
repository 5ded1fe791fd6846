"""Forfall and permisjon: who will not come, and who asks to leave. Why is never in the log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.domain.base import Command, Event
from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.planning import item_of
from orchestrator.domain.presence import attends
from orchestrator.domain.roles import Actor, Role
from orchestrator.domain.seats import Absence, Leave
from orchestrator.domain.state import SessionState, session


class ReportAbsence(Command):
    """Say beforehand that somebody cannot come (forfall)."""

    type: Literal["report_absence"] = "report_absence"
    person_id: UUID


class AbsenceReported(Event):
    type: Literal["absence_reported"] = "absence_reported"
    person_id: UUID


class WithdrawAbsence(Command):
    """They can come after all."""

    type: Literal["withdraw_absence"] = "withdraw_absence"
    person_id: UUID


class AbsenceWithdrawn(Event):
    type: Literal["absence_withdrawn"] = "absence_withdrawn"
    person_id: UUID


class AskLeave(Command):
    """Ask to leave the meeting (permisjon): during one item, or from now on."""

    type: Literal["ask_leave"] = "ask_leave"
    person_id: UUID
    item_id: UUID | None = None


class LeaveAsked(Event):
    type: Literal["leave_asked"] = "leave_asked"
    person_id: UUID
    item_id: UUID | None


class GrantLeave(Command):
    """They may leave; when they do is recorded with ``record_departure``."""

    type: Literal["grant_leave"] = "grant_leave"
    person_id: UUID


class LeaveGranted(Event):
    type: Literal["leave_granted"] = "leave_granted"
    person_id: UUID


class RefuseLeave(Command):
    type: Literal["refuse_leave"] = "refuse_leave"
    person_id: UUID


class LeaveRefused(Event):
    type: Literal["leave_refused"] = "leave_refused"
    person_id: UUID


def _theirs(actor: Actor, person_id: UUID) -> None:
    if not actor.leads and Role.ADMINISTRATOR not in actor.roles and person_id != actor.person_id:
        raise Forbidden("not_yourself")


def _member(state: SessionState, person_id: UUID) -> None:
    if state.status not in ("planned", "open"):
        raise Refused("not_planned" if state.status == "unplanned" else "session_ended")
    attends(state, person_id)


@session.decides(ReportAbsence)
def report_absence(
    state: SessionState, command: ReportAbsence, at: datetime, actor: Actor
) -> Sequence[Event]:
    _theirs(actor, command.person_id)
    _member(state, command.person_id)
    if command.person_id in state.present:
        raise Refused("present_already", "who has come asks for leave")
    if command.person_id in state.absences:
        return []
    return [AbsenceReported(at=at, person_id=command.person_id)]


@session.evolves(AbsenceReported)
def _absence_reported(state: SessionState, event: AbsenceReported) -> SessionState:
    return state.replace(
        absences={**state.absences, event.person_id: Absence(reported_at=event.at)},
        registered={key: since for key, since in state.registered.items() if key != event.person_id},
    )


@session.decides(WithdrawAbsence)
def withdraw_absence(
    state: SessionState, command: WithdrawAbsence, at: datetime, actor: Actor
) -> Sequence[Event]:
    _theirs(actor, command.person_id)
    known = command.person_id in state.absences
    return [AbsenceWithdrawn(at=at, person_id=command.person_id)] if known else []


@session.evolves(AbsenceWithdrawn)
def _absence_withdrawn(state: SessionState, event: AbsenceWithdrawn) -> SessionState:
    return state.replace(
        absences={key: absence for key, absence in state.absences.items() if key != event.person_id}
    )


def open_leave(state: SessionState, person_id: UUID) -> Leave | None:
    """What this person has asked for and nobody has answered yet."""
    asked = (leave for leave in state.leaves if leave.person_id == person_id and leave.outcome is None)
    return next(asked, None)


@session.decides(AskLeave)
def ask_leave(state: SessionState, command: AskLeave, at: datetime, actor: Actor) -> Sequence[Event]:
    _theirs(actor, command.person_id)
    if state.status != "open":
        raise Refused("session_not_open")
    _member(state, command.person_id)
    if state.roll_called_at and command.person_id not in state.present:
        raise Refused("not_present")
    if command.item_id is not None and item_of(state, command.item_id).status == "closed":
        raise Refused("item_closed")
    asked = open_leave(state, command.person_id)
    if asked is not None and asked.item_id == command.item_id:
        return []
    return [LeaveAsked(at=at, person_id=command.person_id, item_id=command.item_id)]


@session.evolves(LeaveAsked)
def _leave_asked(state: SessionState, event: LeaveAsked) -> SessionState:
    """What was asked for before and not answered is asked for no longer."""
    others = (one for one in state.leaves if one.outcome or one.person_id != event.person_id)
    leave = Leave(person_id=event.person_id, item_id=event.item_id, asked_at=event.at)
    return state.replace(leaves=(*others, leave))


@session.decides(GrantLeave)
def grant_leave(state: SessionState, command: GrantLeave, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status != "open":
        raise Refused("session_not_open")
    if open_leave(state, command.person_id) is None:
        return _answered(state, command.person_id, "granted")
    return [LeaveGranted(at=at, person_id=command.person_id)]


@session.decides(RefuseLeave)
def refuse_leave(state: SessionState, command: RefuseLeave, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status != "open":
        raise Refused("session_not_open")
    if open_leave(state, command.person_id) is None:
        return _answered(state, command.person_id, "refused")
    return [LeaveRefused(at=at, person_id=command.person_id)]


def _answered(state: SessionState, person_id: UUID, outcome: str) -> list[Event]:
    """Nothing, if it was answered so already."""
    last = next((one for one in reversed(state.leaves) if one.person_id == person_id), None)
    if last is None or last.outcome != outcome:
        raise Refused("no_leave_asked")
    return []


@session.evolves(LeaveGranted)
def _leave_granted(state: SessionState, event: LeaveGranted) -> SessionState:
    return _decided(state, event.person_id, "granted", event.at)


@session.evolves(LeaveRefused)
def _leave_refused(state: SessionState, event: LeaveRefused) -> SessionState:
    return _decided(state, event.person_id, "refused", event.at)


def _decided(state: SessionState, person_id: UUID, outcome: str, at: datetime) -> SessionState:
    decided = {"outcome": outcome, "decided_at": at}
    return state.replace(
        leaves=tuple(
            one.model_copy(update=decided) if one.person_id == person_id and one.outcome is None else one
            for one in state.leaves
        )
    )
