"""Proposals, votes as counted by hand, and what was decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from orchestrator.domain.base import Command, Count, Event, LongText
from orchestrator.domain.course import require_open
from orchestrator.domain.errors import Refused
from orchestrator.domain.floor import pause_current
from orchestrator.domain.items import Decision, Item, Outcome
from orchestrator.domain.planning import item_of
from orchestrator.domain.roles import Actor
from orchestrator.domain.state import SessionState, session
from orchestrator.domain.votes import Proposal, Tally, Vote, VoteResult


class PutProposal(Command):
    """Put a proposal to an item; ``proposer_id`` null: the administration's recommendation."""

    type: Literal["put_proposal"] = "put_proposal"
    proposal_id: UUID
    item_id: UUID
    proposer_id: UUID | None = None
    text: LongText


class ProposalPut(Event):
    type: Literal["proposal_put"] = "proposal_put"
    proposal_id: UUID
    item_id: UUID
    proposer_id: UUID | None
    group: str | None
    text: str


class WithdrawProposal(Command):
    type: Literal["withdraw_proposal"] = "withdraw_proposal"
    proposal_id: UUID


class ProposalWithdrawn(Event):
    type: Literal["proposal_withdrawn"] = "proposal_withdrawn"
    proposal_id: UUID


class StartVote(Command):
    """Begin voting: until the result is recorded there are no speeches and no new proposals."""

    type: Literal["start_vote"] = "start_vote"
    vote_id: UUID
    item_id: UUID
    question: Annotated[str, Field(max_length=500)] = ""
    proposal_id: UUID | None = None
    election: bool = False


class VoteStarted(Event):
    type: Literal["vote_started"] = "vote_started"
    vote_id: UUID
    item_id: UUID
    question: str
    proposal_id: UUID | None
    election: bool


class CancelVote(Command):
    type: Literal["cancel_vote"] = "cancel_vote"
    vote_id: UUID


class VoteCancelled(Event):
    type: Literal["vote_cancelled"] = "vote_cancelled"
    vote_id: UUID


class CountedVote(Command):
    """A result as the secretary counts it: unanimous with the number voting, or for and against per group."""

    unanimous: bool = False
    voting: Annotated[Count | None, Field(description="the number voting, when unanimous")] = None
    tallies: tuple[Tally, ...] = ()
    blank: Count = 0
    casting_vote: Literal["in_favour", "against"] | None = None

    @model_validator(mode="after")
    def _one_way_of_counting(self) -> "CountedVote":
        if self.unanimous and (self.tallies or self.casting_vote or self.blank):
            raise ValueError("unanimous: a unanimous vote has no tallies, blank votes or casting vote")
        if not self.unanimous and not self.tallies:
            raise ValueError("tallies: give how the groups voted, or say unanimous")
        groups = [tally.group for tally in self.tallies]
        if len(groups) != len(set(groups)):
            raise ValueError("tallies: the same group twice")
        return self

    def result(self, present: int) -> VoteResult:
        """The result; unanimous without a number means everyone ``present``."""
        if self.unanimous:
            return VoteResult(unanimous=True, in_favour=present if self.voting is None else self.voting)
        return VoteResult(
            tallies=self.tallies,
            in_favour=sum(tally.in_favour for tally in self.tallies),
            against=sum(tally.against for tally in self.tallies),
            blank=self.blank,
            casting_vote=self.casting_vote,
        )


class RecordVote(CountedVote):
    """Record a result; a vote that was not started is taken to have been held now."""

    type: Literal["record_vote"] = "record_vote"
    vote_id: UUID
    item_id: UUID
    question: Annotated[str, Field(max_length=500)] = ""
    proposal_id: UUID | None = None
    election: bool = False


class VoteRecorded(Event):
    type: Literal["vote_recorded"] = "vote_recorded"
    vote_id: UUID
    result: VoteResult


class RecordDecision(Command):
    """Record what was decided; may be recorded anew until the item is closed."""

    type: Literal["record_decision"] = "record_decision"
    item_id: UUID
    outcome: Outcome = "adopted"
    text: LongText


class DecisionRecorded(Event):
    type: Literal["decision_recorded"] = "decision_recorded"
    item_id: UUID
    outcome: Outcome
    text: str


def voters_present(state: SessionState, item_id: UUID | None = None) -> int:
    """How many of those present may vote, in this item: they have a seat, and are not disqualified."""
    return len(state.sitting(item_id))


def voters(state: SessionState, item_id: UUID | None = None) -> int:
    """The same; before the roll is called everyone who may vote is taken to be there."""
    if state.roll_called_at:
        return voters_present(state, item_id)
    return state.seats - len(state.disqualified(item_id))


