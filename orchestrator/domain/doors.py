"""Closing the doors, step by step (kommuneloven § 11-5), and «Stopp sending»."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from orchestrator.domain.base import Command, Count, Event, Period, closed
from orchestrator.domain.course import require_open
from orchestrator.domain.decisions import CountedVote, check_result, voters
from orchestrator.domain.errors import Refused, state_moved
from orchestrator.domain.floor import end_under_way
from orchestrator.domain.items import LegalBasis
from orchestrator.domain.planning import item_of
from orchestrator.domain.roles import Actor
from orchestrator.domain.state import Closing, DoorPart, SessionState, session
from orchestrator.domain.votes import VoteResult


class ProposeClosing(Command):
    """Propose to close the doors for these items; the legal basis goes into the minutes (§ 11-4)."""

    type: Literal["propose_closing"] = "propose_closing"
    closing_id: UUID
    item_ids: Annotated[tuple[UUID, ...], Field(min_length=1)]
    legal_basis: LegalBasis
    debate_closed: bool = False


class ClosingProposed(Event):
    type: Literal["closing_proposed"] = "closing_proposed"
    closing_id: UUID
    item_ids: tuple[UUID, ...]
    legal_basis: LegalBasis
    debate_closed: bool


class DropClosing(Command):
    """Withdraw the proposal to close."""

    type: Literal["drop_closing"] = "drop_closing"
    closing_id: UUID


class ClosingDropped(Event):
    type: Literal["closing_dropped"] = "closing_dropped"
    closing_id: UUID


class RecordClosingVote(CountedVote):
    """The vote on closing, which is always held in open meeting."""

    type: Literal["record_closing_vote"] = "record_closing_vote"
    closing_id: UUID


class ClosingVoteRecorded(Event):
    type: Literal["closing_vote_recorded"] = "closing_vote_recorded"
    closing_id: UUID
    result: VoteResult


class CloseDoors(Command):
    """Close the doors: for the debate on closing, or, after the vote, for the items."""

    type: Literal["close_doors"] = "close_doors"
    closing_id: UUID
    part: DoorPart = "items"
    remaining: Annotated[str, Field(max_length=1000, description="who else remains in the room")] = ""


class DoorsClosed(Event):
    type: Literal["doors_closed"] = "doors_closed"
    closing_id: UUID
    part: DoorPart
    remaining: str


class OpenDoors(Command):
    """Open the doors. ``part``: what they were closed for, as the sender saw it."""

    type: Literal["open_doors"] = "open_doors"
    closing_id: UUID
    part: DoorPart | None = None


class DoorsOpened(Event):
    type: Literal["doors_opened"] = "doors_opened"
    closing_id: UUID


class StopBroadcast(Command):
    """Put up the slate at once. The meeting's state is unchanged; no legal basis is needed."""

    type: Literal["stop_broadcast"] = "stop_broadcast"


class BroadcastStopped(Event):
    type: Literal["broadcast_stopped"] = "broadcast_stopped"


class ResumeBroadcast(Command):
    """Lift the slate. ``stop``: which stop (1, 2, …) the sender saw; a later one is not lifted."""

    type: Literal["resume_broadcast"] = "resume_broadcast"
    stop: Count | None = None


class BroadcastResumed(Event):
    type: Literal["broadcast_resumed"] = "broadcast_resumed"


def _closing(state: SessionState, closing_id: UUID) -> Closing:
    closing = state.closing
    if closing is None or closing.closing_id != closing_id:
        raise state_moved("that closing is not under way")
    return closing


def _with_closing(state: SessionState, closing_id: UUID, **changes: object) -> SessionState:
    closings = tuple(
        closing.model_copy(update=changes) if closing.closing_id == closing_id else closing
        for closing in state.closings
    )
    return state.replace(closings=closings)


@session.decides(ProposeClosing)
def propose_closing(state: SessionState, command: ProposeClosing, at: datetime, _: Actor) -> Sequence[Event]:
    known = _known(state, command.closing_id)
    if known is not None:
        same = (known.item_ids, known.legal_basis) == (command.item_ids, command.legal_basis)
        if same:
            return []
        raise Refused("closing_exists")
    require_open(state)
    if state.closing is not None:
        raise Refused("closing_under_way")
    for item_id in command.item_ids:
        item_of(state, item_id)
    return [ClosingProposed(at=at, **command.model_dump(exclude={"type"}))]


@session.evolves(ClosingProposed)
def _closing_proposed(state: SessionState, event: ClosingProposed) -> SessionState:
    closing = Closing(
        closing_id=event.closing_id,
        item_ids=event.item_ids,
        legal_basis=event.legal_basis,
        debate_closed=event.debate_closed,
        proposed_at=event.at,
    )
    return state.replace(closings=(*state.closings, closing), alone=frozenset())


@session.decides(DropClosing)
def drop_closing(state: SessionState, command: DropClosing, at: datetime, _: Actor) -> Sequence[Event]:
    if _closing(state, command.closing_id).shut:
        raise Refused("doors_closed")
    return [ClosingDropped(at=at, closing_id=command.closing_id)]


@session.evolves(ClosingDropped)
def _closing_dropped(state: SessionState, event: ClosingDropped) -> SessionState:
    return _with_closing(state, event.closing_id, dropped=True)


