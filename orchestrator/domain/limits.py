"""What limits the debate in an item, as values: the line, the groups' time, a template."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from orchestrator.domain.base import Model

ListState = Literal["open", "proposed", "last_call", "closed"]
LineBy = Literal["chair", "vote"]
TemplateName = Literal["group_leaders", "interpellation", "question", "question_time"]
Group = Annotated[str, Field(min_length=1, max_length=40)]


class Line(Model):
    """Strek: when it was proposed, when the last call began and how long it lasts, when it was drawn."""

    proposed_at: AwareDatetime | None = None
    called_at: AwareDatetime | None = None
    until: AwareDatetime | None = None
    drawn_at: AwareDatetime | None = None
    by: LineBy | None = None


class GroupBudget(Model):
    """What a group may use in an item, in seconds; what it has used is derived from its speeches."""

    group: str
    initial: int
    added: int = 0


class ItemTemplate(Model):
    """The form an item has been given: who begins, what others may ask for, what all of it may take."""

    name: TemplateName
    asker_id: UUID | None = None
    answerer_id: UUID | None = None
    leader_ids: tuple[UUID, ...] = ()
    allowed: tuple[str, ...] = ()
    total_seconds: int | None = None
