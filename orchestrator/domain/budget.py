"""Time per group in an item, and the time of a whole template: what was given less what was used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from orchestrator.domain.base import Command, Event, Model
from orchestrator.domain.errors import Refused
from orchestrator.domain.items import Item
from orchestrator.domain.limits import Group, GroupBudget
from orchestrator.domain.planning import item_of
from orchestrator.domain.roles import Actor
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.state import SessionState, session

COUNTED = frozenset({SpeechKind.SPEECH, SpeechKind.REPLY, SpeechKind.REJOINDER, SpeechKind.QUESTION})
"""The kinds of speech that are charged to the group."""


class Addition(Model):
    """Seconds more, or less, for a group."""

    group: Group
    seconds: Annotated[int, Field(ge=-24 * 3600, le=24 * 3600)]


class AddGroupTime(Command):
    """Give groups more time or less; taken from one and given to another, time is moved."""

    type: Literal["add_group_time"] = "add_group_time"
    item_id: UUID
    additions: Annotated[tuple[Addition, ...], Field(min_length=1, max_length=100)]


class ShareOverrun(Command):
    """What one group has spoken beyond its time is given to them all."""

    type: Literal["share_overrun"] = "share_overrun"
    item_id: UUID
    group: Group


class GroupTimeAdded(Event):
    """``initial``: what a group has that has not spoken yet."""

    type: Literal["group_time_added"] = "group_time_added"
    item_id: UUID
    additions: tuple[Addition, ...]
    initial: int


@dataclass(frozen=True)
class GroupTime:
    """A group's time in an item, in seconds."""

    group: str
    initial: int
    added: int
    used: float

    @property
    def left(self) -> float:
        """What it has left, never negative."""
        return max(0.0, self.initial + self.added - self.used)

    @property
    def overrun(self) -> float:
        """What it has used beyond its time."""
        return max(0.0, self.used - self.initial - self.added)


def group_times(
    state: SessionState, item_id: UUID, at: datetime, *, but: UUID | None = None
) -> tuple[GroupTime, ...]:
    """Each group's time so far, by name; nothing where the rules set no such limit. ``but``: not counted."""
    item, seconds = state.items.get(item_id), state.rules_for(item_id).group_seconds
    if item is None or seconds is None:
        return ()
    used: dict[str, float] = {}
    for speech in state.requests.values():
        if speech.item_id == item_id and speech.group and speech.kind in COUNTED and speech.request_id != but:
            used[speech.group] = used.get(speech.group, 0.0) + speech.seconds(at)
    fresh = (member.group for member in state.members.values() if member.group)
    budgets = {group: GroupBudget(group=group, initial=seconds) for group in (*fresh, *used)}
    budgets |= {budget.group: budget for budget in item.budgets}
    return tuple(
        GroupTime(group, budget.initial, budget.added, used.get(group, 0.0))
        for group, budget in sorted(budgets.items())
    )


def group_left(
    state: SessionState, item_id: UUID, group: str | None, at: datetime, *, but: UUID | None = None
) -> float | None:
    """Seconds the group has left in this item; None: no such limit."""
    item, seconds = state.items.get(item_id), state.rules_for(item_id).group_seconds
    if item is None or seconds is None or group is None:
        return None
    budget = next((one for one in item.budgets if one.group == group), None)
    used = sum(
        speech.seconds(at)
        for speech in state.requests.values()
        if speech.group == group
        and speech.started_at is not None
        and speech.item_id == item_id
        and speech.kind in COUNTED
        and speech.request_id != but
    )
    return max(0.0, (budget.initial + budget.added if budget else seconds) - used)


def time_left(state: SessionState, item_id: UUID, at: datetime, *, but: UUID | None = None) -> float | None:
    """Seconds left of what all of the item may take by its template, never negative; None: no such limit."""
    item = state.items.get(item_id)
    if item is None or item.template is None or item.template.total_seconds is None:
        return None
    used = sum(
        speech.seconds(at)
        for speech in state.requests.values()
        if speech.item_id == item_id and speech.request_id != but
    )
    return max(0.0, item.template.total_seconds - used)


def opened(item: Item, group: str, seconds: int) -> tuple[GroupBudget, ...]:
    """The item's budgets with one for this group, made on first use."""
    if any(budget.group == group for budget in item.budgets):
        return item.budgets
    return (*item.budgets, GroupBudget(group=group, initial=seconds))


def _adjusted(state: SessionState, item_id: UUID) -> tuple[Item, int]:
    """The item and the time of a group in it; refused while somebody speaks: the clock would jump."""
    if state.status != "open":
        raise Refused("session_not_open")
    item = item_of(state, item_id)
    if item.status == "closed":
        raise Refused("item_closed")
    seconds = state.rules_for(item_id).group_seconds
    if seconds is None:
        raise Refused("no_group_time")
    if state.current_speech is not None:
        raise Refused("somebody_speaks")
    return item, seconds


@session.decides(AddGroupTime)
def add_group_time(state: SessionState, command: AddGroupTime, at: datetime, _: Actor) -> Sequence[Event]:
    item, initial = _adjusted(state, command.item_id)
    known = {time.group for time in group_times(state, item.item_id, at)}
    for addition in command.additions:
        if addition.group not in known:
            raise Refused("unknown_group", addition.group)
    return [GroupTimeAdded(at=at, item_id=item.item_id, additions=command.additions, initial=initial)]


@session.decides(ShareOverrun)
def share_overrun(state: SessionState, command: ShareOverrun, at: datetime, _: Actor) -> Sequence[Event]:
    item, initial = _adjusted(state, command.item_id)
    times = group_times(state, item.item_id, at)
    own = next((time for time in times if time.group == command.group), None)
    if own is None:
        raise Refused("unknown_group", command.group)
    if not own.overrun:
        raise Refused("no_overrun")
    additions = tuple(Addition(group=time.group, seconds=ceil(own.overrun)) for time in times)
    return [GroupTimeAdded(at=at, item_id=item.item_id, additions=additions, initial=initial)]


@session.evolves(GroupTimeAdded)
def _group_time_added(state: SessionState, event: GroupTimeAdded) -> SessionState:
    def added(item: Item) -> dict[str, object]:
        for addition in event.additions:
            item = item.model_copy(update={"budgets": opened(item, addition.group, event.initial)})
        more = {addition.group: 0 for addition in event.additions}
        for addition in event.additions:
            more[addition.group] += addition.seconds
        budgets = tuple(
            budget.model_copy(update={"added": budget.added + more.get(budget.group, 0)})
            for budget in item.budgets
        )
        return {"budgets": budgets}

    return state.with_item(event.item_id, added)
