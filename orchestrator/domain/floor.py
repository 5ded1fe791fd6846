"""Having the floor: who is called, the clock that runs and stops, and the end of a speech."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from orchestrator.domain import exchange, order
from orchestrator.domain.base import Command, Event, Period, closed
from orchestrator.domain.budget import COUNTED, opened
from orchestrator.domain.errors import Forbidden, Refused, state_moved
from orchestrator.domain.roles import Actor
from orchestrator.domain.speakers import dropped, floor_is_open, insert, waiting_request
from orchestrator.domain.speech import SpeechKind, SpeechRequest
from orchestrator.domain.state import SessionState, session
from orchestrator.domain.time_limit import limit_for

EndReason = Literal["ended", "next", "item", "left", "doors", "adjourned", "parent"]
"""Why a speech ended; ``parent``: a reply, when the speech it was let into ended."""

INTERRUPTING = frozenset({SpeechKind.POINT_OF_ORDER, SpeechKind.POINT_OF_INFORMATION, SpeechKind.REPLY})
"""What the chair may let in while somebody speaks."""


class CallNextSpeaker(Command):
    """Give the floor to the first in line. Names who that was and who spoke, as the sender saw it."""

    type: Literal["call_next_speaker"] = "call_next_speaker"
    request_id: UUID
    current_id: UUID | None


class StartSpeech(Command):
    """Give the floor to anyone on the list, out of turn."""

    type: Literal["start_speech"] = "start_speech"
    request_id: UUID
    current_id: UUID | None


class SpeechStarted(Event):
    """``group_seconds``: the time its group has in the item, set down when it is first used."""

    type: Literal["speech_started"] = "speech_started"
    request_id: UUID
    limit_seconds: int
    group_seconds: int | None = None


class InterruptSpeech(Command):
    """Let somebody in while another speaks, who keeps the time left and is next again."""

    type: Literal["interrupt_speech"] = "interrupt_speech"
    request_id: UUID
    current_id: UUID


class SpeechInterrupted(Event):
    """Back on the list with the time left, before ``before_id`` or last."""

    type: Literal["speech_interrupted"] = "speech_interrupted"
    request_id: UUID
    before_id: UUID | None


class PauseSpeech(Command):
    type: Literal["pause_speech"] = "pause_speech"
    speech_id: UUID


class SpeechPaused(Event):
    type: Literal["speech_paused"] = "speech_paused"
    request_id: UUID


class ResumeSpeech(Command):
    type: Literal["resume_speech"] = "resume_speech"
    speech_id: UUID


class SpeechResumed(Event):
    type: Literal["speech_resumed"] = "speech_resumed"
    request_id: UUID


class ExtendSpeech(Command):
    """More time for the one who has the floor, from now on."""

    type: Literal["extend_speech"] = "extend_speech"
    speech_id: UUID
    seconds: Annotated[int, Field(ge=-3600, le=3600)] = 30


class SpeechExtended(Event):
    type: Literal["speech_extended"] = "speech_extended"
    request_id: UUID
    seconds: int


class SpeechLimited(Event):
    """A speech has been given another time, from now on: its rules were changed."""

    type: Literal["speech_limited"] = "speech_limited"
    request_id: UUID
    limit_seconds: int


class EndSpeech(Command):
    type: Literal["end_speech"] = "end_speech"
    speech_id: UUID


class SpeechEnded(Event):
    type: Literal["speech_ended"] = "speech_ended"
    request_id: UUID
    reason: EndReason


def end_current(state: SessionState, at: datetime, reason: EndReason) -> list[Event]:
    """The event that ends the speech being held, if any."""
    return (
        [SpeechEnded(at=at, request_id=state.current_speech_id, reason=reason)]
        if state.current_speech_id
        else []
    )


def end_under_way(
    state: SessionState, at: datetime, reason: EndReason, item_id: UUID | None = None
) -> list[Event]:
    """The events that end who speaks and all who were interrupted: in one item, or everywhere."""
    current = state.current_speech
    ended = end_current(state, at, reason) if current and item_id in (None, current.item_id) else []
    interrupted = [
        key
        for key in state.waiting
        if state.requests[key].interrupted and item_id in (None, state.requests[key].item_id)
    ]
    return [*ended, *(SpeechEnded(at=at, request_id=key, reason=reason) for key in interrupted)]


def taken_off(
    state: SessionState,
    request_ids: Sequence[UUID],
    at: datetime,
    reason: Literal["left", "removed", "item", "exchange"],
) -> list[Event]:
    """The events that take entries off the list, whatever they are: who was interrupted is done."""
    interrupted = [key for key in request_ids if state.requests[key].interrupted]
    reasons: dict[str, EndReason] = {"item": "item", "exchange": "next"}
    ended = [SpeechEnded(at=at, request_id=key, reason=reasons.get(reason, "left")) for key in interrupted]
    return [*ended, *dropped(state, [key for key in request_ids if key not in interrupted], at, reason)]


def pause_current(state: SessionState, at: datetime) -> list[Event]:
    """The event that stops the clock of the speech being held, if it runs."""
    speech = state.current_speech
    return (
        [SpeechPaused(at=at, request_id=speech.request_id)] if speech and speech.status == "speaking" else []
    )


def interrupt(state: SessionState, speech: SpeechRequest, at: datetime, for_id: UUID | None = None) -> Event:
    """The event that puts who speaks back on the list, after points of order but for the one let in."""
    before_id = order.interrupted_place(state, speech.item_id, for_id)
    return SpeechInterrupted(at=at, request_id=speech.request_id, before_id=before_id)


def _may_begin(state: SessionState, request: SpeechRequest, current_id: UUID | None) -> None:
    if state.in_break:
        raise Refused("in_break")
    if current_id != state.current_speech_id:
        raise state_moved("somebody else has the floor")
    floor_is_open(state, request.item_id)
    if state.current_vote and request.kind is not SpeechKind.POINT_OF_ORDER:
        raise Refused("vote_running", "no speeches from voting until the result is recorded")


def _begin(state: SessionState, request: SpeechRequest, at: datetime) -> Event:
    if request.interrupted:
        return SpeechResumed(at=at, request_id=request.request_id)
    charged = request.group and request.kind in COUNTED
    return SpeechStarted(
        at=at,
        request_id=request.request_id,
        limit_seconds=limit_for(state, request, at),
        group_seconds=state.rules_for(request.item_id).group_seconds if charged else None,
    )


def _give_floor(
    state: SessionState, request: SpeechRequest, current_id: UUID | None, at: datetime
) -> list[Event]:
    _may_begin(state, request, current_id)
    cut = exchange.cut_off(state, request)
    return [
        *end_current(state, at, "next"),
        *taken_off(state, cut, at, "exchange"),
        _begin(state, request, at),
    ]


def _listed(state: SessionState, request_id: UUID) -> SpeechRequest:
    """The entry, waiting or interrupted."""
    request = state.requests.get(request_id)
    if request is not None and request.interrupted:
        return request
    return waiting_request(state, request_id)


@session.decides(CallNextSpeaker)
def call_next_speaker(
    state: SessionState, command: CallNextSpeaker, at: datetime, _: Actor
) -> Sequence[Event]:
    request = _listed(state, command.request_id)
    first = next(iter(state.speaker_list), None)
    if first is None or first.request_id != request.request_id:
        raise state_moved("the list has changed: someone else is first")
    return _give_floor(state, request, command.current_id, at)


@session.decides(StartSpeech)
def start_speech(state: SessionState, command: StartSpeech, at: datetime, _: Actor) -> Sequence[Event]:
    return _give_floor(state, _listed(state, command.request_id), command.current_id, at)


@session.decides(InterruptSpeech)
def interrupt_speech(
    state: SessionState, command: InterruptSpeech, at: datetime, _: Actor
) -> Sequence[Event]:
    request = waiting_request(state, command.request_id)
    _may_begin(state, request, command.current_id)
    speech = _held(state, command.current_id)
    if request.kind not in INTERRUPTING:
        raise Refused("cannot_interrupt")
    return [interrupt(state, speech, at, request.request_id), _begin(state, request, at)]


@session.evolves(SpeechInterrupted)
def _speech_interrupted(state: SessionState, event: SpeechInterrupted) -> SessionState:
    if event.request_id not in state.requests:
        return state
    interrupted = state.with_request(
        event.request_id,
        lambda speech: {
            "status": "paused",
            "intervals": closed(speech.intervals, event.at),
            "interruptions": (*closed(speech.interruptions, event.at), Period(start=event.at)),
        },
    )
    return interrupted.replace(
        current_speech_id=None, waiting=insert(state.waiting, event.request_id, event.before_id)
    )


@session.evolves(SpeechStarted)
def _speech_started(state: SessionState, event: SpeechStarted) -> SessionState:
    started = {
        "status": "speaking",
        "started_at": event.at,
        "limit_seconds": event.limit_seconds,
        "intervals": (Period(start=event.at),),
        "unseen": state.off_air,
        "behind_doors": state.doors_closed,
    }
    begun = state.with_request(event.request_id, lambda _: started)
    request = state.requests.get(event.request_id)
    if request is not None and request.group and event.group_seconds is not None:
        group, seconds = request.group, event.group_seconds
        begun = begun.with_item(request.item_id, lambda item: {"budgets": opened(item, group, seconds)})
    return begun.replace(
        current_speech_id=event.request_id,
        waiting=tuple(key for key in state.waiting if key != event.request_id),
    )


def _held(state: SessionState, speech_id: UUID) -> SpeechRequest:
    speech = state.requests.get(speech_id)
    if speech is None:
        raise Refused("unknown_speech", str(speech_id))
    if speech_id != state.current_speech_id:
        raise state_moved("that speech is not being held")
    return speech


@session.decides(PauseSpeech)
def pause_speech(state: SessionState, command: PauseSpeech, at: datetime, _: Actor) -> Sequence[Event]:
    speech = _held(state, command.speech_id)
    if speech.status == "paused":
        raise Refused("already_paused")
    return [SpeechPaused(at=at, request_id=speech.request_id)]


@session.evolves(SpeechPaused)
def _speech_paused(state: SessionState, event: SpeechPaused) -> SessionState:
    return state.with_request(
        event.request_id,
        lambda speech: {"status": "paused", "intervals": closed(speech.intervals, event.at)},
    )


@session.decides(ResumeSpeech)
def resume_speech(state: SessionState, command: ResumeSpeech, at: datetime, _: Actor) -> Sequence[Event]:
    if state.in_break:
        raise Refused("in_break")
    speech = _held(state, command.speech_id)
    if speech.status != "paused":
        raise Refused("not_paused")
    if state.current_vote and speech.kind is not SpeechKind.POINT_OF_ORDER:
        raise Refused("vote_running", "no speeches from voting until the result is recorded")
    return [SpeechResumed(at=at, request_id=speech.request_id)]


@session.evolves(SpeechResumed)
def _speech_resumed(state: SessionState, event: SpeechResumed) -> SessionState:
    """The clock goes on; who had been interrupted has the floor again."""
    if event.request_id not in state.requests:
        return state
    resumed = state.with_request(
        event.request_id,
        lambda speech: {
            "status": "speaking",
            "intervals": (*closed(speech.intervals, event.at), Period(start=event.at)),
            "interruptions": closed(speech.interruptions, event.at),
        },
    )
    return resumed.replace(
        current_speech_id=event.request_id,
        waiting=tuple(key for key in state.waiting if key != event.request_id),
    )


@session.decides(ExtendSpeech)
def extend_speech(state: SessionState, command: ExtendSpeech, at: datetime, _: Actor) -> Sequence[Event]:
    speech = _held(state, command.speech_id)
    seconds = max(command.seconds, -speech.limit_seconds - speech.extra_seconds)
    return [SpeechExtended(at=at, request_id=speech.request_id, seconds=seconds)] if seconds else []


@session.evolves(SpeechExtended)
def _speech_extended(state: SessionState, event: SpeechExtended) -> SessionState:
    return state.with_request(
        event.request_id, lambda speech: {"extra_seconds": speech.extra_seconds + event.seconds}
    )


@session.evolves(SpeechLimited)
def _speech_limited(state: SessionState, event: SpeechLimited) -> SessionState:
    return state.with_request(event.request_id, lambda _: {"limit_seconds": event.limit_seconds})


@session.decides(EndSpeech)
def end_speech(state: SessionState, command: EndSpeech, at: datetime, actor: Actor) -> Sequence[Event]:
    known = state.requests.get(command.speech_id)
    if known is not None and not actor.leads and known.person_id != actor.person_id:
        raise Forbidden("not_yourself")
    if known is not None and known.status == "done":
        raise state_moved("that speech has ended")
    if known is not None and known.interrupted:
        return _end_interrupted(state, known, at)
    speech = _held(state, command.speech_id)
    return [SpeechEnded(at=at, request_id=speech.request_id, reason="ended")]


def _end_interrupted(state: SessionState, speech: SpeechRequest, at: datetime) -> list[Event]:
    """A reply that was let into it ends with it, and what else waits to be said to it by rule."""
    running_reply = state.current_speech
    own = running_reply is not None and running_reply.parent_id == speech.request_id
    ended = SpeechEnded(at=at, request_id=speech.request_id, reason="ended")
    if not own:
        return [ended]
    cut = exchange.cut_off(state, None)
    return [*end_current(state, at, "parent"), ended, *taken_off(state, cut, at, "exchange")]


@session.evolves(SpeechEnded)
def _speech_ended(state: SessionState, event: SpeechEnded) -> SessionState:
    ended = state.with_request(
        event.request_id,
        lambda speech: {
            "status": "done",
            "intervals": closed(speech.intervals, event.at),
            "interruptions": closed(speech.interruptions, event.at),
            "ended_at": event.at,
            "end_reason": event.reason,
        },
    )
    current = None if event.request_id == state.current_speech_id else state.current_speech_id
    waiting = tuple(key for key in state.waiting if key != event.request_id)
    return ended.replace(current_speech_id=current, waiting=waiting)
