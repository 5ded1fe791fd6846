"""An entry of a speaker list, and the speech that comes of it."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from orchestrator.domain.base import Model, Period, running


class SpeechKind(StrEnum):
    SPEECH = "speech"
    REPLY = "reply"
    REJOINDER = "rejoinder"
    POINT_OF_ORDER = "point_of_order"
    POINT_OF_INFORMATION = "point_of_information"
    EXPLANATION_OF_VOTE = "explanation_of_vote"
    QUESTION = "question"
    PRESENTATION = "presentation"


SpeechStatus = Literal["waiting", "speaking", "paused", "done", "withdrawn", "removed"]


class SpeechRequest(Model):
    """An entry in a speaker list and what came of it. Elapsed time is the sum of its intervals.

    ``note``: the speaker's own words to the chair, never for the public.
    ``fixed``: placed first by a template. ``interruptions``: when others had the floor in the middle of it.
    ``unseen``: asked for, or begun, while nothing was for the public.
    ``behind_doors``: held behind closed doors.
    """

    request_id: UUID
    item_id: UUID
    person_id: UUID
    group: str | None = None
    kind: SpeechKind
    parent_id: UUID | None = None
    category: str | None = None
    note: str = ""
    fixed: bool = False
    status: SpeechStatus = "waiting"
    requested_at: AwareDatetime
    intervals: tuple[Period, ...] = ()
    interruptions: tuple[Period, ...] = ()
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    end_reason: str | None = None
    limit_seconds: int = 0
    extra_seconds: int = 0
    unseen: bool = False
    behind_doors: bool = False

    @property
    def has_floor(self) -> bool:
        """Whether this speech is being held now, its clock running or stopped."""
        return self.status == "speaking" or (self.status == "paused" and not running(self.interruptions))

    @property
    def interrupted(self) -> bool:
        """Whether it stands first on the list with the time it has left: somebody else was let in."""
        return self.status == "paused" and running(self.interruptions)

    @property
    def under_way(self) -> bool:
        """Whether it has begun and not ended."""
        return self.status in ("speaking", "paused")

    @property
    def on_list(self) -> bool:
        """Whether it stands on the speaker list."""
        return self.status == "waiting" or self.interrupted

    def seconds(self, now: datetime) -> float:
        """How long it has been held: the sum of its intervals, pauses left out."""
        return sum(interval.seconds(now) for interval in self.intervals)
