"""Impartiality (habilitet, kommuneloven §§ 11-10 and 11-11): raised, explained once, decided by the body."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.domain.base import Command, Event
from orchestrator.domain.course import require_open
from orchestrator.domain.decisions import CountedVote, behind_doors, check_result
from orchestrator.domain.errors import Refused, state_moved
from orchestrator.domain.floor import end_current, taken_off
from orchestrator.domain.items import Ground, Impartiality, LegalBasis, Question
from orchestrator.domain.planning import item_of
from orchestrator.domain.presence import own_or_lead
from orchestrator.domain.roles import Actor
from orchestrator.domain.state import SessionState, session
from orchestrator.domain.votes import VoteResult


class RaiseImpartiality(Command):
    """Ask the body to decide whether this person takes part in the item; beforehand or in the meeting."""

    type: Literal["raise_impartiality"] = "raise_impartiality"
    question_id: UUID
    item_id: UUID
    person_id: UUID
    ground: Ground | None = None


class ImpartialityRaised(Event):
    type: Literal["impartiality_raised"] = "impartiality_raised"
    question_id: UUID
    item_id: UUID
    person_id: UUID
    ground: Ground | None


class WithdrawImpartiality(Command):
    type: Literal["withdraw_impartiality"] = "withdraw_impartiality"
    question_id: UUID


class ImpartialityWithdrawn(Event):
    type: Literal["impartiality_withdrawn"] = "impartiality_withdrawn"
    question_id: UUID


class ExplainImpartiality(Command):
    """The member has explained themselves to the body, which they may do once before it decides."""

    type: Literal["explain_impartiality"] = "explain_impartiality"
    question_id: UUID


class ImpartialityExplained(Event):
    type: Literal["impartiality_explained"] = "impartiality_explained"
    question_id: UUID


class DecideImpartiality(CountedVote):
    """What the body decided, by which legal basis, and how it voted: in favour of this outcome."""

    type: Literal["decide_impartiality"] = "decide_impartiality"
    question_id: UUID
    outcome: Impartiality
    legal_basis: LegalBasis


class ImpartialityDecided(Event):
    type: Literal["impartiality_decided"] = "impartiality_decided"
    question_id: UUID
    outcome: Impartiality
    legal_basis: LegalBasis
    result: VoteResult


def deciders(state: SessionState, question: Question) -> int:
    """How many may vote on it: none who is questioned in the item, unless too few would be left."""
    others = state.questioned(question.item_id) - {question.person_id}
    if state.roll_called_at is None:
        return state.seats - len(others) - 1
    sitting = set(state.sitting(question.item_id)) - {question.person_id}
    without = sitting - others
    return len(without if len(without) * 2 >= state.seats else sitting)


def _question(state: SessionState, question_id: UUID) -> Question:
    question = state.questions.get(question_id)
    if question is None:
        raise Refused("unknown_question")
    return question


def _undecided(state: SessionState, question_id: UUID) -> Question:
    question = _question(state, question_id)
    if question.outcome is not None:
        raise state_moved("that question has been decided")
    return question


@session.decides(RaiseImpartiality)
def raise_impartiality(
    state: SessionState, command: RaiseImpartiality, at: datetime, actor: Actor
) -> Sequence[Event]:
    own_or_lead(actor, command.person_id)
    known = state.questions.get(command.question_id)
    if known is not None:
        if (known.item_id, known.person_id) == (command.item_id, command.person_id):
            return []
        raise Refused("question_exists")
    if state.status not in ("planned", "open"):
        raise Refused("not_planned" if state.status == "unplanned" else "session_ended")
    if command.person_id not in state.members:
        raise Refused("not_a_member")
    item = item_of(state, command.item_id)
    if item.kind == "election":
        raise Refused("never_in_elections", "nobody is disqualified in an election (§ 11-10)")
    if item.status == "closed":
        raise Refused("item_closed")
    if state.current_vote and state.current_vote.item_id == item.item_id:
        raise Refused("vote_running")
    if any(
        (one.item_id, one.person_id) == (command.item_id, command.person_id) and one.outcome != "impartial"
        for one in state.questions.values()
    ):
        raise Refused("already_questioned")
    return [ImpartialityRaised(at=at, **command.model_dump(exclude={"type"}))]


@session.evolves(ImpartialityRaised)
def _impartiality_raised(state: SessionState, event: ImpartialityRaised) -> SessionState:
    question = Question(raised_at=event.at, **event.model_dump(exclude={"type", "at", "continues"}))
    return state.replace(questions={**state.questions, event.question_id: question})


@session.decides(WithdrawImpartiality)
def withdraw_impartiality(
    state: SessionState, command: WithdrawImpartiality, at: datetime, actor: Actor
) -> Sequence[Event]:
    if command.question_id not in state.questions:
        return []
    own_or_lead(actor, _undecided(state, command.question_id).person_id)
    return [ImpartialityWithdrawn(at=at, question_id=command.question_id)]


@session.evolves(ImpartialityWithdrawn)
def _impartiality_withdrawn(state: SessionState, event: ImpartialityWithdrawn) -> SessionState:
    question = state.questions.get(event.question_id)
    if question is None:
        return state
    others = {key: one for key, one in state.questions.items() if key != event.question_id}
    return _seat_returned(state.replace(questions=others), question, event.at)


def _seat_returned(state: SessionState, question: Question, at: datetime) -> SessionState:
    """The substitute called for the item leaves the seat to the member."""
    return state.replace(
        seatings=tuple(
            one.ended(at)
            if (one.for_id, one.item_id) == (question.person_id, question.item_id) and one.seated
            else one
            for one in state.seatings
        )
    )


@session.decides(ExplainImpartiality)
def explain_impartiality(
    state: SessionState, command: ExplainImpartiality, at: datetime, actor: Actor
) -> Sequence[Event]:
    question = _undecided(state, command.question_id)
    own_or_lead(actor, question.person_id)
    require_open(state)
    if question.explained_at is not None:
        raise Refused("already_explained")
    return [ImpartialityExplained(at=at, question_id=command.question_id)]


@session.evolves(ImpartialityExplained)
def _impartiality_explained(state: SessionState, event: ImpartialityExplained) -> SessionState:
    return _with(state, event.question_id, explained_at=event.at)


def _with(state: SessionState, question_id: UUID, **changes: object) -> SessionState:
    question = state.questions.get(question_id)
    if question is None:
        return state
    return state.replace(questions={**state.questions, question_id: question.model_copy(update=changes)})


@session.decides(DecideImpartiality)
def decide_impartiality(
    state: SessionState, command: DecideImpartiality, at: datetime, _: Actor
) -> Sequence[Event]:
    """Decided anew, until the item is closed, it replaces what was recorded."""
    question = _question(state, command.question_id)
    result = command.result(deciders(state, question))
    same = (question.outcome, question.legal_basis) == (command.outcome, command.legal_basis)
    uncounted = command.unanimous and command.voting is None
    if same and question.result and (question.result == result or (uncounted and question.result.unanimous)):
        return []
    require_open(state)
    item = item_of(state, question.item_id)
    if item.status == "closed":
        raise Refused("item_closed")
    if item.hidden and not state.doors_closed:
        raise Refused("item_needs_closed_doors", "a restricted item is treated behind closed doors")
    if state.current_vote:
        raise Refused("vote_running")
    check_result(state, result, election=False, item_id=question.item_id, most=deciders(state, question))
    if not result.carried:
        raise Refused("not_carried", "the votes are those for the outcome that was decided")
    decided = ImpartialityDecided(
        at=at,
        question_id=question.question_id,
        outcome=command.outcome,
        legal_basis=command.legal_basis,
        result=result,
    )
    if command.outcome == "impartial":
        return [decided]
    return [*_stepping_down(state, question, at), decided]


def _stepping_down(state: SessionState, question: Question, at: datetime) -> list[Event]:
    """Their speech ends, and what they or those who answer them wait for is taken off the list."""
    speaking = state.current_speech
    theirs = {
        key
        for key, request in state.requests.items()
        if (request.person_id, request.item_id) == (question.person_id, question.item_id)
    }
    ended = end_current(state, at, "left") if speaking and speaking.request_id in theirs else []
    waiting = [key for key in state.waiting if key in theirs or state.requests[key].parent_id in theirs]
    return [*ended, *taken_off(state, waiting, at, "removed")]


@session.evolves(ImpartialityDecided)
def _impartiality_decided(state: SessionState, event: ImpartialityDecided) -> SessionState:
    question = state.questions.get(event.question_id)
    if question is None:
        return state
    decided = _with(
        state,
        event.question_id,
        outcome=event.outcome,
        legal_basis=event.legal_basis,
        result=event.result,
        decided_at=event.at,
        behind_doors=behind_doors(state, question.item_id) or question.behind_doors,
    )
    return _seat_returned(decided, question, event.at) if event.outcome == "impartial" else decided
