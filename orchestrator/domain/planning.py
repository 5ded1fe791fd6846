"""Planning a session and its agenda: all a session decides on is held by value."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from orchestrator.domain.base import Command, Event, LongText, Text
from orchestrator.domain.errors import Refused, state_moved
from orchestrator.domain.items import Item, ItemKind, ItemWords, Paper
from orchestrator.domain.programme import Move, People, Topic
from orchestrator.domain.roles import Actor
from orchestrator.domain.rules import DebateRules
from orchestrator.domain.state import Member, SessionKind, SessionState, session

Number = Annotated[str, Field(max_length=40)]


class PlanSession(Command):
    """Plan a session on a UUID made by the sender; sent again with the same content it is harmless.

    ``by_itself``: the service opens and adjourns it at its times. ``contact_ids``: whom to call for help.
    """

    type: Literal["plan_session"] = "plan_session"
    meeting_id: UUID
    body_id: UUID | None = None
    kind: SessionKind = "plenary"
    title: Text
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    public: bool = True
    source_id: UUID | None = None
    recording_at_once: Annotated[bool | None, Field(description="null: as the body has decided")] = None
    rules: Annotated[DebateRules | None, Field(description="null: those of the body")] = None
    chair_id: UUID | None = None
    members: tuple[Member, ...] = ()
    room_id: UUID | None = None
    by_itself: bool = False
    description: Annotated[str, Field(max_length=5_000)] = ""
    topics: Annotated[tuple[Topic, ...], Field(max_length=100)] = ()
    presenter_ids: People = ()
    contact_ids: People = ()

    @model_validator(mode="after")
    def _fits_together(self) -> "PlanSession":
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be after starts_at")
        if self.kind == "break" and self.room_id:
            raise ValueError("room_id: a break has no room; one with a room is a social session")
        if self.kind in ("break", "social") and self.source_id:
            raise ValueError("source_id: breaks and social sessions are never broadcast")
        for topic in self.topics:
            if topic.starts_at and not self.starts_at <= topic.starts_at < self.ends_at:
                raise ValueError(f"topics: {topic.title} must start within the session")
        ids = [member.person_id for member in self.members]
        if len(ids) != len(set(ids)):
            raise ValueError("members: the same person twice")
        return self


class SessionPlanned(Event):
    type: Literal["session_planned"] = "session_planned"
    meeting_id: UUID
    body_id: UUID | None
    kind: SessionKind
    title: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    public: bool
    source_id: UUID | None
    recording_at_once: bool
    rules: DebateRules
    chair_id: UUID | None
    members: tuple[Member, ...]
    room_id: UUID | None = None
    by_itself: bool = False
    description: str = ""
    topics: tuple[Topic, ...] = ()
    presenter_ids: tuple[UUID, ...] = ()
    contact_ids: tuple[UUID, ...] = ()


class ChangeSession(PlanSession):
    """Plan it anew while it has not been opened; items stand."""

    type: Literal["change_session"] = "change_session"  # type: ignore[assignment]


class SessionChanged(SessionPlanned):
    type: Literal["session_changed"] = "session_changed"  # type: ignore[assignment]


class CancelSession(Command):
    type: Literal["cancel_session"] = "cancel_session"


class SessionCancelled(Event):
    type: Literal["session_cancelled"] = "session_cancelled"


class AddItem(Command):
    """Put an item on the agenda, last or at ``position`` (1 is first)."""

    type: Literal["add_item"] = "add_item"
    item_id: UUID
    position: Annotated[int, Field(ge=1, le=10_000)] | None = None
    kind: ItemKind = "decision"
    case_number: Number | None = None
    archive_number: Number | None = None
    title: Text
    public_title: Text | None = None
    summary: LongText | None = None
    restricted: bool = False
    papers: tuple[Paper, ...] = ()

    @model_validator(mode="after")
    def _restricted_has_public_title(self) -> "AddItem":
        if self.restricted and not self.public_title:
            raise ValueError("public_title is required when the item is restricted")
        return self


class ItemAdded(Event):
    type: Literal["item_added"] = "item_added"
    item: Item


class ChangeItem(AddItem):
    """Correct an item's words; its place is moved with ``move_item``."""

    type: Literal["change_item"] = "change_item"  # type: ignore[assignment]


