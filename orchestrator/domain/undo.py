"""Undo: the latest undoable step is taken back, and the event that does so carries the restored values."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

from orchestrator.domain.base import Command, Event, Period
from orchestrator.domain.errors import Refused
from orchestrator.domain.items import Item
from orchestrator.domain.roles import Actor
from orchestrator.domain.speech import SpeechRequest
from orchestrator.domain.state import SessionState, Undoable, session
from orchestrator.domain.votes import Vote

UNDOABLE = frozenset(
    {
        "speech_started",
        "speech_interrupted",
        "speech_paused",
        "speech_resumed",
        "speech_extended",
        "speech_ended",
        "request_moved",
        "last_call_begun",
        "list_closed",
        "list_reopened",
        "group_time_added",
        "item_opened",
        "item_paused",
        "item_closed",
        "vote_recorded",
        "decision_recorded",
        "item_postponed",
        "item_fell",
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
_STEPPED = (
    *("status", "periods", "behind_doors", "list_closed", "line", "budgets", "decision"),
    *("dropped", "dropped_at", "dropped_by"),
)
"""What a step changes in an item. Its words and whether it is restricted are never put back."""
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
    requests = tuple(_continued(state, request, at) for request in latest.requests if _may(state, request))
    items = tuple(
        state.items[item.item_id].model_copy(update={name: getattr(item, name) for name in _STEPPED})
        for item in latest.items
    )
    return [
        Undone(
            at=at,
            event_id=latest.event_id,
            what=latest.what,
            requests=requests,
            items=items,
            votes=latest.votes,
            waiting=_former_places(state, latest, requests),
            current_item_id=_current(
                state.current_item_id, {item.item_id: item.status == "open" for item in items}
            ),
            current_speech_id=_current(
                state.current_speech_id, {request.request_id: request.has_floor for request in requests}
            ),
        )
    ]


def _may(state: SessionState, before: SpeechRequest) -> bool:
    """Whether this can be put back: not on the list, nor to the floor, who has left or may not take part."""
    here = not state.presence.get(before.person_id) or before.person_id in state.present
    if before.has_floor and not here:
        raise Refused("not_present", "the former speaker has left")
    barred = before.person_id in state.disqualified(before.item_id)
    if before.has_floor and barred:
        raise Refused("disqualified")
    return (here and not barred) or not before.on_list


def _current(now: UUID | None, restored: Mapping[UUID, bool]) -> UUID | None:
    """The one restored as current; nothing, if what is current now is restored as something else."""
    again = next((key for key, current in restored.items() if current), None)
    return again or (None if now in restored else now)


def _continued(state: SessionState, before: SpeechRequest, at: datetime) -> SpeechRequest:
    """A speaker whose speech was ended or paused goes on from now: what lies between is not charged."""
    if before.status != "speaking":
        return before
    so_far = state.requests[before.request_id].intervals
    if so_far and so_far[-1].stop is None:
        return before.model_copy(update={"intervals": so_far})
    return before.model_copy(update={"intervals": (*so_far, Period(start=at))})


def _former_places(
    state: SessionState, latest: Undoable, requests: tuple[SpeechRequest, ...]
) -> tuple[UUID, ...]:
    restored = {request.request_id: request.on_list for request in requests}
    moved = frozenset(latest.waiting) if latest.what == "request_moved" else frozenset()
    order = [key for key in state.waiting if restored.get(key, True) and key not in moved]
    for place, key in reversed(list(enumerate(latest.waiting))):
        if key in order or not restored.get(key, key in state.waiting):
            continue
        after = next((later for later in latest.waiting[place + 1 :] if later in order), None)
        order.insert(order.index(after) if after else len(order), key)
    return tuple(order)


@session.evolves(Undone)
def _undone(state: SessionState, event: Undone) -> SessionState:
    requests = {**state.requests, **{request.request_id: request for request in event.requests}}
    return state.replace(
        requests=requests,
        items={**state.items, **{item.item_id: item for item in event.items}},
        votes={**state.votes, **{vote.vote_id: vote for vote in event.votes}},
        waiting=tuple(key for key in event.waiting if key in requests),
        current_item_id=event.current_item_id,
        current_speech_id=event.current_speech_id,
        undoable=state.undoable[:-1],
    )


def remember(before: SessionState, after: SessionState, event: Event) -> tuple[Undoable, ...]:
    """The steps that can be undone after ``event``; those of one command are one step."""
    if event.type == "undone":
        return after.undoable
    if event.type in FINAL:
        return ()
    stack = before.undoable
    step = Undoable(
        first_id=after.version,
        event_id=after.version,
        what=event.type,
        requests=_changed(before.requests, after.requests),
        items=tuple(item for item in _changed(before.items, after.items) if _stepped(item, after)),
        votes=_changed(before.votes, after.votes),
        waiting=before.waiting,
    )
    same_command = event.continues and bool(stack) and stack[-1].event_id == before.version
    if event.type in UNDOABLE or (same_command and event.type == "request_withdrawn"):
        return (*stack[:-1], _joined(stack[-1], step)) if same_command else (*stack, step)[-_DEPTH:]
    if same_command:  # a command that cannot be undone is not undone by half
        step, stack = _joined(stack[-1], step), stack[:-1]
    return _unaffected(stack, step)


def _changed(before: Mapping[UUID, V], after: Mapping[UUID, V]) -> tuple[V, ...]:
    if before is after:
        return ()
    if len(after) < len(before):
        return tuple(value for key, value in before.items() if after.get(key) is not value)
    # Nothing was taken away, and what is changed keeps its place: no need to look anything up.
    pairs = zip(before.values(), after.values(), strict=False)
    return tuple(value for value, now in pairs if now is not value)


def _stepped(item: Item, after: SessionState) -> bool:
    now = after.items.get(item.item_id)
    return now is None or any(getattr(now, name) != getattr(item, name) for name in _STEPPED)


def _ids(step: Undoable) -> set[UUID]:
    return {
        *(request.request_id for request in step.requests),
        *(item.item_id for item in step.items),
        *(vote.vote_id for vote in step.votes),
    }


def _joined(first: Undoable, then: Undoable) -> Undoable:
    """One step of two events: of what both touched, the first one's values are the earlier."""
    requests = {value.request_id: value for value in (*then.requests, *first.requests)}
    items = {value.item_id: value for value in (*then.items, *first.items)}
    votes = {value.vote_id: value for value in (*then.votes, *first.votes)}
    return first.model_copy(
        update={
            "event_id": then.event_id,
            "what": then.what if then.what in UNDOABLE else first.what,
            "requests": tuple(requests.values()),
            "items": tuple(items.values()),
            "votes": tuple(votes.values()),
        }
    )


def _unaffected(stack: tuple[Undoable, ...], change: Undoable) -> tuple[Undoable, ...]:
    """The latest steps that touched nothing of what something else has changed since."""
    changed = _ids(change)
    affected = [number for number, step in enumerate(stack, 1) if changed & _ids(step)] if changed else []
    return stack[max(affected, default=0) :]
