"""Undo: the latest undoable step is taken back, and the event that does so carries the restored values."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

from orchestrator.domain.base import Command, Event, Period
from orchestrator.domain.errors import Refused
from orchestrator.domain.roles import Actor
from orchestrator.domain.state import Item, SessionState, SpeechRequest, Undoable, Vote, session

UNDOABLE = frozenset(
    {
        "speech_started",
        "speech_paused",
        "speech_resumed",
        "speech_extended",
        "speech_ended",
        "request_moved",
        "list_closed",
        "list_reopened",
        "item_opened",
        "item_paused",
        "item_closed",
        "vote_recorded",
        "decision_recorded",
    }
)
"""Steps that can be undone. A request or its withdrawal is neither: its opposite is a command of its own."""

FINAL = frozenset(
    {
        "session_opened",
        "session_reopened",
        "session_adjourned",
        "break_started",
        "break_ended",
        "doors_closed",
        "doors_opened",
        "broadcast_stopped",
        "broadcast_resumed",
        "time_corrected",
    }
)
"""Steps that cannot be undone, nor anything before them."""

_DEPTH = 20
V = TypeVar("V", SpeechRequest, Item, Vote)


class Undo(Command):
    """Take back the latest undoable step; ``event_id`` is that event's number in the session's stream."""

    type: Literal["undo"] = "undo"
    event_id: int


class Undone(Event):
    """What is true again."""

    type: Literal["undone"] = "undone"
    event_id: int
    what: str
    requests: tuple[SpeechRequest, ...]
    items: tuple[Item, ...]
    votes: tuple[Vote, ...]
    waiting: tuple[UUID, ...]
    current_item_id: UUID | None
    current_speech_id: UUID | None


@session.decides(Undo)
def undo(state: SessionState, command: Undo, at: datetime, _: Actor) -> Sequence[Event]:
    if not state.undoable:
        raise Refused("nothing_to_undo")
    if state.current_vote:
        raise Refused("vote_running", "record or cancel the vote first")
    latest = state.undoable[-1]
    if not latest.first_id <= command.event_id <= latest.event_id:
        raise Refused("not_the_latest", f"the latest undoable event is {latest.event_id}")
    return [
        Undone(
            at=at,
            event_id=latest.event_id,
            what=latest.what,
            requests=tuple(_continued(state, request, at) for request in latest.requests),
            items=latest.items,
            votes=latest.votes,
            waiting=_former_places(state, latest),
            current_item_id=latest.current_item_id,
            current_speech_id=latest.current_speech_id,
        )
    ]


def _continued(state: SessionState, before: SpeechRequest, at: datetime) -> SpeechRequest:
    """A speaker whose speech was ended or paused goes on from now: what lies between is not charged."""
    if before.status != "speaking":
        return before
    so_far = state.requests[before.request_id].intervals
    if so_far and so_far[-1].stop is None:
        return before.model_copy(update={"intervals": so_far})
    return before.model_copy(update={"intervals": (*so_far, Period(start=at))})


def _former_places(state: SessionState, latest: Undoable) -> tuple[UUID, ...]:
    restored = {request.request_id: request.status == "waiting" for request in latest.requests}
    order = [key for key in state.waiting if restored.get(key, True) and key not in _moved(state, latest)]
    for place, key in reversed(list(enumerate(latest.waiting))):
        if key in order or not restored.get(key, state.requests[key].status == "waiting"):
            continue
        after = next((later for later in latest.waiting[place + 1 :] if later in order), None)
        order.insert(order.index(after) if after else len(order), key)
    return tuple(order)


def _moved(state: SessionState, latest: Undoable) -> frozenset[UUID]:
    return (
        frozenset(latest.waiting) & frozenset(state.waiting)
        if latest.what == "request_moved"
        else frozenset()
    )


@session.evolves(Undone)
def _undone(state: SessionState, event: Undone) -> SessionState:
    return state.replace(
        requests={**state.requests, **{request.request_id: request for request in event.requests}},
        items={**state.items, **{item.item_id: item for item in event.items}},
        votes={**state.votes, **{vote.vote_id: vote for vote in event.votes}},
        waiting=event.waiting,
        current_item_id=event.current_item_id,
        current_speech_id=event.current_speech_id,
        undoable=state.undoable[:-1],
    )


def _before(before: Mapping[UUID, V], after: Mapping[UUID, V]) -> tuple[V, ...]:
    return tuple(value for key, value in before.items() if after.get(key) is not value)


def remember(before: SessionState, after: SessionState, event: Event) -> tuple[Undoable, ...]:
    """The steps that can be undone after ``event``; those of one command are one step."""
    stack = before.undoable
    if event.type == "undone":
        return after.undoable
    if event.type in FINAL:
        return ()
    same_command = event.continues and bool(stack) and stack[-1].event_id == before.version
    if event.type not in UNDOABLE and not (same_command and event.type == "request_withdrawn"):
        return _forget_touched(stack[:-1] if same_command else stack, before, after)
    step = Undoable(
        first_id=after.version,
        event_id=after.version,
        what=event.type,
        requests=_before(before.requests, after.requests),
        items=_before(before.items, after.items),
        votes=_before(before.votes, after.votes),
        waiting=before.waiting,
        current_item_id=before.current_item_id,
        current_speech_id=before.current_speech_id,
    )
    if same_command:
        return (*stack[:-1], _joined(stack[-1], step))
    return (*stack, step)[-_DEPTH:]


def _joined(first: Undoable, then: Undoable) -> Undoable:
    """One step of two events: of what both touched, the first one's values are the earlier."""
    requests = {value.request_id: value for value in (*then.requests, *first.requests)}
    items = {value.item_id: value for value in (*then.items, *first.items)}
    votes = {value.vote_id: value for value in (*then.votes, *first.votes)}
    return first.model_copy(
        update={
            "event_id": then.event_id,
            "what": then.what,
            "requests": tuple(requests.values()),
            "items": tuple(items.values()),
            "votes": tuple(votes.values()),
        }
    )


def _forget_touched(
    stack: tuple[Undoable, ...], before: SessionState, after: SessionState
) -> tuple[Undoable, ...]:
    """What someone else has changed since is not put back by an undo."""
    requests = {value.request_id for value in _before(before.requests, after.requests)}
    items = {value.item_id for value in _before(before.items, after.items)}
    votes = {value.vote_id for value in _before(before.votes, after.votes)}
    if not requests and not items and not votes:
        return stack
    return tuple(
        step.model_copy(
            update={
                "requests": tuple(value for value in step.requests if value.request_id not in requests),
                "items": tuple(value for value in step.items if value.item_id not in items),
                "votes": tuple(value for value in step.votes if value.vote_id not in votes),
            }
        )
        for step in stack
    )
