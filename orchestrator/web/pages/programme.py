"""What the public programme shows of a meeting: days, sessions, ways in, help. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Literal
from uuid import UUID

from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.programme import Move
from orchestrator.domain.publicity import PublicSession, PublicStatus, public_session
from orchestrator.domain.rooms import Product, Room
from orchestrator.domain.state import SessionKind, SessionState
from orchestrator.rooms.provider import CAPABILITIES
from orchestrator.rooms.wanted import LOBBY_BEFORE, audience
from orchestrator.store.records import Person
from orchestrator.store.rooms import RoomStanding
from orchestrator.web import dates
from orchestrator.web.phones import Phone, phones

Standing = Literal["coming", "late", "now", "over", "cancelled"]
"""late: should have been opened by now, and has not been."""
Phase = Literal["empty", "cancelled", "before", "now", "between", "over"]
Watch = Literal["stream", "recording", "agenda"]


@dataclass(frozen=True)
class TopicLine:
    """One part of a session."""

    title: str
    starts_at: datetime | None
    presenters: tuple[str, ...]


@dataclass(frozen=True)
class ContactLine:
    """Whom to call for help."""

    name: str
    phones: tuple[Phone, ...]


@dataclass(frozen=True)
class RoomLine:
    """A room as everybody may know it: not where it is."""

    name: str
    product: Product
    social: bool


@dataclass(frozen=True)
class Named:
    """Another session, by its name."""

    session_id: UUID
    title: str


@dataclass(frozen=True)
class SessionLine:
    """One session of the programme.

    ``join``: the room, while it can be entered. ``observers``: whether they may come into it; else it is for
    participants. ``watch``: what there is on the session's own page. ``moved_from``: its first place in the
    programme as announced. ``changed_at``: when its plan was last changed.
    """

    session_id: UUID
    title: str
    kind: SessionKind
    standing: Standing
    status: PublicStatus
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime | None
    description: str
    topics: tuple[TopicLine, ...]
    presenters: tuple[str, ...]
    contacts: tuple[ContactLine, ...]
    room: RoomLine | None
    join: UUID | None
    observers: bool
    same_room: tuple[Named, ...]
    moved_from: Move | None
    note: str
    watch: Watch | None
    broadcast: bool

    @property
    def ahead(self) -> bool:
        """Whether there is still something to come to."""
        return self.standing in ("coming", "late", "now")


@dataclass(frozen=True)
class Guide:
    """How observers follow: in rooms of one product, or outside rooms that are not for them (None)."""

    product: Product | None
    rooms: tuple[str, ...]


@dataclass(frozen=True)
class Day:
    """One day: sessions that overlap stand together in a slot, to be shown side by side."""

    date: date
    slots: tuple[tuple[SessionLine, ...], ...]
    today: bool

    @property
    def ahead(self) -> bool:
        """Whether there is still something to come to."""
        return any(line.ahead for slot in self.slots for line in slot)


@dataclass(frozen=True)
class Programme:
    """The whole of it."""

    phase: Phase
    now: tuple[SessionLine, ...]
    next: tuple[SessionLine, ...]
    days: tuple[Day, ...]
    contacts: tuple[ContactLine, ...]
    guides: tuple[Guide, ...]
    broadcast: bool

    @property
    def lines(self) -> tuple[SessionLine, ...]:
        """Every session in order."""
        return tuple(line for day in self.days for slot in day.slots for line in slot)


def programme_view(
    meeting: MeetingState,
    sessions: Iterable[SessionState],
    people: Mapping[UUID, Person],
    rooms: Mapping[UUID, RoomStanding],
    now: datetime,
    *,
    recorded: Collection[UUID] = (),
) -> Programme:
    """The programme as anybody may see it. ``rooms``: how they stand; one that is missing is not open.

    ``recorded``: the rooms of which what their own product recorded has been fetched.
    """
    every = list(sessions)
    shown = [(state, view) for state in every if (view := public_session(state)) is not None]
    shown.sort(key=lambda one: (_start(one[0]), _end(one[0]), one[0].title))
    states = [state for state, _ in shown]
    around = _Around(meeting, states, every, people, rooms, recorded, now)
    lines = [_line(state, view, around) for state, view in shown]
    ahead = [line for line in lines if line.standing == "coming" and line.kind != "break"]
    first = min((line.starts_at for line in ahead), default=None)
    going_on = tuple(line for line in lines if line.standing in ("now", "late"))
    return Programme(
        phase=_phase(meeting, lines),
        now=going_on,
        next=tuple(line for line in ahead if line.starts_at == first),
        days=_days(lines, now),
        contacts=tuple(dict.fromkeys(contact for line in lines for contact in line.contacts)),
        guides=_guides(lines),
        broadcast=any(line.broadcast and line.standing != "cancelled" for line in lines),
    )


def _start(state: SessionState) -> datetime:
    assert state.starts_at is not None
    return state.starts_at


def _end(state: SessionState) -> datetime:
    assert state.ends_at is not None
    return state.ends_at


@dataclass(frozen=True)
class _Around:
    """What a session stands in."""

    meeting: MeetingState
    sessions: Sequence[SessionState]
    every: Sequence[SessionState]
    """Those that the public does not know of, too."""
    people: Mapping[UUID, Person]
    rooms: Mapping[UUID, RoomStanding]
    recorded: Collection[UUID]
    now: datetime


def _room_id(state: SessionState) -> UUID | None:
    """Where it is to those outside: behind closed doors, where it was when they closed."""
    return (state.before_doors or state).room_id


def moved(meeting: MeetingState, state: SessionState) -> Move | None:
    """A session's first place since the programme was published, if that is another than now.

    With the note of the last move.
    """
    moves = [move for move in state.moves if meeting.published_at and move.at >= meeting.published_at]
    if not moves or (moves[0].starts_at, moves[0].ends_at) == (state.starts_at, state.ends_at):
        return None
    return moves[0].model_copy(update={"note": moves[-1].note})


def _line(state: SessionState, view: PublicSession, around: _Around) -> SessionLine:
    meeting, people = around.meeting, around.people
    standing = _standing(meeting, view, state, around.now)
    room_id = _room_id(state)
    room = meeting.rooms.get(room_id) if room_id else None
    moved_from = moved(meeting, state)
    join = room.room_id if room and _may_enter(view, standing, room, around) else None
    return SessionLine(
        session_id=state.session_id,
        title=state.title,
        kind=state.kind,
        standing=standing,
        status=view.status,
        starts_at=_start(state),
        ends_at=_end(state),
        changed_at=_changed_at(meeting, state),
        description=state.description,
        topics=tuple(
            TopicLine(
                topic.title,
                topic.starts_at,
                # Who presents the whole session is not named again.
                _names([id_ for id_ in topic.presenter_ids if id_ not in state.presenter_ids], people),
            )
            for topic in state.topics
        ),
        presenters=_names(state.presenter_ids, people),
        contacts=_contacts(state.contact_ids, people),
        room=RoomLine(room.name, room.provider, room.social) if room else None,
        join=join,
        observers=room is not None and _observed(room, around, at_once=join is not None),
        same_room=_same_room(state, around.sessions) if room and standing != "cancelled" else (),
        moved_from=moved_from,
        note=moved_from.note if moved_from else "",
        watch=_watch(state, view, around.recorded) if standing != "cancelled" else None,
        broadcast=state.source_id is not None,
    )


def _standing(meeting: MeetingState, view: PublicSession, state: SessionState, now: datetime) -> Standing:
    if meeting.status == "cancelled" or view.status == "cancelled":
        return "cancelled"
    if view.status == "adjourned":
        return "over"
    if view.status != "planned":
        return "now"
    if now < _start(state):
        return "coming"
    if now >= _end(state):
        return "over"
    return "now" if state.kind in ("break", "social") else "late"  # nobody opens a break


def _changed_at(meeting: MeetingState, state: SessionState) -> datetime | None:
    """When the plan was last changed; what is recorded once it is open is not the plan's."""
    begun = state.parts[0].start if state.parts else None
    known = [state.last_at if begun is None else begun, *(move.at for move in state.moves)]
    if meeting.status == "cancelled":
        known.append(meeting.last_at)
    return max((at for at in known if at), default=None)


