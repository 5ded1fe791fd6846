"""What was kept from the public becomes public on the secretary's word; a recording may be deleted later."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

from orchestrator.domain.base import Command, Event
from orchestrator.domain.errors import Refused
from orchestrator.domain.items import Item, Question
from orchestrator.domain.planning import item_of
from orchestrator.domain.roles import Actor
from orchestrator.domain.seats import Seating
from orchestrator.domain.speech import SpeechRequest
from orchestrator.domain.state import SessionState, session
from orchestrator.domain.votes import Proposal, Vote

V = TypeVar("V", Proposal, Vote, SpeechRequest, Question)


class ReleaseItem(Command):
    """Make public what was exempt or recorded behind closed doors in this item, until now."""

    type: Literal["release_item"] = "release_item"
    item_id: UUID


class ItemReleased(Event):
    type: Literal["item_released"] = "item_released"
    item_id: UUID


class ReleaseRecording(Command):
    type: Literal["release_recording"] = "release_recording"


class RecordingReleased(Event):
    type: Literal["recording_released"] = "recording_released"


class DeleteRecording(Command):
    """Its media is deleted for good, as long after the session as its municipality keeps recordings."""

    type: Literal["delete_recording"] = "delete_recording"


class RecordingDeleted(Event):
    type: Literal["recording_deleted"] = "recording_deleted"


def withheld(state: SessionState, item: Item) -> bool:
    """Whether something in the item is kept from the public until it is released."""
    return (
        item.hidden
        or item.told is not None
        or (item.decision is not None and item.decision.behind_doors)
        or _any_marked(state.proposals, item.item_id)
        or _any_marked(state.votes, item.item_id)
        or _any_marked(state.requests, item.item_id)
        or _any_marked(state.questions, item.item_id)
    )


def _any_marked(parts: Mapping[UUID, V], item_id: UUID) -> bool:
    return any(part.item_id == item_id and part.behind_doors for part in parts.values())


@session.decides(ReleaseItem)
def release_item(state: SessionState, command: ReleaseItem, at: datetime, _: Actor) -> Sequence[Event]:
    item = item_of(state, command.item_id)
    if state.doors_closed:
        raise Refused("doors_closed")
    if not withheld(state, item):
        return []
    return [ItemReleased(at=at, item_id=item.item_id)]


@session.evolves(ItemReleased)
def _item_released(state: SessionState, event: ItemReleased) -> SessionState:
    """The marks are taken off what there is: what is recorded behind closed doors later has its own."""

    def released(item: Item) -> dict[str, object]:
        decision = item.decision and item.decision.model_copy(update={"behind_doors": False})
        return {"released": True, "told": None, "behind_doors": False, "decision": decision}

    return state.with_item(event.item_id, released).replace(
        proposals=_unmarked(state.proposals, event.item_id),
        votes=_unmarked(state.votes, event.item_id),
        requests=_unmarked(state.requests, event.item_id, unseen=False),
        questions=_unmarked(state.questions, event.item_id),
        seatings=tuple(_shown(one) if one.item_id == event.item_id else one for one in state.seatings),
    )


def _unmarked(parts: Mapping[UUID, V], item_id: UUID, **more: object) -> dict[UUID, V]:
    return {
        key: part.model_copy(update={"behind_doors": False, **more})
        if part.item_id == item_id and part.behind_doors
        else part
        for key, part in parts.items()
    }


def _shown(seating: Seating) -> Seating:
    return seating.model_copy(update={"behind_doors": False})


@session.decides(ReleaseRecording)
def release_recording(state: SessionState, _: ReleaseRecording, at: datetime, __: Actor) -> Sequence[Event]:
    return [] if state.recording_released else [RecordingReleased(at=at)]


@session.evolves(RecordingReleased)
def _recording_released(state: SessionState, _: RecordingReleased) -> SessionState:
    return state.replace(recording_released=True)


@session.decides(DeleteRecording)
def delete_recording(state: SessionState, _: DeleteRecording, at: datetime, __: Actor) -> Sequence[Event]:
    """Of what is public; what waits for the secretary's word is not for any rule to take away."""
    if state.recording_deleted_at:
        return []
    if state.status != "adjourned":
        raise Refused("not_adjourned")
    if not state.recording_public:
        raise Refused("recording_not_public")
    return [RecordingDeleted(at=at)]


@session.evolves(RecordingDeleted)
def _recording_deleted(state: SessionState, event: RecordingDeleted) -> SessionState:
    return state.replace(recording_deleted_at=event.at)
