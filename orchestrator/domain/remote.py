"""Members who take part from elsewhere (fjernmøte, kommuneloven § 11-7), also when the doors close."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.domain.base import Command, Event
from orchestrator.domain.errors import Refused, state_moved
from orchestrator.domain.presence import attends, own_or_lead
from orchestrator.domain.roles import Actor
from orchestrator.domain.state import SessionState, session


class AttendRemotely(Command):
    """Take part from elsewhere, or no longer; whether one is present is said apart from this."""

    type: Literal["attend_remotely"] = "attend_remotely"
    person_id: UUID
    remote: bool = True


class RemoteAttendanceChanged(Event):
    type: Literal["remote_attendance_changed"] = "remote_attendance_changed"
    person_id: UUID
    remote: bool


class ConfirmAlone(Command):
    """Say that nobody else can hear or see what is said behind these closed doors."""

    type: Literal["confirm_alone"] = "confirm_alone"
    person_id: UUID
    closing_id: UUID


class AloneConfirmed(Event):
    type: Literal["alone_confirmed"] = "alone_confirmed"
    person_id: UUID
    closing_id: UUID


@session.decides(AttendRemotely)
def attend_remotely(
    state: SessionState, command: AttendRemotely, at: datetime, actor: Actor
) -> Sequence[Event]:
    own_or_lead(actor, command.person_id)
    if state.status not in ("planned", "open"):
        raise Refused("not_planned" if state.status == "unplanned" else "session_ended")
    attends(state, command.person_id)
    if (command.person_id in state.remote) == command.remote:
        return []
    if command.remote and state.closing and state.doors_closed and state.closing.mandatory:
        raise Refused("remote_excluded", "§ 11-7: not in a meeting that must be closed")
    return [RemoteAttendanceChanged(at=at, person_id=command.person_id, remote=command.remote)]


@session.evolves(RemoteAttendanceChanged)
def _remote_attendance_changed(state: SessionState, event: RemoteAttendanceChanged) -> SessionState:
    others, alone = state.remote - {event.person_id}, state.alone - {event.person_id}
    return state.replace(remote=others | {event.person_id} if event.remote else others, alone=alone)


@session.decides(ConfirmAlone)
def confirm_alone(state: SessionState, command: ConfirmAlone, at: datetime, actor: Actor) -> Sequence[Event]:
    own_or_lead(actor, command.person_id)
    if state.closing is None or state.closing.closing_id != command.closing_id:
        raise state_moved("that closing is not under way")
    if command.person_id not in state.remote:
        raise Refused("not_remote")
    if command.person_id in state.alone:
        return []
    return [AloneConfirmed(at=at, person_id=command.person_id, closing_id=command.closing_id)]


@session.evolves(AloneConfirmed)
def _alone_confirmed(state: SessionState, event: AloneConfirmed) -> SessionState:
    return state.replace(alone=state.alone | {event.person_id})
