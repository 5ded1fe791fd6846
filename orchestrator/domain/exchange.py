"""Replies and the rejoinder: what may be said to a speech, and until when."""

from collections.abc import Iterable
from uuid import UUID, uuid5

from orchestrator.domain.errors import Refused
from orchestrator.domain.items import Item
from orchestrator.domain.order import EXCHANGE
from orchestrator.domain.roles import Actor
from orchestrator.domain.speech import SpeechKind, SpeechRequest
from orchestrator.domain.state import SessionState

ANSWERED = frozenset({SpeechKind.SPEECH, SpeechKind.QUESTION, SpeechKind.PRESENTATION})
"""What can be replied to."""
_ASIDE = frozenset({SpeechKind.POINT_OF_ORDER, SpeechKind.POINT_OF_INFORMATION})


def answerable(state: SessionState) -> SpeechRequest | None:
    """The speech that a reply asked for now would answer: the one held, or the one being replied to."""
    speech = state.current_speech
    if speech and speech.kind in EXCHANGE and speech.parent_id:
        return state.requests.get(speech.parent_id)
    return speech


def parts(state: SessionState, parent_id: UUID, kind: SpeechKind) -> list[SpeechRequest]:
    """The replies, or rejoinders, of a speech that wait or have begun."""
    return [
        request
        for request in state.requests.values()
        if request.kind is kind
        and request.parent_id == parent_id
        and request.status not in ("withdrawn", "removed")
    ]


def exchange_over(state: SessionState, parent: SpeechRequest) -> bool:
    """Whether the debate has gone on to somebody else since the speech ended."""
    if parent.ended_at is None:
        return False
    return any(
        other.started_at is not None
        and other.started_at >= parent.ended_at
        and parent.request_id not in (other.request_id, other.parent_id)
        and other.kind not in _ASIDE
        for other in state.requests.values()
    )


def _answered(state: SessionState, item: Item, parent_id: UUID | None) -> SpeechRequest:
    parent = state.requests.get(parent_id) if parent_id else None
    if parent is None:
        raise Refused("reply_to_nothing")
    if parent.item_id != item.item_id:
        raise Refused("reply_across_items")
    if parent.kind in EXCHANGE:
        raise Refused("reply_to_reply")
    if parent.kind not in ANSWERED:
        raise Refused("no_reply_to_this")
    return parent


def check_reply(
    state: SessionState, item: Item, person_id: UUID, parent_id: UUID | None, actor: Actor
) -> None:
    """Replies are signed up while the speech is being held, later only by those who lead."""
    parent = _answered(state, item, parent_id)
    if parent.person_id == person_id:
        raise Refused("reply_to_oneself")
    if not parent.under_way and not (actor.leads and parent.status == "done"):
        raise Refused("reply_too_late")
    replies = parts(state, parent.request_id, SpeechKind.REPLY)
    rejoinders = parts(state, parent.request_id, SpeechKind.REJOINDER)
    rules = state.rules_for(item.item_id)
    begun = any(rejoinder.started_at for rejoinder in rejoinders)
    if begun and (rules.rejoinder != "after_each" or not any(reply.on_list for reply in replies)):
        raise Refused("rejoinder_begun")
    if exchange_over(state, parent):
        raise Refused("exchange_over")
    if len(replies) >= rules.replies_per_speech:
        raise Refused("replies_full")


def check_rejoinder(state: SessionState, item: Item, person_id: UUID, parent_id: UUID | None) -> None:
    """It places itself; who has waived it may ask for it again while the exchange lasts."""
    parent = _answered(state, item, parent_id)
    rules = state.rules_for(item.item_id)
    if rules.rejoinder == "none":
        raise Refused("no_rejoinder")
    if parent.person_id != person_id:
        raise Refused("rejoinder_of_another")
    replies = len(parts(state, parent.request_id, SpeechKind.REPLY))
    if len(parts(state, parent.request_id, SpeechKind.REJOINDER)) >= (
        min(1, replies) if rules.rejoinder == "after_replies" else replies
    ):
        raise Refused("nothing_to_rejoin")
    if exchange_over(state, parent):
        raise Refused("exchange_over")


def rejoinder_id(reply_id: UUID) -> UUID:
    """The id of the rejoinder that a reply calls for."""
    return uuid5(reply_id, "rejoinder")


def calls_for_rejoinder(state: SessionState, parent: SpeechRequest, reply_id: UUID) -> bool:
    """Whether the original speaker is put on the list together with this reply."""
    rules = state.rules_for(parent.item_id)
    gone = rules.presence_required and state.roll_called_at and parent.person_id not in state.present
    if rules.rejoinder == "none" or gone or rejoinder_id(reply_id) in state.requests:
        return False
    if rules.rejoinder == "after_each":
        return True
    return not any(
        other.parent_id == parent.request_id
        and other.kind is SpeechKind.REJOINDER
        and other.status != "removed"
        for other in state.requests.values()
    )


def lost_rejoinders(state: SessionState, dropped: Iterable[UUID]) -> list[UUID]:
    """The waiting rejoinders that nothing calls for any more once these entries are gone."""
    gone = set(dropped)
    lost = []
    for key in state.waiting:
        rejoinder = state.requests[key]
        if rejoinder.kind is not SpeechKind.REJOINDER or key in gone or rejoinder.parent_id is None:
            continue
        if rejoinder.interrupted:
            continue
        replies = parts(state, rejoinder.parent_id, SpeechKind.REPLY)
        left = [reply for reply in replies if reply.request_id not in gone]
        own = any(rejoinder_id(reply_id) == key for reply_id in gone)
        each = state.rules_for(rejoinder.item_id).rejoinder == "after_each"
        if not left or (each and own):
            lost.append(key)
    return lost


def cut_off(state: SessionState, next_up: SpeechRequest | None) -> list[UUID]:
    """What is left of an exchange when ``next_up`` gets the floor: dropped, unless it stands by rule."""
    if next_up is not None and (next_up.kind in _ASIDE or next_up.interrupted):
        return []
    return [
        key
        for key in state.waiting
        if (left := state.requests[key]).kind in EXCHANGE
        and (next_up is None or (left.parent_id != next_up.parent_id and key != next_up.request_id))
        and _begun(state, left.parent_id)
        and left.item_id == state.current_item_id
        and not state.rules_for(left.item_id).keep_replies
    ]


def _begun(state: SessionState, speech_id: UUID | None) -> bool:
    speech = state.requests.get(speech_id) if speech_id else None
    return speech is not None and speech.started_at is not None
