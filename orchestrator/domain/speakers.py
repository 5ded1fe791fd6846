"""The speaker list: who asks for the floor, withdraws or is moved."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from orchestrator.domain import exchange, order
from orchestrator.domain.base import Command, Event, running
from orchestrator.domain.budget import COUNTED, group_left, time_left
from orchestrator.domain.errors import Forbidden, Refused, state_moved
from orchestrator.domain.items import Item
from orchestrator.domain.line import is_closed
from orchestrator.domain.roles import Actor, Role
from orchestrator.domain.speech import SpeechKind, SpeechRequest
from orchestrator.domain.state import Member, SessionState, session

DropReason = Literal["withdrawn", "removed", "left", "item", "closed", "reply", "exchange", "template"]
"""Why an entry left the list; ``reply``: a rejoinder to what is gone, ``exchange``: it was cut off."""


class RequestFloor(Command):
    """Ask for the floor in the current item. A reply names the speech it answers in ``parent_id``.

    ``category``: what a point of order is about, by a name from the rules. ``note``: a word to the chair.
    """

    type: Literal["request_floor"] = "request_floor"
    request_id: UUID
    person_id: UUID
    item_id: UUID | None = None
    kind: SpeechKind = SpeechKind.SPEECH
    parent_id: UUID | None = None
    category: Annotated[str, Field(max_length=60)] | None = None
    note: Annotated[str, Field(max_length=200)] = ""


class RequestFloors(Command):
    """Several at once: all of them, or none."""

    type: Literal["request_floors"] = "request_floors"
    requests: Annotated[tuple[RequestFloor, ...], Field(min_length=1, max_length=50)]


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
    category: str | None = None
    note: str = ""
    fixed: bool = False


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


def drop_waiting(request_ids: Iterable[UUID], at: datetime, reason: DropReason) -> list[Event]:
    """The events that take these entries off the list."""
    return [RequestWithdrawn(at=at, request_id=request_id, reason=reason) for request_id in request_ids]


def dropped(
    state: SessionState, request_ids: Sequence[UUID], at: datetime, reason: DropReason
) -> list[Event]:
    """The same, with the rejoinders that nothing calls for any more."""
    lost = exchange.lost_rejoinders(state, request_ids)
    return [*drop_waiting(request_ids, at, reason), *drop_waiting(lost, at, "reply")]


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


def speaker(state: SessionState, person_id: UUID, item_id: UUID) -> Member:
    """The member, or refused when this person may not have the floor in the item."""
    member = state.members.get(person_id)
    if member is None:
        raise Refused("not_a_member")
    if not member.rights.speak:
        raise Refused("no_right_to_speak")
    rules = state.rules_for(item_id)
    if rules.presence_required and state.roll_called_at and not running(state.presence.get(person_id, ())):
        raise Refused("not_present")
    state.require_part(person_id, item_id)
    return member


def _check_kind(state: SessionState, item: Item, kind: SpeechKind, at: datetime, actor: Actor) -> None:
    """What those who lead may put on the list at any time, others only when it is open to it."""
    if actor.leads:
        return
    rules = state.rules_for(item.item_id)
    if state.current_vote and kind is not SpeechKind.POINT_OF_ORDER:
        raise Refused("vote_running", "no speeches from voting until the result is recorded")
    allowed = item.template is None or kind in item.template.allowed
    if kind is SpeechKind.PRESENTATION or not allowed:
        raise Refused("kind_not_allowed")
    passes = {
        SpeechKind.POINT_OF_ORDER: rules.point_of_order_after_close,
        SpeechKind.REPLY: rules.replies_after_close,
        SpeechKind.REJOINDER: rules.replies_after_close,
        SpeechKind.EXPLANATION_OF_VOTE: True,
    }
    if is_closed(item, at) and not passes.get(kind, False):
        raise Refused("list_closed")


def _check_time(state: SessionState, item: Item, member: Member, kind: SpeechKind, at: datetime) -> None:
    if kind in COUNTED and group_left(state, item.item_id, state.group_in(member, item.item_id), at) == 0:
        raise Refused("group_time_used")
    if kind is not SpeechKind.POINT_OF_ORDER and time_left(state, item.item_id, at) == 0:
        raise Refused("time_is_out")


def _check_category(state: SessionState, item: Item, kind: SpeechKind, category: str | None) -> None:
    rules = state.rules_for(item.item_id)
    names = rules.point_of_order_categories if kind is SpeechKind.POINT_OF_ORDER else ()
    if category is not None and category not in names:
        raise Refused("unknown_category", category)
    if category is None and names and rules.category_required:
        raise Refused("category_required")


def _check(state: SessionState, command: RequestFloor, at: datetime, actor: Actor) -> tuple[Item, Member]:
    """The item and the member, or refused by the first rule that says no."""
    item = floor_is_open(state, command.item_id)
    member = speaker(state, command.person_id, item.item_id)
    if command.kind is SpeechKind.REPLY:
        exchange.check_reply(state, item, command.person_id, command.parent_id, actor)
    elif command.kind is SpeechKind.REJOINDER:
        exchange.check_rejoinder(state, item, command.person_id, command.parent_id)
    elif command.parent_id is not None:
        raise Refused("not_a_reply", "only a reply has a parent_id")
    _check_kind(state, item, command.kind, at, actor)
    if not state.rules_for(item.item_id).several_requests_allowed and any(
        order.kind_class(waiting.kind) is order.kind_class(command.kind)
        and waiting.person_id == command.person_id
        and waiting.status == "waiting"
        and not waiting.fixed
        for waiting in order.listed(state, item.item_id)
    ):
        raise Refused("already_waiting")
    if not actor.leads:
        _check_time(state, item, member, command.kind, at)
    return item, member


def may_request(
    state: SessionState, person_id: UUID, kind: SpeechKind, at: datetime, parent_id: UUID | None = None
) -> str | None:
    """None if somebody may ask for this now, else the rule that says no.

    A reply without ``parent_id`` answers what a reply asked for now would answer.
    """
    if kind in order.EXCHANGE and parent_id is None:
        answered = exchange.answerable(state)
        parent_id = answered.request_id if answered else None
    command = RequestFloor(request_id=person_id, person_id=person_id, kind=kind, parent_id=parent_id)
    try:
        _check(state, command, at, Actor(frozenset({Role.PARTICIPANT}), person_id))
    except Refused as refused:
        return refused.rule
    return None


def _place(state: SessionState, item_id: UUID, command: RequestFloor) -> UUID | None:
    if command.parent_id is None:
        return order.place(state, item_id, command.person_id, command.kind, command.category)
    placing = order.reply_place if command.kind is SpeechKind.REPLY else order.rejoinder_place
    return placing(state, item_id, command.person_id, command.parent_id)


@session.decides(RequestFloor)
def request_floor(state: SessionState, command: RequestFloor, at: datetime, actor: Actor) -> Sequence[Event]:
    if not actor.leads and command.person_id != actor.person_id:
        raise Forbidden("not_yourself")
    known = state.requests.get(command.request_id)
    if known is not None:
        asked = (command.person_id, command.kind, command.parent_id, command.category)
        if (known.person_id, known.kind, known.parent_id, known.category) == asked:
            return []
        raise Refused("request_exists")
    item, member = _check(state, command, at, actor)
    _check_category(state, item, command.kind, command.category)
    requested = FloorRequested(
        at=at,
        request_id=command.request_id,
        person_id=command.person_id,
        group=state.group_in(member, item.item_id),
        item_id=item.item_id,
        kind=command.kind,
        parent_id=command.parent_id,
        before_id=_place(state, item.item_id, command),
        category=command.category,
        note=command.note,
    )
    return [requested, *_rejoinder(state, requested)]


def _rejoinder(state: SessionState, reply: FloorRequested) -> list[Event]:
    """The original speaker's place next after this reply, where the rules give one."""
    parent = state.requests.get(reply.parent_id) if reply.parent_id else None
    if parent is None or reply.kind is not SpeechKind.REPLY:
        return []
    if not exchange.calls_for_rejoinder(state, parent, reply.request_id):
        return []
    own = {
        "request_id": exchange.rejoinder_id(reply.request_id),
        "person_id": parent.person_id,
        "group": parent.group,
        "kind": SpeechKind.REJOINDER,
        "category": None,
        "note": "",
    }
    return [reply.model_copy(update=own)]


