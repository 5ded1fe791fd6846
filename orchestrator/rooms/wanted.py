"""What is wanted of a room now: from its plan, the sessions that point at it, and the clock. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from orchestrator.domain.rooms import Room
from orchestrator.domain.state import SessionState
from orchestrator.rooms.provider import Capabilities, Door, Presenter, RoomRole, RoomSpec

CREATED_AHEAD = timedelta(days=14)
LOBBY_BEFORE = timedelta(minutes=30)
OPEN_AFTER = timedelta(minutes=15)
"""People may say goodbye."""
KEPT_AFTER = timedelta(days=2)
"""So long a room stays in its product once it has closed: what was recorded there is fetched meanwhile."""

Step = Literal[
    "create_room", "verify_day_before", "verify_hour_before", "open_lobby", "close_room", "delete_room"
]
Phase = Literal["ahead", "kept", "over"]
"""ahead: not to be created yet. over: to be taken away."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Whether observers may be in a room: ``now``, or ``always`` until its last session is over.

    Where nobody can be put out, a way in is one for ever: there it must be always.
    """

    now: bool
    always: bool

    def held_by(self, can: Capabilities) -> bool:
        """Whether they are let in, by a product that can do this."""
        return can.holds_observers_mute and (self.now if can.puts_out else self.always)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A room as it is to be now, the steps of its life, and when the next of them is due."""

    phase: Phase
    spec: RoomSpec
    steps: Mapping[Step, datetime | None]
    next_at: datetime | None
    audience: Audience
    presenting: frozenset[str] = frozenset()
    """Those of its presenters whose session goes on, or is the next: the others', in time."""


def needs(state: SessionState, room_id: UUID) -> bool:
    """Whether a session is in this room, or has been since it was opened and may come back to it."""
    return state.room_id == room_id or room_id in state.left_rooms


def audience(room: Room, sessions: Collection[SessionState], now: datetime) -> Audience:
    """Of a room that these sessions are in. What goes on says, else what is around now, else what remains."""
    used = [one for one in sessions if one.room_id == room.room_id and one.status != "cancelled"]
    remain = [one for one in used if one.status != "adjourned"] or used
    here = [one for one in used if one.status == "open"]
    spans = [(one, _around(one, now)) for one in used if one.starts_at and one.ends_at]
    around = [one for one, (start, end) in spans if start <= now < end]
    # With a body the doors may come to be closed; open microphones are an observer's too where all are alike.
    always = not any(one.body_id for one in used) and not (room.open_microphones or room.social)
    return Audience(
        now=room.observers and all(one.public for one in here or around or remain),
        always=room.observers and always and all(one.public for one in remain),
    )


def times(
    sessions: Collection[SessionState], now: datetime, decided: Mapping[str, datetime | None]
) -> dict[Step, datetime | None]:
    """When each step of a room's life is due; null: never. Empty if no session needs the room.

    ``decided``: by IT, instead of a step's own time; null there is never. A session that lasts longer than
    planned keeps its room open.
    """
    used = [one for one in sessions if one.starts_at and one.ends_at and one.status != "cancelled"]
    if not used:
        return {}
    start = min(one.starts_at for one in used if one.starts_at)
    close = max(_end(one, now) for one in used) + OPEN_AFTER
    own: dict[Step, datetime | None] = {
        "create_room": start - CREATED_AHEAD,
        "verify_day_before": start - timedelta(days=1),
        "verify_hour_before": start - timedelta(hours=1),
        "open_lobby": start - LOBBY_BEFORE,
        "close_room": close,
        "delete_room": close + KEPT_AFTER,
    }
    return {step: decided.get(step, at) for step, at in own.items()}


def _end(state: SessionState, now: datetime) -> datetime:
    assert state.ends_at is not None
    if state.status == "adjourned" and state.parts and state.parts[-1].stop:
        return state.parts[-1].stop
    return max(state.ends_at, now) if state.status == "open" else state.ends_at


