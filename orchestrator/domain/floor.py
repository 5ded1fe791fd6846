"""Having the floor: who is called, the clock that runs and stops, and the end of a speech."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from orchestrator.domain.base import Command, Event, Period, closed
from orchestrator.domain.errors import Forbidden, Refused, state_moved
from orchestrator.domain.roles import Actor
from orchestrator.domain.speakers import floor_is_open, waiting_request
from orchestrator.domain.state import SessionState, SpeechKind, SpeechRequest, session

EndReason = Literal["ended", "next", "item", "left", "doors", "adjourned"]


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
    type: Literal["speech_started"] = "speech_started"
    request_id: UUID
    limit_seconds: int


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


def pause_current(state: SessionState, at: datetime) -> list[Event]:
    """The event that stops the clock of the speech being held, if it runs."""
    speech = state.current_speech
    return (
        [SpeechPaused(at=at, request_id=speech.request_id)] if speech and speech.status == "speaking" else []
    )


def elapsed_seconds(speech: SpeechRequest, now: datetime) -> float:
    """How long it has been held: the sum of its intervals, pauses left out."""
    return sum(interval.seconds(now) for interval in speech.intervals)


def _limit(state: SessionState, request: SpeechRequest) -> int:
    if request.kind is SpeechKind.REPLY:
        return state.rules.reply_seconds
    if request.kind is SpeechKind.POINT_OF_ORDER:
        return state.rules.point_of_order_seconds
    spoken = any(
        held.person_id == request.person_id
        and held.item_id == request.item_id
        and held.kind is SpeechKind.SPEECH
        and held.status == "done"
        for held in state.requests.values()
    )
    return state.rules.later_speech_seconds if spoken else state.rules.speech_seconds


def _give_floor(
    state: SessionState, request: SpeechRequest, current_id: UUID | None, at: datetime
) -> list[Event]:
    if state.in_break:
        raise Refused("in_break")
    if current_id != state.current_speech_id:
        raise state_moved("somebody else has the floor")
    floor_is_open(state, request.item_id)
    if state.current_vote:
        raise Refused("vote_running", "no speeches from voting until the result is recorded")
    started = SpeechStarted(at=at, request_id=request.request_id, limit_seconds=_limit(state, request))
    return [*end_current(state, at, "next"), started]


@session.decides(CallNextSpeaker)
def call_next_speaker(
    state: SessionState, command: CallNextSpeaker, at: datetime, _: Actor
) -> Sequence[Event]:
    request = waiting_request(state, command.request_id)
    first = next(iter(state.speaker_list), None)
    if first is None or first.request_id != request.request_id:
        raise state_moved("the list has changed: someone else is first")
    return _give_floor(state, request, command.current_id, at)


@session.decides(StartSpeech)
def start_speech(state: SessionState, command: StartSpeech, at: datetime, _: Actor) -> Sequence[Event]:
    return _give_floor(state, waiting_request(state, command.request_id), command.current_id, at)


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
    return state.with_request(event.request_id, lambda _: started).replace(
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
    return [SpeechResumed(at=at, request_id=speech.request_id)]


@session.evolves(SpeechResumed)
def _speech_resumed(state: SessionState, event: SpeechResumed) -> SessionState:
    return state.with_request(
        event.request_id,
        lambda speech: {"status": "speaking", "intervals": (*speech.intervals, Period(start=event.at))},
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


@session.decides(EndSpeech)
def end_speech(state: SessionState, command: EndSpeech, at: datetime, actor: Actor) -> Sequence[Event]:
    known = state.requests.get(command.speech_id)
    if known is not None and not actor.leads and known.person_id != actor.person_id:
        raise Forbidden("not_yourself")
    if known is not None and known.status == "done":
        raise state_moved("that speech has ended")
    speech = _held(state, command.speech_id)
    return [SpeechEnded(at=at, request_id=speech.request_id, reason="ended")]


@session.evolves(SpeechEnded)
def _speech_ended(state: SessionState, event: SpeechEnded) -> SessionState:
    ended = state.with_request(
        event.request_id,
        lambda speech: {
            "status": "done",
            "intervals": closed(speech.intervals, event.at),
            "ended_at": event.at,
            "end_reason": event.reason,
        },
    )
    return ended.replace(current_speech_id=None)