def check_result(
    state: SessionState,
    result: VoteResult,
    *,
    election: bool,
    item_id: UUID | None = None,
    most: int | None = None,
) -> None:
    """Refuse what cannot be or binds nobody: too many votes or too few, an unsettled tie (§ 11-9).

    ``most``: how many may vote, where it is not all who have a seat in the item.
    """
    if state.roll_called_at:
        there = voters(state, item_id) if most is None else most
        if result.voting > there:
            raise Refused("more_votes_than_present", f"{result.voting} votes, {there} present who may vote")
        if result.voting * 2 < state.seats:
            raise Refused(
                "not_quorate", f"{result.voting} of {state.seats}: at least half must vote (§ 11-9)"
            )
    if result.blank and not election:
        raise Refused("blank_only_in_elections", "§ 8-1: blank votes only in elections and appointments")
    tie = not result.unanimous and result.in_favour == result.against
    chair = state.members.get(state.chair_id) if state.chair_id else None
    votes = chair is None or (chair.rights.vote and chair.person_id not in state.disqualified(item_id))
    if result.casting_vote and (election or not tie or not votes):
        raise Refused("no_casting_vote", "the casting vote breaks a tie, and never in an election (§ 11-9)")
    if tie and not election and votes and result.casting_vote is None:
        raise Refused("casting_vote_missing", "a tie: how did the chair's casting vote fall?")


def _treated(state: SessionState, item_id: UUID) -> Item:
    if state.status != "open":
        raise Refused("session_not_open")
    item = item_of(state, item_id)
    if item.status == "closed":
        raise Refused("item_closed")
    return item


@session.decides(PutProposal)
def put_proposal(state: SessionState, command: PutProposal, at: datetime, _: Actor) -> Sequence[Event]:
    known = state.proposals.get(command.proposal_id)
    if known is not None:
        if (known.item_id, known.proposer_id, known.text) == (
            command.item_id,
            command.proposer_id,
            command.text,
        ):
            return []
        raise Refused("proposal_exists")
    if state.status not in ("planned", "open"):
        raise Refused("session_not_open")
    item = item_of(state, command.item_id)
    if item.status == "closed":
        raise Refused("item_closed")
    vote = state.current_vote
    if vote and vote.item_id == item.item_id:
        raise Refused("vote_running", "no new proposals from voting until the result is recorded")
    if item.list_closed and not state.rules_for(item.item_id).proposals_after_close:
        raise Refused("proposals_closed")
    group = None
    if command.proposer_id is not None:
        member = state.members.get(command.proposer_id)
        if member is None:
            raise Refused("not_a_member")
        if not member.rights.propose:
            raise Refused("no_right_to_propose")
        state.require_part(command.proposer_id, command.item_id)
        group = member.group
    return [ProposalPut(at=at, group=group, **command.model_dump(exclude={"type"}))]


@session.evolves(ProposalPut)
def _proposal_put(state: SessionState, event: ProposalPut) -> SessionState:
    proposal = Proposal(
        **event.model_dump(exclude={"type", "at", "continues"}),
        put_at=event.at,
        behind_doors=behind_doors(state, event.item_id),
    )
    return state.replace(proposals={**state.proposals, proposal.proposal_id: proposal})


@session.decides(WithdrawProposal)
def withdraw_proposal(
    state: SessionState, command: WithdrawProposal, at: datetime, _: Actor
) -> Sequence[Event]:
    proposal = state.proposals.get(command.proposal_id)
    if proposal is None:
        raise Refused("unknown_proposal")
    if any(vote.proposal_id == proposal.proposal_id and not vote.cancelled for vote in state.votes.values()):
        raise Refused("proposal_voted_on")
    return [] if proposal.withdrawn else [ProposalWithdrawn(at=at, proposal_id=command.proposal_id)]


@session.evolves(ProposalWithdrawn)
def _proposal_withdrawn(state: SessionState, event: ProposalWithdrawn) -> SessionState:
    proposal = state.proposals.get(event.proposal_id)
    if proposal is None:
        return state
    withdrawn = proposal.model_copy(update={"withdrawn": True})
    return state.replace(proposals={**state.proposals, event.proposal_id: withdrawn})


def behind_doors(state: SessionState, item_id: UUID) -> bool:
    """Whether what is recorded now belongs behind closed doors.

    What is written down afterwards does too, of an item that was treated behind them and is not open.
    """
    item = state.items.get(item_id)
    return state.doors_closed or (item is not None and item.behind_doors and item.status != "open")