def wanted(
    room: Room,
    sessions: Sequence[SessionState],
    now: datetime,
    *,
    organisation_id: UUID,
    announced: bool,
    decided: Mapping[str, datetime | None],
    staff: Collection[str] = (),
    presenters: Mapping[UUID, Presenter] | None = None,
    ended: Collection[tuple[str, RoomRole]] = (),
) -> Wanted | None:
    """The room as it is to be now; None where no session ``needs`` it.

    A room that a session has left is kept for it, and shut unless another session is there.
    ``announced``: whether the public may know of the meeting. ``staff``: who runs it, by identity: they
    remain behind closed doors. ``presenters``: the people whom the sessions name. ``ended``: whose links
    were taken back.
    """
    at = times(sessions, now, decided)
    if not at:
        return None
    used = [one for one in sessions if one.status != "cancelled"]
    there = [one for one in used if one.room_id == room.room_id]
    door = _door(there, used, at, now) if there else "shut"
    here = [one for one in there if one.status == "open"]
    ahead = [one for one in there if one.status != "adjourned"]
    public = audience(room, there, now)
    known = presenters or {}
    named = {id_ for one in ahead for id_ in presenting(one)}
    spec = RoomSpec(
        room_id=room.room_id,
        organisation_id=organisation_id,
        name=room.name,
        starts_at=min(one.starts_at for one in used if one.starts_at),
        ends_at=max(one.ends_at for one in used if one.ends_at),
        door=door,
        lobby=room.lobby,
        observers=announced and public.now,
        open_microphones=room.open_microphones or room.social,
        speakers=frozenset(speaker for one in here for speaker in _speaking(one)),
        presenters=tuple(known[id_] for id_ in sorted(named & known.keys(), key=str)),
        inside=_inside(here, staff) if door == "locked" else frozenset(),
        kept_out=_kept_out(here) if door == "locked" else frozenset(),
        ended=frozenset(ended),
        recorded=room.recorded and door == "open",
        transcribed=room.recorded and door == "open",
        url=room.url,
    )
    phase: Phase = "kept"
    if passed(at["delete_room"], now):
        phase = "over"
    elif not passed(at["create_room"], now):
        phase = "ahead"
    turns = [*at.values(), *(edge for one in there for edge in _around(one, now))]
    next_at = min((turn for turn in turns if turn and turn > now), default=None)
    return Wanted(phase, spec, at, next_at, public, _presenting_now(here, ahead))


def held_to(want: Wanted, can: Capabilities) -> RoomSpec:
    """What of it this product can be held to.

    Observers only where it keeps them mute, and out when they must be. Where the floor can be given,
    presenters speak in their own sessions; elsewhere who presents is said beforehand, for all.
    """
    spec = want.spec
    observers = spec.observers and want.audience.held_by(can)
    if not can.gives_floor:
        return replace(spec, observers=observers, speakers=frozenset())
    presenters = tuple(one for one in spec.presenters if one.identity in want.presenting)
    return replace(spec, observers=observers, presenters=presenters)


def passed(at: datetime | None, now: datetime) -> bool:
    """Whether a step that is due at this time is due now; what never is, is not."""
    return at is not None and at <= now


def _door(
    there: Collection[SessionState],
    used: Collection[SessionState],
    at: Mapping[Step, datetime | None],
    now: datetime,
) -> Door:
    if any(one.status == "open" and one.doors_closed for one in there):
        return "locked"
    if any(one.status == "open" for one in there):
        return "open"
    if passed(at["close_room"], now) or not passed(at["open_lobby"], now):
        return "shut"
    spans = [_around(one, now) for one in used]
    before, after = now < min(start for start, _ in spans), now >= max(end for _, end in spans)
    # IT may open it earlier and close it later than its first and last session would; between two it is shut,
    # also while one that has left it goes on elsewhere.
    around = any(start <= now < end for start, end in (_around(one, now) for one in there))
    return "open" if before or after or around else "shut"


def _around(state: SessionState, now: datetime) -> tuple[datetime, datetime]:
    """From when until when a session needs its room to be open."""
    assert state.starts_at is not None
    return state.starts_at - LOBBY_BEFORE, _end(state, now) + OPEN_AFTER


def presenting(state: SessionState) -> set[UUID]:
    """Who may speak in a session without being given the floor: whoever leads it, and its presenters."""
    named = {*state.presenter_ids, *(id_ for topic in state.topics for id_ in topic.presenter_ids)}
    return named | ({state.chair_id} if state.chair_id else set())


def _presenting_now(open_now: Collection[SessionState], ahead: Collection[SessionState]) -> frozenset[str]:
    planned = sorted((one for one in ahead if one.status == "planned"), key=lambda one: str(one.starts_at))
    return frozenset(str(id_) for one in open_now or planned[:1] for id_ in presenting(one))


def _speaking(state: SessionState) -> set[str]:
    """Who has the floor; in a break nobody has."""
    speech = state.current_speech
    if speech is None or state.in_break or speech.person_id in state.disqualified(state.current_item_id):
        return set()
    return {str(speech.person_id)}


def _inside(sessions: Collection[SessionState], staff: Collection[str]) -> frozenset[str]:
    """Who remains behind closed doors: those who take part in every session that has closed its own."""
    shut = [one for one in sessions if one.doors_closed]
    return frozenset.intersection(*(_taking_part(one) for one in shut)) | frozenset(staff)


def _taking_part(state: SessionState) -> frozenset[str]:
    attending = (
        set(state.present)
        if state.roll_called_at
        else {one.person_id for one in state.members.values() if one.rights.attend and not one.substitute}
    )
    elsewhere = state.remote if state.closing and state.closing.mandatory else state.remote - state.alone
    return frozenset(str(person_id) for person_id in (attending & state.members.keys()) - elsewhere)


def _kept_out(sessions: Collection[SessionState]) -> frozenset[str]:
    return frozenset(
        str(person_id)
        for one in sessions
        if one.doors_closed
        for person_id in one.disqualified(one.current_item_id)
    )