@session.decides(RecordClosingVote)
def record_closing_vote(
    state: SessionState, command: RecordClosingVote, at: datetime, _: Actor
) -> Sequence[Event]:
    require_open(state)
    closing = _closing(state, command.closing_id)
    if closing.shut:
        raise Refused("vote_must_be_open", "open the doors: the vote on closing is held in open meeting")
    result = command.result(voters(state))
    if closing.vote is not None:
        if closing.vote == result:
            return []
        raise Refused("vote_recorded")
    check_result(state, result, election=False)
    return [ClosingVoteRecorded(at=at, closing_id=closing.closing_id, result=result)]


@session.evolves(ClosingVoteRecorded)
def _closing_vote_recorded(state: SessionState, event: ClosingVoteRecorded) -> SessionState:
    dropped = not event.result.carried
    return _with_closing(state, event.closing_id, vote=event.result, voted_at=event.at, dropped=dropped)


@session.decides(CloseDoors)
def close_doors(state: SessionState, command: CloseDoors, at: datetime, _: Actor) -> Sequence[Event]:
    require_open(state)
    closing = _closing(state, command.closing_id)
    if closing.shut:
        if closing.part == command.part:
            return []
        raise Refused("doors_closed", "open the doors: the vote on closing is held in open meeting")
    if state.current_vote:
        raise Refused("vote_running")
    if command.part == "items" and closing.vote is None:
        raise Refused("closing_not_voted", "the vote on closing must be recorded first")
    if command.part == "debate" and closing.vote is not None:
        raise Refused("closing_voted", "the debate on closing is over")
    _require_no_ears(state, closing, command.part)
    closed_now = DoorsClosed(
        at=at, closing_id=closing.closing_id, part=command.part, remaining=command.remaining
    )
    return [*end_under_way(state, at, "doors"), closed_now]


def _require_no_ears(state: SessionState, closing: Closing, part: DoorPart) -> None:
    """Refuse while somebody takes part from elsewhere who must not, or has not said that they are alone."""
    if part == "items" and closing.mandatory and state.remote_present:
        raise Refused("remote_excluded", "§ 11-7: nobody takes part remotely in what must be closed")
    if state.remote_present - state.alone:
        raise Refused("remote_not_alone", "every remote member confirms that they are alone first")


@session.evolves(DoorsClosed)
def _doors_closed(state: SessionState, event: DoorsClosed) -> SessionState:
    known = _known(state, event.closing_id)
    closing = known or Closing(
        closing_id=event.closing_id, item_ids=(), legal_basis=LegalBasis(section="–"), proposed_at=event.at
    )
    now = Period(start=event.at)
    changes: dict[str, object] = (
        {"debate": (*closing.debate, now)}
        if event.part == "debate"
        else {"periods": (*closing.periods, now), "remaining": event.remaining}
    )
    named = state if known else state.replace(closings=(*state.closings, closing))
    shut = _with_closing(named, event.closing_id, **changes).replace(before_doors=state.before_doors or state)
    if shut.current_item_id not in closing.item_ids:
        return shut
    return shut.with_item(shut.current_item_id, lambda _: {"behind_doors": True})


def _known(state: SessionState, closing_id: UUID) -> Closing | None:
    return next((closing for closing in state.closings if closing.closing_id == closing_id), None)


@session.decides(OpenDoors)
def open_doors(state: SessionState, command: OpenDoors, at: datetime, _: Actor) -> Sequence[Event]:
    known = _known(state, command.closing_id)
    if known is None:
        raise state_moved("that closing is not under way")
    if not known.shut:
        return []
    if command.part is not None and command.part != known.part:
        raise state_moved("the doors have been closed for something else since")
    if state.current_vote:
        raise Refused("vote_running")
    item = state.current_item
    if item is not None and item.hidden:
        raise Refused("restricted_item_open", "close or leave the restricted item before opening the doors")
    return [*end_under_way(state, at, "doors"), DoorsOpened(at=at, closing_id=command.closing_id)]


@session.evolves(DoorsOpened)
def _doors_opened(state: SessionState, event: DoorsOpened) -> SessionState:
    closing = _known(state, event.closing_id)
    if closing is None:
        return state
    changes = {"debate": closed(closing.debate, event.at), "periods": closed(closing.periods, event.at)}
    return _with_closing(state, event.closing_id, **changes).replace(before_doors=None)


@session.decides(StopBroadcast)
def stop_broadcast(state: SessionState, _: StopBroadcast, at: datetime, __: Actor) -> Sequence[Event]:
    if state.status != "open":
        raise Refused("session_not_open")
    return [] if state.stopped else [BroadcastStopped(at=at)]


@session.evolves(BroadcastStopped)
def _broadcast_stopped(state: SessionState, event: BroadcastStopped) -> SessionState:
    return state.replace(stops=(*state.stops, Period(start=event.at)))


@session.decides(ResumeBroadcast)
def resume_broadcast(
    state: SessionState, command: ResumeBroadcast, at: datetime, _: Actor
) -> Sequence[Event]:
    if command.stop not in (None, len(state.stops)):
        raise state_moved("the broadcast has been stopped again since")
    return [BroadcastResumed(at=at)] if state.stopped else []


@session.evolves(BroadcastResumed)
def _broadcast_resumed(state: SessionState, event: BroadcastResumed) -> SessionState:
    return state.replace(stops=closed(state.stops, event.at))