def _start(state: SessionState, command: StartVote | RecordVote, at: datetime) -> list[Event]:
    require_open(state)
    item = _treated(state, command.item_id)
    if item.status == "planned":
        raise Refused("item_not_opened")
    if state.current_vote is not None:
        raise Refused("vote_running")
    if state.questioned(item.item_id):
        raise Refused("impartiality_undecided", "the body decides who takes part before it votes")
    if command.proposal_id is not None:
        proposal = state.proposals.get(command.proposal_id)
        if proposal is None or proposal.item_id != item.item_id or proposal.withdrawn:
            raise Refused("unknown_proposal")
    started = VoteStarted(
        at=at,
        vote_id=command.vote_id,
        item_id=command.item_id,
        question=command.question,
        proposal_id=command.proposal_id,
        election=command.election or item.kind == "election",
    )
    return [*pause_current(state, at), started]


@session.decides(StartVote)
def start_vote(state: SessionState, command: StartVote, at: datetime, _: Actor) -> Sequence[Event]:
    known = state.votes.get(command.vote_id)
    if known is not None:
        same = (known.item_id, known.question, known.proposal_id)
        if known.being_held and same == (command.item_id, command.question, command.proposal_id):
            return []
        raise Refused("vote_exists")
    item = item_of(state, command.item_id)
    if item.hidden and not state.doors_closed:
        raise Refused("item_needs_closed_doors", "a restricted item is treated behind closed doors")
    return _start(state, command, at)


@session.evolves(VoteStarted)
def _vote_started(state: SessionState, event: VoteStarted) -> SessionState:
    vote = Vote(
        **event.model_dump(exclude={"type", "at", "continues"}),
        started_at=event.at,
        behind_doors=behind_doors(state, event.item_id),
    )
    return state.replace(votes={**state.votes, vote.vote_id: vote})


@session.decides(CancelVote)
def cancel_vote(state: SessionState, command: CancelVote, at: datetime, _: Actor) -> Sequence[Event]:
    vote = state.votes.get(command.vote_id)
    if vote is None:
        raise Refused("unknown_vote")
    if vote.result is not None:
        raise Refused("vote_recorded")
    return [] if vote.cancelled else [VoteCancelled(at=at, vote_id=command.vote_id)]


@session.evolves(VoteCancelled)
def _vote_cancelled(state: SessionState, event: VoteCancelled) -> SessionState:
    return _with_vote(state, event.vote_id, cancelled=True)


def _with_vote(state: SessionState, vote_id: UUID, **changes: object) -> SessionState:
    vote = state.votes.get(vote_id)
    if vote is None:
        return state
    return state.replace(votes={**state.votes, vote_id: vote.model_copy(update=changes)})


@session.decides(RecordVote)
def record_vote(state: SessionState, command: RecordVote, at: datetime, _: Actor) -> Sequence[Event]:
    known = state.votes.get(command.vote_id)
    item = state.items.get(command.item_id)
    election = known.election if known else command.election or (item is not None and item.kind == "election")
    voted_in = None if election else command.item_id  # nobody is disqualified in an election
    result = command.result(voters(state, voted_in))
    if known is not None and known.result is not None:
        uncounted = command.unanimous and command.voting is None and known.result.unanimous
        if known.item_id == command.item_id and (known.result == result or uncounted):
            return []
        raise Refused("vote_recorded")
    if known is not None and (known.cancelled or known.item_id != command.item_id):
        raise Refused("vote_cancelled" if known.cancelled else "unknown_vote")
    started = [] if known else _start(state, command, at)
    check_result(state, result, election=election, item_id=voted_in)
    return [*started, VoteRecorded(at=at, vote_id=command.vote_id, result=result)]


@session.evolves(VoteRecorded)
def _vote_recorded(state: SessionState, event: VoteRecorded) -> SessionState:
    recorded = _with_vote(state, event.vote_id, result=event.result, recorded_at=event.at)
    vote = recorded.votes.get(event.vote_id)
    if vote is None or vote.behind_doors:
        return recorded
    return recorded.with_item(vote.item_id, lambda _: {"behind_doors": False})


@session.decides(RecordDecision)
def record_decision(state: SessionState, command: RecordDecision, at: datetime, _: Actor) -> Sequence[Event]:
    item = _treated(state, command.item_id)
    if item.status == "planned":
        raise Refused("item_not_opened")
    if any(vote.being_held and vote.item_id == item.item_id for vote in state.votes.values()):
        raise Refused("vote_running")
    same = item.decision and (item.decision.outcome, item.decision.text) == (command.outcome, command.text)
    return [] if same else [DecisionRecorded(at=at, **command.model_dump(exclude={"type"}))]


@session.evolves(DecisionRecorded)
def _decision_recorded(state: SessionState, event: DecisionRecorded) -> SessionState:
    def decided(item: Item) -> dict[str, object]:
        withheld = item.decision is not None and item.decision.behind_doors
        decision = Decision(
            outcome=event.outcome,
            text=event.text,
            decided_at=event.at,
            behind_doors=state.doors_closed or item.behind_doors or withheld,
        )
        return {"decision": decision}

    return state.with_item(event.item_id, decided)