class ItemChanged(Event):
    type: Literal["item_changed"] = "item_changed"
    item: Item


class RemoveItem(Command):
    type: Literal["remove_item"] = "remove_item"
    item_id: UUID


class ItemRemoved(Event):
    type: Literal["item_removed"] = "item_removed"
    item_id: UUID


class MoveItem(Command):
    """Move an item that has not been treated before another, or last."""

    type: Literal["move_item"] = "move_item"
    item_id: UUID
    before_id: UUID | None


class AgendaOrdered(Event):
    type: Literal["agenda_ordered"] = "agenda_ordered"
    item_ids: tuple[UUID, ...]


def item_of(state: SessionState, item_id: UUID) -> Item:
    """The item, or ``unknown_item``."""
    item = state.items.get(item_id)
    if item is None:
        raise Refused("unknown_item", str(item_id))
    return item


@session.decides(PlanSession)
def plan_session(state: SessionState, command: PlanSession, at: datetime, _: Actor) -> Sequence[Event]:
    planned = SessionPlanned(at=at, **_plan(command))
    if state.status == "unplanned":
        return [planned]
    if _same_plan(state, planned):
        return []
    raise Refused("already_planned")


def _same_plan(state: SessionState, planned: SessionPlanned) -> bool:
    after = _session_planned(state.replace(members={}), planned)
    return after.replace(status=state.status) == state


