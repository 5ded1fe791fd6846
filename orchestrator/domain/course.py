"""The course of a meeting: opening, items, breaks, adjourning, and a forgotten time corrected."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from orchestrator.domain.base import Command, Count, Event, Period, closed
from orchestrator.domain.errors import Refused, state_moved
from orchestrator.domain.floor import end_under_way, interrupt, pause_current
from orchestrator.domain.planning import item_of
from orchestrator.domain.roles import Actor
from orchestrator.domain.shut import shut_periods
from orchestrator.domain.speakers import drop_waiting
from orchestrator.domain.speech import SpeechRequest
from orchestrator.domain.state import Break, BreakKind, SessionState, session


class OpenSession(Command):
    """``item_id``: the item that is opened with it, so that its speaker list is ready."""

    type: Literal["open_session"] = "open_session"
    item_id: UUID | None = None


class SessionOpened(Event):
    """Part one has begun; media captured from now on may become public."""

    type: Literal["session_opened"] = "session_opened"
    broadcast_id: UUID
    part: int = 1


class ReopenSession(Command):
    """Go on after adjourning by mistake: the next part, at the same address.

    ``part``: the part (1, 2, …) that the sender saw ended; a later one is not reopened.
    """

    type: Literal["reopen_session"] = "reopen_session"
    part: Count | None = None


class SessionReopened(SessionOpened):
    type: Literal["session_reopened"] = "session_reopened"  # type: ignore[assignment]


class AdjournSession(Command):
    """End the meeting. ``part``: the part (1, 2, …) that the sender saw open."""

    type: Literal["adjourn_session"] = "adjourn_session"
    part: Count | None = None


class SessionAdjourned(Event):
    type: Literal["session_adjourned"] = "session_adjourned"


class OpenItem(Command):
    """Begin or resume an item. ``current_id``: the item its sender saw as open, or null."""

    type: Literal["open_item"] = "open_item"
    item_id: UUID
    current_id: UUID | None = None


class ItemOpened(Event):
    type: Literal["item_opened"] = "item_opened"
    item_id: UUID


class ItemPaused(Event):
    """Left without being closed: another item was opened, or the session adjourned."""

    type: Literal["item_paused"] = "item_paused"
    item_id: UUID


class CloseItem(Command):
    type: Literal["close_item"] = "close_item"
    item_id: UUID


class ItemClosed(Event):
    type: Literal["item_closed"] = "item_closed"
    item_id: UUID


class StartBreak(Command):
    type: Literal["start_break"] = "start_break"
    kind: BreakKind = "pause"
    resume_at: AwareDatetime | None = None
    asked_by: Annotated[str, Field(max_length=40, description="the group that asked for it")] | None = None


class BreakStarted(Event):
    type: Literal["break_started"] = "break_started"
    kind: BreakKind
    resume_at: AwareDatetime | None
    asked_by: str | None = None


class EndBreak(Command):
    """Go on. ``number``: which break (1, 2, …) the sender saw; a later one is not ended."""

    type: Literal["end_break"] = "end_break"
    number: Count | None = None


class BreakEnded(Event):
    type: Literal["break_ended"] = "break_ended"


class CorrectTime(Command):
    """Give an item's or a speech's latest stretch its true start or stop (a step was forgotten)."""

    type: Literal["correct_time"] = "correct_time"
    kind: Literal["item", "speech"]
    id: UUID
    start: AwareDatetime | None = None
    stop: Annotated[AwareDatetime | None, Field(description="null keeps what is recorded")] = None


class TimeCorrected(Event):
    type: Literal["time_corrected"] = "time_corrected"
    kind: Literal["item", "speech"]
    id: UUID
    period: Period


def require_open(state: SessionState) -> None:
    """Refuse unless the session is open and not in a break."""
    if state.status != "open":
        raise Refused("session_not_open")
    if state.in_break:
        raise Refused("in_break")


@session.decides(OpenSession)
def open_session(state: SessionState, command: OpenSession, at: datetime, by: Actor) -> Sequence[Event]:
    if state.status == "open" and len(state.parts) == 1:
        return []
    if state.status != "planned":
        raise Refused("not_planned" if state.status in ("unplanned", "cancelled") else "session_ended")
    opened = SessionOpened(at=at, broadcast_id=state.broadcast_id)
    if command.item_id is None:
        return [opened]
    begun = _session_opened(state, opened)
    return [opened, *open_item(begun, OpenItem(item_id=command.item_id), at, by)]


@session.evolves(SessionOpened, SessionReopened)
def _session_opened(state: SessionState, event: SessionOpened) -> SessionState:
    """Who was there when it was adjourned by mistake is there again."""
    former = state.parts[-1].stop if state.parts else None
    presence = {
        person: (*periods, Period(start=event.at)) if former and periods[-1].stop == former else periods
        for person, periods in state.presence.items()
    }
    opened = state.replace(status="open", parts=(*state.parts, Period(start=event.at)), presence=presence)
    return opened.led(event.at)


@session.decides(ReopenSession)
def reopen_session(state: SessionState, command: ReopenSession, at: datetime, _: Actor) -> Sequence[Event]:
    if command.part not in (None, len(state.parts)):
        raise state_moved("it has been reopened since")
    if state.status != "adjourned":
        raise Refused("not_adjourned")
    if state.recording_deleted_at:
        raise Refused("recording_deleted", "nothing of its broadcast is left to go on from")
    return [SessionReopened(at=at, broadcast_id=state.broadcast_id, part=len(state.parts) + 1)]


@session.decides(AdjournSession)
def adjourn_session(state: SessionState, command: AdjournSession, at: datetime, _: Actor) -> Sequence[Event]:
    if command.part not in (None, len(state.parts)):
        raise state_moved("it has been reopened since")
    if state.status == "adjourned":
        return []
    if state.status != "open":
        raise Refused("session_not_open")
    if state.doors_closed:
        raise Refused("doors_closed", "open the doors before adjourning")
    if state.current_vote:
        raise Refused("vote_running")
    left = [ItemPaused(at=at, item_id=state.current_item_id)] if state.current_item_id else []
    ended = [BreakEnded(at=at)] if state.in_break else []
    return [*end_under_way(state, at, "adjourned"), *left, *ended, SessionAdjourned(at=at)]


@session.evolves(SessionAdjourned)
def _session_adjourned(state: SessionState, event: SessionAdjourned) -> SessionState:
    return state.replace(
        status="adjourned",
        parts=closed(state.parts, event.at),
        presence={person: closed(periods, event.at) for person, periods in state.presence.items()},
    )


@session.decides(OpenItem)
def open_item(state: SessionState, command: OpenItem, at: datetime, _: Actor) -> Sequence[Event]:
    require_open(state)
    item = item_of(state, command.item_id)
    if state.current_item_id == command.item_id:
        return []
    if "current_id" in command.model_fields_set and command.current_id != state.current_item_id:
        raise state_moved("another item is open")
    if state.current_vote:
        raise Refused("vote_running")
    if item.status == "closed":
        raise Refused("item_closed")
    if item.hidden and not state.doors_closed:
        raise Refused("item_needs_closed_doors", "a restricted item is treated behind closed doors")
    closings = [one for one in state.closings if command.item_id in one.item_ids and not one.dropped]
    if state.remote_present and any(one.mandatory for one in closings):
        raise Refused("remote_excluded", "§ 11-7: nobody takes part remotely in what must be closed")
    left = [ItemPaused(at=at, item_id=state.current_item_id)] if state.current_item_id else []
    return [*_speech_left(state, at), *left, ItemOpened(at=at, item_id=command.item_id)]


def _speech_left(state: SessionState, at: datetime) -> list[Event]:
    """Who speaks in the item that is left is done, or keeps the time left until it is opened again."""
    if not state.rules_for(state.current_item_id).carry_speech:
        return end_under_way(state, at, "item", state.current_item_id)
    speech = state.current_speech
    return [interrupt(state, speech, at)] if speech else []


@session.evolves(ItemOpened)
def _item_opened(state: SessionState, event: ItemOpened) -> SessionState:
    opened = state.with_item(
        event.item_id,
        lambda item: {
            "status": "open",
            "periods": (*item.periods, Period(start=event.at)),
            "behind_doors": state.doors_closed,
        },
    )
    return opened.replace(current_item_id=event.item_id)


@session.evolves(ItemPaused)
def _item_paused(state: SessionState, event: ItemPaused) -> SessionState:
    paused = state.with_item(
        event.item_id, lambda item: {"status": "paused", "periods": closed(item.periods, event.at)}
    )
    return paused.replace(current_item_id=None).reseated(event.at)


@session.decides(CloseItem)
def close_item(state: SessionState, command: CloseItem, at: datetime, _: Actor) -> Sequence[Event]:
    item = item_of(state, command.item_id)
    if item.status == "closed":
        return []
    if item.status == "planned":
        raise Refused("item_not_opened")
    if any(vote.item_id == item.item_id and vote.being_held for vote in state.votes.values()):
        raise Refused("vote_running")
    if item.kind in ("decision", "election") and item.decision is None:
        raise Refused("decision_missing", "record the decision before closing the item")
    held = end_under_way(state, at, "item", item.item_id)
    waiting = [key for key in state.waiting if state.requests[key].item_id == item.item_id]
    still = [key for key in waiting if not state.requests[key].interrupted]
    return [*held, ItemClosed(at=at, item_id=item.item_id), *drop_waiting(still, at, "item")]


@session.evolves(ItemClosed)
def _item_closed(state: SessionState, event: ItemClosed) -> SessionState:
    ended = state.with_item(
        event.item_id, lambda item: {"status": "closed", "periods": closed(item.periods, event.at)}
    )
    current = None if state.current_item_id == event.item_id else state.current_item_id
    seatings = tuple(
        one.ended(event.at) if one.item_id == event.item_id and one.seated else one for one in ended.seatings
    )
    return ended.replace(current_item_id=current, seatings=seatings).reseated(event.at)


@session.decides(StartBreak)
def start_break(state: SessionState, command: StartBreak, at: datetime, _: Actor) -> Sequence[Event]:
    require_open(state)
    if state.doors_closed:
        raise Refused("doors_closed", "open the doors before the break")
    if state.current_vote:
        raise Refused("vote_running")
    if command.resume_at is not None and not at < command.resume_at < at + timedelta(hours=24):
        raise Refused("resume_at_not_ahead", "resume_at must lie within the next 24 hours")
    started = BreakStarted(at=at, **command.model_dump(exclude={"type"}))
    return [*pause_current(state, at), started]


@session.evolves(BreakStarted)
def _break_started(state: SessionState, event: BreakStarted) -> SessionState:
    new = Break(
        kind=event.kind,
        period=Period(start=event.at),
        resume_at=event.resume_at,
        asked_by=event.asked_by,
    )
    return state.replace(breaks=(*state.breaks, new))


@session.decides(EndBreak)
def end_break(state: SessionState, command: EndBreak, at: datetime, _: Actor) -> Sequence[Event]:
    if command.number not in (None, len(state.breaks)):
        raise state_moved("another break has begun since")
    return [BreakEnded(at=at)] if state.in_break else []


@session.evolves(BreakEnded)
def _break_ended(state: SessionState, event: BreakEnded) -> SessionState:
    if not state.breaks:
        return state
    last = state.breaks[-1]
    (period,) = closed((last.period,), event.at)
    return state.replace(breaks=(*state.breaks[:-1], last.model_copy(update={"period": period})))


@session.decides(CorrectTime)
def correct_time(state: SessionState, command: CorrectTime, at: datetime, _: Actor) -> Sequence[Event]:
    if command.kind == "item":
        periods = item_of(state, command.id).periods
    else:
        speech = state.requests.get(command.id)
        periods = speech.intervals if speech else ()
    if not periods:
        raise Refused("nothing_to_correct")
    last = periods[-1]
    if command.stop is not None and last.stop is None:
        raise Refused("still_running", "end it first, then correct its end")
    period = Period(start=command.start or last.start, stop=command.stop or last.stop)
    earliest = periods[-2].stop if len(periods) > 1 else state.parts[0].start
    if (earliest and period.start < earliest) or period.start > at or (period.stop or at) > at:
        raise Refused(
            "time_out_of_range", "it must lie inside the meeting so far, after the stretch before it"
        )
    if period.stop is not None and period.stop < period.start:
        raise Refused("time_out_of_range", "the end lies before the start")
    if _comes_out(state, last, period):
        raise Refused("time_behind_doors", "what was not for the public stays where it was")
    return [] if period == last else [TimeCorrected(at=at, kind=command.kind, id=command.id, period=period)]


def _comes_out(state: SessionState, recorded: Period, true: Period) -> bool:
    """Whether a beginning or end at which nothing was for the public is moved out of that stretch."""
    for start, stop in shut_periods(state):
        began = start <= recorded.start and (stop is None or recorded.start < stop)
        if began and not start <= true.start <= (stop or true.start):
            return True
        if recorded.stop is None or true.stop is None:
            continue
        ended = start < recorded.stop and (stop is None or recorded.stop <= stop)
        if ended and not start <= true.stop <= (stop or true.stop):
            return True
    return False


@session.evolves(TimeCorrected)
def _time_corrected(state: SessionState, event: TimeCorrected) -> SessionState:
    if event.kind == "item":
        return state.with_item(event.id, lambda item: {"periods": (*item.periods[:-1], event.period)})

    def corrected(speech: SpeechRequest) -> dict[str, object]:
        intervals = (*speech.intervals[:-1], event.period)
        ended_at = speech.ended_at and event.period.stop
        return {"intervals": intervals, "started_at": intervals[0].start, "ended_at": ended_at}

    return state.with_request(event.id, corrected)
