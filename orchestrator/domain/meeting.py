"""A meeting as announced: planned, published, changed, moved, cancelled, always at its address."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from orchestrator.domain.base import Command, Event, LongText, Model, Text
from orchestrator.domain.dispatch import Rulebook
from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.roles import Actor, may_send
from orchestrator.domain.rooms import Room

MeetingStatus = Literal["unplanned", "draft", "published", "cancelled"]


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value):
        raise ValueError("only a-z, 0-9 and single hyphens")
    return value


Slug = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_slug)]


class Change(Model):
    """Something changed after publication, so that readers see that it did."""

    at: AwareDatetime
    what: Literal["changed", "moved", "cancelled"]
    note: str = ""


class MeetingState(Model):
    """A meeting as its events have told it, at ``version``."""

    meeting_id: UUID
    version: int = 0
    last_at: AwareDatetime | None = None
    status: MeetingStatus = "unplanned"
    kind: Literal["council", "conference"] = "council"
    body_id: UUID | None = None
    slug: str = ""
    title: str = ""
    description: str = ""
    place: str = ""
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    internal: bool = False
    rehearsal_of: UUID | None = None
    published_at: AwareDatetime | None = None
    changes: tuple[Change, ...] = ()
    rooms: dict[UUID, Room] = {}
    removed_rooms: frozenset[UUID] = frozenset()

    @property
    def announced(self) -> bool:
        """Whether the public may know of it: it has been published, and is not internal."""
        return self.published_at is not None and not self.internal

    def replace(self, **changes: object) -> "MeetingState":
        """The same state with some fields changed."""
        return self.model_copy(update=changes)


meeting: Rulebook[MeetingState] = Rulebook()


class PlanMeeting(Command):
    """Plan a meeting as a draft on a UUID made by the sender; invisible outside until published.

    ``rehearsal_of``: the meeting that this one only rehearses; it is internal, and deleted afterwards.
    """

    type: Literal["plan_meeting"] = "plan_meeting"
    kind: Literal["council", "conference"] = "council"
    body_id: UUID | None = None
    slug: Slug
    title: Text
    description: LongText | None = None
    place: Annotated[str, Field(max_length=200)] = ""
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    internal: bool = False
    rehearsal_of: UUID | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "PlanMeeting":
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be after starts_at")
        if self.rehearsal_of and not self.internal:
            raise ValueError("internal: a rehearsal is never public")
        return self


class MeetingPlanned(Event):
    type: Literal["meeting_planned"] = "meeting_planned"
    kind: Literal["council", "conference"]
    body_id: UUID | None
    slug: str
    title: str
    description: str
    place: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    internal: bool
    rehearsal_of: UUID | None = None


class PublishMeeting(Command):
    type: Literal["publish_meeting"] = "publish_meeting"


class MeetingPublished(Event):
    type: Literal["meeting_published"] = "meeting_published"


class ChangeMeeting(Command):
    """Correct its words; null keeps what is there. Shown as a change once published."""

    type: Literal["change_meeting"] = "change_meeting"
    title: Text | None = None
    description: LongText | None = None
    place: Annotated[str, Field(max_length=200)] | None = None
    note: Annotated[str, Field(max_length=500)] = ""


class MeetingChanged(Event):
    type: Literal["meeting_changed"] = "meeting_changed"
    title: str
    description: str
    place: str
    note: str


class MoveMeeting(Command):
    """New times; the address stays."""

    type: Literal["move_meeting"] = "move_meeting"
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    note: Annotated[str, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _ends_after_start(self) -> "MoveMeeting":
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be after starts_at")
        return self


class MeetingMoved(Event):
    type: Literal["meeting_moved"] = "meeting_moved"
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    note: str


class CancelMeeting(Command):
    type: Literal["cancel_meeting"] = "cancel_meeting"
    note: Annotated[str, Field(max_length=500)] = ""


class MeetingCancelled(Event):
    type: Literal["meeting_cancelled"] = "meeting_cancelled"
    note: str


def initial(meeting_id: UUID) -> MeetingState:
    """A meeting nobody has planned yet."""
    return MeetingState(meeting_id=meeting_id)


def decide(state: MeetingState, command: Command, now: datetime, actor: Actor) -> list[Event]:
    """The events ``command`` leads to at ``now``; raises ``Refused``."""
    if not may_send(actor.roles, command.type):
        raise Forbidden("not_your_role", command.type)
    at = max(now, state.last_at) if state.last_at else now
    return meeting.decide(state, command, at, actor)


def evolve(state: MeetingState, event: Event) -> MeetingState:
    """The state after ``event``; total over recorded history."""
    return meeting.evolve(state, event).replace(version=state.version + 1, last_at=event.at)


_PLANNED = (
    *("kind", "body_id", "slug", "title", "description", "place", "starts_at", "ends_at", "internal"),
    "rehearsal_of",
)


@meeting.decides(PlanMeeting)
def plan_meeting(state: MeetingState, command: PlanMeeting, at: datetime, _: Actor) -> Sequence[Event]:
    values = {name: getattr(command, name) for name in _PLANNED} | {"description": command.description or ""}
    if state.status == "unplanned":
        return [MeetingPlanned(at=at, **values)]
    if all(getattr(state, name) == value for name, value in values.items()):
        return []
    raise Refused("already_planned")


@meeting.evolves(MeetingPlanned)
def _meeting_planned(state: MeetingState, event: MeetingPlanned) -> MeetingState:
    return state.replace(status="draft", **{name: getattr(event, name) for name in _PLANNED})


def require_standing(state: MeetingState) -> None:
    """Refuse unless it is planned and has not been cancelled."""
    if state.status == "unplanned":
        raise Refused("not_planned")
    if state.status == "cancelled":
        raise Refused("meeting_cancelled")


@meeting.decides(PublishMeeting)
def publish_meeting(state: MeetingState, _: PublishMeeting, at: datetime, __: Actor) -> Sequence[Event]:
    require_standing(state)
    return [] if state.status == "published" else [MeetingPublished(at=at)]


@meeting.evolves(MeetingPublished)
def _meeting_published(state: MeetingState, event: MeetingPublished) -> MeetingState:
    return state.replace(status="published", published_at=event.at)


@meeting.decides(ChangeMeeting)
def change_meeting(state: MeetingState, command: ChangeMeeting, at: datetime, _: Actor) -> Sequence[Event]:
    require_standing(state)
    names = ("title", "description", "place")
    values = {
        name: given if (given := getattr(command, name)) is not None else getattr(state, name)
        for name in names
    }
    if all(getattr(state, name) == value for name, value in values.items()):
        return []
    return [MeetingChanged(at=at, note=command.note, **values)]


def _noted(state: MeetingState, change: Change) -> tuple[Change, ...]:
    return (*state.changes, change) if state.status == "published" else state.changes


@meeting.evolves(MeetingChanged)
def _meeting_changed(state: MeetingState, event: MeetingChanged) -> MeetingState:
    changes = _noted(state, Change(at=event.at, what="changed", note=event.note))
    return state.replace(title=event.title, description=event.description, place=event.place, changes=changes)


@meeting.decides(MoveMeeting)
def move_meeting(state: MeetingState, command: MoveMeeting, at: datetime, _: Actor) -> Sequence[Event]:
    require_standing(state)
    if (state.starts_at, state.ends_at) == (command.starts_at, command.ends_at):
        return []
    return [MeetingMoved(at=at, starts_at=command.starts_at, ends_at=command.ends_at, note=command.note)]


@meeting.evolves(MeetingMoved)
def _meeting_moved(state: MeetingState, event: MeetingMoved) -> MeetingState:
    changes = _noted(state, Change(at=event.at, what="moved", note=event.note))
    return state.replace(starts_at=event.starts_at, ends_at=event.ends_at, changes=changes)


@meeting.decides(CancelMeeting)
def cancel_meeting(state: MeetingState, command: CancelMeeting, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status == "unplanned":
        raise Refused("not_planned")
    return [] if state.status == "cancelled" else [MeetingCancelled(at=at, note=command.note)]


@meeting.evolves(MeetingCancelled)
def _meeting_cancelled(state: MeetingState, event: MeetingCancelled) -> MeetingState:
    changes = _noted(state, Change(at=event.at, what="cancelled", note=event.note))
    return state.replace(status="cancelled", changes=changes)
