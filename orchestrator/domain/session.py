"""A session's stream: ``decide`` and ``evolve`` over everything that happens in it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from orchestrator.domain import (
    absence,
    approval,
    budget,
    chat,
    course,
    decisions,
    doors,
    floor,
    impartiality,
    line,
    moving,
    planning,
    presence,
    procedure,
    release,
    remote,
    speakers,
    substitutes,
    templates,
    undo,
)
from orchestrator.domain.base import Command, Event
from orchestrator.domain.errors import Forbidden
from orchestrator.domain.roles import Actor, may_send
from orchestrator.domain.state import SessionState, session

TOPICS = (
    *(planning, moving, procedure, templates, course, presence, absence, substitutes),
    *(speakers, line, floor, budget, chat, decisions, impartiality, approval, doors, remote, release, undo),
)


def initial(session_id: UUID) -> SessionState:
    """A session nothing has happened in yet."""
    return SessionState(session_id=session_id)


def decide(state: SessionState, command: Command, now: datetime, actor: Actor) -> list[Event]:
    """The events ``command`` leads to at ``now``; raises ``Refused``. Times in a stream never decrease."""
    if not may_send(actor.roles, command.type):
        raise Forbidden("not_your_role", command.type)
    at = max(now, state.last_at) if state.last_at else now
    events = session.decide(state, command, at, actor)
    return [
        event.model_copy(update={"continues": True}) if number else event
        for number, event in enumerate(events)
    ]


def evolve(state: SessionState, event: Event) -> SessionState:
    """The state after ``event``; total over recorded history."""
    after = session.evolve(state, event).replace(version=state.version + 1, last_at=event.at)
    return after.replace(undoable=undo.remember(state, after, event))


def replay(session_id: UUID, events: Iterable[Event]) -> SessionState:
    """The state after all of ``events``."""
    state = initial(session_id)
    for event in events:
        state = evolve(state, event)
    return state
