"""The speaker list: who asks for the floor, in which order, and when the line is drawn."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.domain.base import Command, Event
from orchestrator.domain.errors import Forbidden, Refused, state_moved
from orchestrator.domain.planning import item_of
from orchestrator.domain.roles import Actor
from orchestrator.domain.state import Item, Member, SessionState, SpeechKind, SpeechRequest, session

DropReason = Literal["withdrawn", "removed", "left", "item", "closed"]


class RequestFloor(Command):
    """Ask for the floor in the current item. A reply names the speech it answers in ``parent_id``."""

    type: Literal["request_floor"] = "request_floor"
    request_id: UUID
    person_id: UUID
    item_id: UUID | None = None
    kind: SpeechKind = SpeechKind.SPEECH
    parent_id: UUID | None = None


class FloorRequested(Event):
    """Placed on the list before ``before_id``, or last."""

    type: Literal["floor_requested"] = "floor_requested"
    request_id: UUID
    person_id: UUID
    group: str | None
    item_id: UUID
    kind: SpeechKind
    parent_id: UUID | None
    before_id: UUID | None


class WithdrawRequest(Command):
    type: Literal["withdraw_request"] = "withdraw_request"
    request_id: UUID


class RequestWithdrawn(Event):
    type: Literal["request_withdrawn"] = "request_withdrawn"
    request_id: UUID
    reason: DropReason


class MoveRequest(Command):
    """Move an entry before another, or last."""

    type: Literal["move_request"] = "move_request"
    request_id: UUID
    before_id: UUID | None


class RequestMoved(Event):
    type: Literal["request_moved"] = "request_moved"
    request_id: UUID
    before_id: UUID | None


class CloseList(Command):
    """Draw the line (sette strek): no more speeches may be asked for."""

    type: Literal["close_list"] = "close_list"
    item_id: UUID


class ListClosed(Event):
    type: Literal["list_closed"] = "list_closed"
    item_id: UUID


class ReopenList(Command):
    type: Literal["reopen_list"] = "reopen_list"
    item_id: UUID


class ListReopened(Event):
    type: Literal["list_reopened"] = "list_reopened"
    item_id: UUID


def drop_waiting(request_ids: Iterable[UUID], at: datetime, reason: DropReason) -> list[Event]:
    """The events that take these entries off the list."""
    return [RequestWithdrawn(at=at, request_id=request_id, reason=reason) for request_id in request_ids]


def floor_is_open(state: SessionState, item_id: UUID | None) -> Item:
    """The item being treated, or refused when the floor cannot be asked for."""
    if state.status != "open":
        raise Refused("session_not_open")
    item = state.current_item
    if item is None:
        raise Refused("no_item_open")
    if item_id is not None and item_id != item.item_id:
        raise state_moved("that item is not the one being treated")
    return item


def _speaker(state: SessionState, person_id: UUID) -> Member:
    member = state.members.get(person_id)
    if member is None:
        raise Refused("not_a_member")
    if not member.rights.speak:
        raise Refused("no_right_to_speak")
    if state.rules.presence_required and state.roll_called_at and person_id not in state.present:
        raise Refused("not_present")
    return member


def _check_reply(state: SessionState, item: Item, parent_id: UUID | None, actor: Actor) -> None:
    """Replies are signed up while the speech is being held, later only by those who lead."""
    parent = state.requests.get(parent_id) if parent_id else None
    if parent is None:
        raise Refused("reply_to_nothing")
    if parent.item_id != item.item_id:
        raise Refused("reply_across_items")
    if parent.kind is SpeechKind.REPLY:
        raise Refused("reply_to_reply")
    if not parent.has_floor and not (actor.leads and parent.status == "done"):
        raise Refused("reply_too_late")
    replies = [
        request
        for request in state.requests.values()
        if request.parent_id == parent_id and request.status not in ("withdrawn", "removed")
    ]
    if len(replies) >= state.rules.replies_per_speech:
        raise Refused("replies_full")


def _place(state: SessionState, item: Item, kind: SpeechKind) -> UUID | None:
    """Before whom a new entry goes: points of order, replies, speeches; by arrival within each."""
    rank = {SpeechKind.POINT_OF_ORDER: 0, SpeechKind.REPLY: 1, SpeechKind.SPEECH: 2}
    if kind is SpeechKind.SPEECH:
        return None
    waiting = (state.requests[key] for key in state.waiting)
    later = (
        request for request in waiting if request.item_id == item.item_id and rank[request.kind] > rank[kind]
    )
    return next((request.request_id for request in later), None)


@session.decides(RequestFloor)
def request_floor(state: SessionState, command: RequestFloor, at: datetime, actor: Actor) -> Sequence[Event]:
    if not actor.leads and command.person_id != actor.person_id:
        raise Forbidden("not_yourself")
    known = state.requests.get(command.request_id)
    if known is not None:
        if (known.person_id, known.kind, known.parent_id) == (
            command.person_id,
            command.kind,
            command.parent_id,
        ):
            return []
        raise Refused("request_exists")
    item = floor_is_open(state, command.item_id)
    member = _speaker(state, command.person_id)
    state.require_part(command.person_id, item.item_id)
    if command.kind is SpeechKind.REPLY:
        _check_reply(state, item, command.parent_id, actor)
    elif command.parent_id is not None:
        raise Refused("not_a_reply", "only a reply has a parent_id")
    if item.list_closed and not actor.leads:
        passes = command.kind is SpeechKind.POINT_OF_ORDER or (
            command.kind is SpeechKind.REPLY and state.rules.replies_after_close
        )
        if not passes:
            raise Refused("list_closed")
    if any(
        (waiting.person_id, waiting.kind, waiting.item_id) == (command.person_id, command.kind, item.item_id)
        for waiting in (state.requests[key] for key in state.waiting)
    ):
        raise Refused("already_waiting")
    return [
        FloorRequested(
            at=at,
            request_id=command.request_id,
            person_id=command.person_id,
            group=member.group,
            item_id=item.item_id,
            kind=command.kind,
            parent_id=command.parent_id,
            before_id=_place(state, item, command.kind),
        )
    ]


def _insert(waiting: tuple[UUID, ...], request_id: UUID, before_id: UUID | None) -> tuple[UUID, ...]:
    rest = [key for key in waiting if key != request_id]
    place = rest.index(before_id) if before_id in rest else len(rest)
    return (*rest[:place], request_id, *rest[place:])


@session.evolves(FloorRequested)
def _floor_requested(state: SessionState, event: FloorRequested) -> SessionState:
    request = SpeechRequest(
        request_id=event.request_id,
        item_id=event.item_id,
        person_id=event.person_id,
        group=event.group,
        kind=event.kind,
        parent_id=event.parent_id,
        requested_at=event.at,
        unseen=state.off_air,
    )
    return state.replace(
        requests={**state.requests, event.request_id: request},
        waiting=_insert(state.waiting, event.request_id, event.before_id),
    )


def waiting_request(state: SessionState, request_id: UUID) -> SpeechRequest:
    """The entry, or refused unless it waits."""
    request = state.requests.get(request_id)
    if request is None:
        raise Refused("unknown_request", str(request_id))
    if request.status != "waiting":
        raise state_moved("the entry is no longer waiting")
    return request


@session.decides(WithdrawRequest)
def withdraw_request(
    state: SessionState, command: WithdrawRequest, at: datetime, actor: Actor
) -> Sequence[Event]:
    known = state.requests.get(command.request_id)
    if known is not None and known.status in ("withdrawn", "removed"):
        return []
    request = waiting_request(state, command.request_id)
    own = request.person_id == actor.person_id
    if not (own or actor.leads):
        raise Forbidden("not_yourself")
    return drop_waiting([request.request_id], at, "withdrawn" if own else "removed")


@session.evolves(RequestWithdrawn)
def _request_withdrawn(state: SessionState, event: RequestWithdrawn) -> SessionState:
    status = "withdrawn" if event.reason == "withdrawn" else "removed"
    ended = {"status": status, "ended_at": event.at, "end_reason": event.reason}
    waiting = tuple(key for key in state.waiting if key != event.request_id)
    return state.with_request(event.request_id, lambda _: ended).replace(waiting=waiting)


@session.decides(MoveRequest)
def move_request(state: SessionState, command: MoveRequest, at: datetime, _: Actor) -> Sequence[Event]:
    request = waiting_request(state, command.request_id)
    if command.before_id is not None:
        before = waiting_request(state, command.before_id)
        if before.item_id != request.item_id:
            raise Refused("move_across_items")
    if _insert(state.waiting, command.request_id, command.before_id) == state.waiting:
        return []
    return [RequestMoved(at=at, request_id=command.request_id, before_id=command.before_id)]


@session.evolves(RequestMoved)
def _request_moved(state: SessionState, event: RequestMoved) -> SessionState:
    if event.request_id not in state.waiting:
        return state
    return state.replace(waiting=_insert(state.waiting, event.request_id, event.before_id))


def _debated(state: SessionState, item_id: UUID) -> Item:
    if state.status != "open":
        raise Refused("session_not_open")
    item = item_of(state, item_id)
    if item.status == "closed":
        raise Refused("item_closed")
    return item


@session.decides(CloseList)
def close_list(state: SessionState, command: CloseList, at: datetime, _: Actor) -> Sequence[Event]:
    item = _debated(state, command.item_id)
    return [] if item.list_closed else [ListClosed(at=at, item_id=item.item_id)]


@session.decides(ReopenList)
def reopen_list(state: SessionState, command: ReopenList, at: datetime, _: Actor) -> Sequence[Event]:
    item = _debated(state, command.item_id)
    return [ListReopened(at=at, item_id=item.item_id)] if item.list_closed else []


@session.evolves(ListClosed)
def _list_closed(state: SessionState, event: ListClosed) -> SessionState:
    return state.with_item(event.item_id, lambda _: {"list_closed": True})


@session.evolves(ListReopened)
def _list_reopened(state: SessionState, event: ListReopened) -> SessionState:
    return state.with_item(event.item_id, lambda _: {"list_closed": False})