def _may_enter(view: PublicSession, standing: Standing, room: Room, around: _Around) -> bool:
    """Whether the room is verified and open, and this session is what one would come into."""
    known = around.rooms.get(room.room_id)
    if known is None or not known.joinable or known.door != "open" or view.status == "closed":
        return False
    assert view.starts_at is not None
    soon = standing == "coming" and view.starts_at - around.now <= LOBBY_BEFORE
    return soon or standing in ("now", "late")


def _observed(room: Room, around: _Around, *, at_once: bool) -> bool:
    """Whether observers come into the room: for what is in it now, or later, when that is all there is."""
    can = CAPABILITIES[room.provider]
    if can.puts_out and not at_once:
        return room.observers and can.holds_observers_mute
    return audience(room, around.every, around.now).held_by(can)


def _watch(state: SessionState, view: PublicSession, recorded: Collection[UUID]) -> Watch | None:
    has_recording = state.source_id is not None or state.room_id in recorded
    if has_recording and view.status == "adjourned" and view.recording_public:
        return "recording"
    if state.source_id and view.status in ("live", "break", "closed", "stopped"):
        return "stream"
    return "agenda" if view.items else None


def _same_room(state: SessionState, others: Sequence[SessionState]) -> tuple[Named, ...]:
    """The sessions that are in the same room at the same time, and the one that was there last before."""
    sharing = [
        other
        for other in others
        if _room_id(other) == _room_id(state) and other is not state and other.status != "cancelled"
    ]
    at_once = [other for other in sharing if _start(other) < _end(state) and _start(state) < _end(other)]
    before = [other for other in sharing if _end(other) <= _start(state)]
    found = [*before[-1:], *at_once]
    return tuple(Named(other.session_id, other.title) for other in found)


