"""Closing the speaker list (strek): proposed, last call, drawn; by the chair or by a vote."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from orchestrator.domain.base import Command, Event
from orchestrator.domain.errors import Refused
from orchestrator.domain.items import Item
from orchestrator.domain.limits import Line, LineBy
from orchestrator.domain.planning import item_of
from orchestrator.domain.roles import Actor
from orchestrator.domain.state import SessionState, session


class ProposeClosingList(Command):
    """Propose to draw the line; the list stays open."""

    type: Literal["propose_closing_list"] = "propose_closing_list"
    item_id: UUID


class ListClosingProposed(Event):
    """``person_id``: the member who proposed it; null: those who lead."""

    type: Literal["list_closing_proposed"] = "list_closing_proposed"
    item_id: UUID
    person_id: UUID | None


class CallLast(Command):
    """Whoever wants the floor asks for it now. ``seconds``: for how long; null: as the rules say."""

    type: Literal["call_last"] = "call_last"
    item_id: UUID
    seconds: Annotated[int, Field(ge=0, le=3600)] | None = None


class LastCallBegun(Event):
    """From ``until`` on nobody adds themselves."""

    type: Literal["last_call_begun"] = "last_call_begun"
    item_id: UUID
    until: AwareDatetime


class CloseList(Command):
    """Draw the line (sette strek): no more speeches may be asked for."""

    type: Literal["close_list"] = "close_list"
    item_id: UUID
    by: LineBy = "chair"


class ListClosed(Event):
    type: Literal["list_closed"] = "list_closed"
    item_id: UUID
    by: LineBy = "chair"


class ReopenList(Command):
    """Open the list again, or drop the proposal or the last call."""

    type: Literal["reopen_list"] = "reopen_list"
    item_id: UUID


class ListReopened(Event):
    type: Literal["list_reopened"] = "list_reopened"
    item_id: UUID


def is_closed(item: Item, at: datetime) -> bool:
    """Whether members can no longer add themselves: the line is drawn, or the last call is over."""
    return item.list_closed or (item.line.until is not None and at >= item.line.until)


def _debated(state: SessionState, item_id: UUID) -> Item:
    if state.status != "open":
        raise Refused("session_not_open")
    item = item_of(state, item_id)
    if item.status == "closed":
        raise Refused("item_closed")
    return item


@session.decides(ProposeClosingList)
def propose_closing_list(
    state: SessionState, command: ProposeClosingList, at: datetime, actor: Actor
) -> Sequence[Event]:
    item = _debated(state, command.item_id)
    if not actor.leads:
        member = state.members.get(actor.person_id) if actor.person_id else None
        if member is None:
            raise Refused("not_a_member")
        if not member.rights.speak:
            raise Refused("no_right_to_speak")
        if state.roll_called_at and member.person_id not in state.present:
            raise Refused("not_present")
        state.require_part(member.person_id, item.item_id)
    if item.list_state != "open":
        return []
    proposed_by = None if actor.leads else actor.person_id
    return [ListClosingProposed(at=at, item_id=item.item_id, person_id=proposed_by)]


@session.evolves(ListClosingProposed)
def _list_closing_proposed(state: SessionState, event: ListClosingProposed) -> SessionState:
    return state.with_item(event.item_id, lambda _: {"line": Line(proposed_at=event.at)})


@session.decides(CallLast)
def call_last(state: SessionState, command: CallLast, at: datetime, _: Actor) -> Sequence[Event]:
    item = _debated(state, command.item_id)
    if item.list_closed:
        raise Refused("list_closed")
    if item.list_state == "last_call":
        return []
    given = command.seconds
    seconds = state.rules_for(item.item_id).last_call_seconds if given is None else given
    return [LastCallBegun(at=at, item_id=item.item_id, until=at + timedelta(seconds=seconds))]


@session.evolves(LastCallBegun)
def _last_call_begun(state: SessionState, event: LastCallBegun) -> SessionState:
    called = {"called_at": event.at, "until": event.until}
    return state.with_item(event.item_id, lambda item: {"line": item.line.model_copy(update=called)})


@session.decides(CloseList)
def close_list(state: SessionState, command: CloseList, at: datetime, _: Actor) -> Sequence[Event]:
    item = _debated(state, command.item_id)
    return [] if item.list_closed else [ListClosed(at=at, item_id=item.item_id, by=command.by)]


@session.evolves(ListClosed)
def _list_closed(state: SessionState, event: ListClosed) -> SessionState:
    drawn = {"drawn_at": event.at, "by": event.by}
    return state.with_item(
        event.item_id, lambda item: {"list_closed": True, "line": item.line.model_copy(update=drawn)}
    )


@session.decides(ReopenList)
def reopen_list(state: SessionState, command: ReopenList, at: datetime, _: Actor) -> Sequence[Event]:
    item = _debated(state, command.item_id)
    return [] if item.list_state == "open" else [ListReopened(at=at, item_id=item.item_id)]


@session.evolves(ListReopened)
def _list_reopened(state: SessionState, event: ListReopened) -> SessionState:
    return state.with_item(event.item_id, lambda _: {"list_closed": False, "line": Line()})
