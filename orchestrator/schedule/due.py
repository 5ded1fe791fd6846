"""What is due in a meeting's sessions and rooms: when, and whether it has been done. Pure, all times UTC."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from uuid import UUID

from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.rooms import Room
from orchestrator.domain.state import SessionState
from orchestrator.rooms.wanted import Step, needs, times
from orchestrator.store.due import Mark
from orchestrator.store.rooms import RoomStanding

REMIND_BEFORE = timedelta(minutes=15)
WARM_BEFORE = timedelta(minutes=10)
OVERRUN = timedelta(minutes=15)
"""The longest time past its end that a session which runs by itself is left to those who still speak."""
LATE_AFTER = timedelta(minutes=1)

SessionStep = Literal["remind", "warm_source", "open_session", "adjourn_session", "delete_recording"]
Kind: TypeAlias = Step | SessionStep | Literal["fetch_artifacts"]
State = Literal["ahead", "due", "done", "skipped", "late"]
"""skipped: it will not be done, because IT said so or because it is too late to be of use."""

Marked: TypeAlias = Mapping[tuple[UUID, str], Mark]


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to be done for a session or a room. ``at``: as IT has decided, else its own time.

    What IT has decided slides with its session or room; see Marks.slide.
    """

    at: datetime
    kind: Kind
    target_id: UUID
    meeting_id: UUID
    state: State
    done_at: datetime | None = None
    decided_by: str = ""


def due(
    meeting: MeetingState,
    sessions: Sequence[SessionState],
    standings: Mapping[UUID, RoomStanding],
    marks: Marked,
    now: datetime,
    *,
    recording_days: int | None = None,
) -> list[Due]:
    """Everything that is or has been due in a meeting, by time.

    A draft has rooms made for it, but nothing happens in its sessions by itself. Of a meeting that is
    cancelled only what has been opened counts. ``recording_days``: as the organisation has it.
    """
    found: list[Due] = []
    if meeting.status == "published":
        for state in sessions:
            found += session_due(
                state, marks, now, begins_next(state, sessions), recording_days=recording_days
            )
    counted = [one for one in sessions if meeting.status != "cancelled" or one.parts]
    for room in meeting.rooms.values():
        using = [one for one in counted if needs(one, room.room_id)]
        found += room_due(room, using, standings.get(room.room_id), marks, now, meeting_id=meeting.meeting_id)
    return sorted(found, key=lambda one: (one.at, one.kind, str(one.target_id)))


# Sessions


def session_due(
    state: SessionState,
    marks: Marked,
    now: datetime,
    next_start: datetime | None = None,
    *,
    recording_days: int | None = None,
) -> list[Due]:
    """What is due in one session of a published meeting. ``next_start``: see ``adjourned_by``."""
    if state.status in ("unplanned", "cancelled") or not state.starts_at or not state.ends_at:
        return []
    assert state.meeting_id
    found = []
    for kind, own in _session_times(state, marks, recording_days):
        mark = marks.get((state.session_id, kind))
        one = _due(Due(own, kind, state.session_id, state.meeting_id, "ahead"), mark, now)
        match kind:
            case "remind" | "warm_source":
                moot = bool(state.parts) or now >= state.starts_at
                one = _done(one, mark.done_at if mark else None)
                one = replace(one, state="skipped") if moot and one.state in ("due", "late") else one
            case "open_session":
                one = _done(one, state.parts[0].start if state.parts else None)
            case "adjourn_session":
                one = _done(one, state.parts[-1].stop if state.parts else None)
                if one.state == "late" and now < adjourned_by(state, next_start) + LATE_AFTER:
                    one = replace(one, state="due")
                if one.state in ("due", "late") and _by_hand(state):
                    one = replace(one, state="skipped")
            case "delete_recording":
                one = _done(one, state.recording_deleted_at)
        found.append(one)
    return found


def _session_times(
    state: SessionState, marks: Marked, recording_days: int | None
) -> Iterator[tuple[SessionStep, datetime]]:
    assert state.starts_at
    assert state.ends_at
    if state.kind != "break":
        yield "remind", state.starts_at - REMIND_BEFORE
    if state.source_id:
        yield "warm_source", state.starts_at - WARM_BEFORE
    if state.by_itself:
        yield "open_session", state.starts_at
        yield "adjourn_session", state.ends_at
    old = deleted_after(state, recording_days)
    if old and (state.source_id or _fetched(state, marks)):
        yield "delete_recording", old


def _fetched(state: SessionState, marks: Marked) -> bool:
    """Whether what the room's own product recorded is among our recordings."""
    mark = marks.get((state.room_id, "fetch_artifacts")) if state.room_id else None
    return mark is not None and mark.done_at is not None


