"""The chat of a session: what it is for, who may write and read it, what a line that asks for the floor does.

Only the mode is decided in the stream. The lines are no part of the record: they lie in a table of their own,
can be deleted, and are gone soon after the meeting.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from orchestrator.domain.base import Command, Event, Model
from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.exchange import answerable
from orchestrator.domain.floor_words import Asked, words_of
from orchestrator.domain.items import ChatMode
from orchestrator.domain.order import EXCHANGE
from orchestrator.domain.planning import item_of
from orchestrator.domain.roles import LEADS, MAY_CHAT, Actor, Role, may_send
from orchestrator.domain.speakers import RequestFloor, WithdrawRequest
from orchestrator.domain.speech import SpeechKind, SpeechRequest
from orchestrator.domain.state import SessionState, session


class SetChat(Command):
    """Say what the chat is for: talk, only asking for the floor, or nothing; in an item or the session.

    ``mode`` null: in the item as in the session, in the session as is usual.
    """

    type: Literal["set_chat"] = "set_chat"
    mode: ChatMode | None
    item_id: UUID | None = None


class ChatSet(Event):
    type: Literal["chat_set"] = "chat_set"
    mode: ChatMode | None
    item_id: UUID | None


@session.decides(SetChat)
def set_chat(state: SessionState, command: SetChat, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status in ("unplanned", "cancelled"):
        raise Refused("not_planned")
    where = state if command.item_id is None else item_of(state, command.item_id)
    if where.chat == command.mode:
        return []
    return [ChatSet(at=at, mode=command.mode, item_id=command.item_id)]


@session.evolves(ChatSet)
def _chat_set(state: SessionState, event: ChatSet) -> SessionState:
    if event.item_id is None:
        return state.replace(chat=event.mode)
    return state.with_item(event.item_id, lambda _: {"chat": event.mode})


# Who may write and read


class Reading(Model):
    """What somebody may read of a chat. ``without``: nothing of the items they are disqualified in.

    ``inside``: also what was written behind closed doors. ``leads``: may delete what others wrote.
    """

    inside: bool
    leads: bool
    without: frozenset[UUID] = frozenset()

    def shows(self, item_id: UUID | None, *, behind_doors: bool) -> bool:
        """Whether they may read a line that was written in this item."""
        return (self.inside or not behind_doors) and item_id not in self.without

    @property
    def name(self) -> str:
        """The same for all who may read the same."""
        return " ".join([str(int(self.inside)), str(int(self.leads)), *sorted(map(str, self.without))])


def reading(state: SessionState, actor: Actor) -> Reading | None:
    """What they may read; None: nothing, as observers."""
    if not actor.roles & MAY_CHAT:
        return None
    return Reading(
        inside=bool(actor.roles & (LEADS | {Role.PARTICIPANT})),
        leads=actor.leads,
        without=frozenset(
            item_id for item_id in state.items if actor.person_id in state.disqualified(item_id)
        ),
    )


def check_may_write(state: SessionState, actor: Actor, *, asks: bool) -> None:
    """Refused when they may not write now. ``asks``: a line that asks for the floor.

    Those who lead also write while the chat is for asking only: that is how they answer.
    """
    reader = reading(state, actor)
    if reader is None or (actor.roles <= {Role.PARTICIPANT} and actor.person_id is None):
        raise Forbidden("not_your_role")
    _check_open(state, reader)
    if state.chat_mode == "floor_only" and not asks and not actor.leads:
        raise Refused("chat_floor_only")


def _check_open(state: SessionState, reader: Reading) -> None:
    if state.status == "adjourned":
        raise Refused("session_ended")
    if state.status not in ("planned", "open"):
        raise Refused("not_planned")
    if state.doors_closed and not reader.inside:
        raise Refused("chat_behind_doors")
    if state.current_item_id in reader.without:
        raise Refused("disqualified")
    if state.chat_mode == "closed":
        raise Refused("chat_closed")


def hindrance(state: SessionState, reader: Reading) -> str | None:
    """The rule by which nobody who reads this may write now, whatever it is."""
    try:
        _check_open(state, reader)
    except Refused as refused:
        return refused.rule
    return None


def may_ask(actor: Actor) -> bool:
    """Whether what they write can ask for the floor: somebody who may, and is somebody."""
    return actor.person_id is not None and may_send(actor.roles, "request_floor")


# What a line that asks for the floor does


def asked_commands(
    state: SessionState, asked: Asked, person_id: UUID, line_id: UUID, names: Mapping[UUID, str]
) -> list[Command]:
    """The commands that a line stands for; its id makes theirs, so that a line sent again does nothing again.

    Raises Refused when there is nothing to answer or to take back.
    """
    if asked.wish == "withdraw":
        mine = [
            request
            for request in state.speaker_list
            if request.person_id == person_id and request.status == "waiting"
        ]
        some = [request for request in mine if asked.of is None or request.kind is SpeechKind(asked.of)]
        if not some:
            raise Refused("unknown_request")
        return [WithdrawRequest(request_id=request.request_id) for request in some]
    kind = SpeechKind(asked.wish)
    parent = answered(state, asked.to, names) if kind in EXCHANGE else None
    if kind in EXCHANGE and parent is None:
        raise Refused("reply_to_nothing")
    return [
        RequestFloor(
            request_id=request_id_of(line_id),
            person_id=person_id,
            item_id=state.current_item_id,
            kind=kind,
            parent_id=parent.request_id if parent else None,
        )
    ]


def request_id_of(line_id: UUID) -> UUID:
    """The entry of the speaker list that a line makes."""
    return uuid5(line_id, "request")


def answered(state: SessionState, to: Sequence[str], names: Mapping[UUID, str]) -> SpeechRequest | None:
    """The speech a reply answers: the one held, or being replied to; else the last of whoever is named."""
    speech = answerable(state)

    def named(request: SpeechRequest) -> bool:
        return set(to) <= set(words_of(names.get(request.person_id, "")))

    if speech is not None and named(speech):
        return speech
    held = [
        request
        for request in state.requests.values()
        if request.started_at and request.item_id == state.current_item_id
    ]
    held = [request for request in held if request.kind not in EXCHANGE and to and named(request)]
    return max(held, key=lambda request: (request.started_at, str(request.request_id)), default=None)
