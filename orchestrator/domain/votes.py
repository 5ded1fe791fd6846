"""Proposals and votes, as values."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from orchestrator.domain.base import Count, Model


class Proposal(Model):
    """A text to vote on, by a person."""

    proposal_id: UUID
    item_id: UUID
    proposer_id: UUID | None
    group: str | None = None
    text: str
    put_at: AwareDatetime
    withdrawn: bool = False
    behind_doors: bool = False


class Tally(Model):
    """How one group voted."""

    group: Annotated[str, Field(max_length=40)]
    in_favour: Count
    against: Count


class VoteResult(Model):
    """A vote as counted: unanimous, or for and against per group; blank only in elections."""

    unanimous: bool = False
    tallies: tuple[Tally, ...] = ()
    in_favour: Count = 0
    against: Count = 0
    blank: Count = 0
    casting_vote: Literal["in_favour", "against"] | None = None

    @property
    def voting(self) -> int:
        """The number who voted."""
        return self.in_favour + self.against + self.blank

    @property
    def carried(self) -> bool:
        """Whether it was carried; a tie falls with the chair's casting vote (kommuneloven § 11-9)."""
        if self.in_favour == self.against:
            return self.unanimous or self.casting_vote == "in_favour"
        return self.in_favour > self.against


class Vote(Model):
    """One vote in an item: being held until it has a result."""

    vote_id: UUID
    item_id: UUID
    question: str
    proposal_id: UUID | None = None
    election: bool = False
    started_at: AwareDatetime
    recorded_at: AwareDatetime | None = None
    cancelled: bool = False
    result: VoteResult | None = None
    behind_doors: bool = False

    @property
    def being_held(self) -> bool:
        """Whether the result is still awaited."""
        return self.result is None and not self.cancelled