def deleted_after(state: SessionState, recording_days: int | None) -> datetime | None:
    """When the session's published recording is old; None: it has none, or is kept for good."""
    if recording_days is None or not (state.recording_public or state.recording_deleted_at):
        return None
    stop = state.parts[-1].stop if state.parts else None
    return stop and stop + timedelta(days=recording_days)


def may_delete(state: SessionState, mark: Mark | None, now: datetime, recording_days: int | None) -> bool:
    """Whether the recording is deleted by itself now."""
    old = deleted_after(state, recording_days)
    if old is None or (mark and mark.skipped):
        return False
    return ((mark and mark.at) or old) <= now


def may_open(state: SessionState, mark: Mark | None, now: datetime, *, source_taken: bool) -> bool:
    """Whether the session opens by itself now. Never after its end; not while another has its source."""
    if not state.by_itself or state.status != "planned" or not state.starts_at or not state.ends_at:
        return False
    if source_taken or (mark and mark.skipped):
        return False
    return ((mark and mark.at) or state.starts_at) <= now < state.ends_at


def may_adjourn(
    state: SessionState, mark: Mark | None, now: datetime, next_start: datetime | None = None
) -> bool:
    """Whether the session is adjourned by itself now.

    Not while anybody has the floor or waits for it, until ``adjourned_by`` or when IT says so; never behind
    closed doors or in a vote.
    """
    if not state.by_itself or state.status != "open" or not state.ends_at or (mark and mark.skipped):
        return False
    if state.doors_closed or state.current_vote:
        return False
    if mark and mark.at and mark.at >= state.parts[-1].start:  # else it was decided of an earlier part
        return mark.at <= now
    if _by_hand(state) or now < state.ends_at:
        return False
    busy = bool(state.current_speech or state.waiting)
    return not busy or now >= adjourned_by(state, next_start)


def adjourned_by(state: SessionState, next_start: datetime | None) -> datetime:
    """Until when a session may overrun. ``next_start``: when the next one on its source begins."""
    assert state.ends_at
    latest = state.ends_at + OVERRUN
    return max(state.ends_at, min(latest, next_start or latest))


def begins_next(state: SessionState, others: Sequence[SessionState]) -> datetime | None:
    """When the next session on the same source is to begin."""
    if state.source_id is None or state.starts_at is None:
        return None
    starts = (
        one.starts_at
        for one in others
        if one.source_id == state.source_id and one.status == "planned" and one.session_id != state.session_id
    )
    return min((at for at in starts if at and at > state.starts_at), default=None)


def _by_hand(state: SessionState) -> bool:
    """Whether it was opened, or opened again, after its end or never: then it is adjourned by hand too."""
    return not state.parts or (state.ends_at is not None and state.parts[-1].start >= state.ends_at)


# Rooms


def room_due(
    room: Room,
    sessions: Sequence[SessionState],
    standing: RoomStanding | None,
    marks: Marked,
    now: datetime,
    *,
    meeting_id: UUID,
) -> list[Due]:
    """What is due for one room that these sessions point at."""
    steps: dict[Kind, datetime | None] = dict(times(sessions, now, {}).items())
    if steps and room.provider == "teams" and room.recorded:
        steps["fetch_artifacts"] = steps["close_room"]
    begun = (
        standing is not None and not standing.trouble and any(one.status == "adjourned" for one in sessions)
    )
    found = []
    for kind, own in steps.items():
        assert own, "only IT can decide on never"
        mark = marks.get((room.room_id, kind))
        one = _due(Due(own, kind, room.room_id, meeting_id, "ahead"), mark, now)
        if kind == "fetch_artifacts":
            one = _done(one, mark.done_at if mark else None)
        elif one.state != "ahead" and (_stands(kind, standing, one.at) or (kind == "open_lobby" and begun)):
            one = replace(one, state="done")
        found.append(one)
    return found


def _stands(kind: Kind, standing: RoomStanding | None, at: datetime) -> bool:
    """Whether the room shows that this step, whose time has come, was done."""
    if standing is None:
        return kind == "delete_room"
    if standing.state == "closed":
        return kind != "delete_room"
    match kind:
        case "create_room":
            return standing.state not in ("asked", "failed") or standing.verified_at is not None
        case "verify_day_before" | "verify_hour_before":
            return standing.verified_at is not None and standing.verified_at >= at
        case "open_lobby":
            return standing.door in ("open", "locked")
        case _:
            return False


def _due(own: Due, mark: Mark | None, now: datetime) -> Due:
    """The same thing as IT has decided, with its state by the clock alone."""
    at = (mark and mark.at) or own.at
    state: State = "ahead" if now < at else "due" if now < at + LATE_AFTER else "late"
    if mark and mark.skipped:
        state = "skipped"
    return replace(own, at=at, state=state, decided_by=mark.decided_by if mark else "")


def _done(one: Due, at: datetime | None) -> Due:
    return replace(one, state="done", done_at=at) if at else one
