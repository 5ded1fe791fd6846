"""What a session tells of itself in a programme, beside its title and times."""

from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, Field

from orchestrator.domain.base import Model, Text

People: TypeAlias = Annotated[tuple[UUID, ...], Field(max_length=100)]


class Topic(Model):
    """One part of a session's programme, with its own time where it has one."""

    title: Text
    starts_at: AwareDatetime | None = None
    presenter_ids: People = ()


class Move(Model):
    """Where a session was in the programme until it was moved at ``at``."""

    at: AwareDatetime
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    note: str = ""
