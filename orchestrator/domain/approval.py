"""The agenda approved by the meeting: its order, what is postponed, and what falls because of objections."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.domain.base import Command, Event
from orchestrator.domain.course import require_open
from orchestrator.domain.decisions import CountedVote, check_result, voters
from orchestrator.domain.errors import Refused
from orchestrator.domain.items import Approval, Item
from orchestrator.domain.planning import item_of, moved, ordered
from orchestrator.domain.presence import own_or_lead
from orchestrator.domain.roles import Actor
from orchestrator.domain.state import SessionState, session
from orchestrator.domain.votes import VoteResult


class MarkItem(Command):
    """An item that was not in the notice, or whose papers came late: it can be objected to (§ 11-3)."""

    type: Literal["mark_item"] = "mark_item"
    item_id: UUID
    unlisted: bool = False
    late_papers: bool = False


class ItemMarked(Event):
    type: Literal["item_marked"] = "item_marked"
    item_id: UUID
    unlisted: bool
    late_papers: bool


class ApproveAgenda(CountedVote):
    """The notice and the agenda, in the order it has now, are approved."""

    type: Literal["approve_agenda"] = "approve_agenda"


class AgendaApproved(Event):
    type: Literal["agenda_approved"] = "agenda_approved"
    result: VoteResult


class ReorderAgenda(CountedVote):
    """By a majority, once the agenda has been approved: this item is treated before that one, or last."""

    type: Literal["reorder_agenda"] = "reorder_agenda"
    item_id: UUID
    before_id: UUID | None = None


class AgendaReordered(Event):
    type: Literal["agenda_reordered"] = "agenda_reordered"
    item_ids: tuple[UUID, ...]
    result: VoteResult


class PostponeItem(CountedVote):
    """By a majority: the item is not treated in this meeting."""

    type: Literal["postpone_item"] = "postpone_item"
    item_id: UUID


class ItemPostponed(Event):
    type: Literal["item_postponed"] = "item_postponed"
    item_id: UUID
    result: VoteResult


class ObjectToItem(Command):
    """Object to treating an unlisted item, or one with late papers."""

    type: Literal["object_to_item"] = "object_to_item"
    item_id: UUID
    person_id: UUID


class ItemObjected(Event):
    type: Literal["item_objected"] = "item_objected"
    item_id: UUID
    person_id: UUID


class ItemFell(Event):
    """The chair, or a third of those present, objected."""

    type: Literal["item_fell"] = "item_fell"
    item_id: UUID


def _untreated(state: SessionState, item_id: UUID) -> Item:
    item = item_of(state, item_id)
    if item.status != "planned":
        raise Refused("item_treated")
    return item


def _in_open_meeting(state: SessionState) -> None:
    require_open(state)
    if state.doors_closed:
        raise Refused("doors_closed", "the agenda is settled in open meeting")


def _majority(state: SessionState, command: CountedVote) -> VoteResult:
    result = command.result(voters(state))
    check_result(state, result, election=False)
    if not result.carried:
        raise Refused("not_carried")
    return result


def objecting(state: SessionState, item: Item) -> frozenset[UUID]:
    """Those of the objectors who are there now."""
    return item.objectors & set(state.sitting(None)) if state.roll_called_at else item.objectors


@session.decides(MarkItem)
def mark_item(state: SessionState, command: MarkItem, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status not in ("planned", "open"):
        raise Refused("not_planned" if state.status == "unplanned" else "session_ended")
    item = _untreated(state, command.item_id)
    if (item.unlisted, item.late_papers) == (command.unlisted, command.late_papers):
        return []
    return [ItemMarked(at=at, **command.model_dump(exclude={"type"}))]


@session.evolves(ItemMarked)
def _item_marked(state: SessionState, event: ItemMarked) -> SessionState:
    marks = {"unlisted": event.unlisted, "late_papers": event.late_papers}
    return state.with_item(event.item_id, lambda _: marks)


@session.decides(ApproveAgenda)
def approve_agenda(state: SessionState, command: ApproveAgenda, at: datetime, _: Actor) -> Sequence[Event]:
    if state.approval is not None:
        return []
    _in_open_meeting(state)
    return [AgendaApproved(at=at, result=_majority(state, command))]


@session.evolves(AgendaApproved)
def _agenda_approved(state: SessionState, event: AgendaApproved) -> SessionState:
    return state.replace(approval=Approval(result=event.result, at=event.at))


@session.decides(ReorderAgenda)
def reorder_agenda(state: SessionState, command: ReorderAgenda, at: datetime, _: Actor) -> Sequence[Event]:
    _in_open_meeting(state)
    _untreated(state, command.item_id)
    order = moved(state, command.item_id, command.before_id)
    return [AgendaReordered(at=at, item_ids=order, result=_majority(state, command))] if order else []


@session.evolves(AgendaReordered)
def _agenda_reordered(state: SessionState, event: AgendaReordered) -> SessionState:
    reorderings = (*state.reorderings, Approval(result=event.result, at=event.at))
    return ordered(state, event.item_ids).replace(reorderings=reorderings)


@session.decides(PostponeItem)
def postpone_item(state: SessionState, command: PostponeItem, at: datetime, _: Actor) -> Sequence[Event]:
    item = item_of(state, command.item_id)
    if item.dropped == "postponed":
        return []
    _in_open_meeting(state)
    _untreated(state, command.item_id)
    return [ItemPostponed(at=at, item_id=command.item_id, result=_majority(state, command))]


@session.evolves(ItemPostponed)
def _item_postponed(state: SessionState, event: ItemPostponed) -> SessionState:
    postponed = {"dropped": "postponed", "dropped_at": event.at, "dropped_by": event.result}
    return state.with_item(event.item_id, lambda _: {"status": "closed", **postponed})


@session.decides(ObjectToItem)
def object_to_item(state: SessionState, command: ObjectToItem, at: datetime, actor: Actor) -> Sequence[Event]:
    own_or_lead(actor, command.person_id)
    item = item_of(state, command.item_id)
    if command.person_id in item.objectors:
        return []
    _check_objection(state, item, command.person_id)
    objected = ItemObjected(at=at, item_id=item.item_id, person_id=command.person_id)
    fell = command.person_id == state.chair_id or len(objecting(state, item)) + 1 >= objections_needed(state)
    return [objected, *([ItemFell(at=at, item_id=item.item_id)] if fell else [])]


def _check_objection(state: SessionState, item: Item, person_id: UUID) -> None:
    _in_open_meeting(state)
    _untreated(state, item.item_id)
    if item.kind == "question":
        raise Refused("questions_need_no_listing")
    if not (item.unlisted or item.late_papers):
        raise Refused("item_was_listed", "only an unlisted item, or one with late papers, can be objected to")
    member = state.members.get(person_id)
    chairs = person_id == state.chair_id
    if member is None or not (member.rights.vote or chairs):
        raise Refused("not_a_member")
    if state.roll_called_at and not chairs and person_id not in state.sitting(None):
        raise Refused("not_present")


def may_object(state: SessionState, item: Item, person_id: UUID) -> bool:
    """Whether an objection of theirs would count now: nobody's does to an item that was properly listed."""
    try:
        _check_objection(state, item, person_id)
    except Refused:
        return False
    return True


def objections_needed(state: SessionState) -> int:
    """A third of those who vote; the chair's own is enough."""
    return max(1, -(-voters(state) // 3))


@session.evolves(ItemObjected)
def _item_objected(state: SessionState, event: ItemObjected) -> SessionState:
    return state.with_item(event.item_id, lambda item: {"objectors": item.objectors | {event.person_id}})


@session.evolves(ItemFell)
def _item_fell(state: SessionState, event: ItemFell) -> SessionState:
    fell = {"dropped": "objected", "dropped_at": event.at}
    return state.with_item(event.item_id, lambda _: {"status": "closed", **fell})