@session.decides(RequestFloors)
def request_floors(
    state: SessionState, command: RequestFloors, at: datetime, actor: Actor
) -> Sequence[Event]:
    events: list[Event] = []
    for one in command.requests:
        new = request_floor(state, one, at, actor)
        for event in new:
            state = session.evolve(state, event)
        events += new
    return events


def insert(waiting: tuple[UUID, ...], request_id: UUID, before_id: UUID | None) -> tuple[UUID, ...]:
    """The list with this entry before another, or last."""
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
        category=event.category,
        note=event.note,
        fixed=event.fixed,
        requested_at=event.at,
        unseen=state.off_air and not (event.fixed and state.status == "planned"),
    )
    return state.replace(
        requests={**state.requests, event.request_id: request},
        waiting=insert(state.waiting, event.request_id, event.before_id),
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
    return dropped(state, [request.request_id], at, "withdrawn" if own else "removed")


@session.evolves(RequestWithdrawn)
def _request_withdrawn(state: SessionState, event: RequestWithdrawn) -> SessionState:
    status = "withdrawn" if event.reason == "withdrawn" else "removed"
    ended = {"status": status, "ended_at": event.at, "end_reason": event.reason}
    waiting = tuple(key for key in state.waiting if key != event.request_id)
    return state.with_request(event.request_id, lambda _: ended).replace(waiting=waiting)


@session.decides(MoveRequest)
def move_request(state: SessionState, command: MoveRequest, at: datetime, _: Actor) -> Sequence[Event]:
    request = waiting_request(state, command.request_id)
    if command.before_id == command.request_id:
        return []
    if command.before_id is not None:
        before = waiting_request(state, command.before_id)
        if before.item_id != request.item_id:
            raise Refused("move_across_items")
        if order.overtakes_safe(state, request, command.before_id):
            raise Refused("safe_place")
    if insert(state.waiting, command.request_id, command.before_id) == state.waiting:
        return []
    return [RequestMoved(at=at, request_id=command.request_id, before_id=command.before_id)]


@session.evolves(RequestMoved)
def _request_moved(state: SessionState, event: RequestMoved) -> SessionState:
    if event.request_id not in state.waiting:
        return state
    return state.replace(waiting=insert(state.waiting, event.request_id, event.before_id))