def _names(ids: Iterable[UUID], people: Mapping[UUID, Person]) -> tuple[str, ...]:
    """Names with what they are; who has been erased is left out."""
    found = [people[id_] for id_ in ids if id_ in people]
    return tuple(f"{person.name} ({person.title})" if person.title else person.name for person in found)


def _contacts(ids: Iterable[UUID], people: Mapping[UUID, Person]) -> tuple[ContactLine, ...]:
    """Those who have a number that the public may call."""
    known = [people[id_] for id_ in ids if id_ in people]
    found = [ContactLine(person.name, tuple(_numbers(person.help_phone))) for person in known]
    return tuple(contact for contact in found if contact.phones)


def _numbers(text: str) -> list[Phone]:
    try:
        return phones(text)
    except ValueError:
        return []


def _days(lines: Iterable[SessionLine], now: datetime) -> tuple[Day, ...]:
    today = dates.local(now).date()
    days = groupby(lines, key=lambda line: dates.local(line.starts_at).date())
    return tuple(Day(day, _slots(of_day), today=day == today) for day, of_day in days)


def _slots(lines: Iterable[SessionLine]) -> tuple[tuple[SessionLine, ...], ...]:
    slots: list[list[SessionLine]] = []
    for line in lines:
        if slots and line.starts_at < max(one.ends_at for one in slots[-1]):
            slots[-1].append(line)
        else:
            slots.append([line])
    return tuple(tuple(slot) for slot in slots)


def _phase(meeting: MeetingState, lines: Sequence[SessionLine]) -> Phase:
    if meeting.status == "cancelled":
        return "cancelled"
    held = [line for line in lines if line.standing != "cancelled"]
    if not lines:
        return "empty"
    if any(line.standing in ("now", "late") for line in held):
        return "now"
    if all(line.standing == "over" for line in held):
        return "over"
    return "between" if any(line.standing == "over" for line in held) else "before"


def _guides(lines: Iterable[SessionLine]) -> tuple[Guide, ...]:
    """One guide for each way of following there is, in the order of the programme."""
    found: dict[Product | None, dict[str, None]] = {}
    for line in lines:
        if line.room and line.standing != "cancelled":
            product = line.room.product if line.observers or line.room.product == "link" else None
            found.setdefault(product, {})[line.room.name] = None
    return tuple(Guide(product, tuple(rooms)) for product, rooms in found.items())