@session.decides(ChangeSession)
def change_session(state: SessionState, command: ChangeSession, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status != "planned":
        raise Refused("already_opened" if state.status != "unplanned" else "not_planned")
    return [SessionChanged(at=at, **_plan(command))]


def _plan(command: PlanSession) -> dict[str, Any]:
    return command.model_dump(exclude={"type"}) | {
        "recording_at_once": command.recording_at_once is not False,
        "rules": command.rules or DebateRules(),
    }


@session.evolves(SessionPlanned, SessionChanged)
def _session_planned(state: SessionState, event: SessionPlanned) -> SessionState:
    values = {
        name: getattr(event, name)
        for name in event.__class__.model_fields
        if name not in ("type", "at", "members")
    }
    members = {member.person_id: member for member in event.members}
    return state.replace(**values, status="planned", members=members, moves=_moves(state, event))


def _moves(state: SessionState, event: SessionPlanned) -> tuple[Move, ...]:
    """Planned anew for another time, it has been moved: those who knew of it are to hear so."""
    if state.starts_at is None or state.ends_at is None:
        return ()
    if (state.starts_at, state.ends_at) == (event.starts_at, event.ends_at):
        return state.moves
    return (*state.moves, Move(at=event.at, starts_at=state.starts_at, ends_at=state.ends_at))


@session.decides(CancelSession)
def cancel_session(state: SessionState, _: CancelSession, at: datetime, __: Actor) -> Sequence[Event]:
    if state.status != "planned":
        raise Refused("not_planned")
    return [SessionCancelled(at=at)]


@session.evolves(SessionCancelled)
def _session_cancelled(state: SessionState, _: SessionCancelled) -> SessionState:
    return state.replace(status="cancelled")


@session.decides(AddItem)
def add_item(state: SessionState, command: AddItem, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status not in ("planned", "open"):
        raise Refused("not_planned" if state.status == "unplanned" else "session_ended")
    known = state.items.get(command.item_id)
    if known is not None:
        if _same_words(known, command):
            return []
        raise Refused("item_exists")
    if command.item_id in state.removed_items:
        raise state_moved("the item has been removed")
    order = [item.item_id for item in state.agenda]
    place = len(order) if command.position is None else min(command.position - 1, len(order))
    last = max((item.position for item in state.items.values()), default=0)
    item = Item(item_id=command.item_id, position=last + 1, **written(command))
    # What is put on the agenda behind closed doors is not told before it is released.
    added = item.model_copy(
        update={
            "restricted": command.restricted or state.doors_closed,
            "unlisted": state.status == "open" and command.kind != "question",
        }
    )
    events: list[Event] = [ItemAdded(at=at, item=added)]
    if place < len(order):
        order.insert(place, command.item_id)
        events.append(AgendaOrdered(at=at, item_ids=tuple(order)))
    return events


_WRITTEN = (*ItemWords.model_fields, "kind", "restricted")


def written(given: AddItem | Item) -> dict[str, Any]:
    return {name: getattr(given, name) for name in _WRITTEN}


def _same_words(known: Item, command: AddItem) -> bool:
    words = written(command) | {"restricted": command.restricted or known.restricted}
    return written(known) == words


@session.evolves(ItemAdded)
def _item_added(state: SessionState, event: ItemAdded) -> SessionState:
    return state.replace(items={**state.items, event.item.item_id: event.item})


@session.decides(ChangeItem)
def change_item(state: SessionState, command: ChangeItem, at: datetime, _: Actor) -> Sequence[Event]:
    item = item_of(state, command.item_id)
    changed = item.model_copy(update=written(command))
    if item.hidden and not changed.hidden:
        raise Refused("release_instead", "a restricted item is made public with release_item")
    return [] if changed == item else [ItemChanged(at=at, item=changed)]


@session.evolves(ItemChanged)
def _item_changed(state: SessionState, event: ItemChanged) -> SessionState:
    return state.with_item(
        event.item.item_id,
        lambda known: {
            **written(event.item),
            "told": _told(known, event.item, behind_doors=state.doors_closed),
            "released": known.released and (known.restricted or not event.item.restricted),
        },
    )


def _told(known: Item, changed: Item, *, behind_doors: bool) -> ItemWords | None:
    """The words that the public has from now on, where they are others than those just written."""
    if known.told is None and (not behind_doors or known.hidden):
        return None
    told = {name: getattr(known.shown, name) for name in ItemWords.model_fields}
    if not behind_doors:
        told |= {
            name: getattr(changed, name) for name in told if getattr(changed, name) != getattr(known, name)
        }
    return ItemWords(**told)


@session.decides(RemoveItem)
def remove_item(state: SessionState, command: RemoveItem, at: datetime, _: Actor) -> Sequence[Event]:
    if item_of(state, command.item_id).status != "planned":
        raise Refused("item_treated")
    if any(command.item_id in closing.item_ids for closing in state.closings):
        raise Refused("item_in_closing")
    if state.approval is not None:
        raise Refused("agenda_approved", "a majority takes it off: postpone_item")
    return [ItemRemoved(at=at, item_id=command.item_id)]


@session.evolves(ItemRemoved)
def _item_removed(state: SessionState, event: ItemRemoved) -> SessionState:
    gone = {r.request_id for r in state.requests.values() if r.item_id == event.item_id}
    return state.replace(
        removed_items=state.removed_items | {event.item_id},
        items={key: item for key, item in state.items.items() if key != event.item_id},
        requests={key: request for key, request in state.requests.items() if key not in gone},
        waiting=tuple(key for key in state.waiting if key not in gone),
        proposals={k: p for k, p in state.proposals.items() if p.item_id != event.item_id},
    )


@session.decides(MoveItem)
def move_item(state: SessionState, command: MoveItem, at: datetime, _: Actor) -> Sequence[Event]:
    """Free until the meeting has approved its agenda; from then on a majority reorders it."""
    if item_of(state, command.item_id).status != "planned":
        raise Refused("item_treated")
    if state.approval is not None:
        raise Refused("agenda_approved", "a majority reorders it: reorder_agenda")
    order = moved(state, command.item_id, command.before_id)
    return [AgendaOrdered(at=at, item_ids=order)] if order else []


def moved(state: SessionState, item_id: UUID, before_id: UUID | None) -> tuple[UUID, ...] | None:
    """The agenda with this item before that one, or last; None: that is where it is."""
    now = tuple(item.item_id for item in state.agenda)
    if before_id == item_id:
        return None
    order = [one for one in now if one != item_id]
    place = len(order) if before_id is None else order.index(item_of(state, before_id).item_id)
    order.insert(place, item_id)
    return None if tuple(order) == now else tuple(order)


@session.evolves(AgendaOrdered)
def _agenda_ordered(state: SessionState, event: AgendaOrdered) -> SessionState:
    return ordered(state, event.item_ids)


def ordered(state: SessionState, item_ids: Sequence[UUID]) -> SessionState:
    """The same state with its agenda in this order."""
    place = {item_id: number for number, item_id in enumerate(item_ids, 1)}
    items = {
        key: item.model_copy(update={"position": place.get(key, item.position)})
        for key, item in state.items.items()
    }
    return state.replace(items=items)
