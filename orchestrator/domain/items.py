"""An item of the agenda as the session's stream has told it: its words, its list, what came of it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from orchestrator.domain.base import LongText, Model, Period, Text
from orchestrator.domain.limits import GroupBudget, ItemTemplate, Line, ListState
from orchestrator.domain.rules import DebateRules
from orchestrator.domain.votes import VoteResult


class LegalBasis(Model):
    """Hjemmel: data that the municipality can edit, as written in its minutes."""

    section: Text
    paragraph: Annotated[str, Field(max_length=20)] = ""
    letter: Annotated[str, Field(max_length=5)] = ""

    @property
    def mandatory(self) -> bool:
        """Whether it leaves the body no choice (kommuneloven § 11-5 second paragraph)."""
        return "11-5" in self.section and self.paragraph == "2"


def _web_address(url: str) -> str:
    if not url.startswith(("https://", "http://", "/")) or url.startswith("//"):
        raise ValueError("must be a web address (https://…)")
    return url


class Paper(Model):
    """A document of an item: its title and where it is."""

    title: Text
    url: Annotated[str, Field(max_length=2000), AfterValidator(_web_address)]


ChatMode = Literal["open", "floor_only", "closed"]
ItemKind = Literal["decision", "report_item", "briefing_item", "question", "interpellation", "election"]
ItemStatus = Literal["planned", "open", "paused", "closed"]
Dropped = Literal["postponed", "objected"]
Outcome = Literal["adopted", "rejected", "deferred", "referred", "noted", "elected"]


class Decision(Model):
    """What was decided (vedtak), and whether behind closed doors."""

    outcome: Outcome
    text: LongText
    decided_at: AwareDatetime
    behind_doors: bool = False


class ItemWords(Model):
    """What stands in the case list. ``archive_number``: the matter's, the same in every body and meeting."""

    case_number: str | None = None
    archive_number: str | None = None
    title: str
    public_title: str | None = None
    summary: str | None = None
    papers: tuple[Paper, ...] = ()

    def matter(self, body_id: UUID | None) -> str:
        """What tells that other items are of the same matter: equal, and not empty.

        Each body counts its cases from one, so a case number says so within its own alone.
        """
        archive, case = (
            (number or "").strip().casefold() for number in (self.archive_number, self.case_number)
        )
        return f"archive {archive}" if archive else f"case {body_id} {case}" if body_id and case else ""


class Item(ItemWords):
    """One treatment of a case here and now. ``position`` is its order, ``case_number`` its name.

    ``told``: its words as the public has them, when they have been changed behind closed doors since.
    ``behind_doors``: last treated behind closed doors, and not voted on in the open since.
    ``list_closed``: the line is drawn. ``rules``: its own, where it has been given any.
    ``unlisted``: put on the agenda after the notice. ``dropped``: taken off it by the meeting, at
    ``dropped_at``; ``dropped_by``: the vote that postponed it.
    ``chat``: what the chat is for in this item, if not what it is for in the session.
    """

    item_id: UUID
    position: int
    kind: ItemKind = "decision"
    restricted: bool = False
    released: bool = False
    told: ItemWords | None = None
    status: ItemStatus = "planned"
    periods: tuple[Period, ...] = ()
    behind_doors: bool = False
    list_closed: bool = False
    line: Line = Line()
    budgets: tuple[GroupBudget, ...] = ()
    template: ItemTemplate | None = None
    rules: DebateRules | None = None
    unlisted: bool = False
    late_papers: bool = False
    objectors: frozenset[UUID] = frozenset()
    dropped: Dropped | None = None
    dropped_at: AwareDatetime | None = None
    dropped_by: VoteResult | None = None
    chat: ChatMode | None = None
    decision: Decision | None = None

    @property
    def list_state(self) -> ListState:
        """How far the closing of its speaker list has come."""
        if self.list_closed:
            return "closed"
        return "last_call" if self.line.called_at else "proposed" if self.line.proposed_at else "open"

    @property
    def hidden(self) -> bool:
        """Whether only number, public title and legal basis may be shown outside."""
        return self.restricted and not self.released

    @property
    def shown(self) -> ItemWords:
        """Its words as the public may read them, unless it is hidden."""
        return self.told or self

    @property
    def heading(self) -> str:
        """Its title as the public may read it."""
        if self.hidden:
            return self.public_title or ""
        return self.shown.public_title if self.shown.public_title and not self.released else self.shown.title


Ground = Literal["party", "family", "position", "handled_before", "other"]
Impartiality = Literal["impartial", "disqualified", "exempted"]


class Question(Model):
    """Whether a member is impartial in an item (kommuneloven § 11-10), or exempted from it (§ 11-11)."""

    question_id: UUID
    item_id: UUID
    person_id: UUID
    ground: Ground | None = None
    raised_at: AwareDatetime
    explained_at: AwareDatetime | None = None
    outcome: Impartiality | None = None
    legal_basis: LegalBasis | None = None
    result: VoteResult | None = None
    decided_at: AwareDatetime | None = None
    behind_doors: bool = False


class Approval(Model):
    """The agenda approved by the meeting, or its order changed: by which vote, and when."""

    result: VoteResult
    at: AwareDatetime
