"""What every console shows of a session: the line on top, the floor, the speaker list, speaking times."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from orchestrator.domain import order
from orchestrator.domain.decisions import voters_present
from orchestrator.domain.speech import SpeechKind, SpeechRequest
from orchestrator.domain.state import SessionState
from orchestrator.web.dates import clock
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages import times
from orchestrator.web.pages.scene import Scene
from orchestrator.web.pages.words import SPEECH_KINDS

# On the air


@dataclass(frozen=True)
class Air:
    """Whether the public sees the hall: ``live``, or the words for what it sees instead."""

    live: bool
    words: str
    color: str


_AIR: Final = {
    "planned": (N_("Sending ikke startet"), "neutral"),
    "cancelled": (N_("Avlyst"), "neutral"),
    "adjourned": (N_("Sending slutt"), "neutral"),
    "internal": (N_("Sendes ikke"), "neutral"),
    "stopped": (N_("Sending stoppet"), "danger"),
    "closed": (N_("Plakat: lukkede dører"), "warning"),
    "break": (N_("Plakat: pause"), "warning"),
}
_NOT_BROADCAST: Final = {
    "planned": (N_("Ikke åpnet"), "neutral"),
    "open": (N_("Åpen"), "success"),
    "adjourned": (N_("Hevet"), "neutral"),
    "break": (N_("Pause"), "warning"),
    "closed": (N_("Lukket"), "warning"),
}
"""What there is no picture of has a state of its own."""


def on_air(state: SessionState, language: str) -> Air:
    """What the public sees now; of a session without a source, whether it is open."""
    if state.status != "open":
        what: str = state.status if state.status in _AIR else "planned"
    elif not state.public:
        what = "internal"
    elif state.stopped:
        what = "stopped"
    elif state.doors_closed:
        what = "closed"
    elif state.in_break:
        what = "break"
    else:
        what = "open"
    if what == "open" and state.source_id:
        return Air(live=True, words="", color="danger")
    words, color = _AIR[what] if state.source_id or what not in _NOT_BROADCAST else _NOT_BROADCAST[what]
    return Air(live=False, words=translations(language).gettext(words), color=color)


@dataclass(frozen=True)
class Attendance:
    """How many members who may vote are present, of how many seats; whether that is enough (§ 11-9)."""

    present: int
    seats: int
    quorate: bool
    called: bool


def attendance(state: SessionState) -> Attendance:
    """Who is there, as numbers."""
    present = voters_present(state, state.current_item_id)
    return Attendance(present, state.seats, state.quorate, state.roll_called_at is not None)


# The floor


@dataclass(frozen=True)
class Floor:
    """Who has the floor, with a clock that runs by itself from ``since`` (none: it stands still)."""

    request_id: UUID
    person_id: UUID
    name: str
    group: str
    kind: str
    spoken: float
    since: datetime | None
    limit: int
    warning: int
    extra: int
    answers: str


def floor(scene: Scene, language: str) -> Floor | None:
    """The speech being held, if any."""
    speech = scene.session.current_speech
    if speech is None:
        return None
    since = speech.intervals[-1].start if speech.status == "speaking" else None
    parent = scene.session.requests.get(speech.parent_id) if speech.parent_id else None
    return Floor(
        request_id=speech.request_id,
        person_id=speech.person_id,
        name=scene.name(speech.person_id),
        group=speech.group or "",
        kind=translations(language).gettext(SPEECH_KINDS[speech.kind]),
        spoken=speech.seconds(since or scene.now),
        since=since,
        limit=max(1, speech.limit_seconds + speech.extra_seconds),
        warning=scene.session.rules_for(speech.item_id).warning_seconds,
        extra=speech.extra_seconds,
        answers=scene.name(parent.person_id) if parent else "",
    )


# The list


@dataclass(frozen=True)
class Entry:
    """One line of the speaker list. ``up_before`` and ``down_before`` are what ``move_request`` needs.

    ``spoken``: seconds that the person has spoken in this item so far. ``left``: seconds that one who was
    interrupted has left; None for all others. ``answers``: whose speech a reply or a rejoinder belongs to.
    ``lets_in``: may be let in at once, in the middle of a speech. ``note``: for those who lead only.
    """

    request_id: UUID
    person_id: UUID
    place: int
    name: str
    group: str
    kind: SpeechKind
    words: str
    wait_seconds: float
    spoken: float
    up: bool
    down: bool
    up_before: UUID | None
    down_before: UUID | None
    left: float | None = None
    answers: str = ""
    lets_in: bool = False
    note: str = ""


_LET_IN: Final = frozenset({SpeechKind.POINT_OF_ORDER, SpeechKind.POINT_OF_INFORMATION})
"""What interrupts a speech as a matter of course; a reply waits for its end."""


def speaker_list(scene: Scene, language: str) -> list[Entry]:
    """Who waits for the floor, in order, with what the wait is likely to be."""
    state = scene.session
    waiting = state.speaker_list
    speech = state.current_speech
    entries, wait = [], times.left_of(speech, scene.now) if speech else 0.0
    so_far = times.seconds_by_person(state, state.current_item_id)
    expected = times.Expected(state, state.current_item_id, scene.now)
    replies = _replies(state)
    for place, request in enumerate(waiting):
        above = waiting[place - 1] if place else None
        below = waiting[place + 1] if place + 1 < len(waiting) else None
        beyond = waiting[place + 2] if place + 2 < len(waiting) else None
        parent = state.requests.get(request.parent_id) if request.parent_id else None
        entries.append(
            Entry(
                request_id=request.request_id,
                person_id=request.person_id,
                place=place + 1,
                name=scene.name(request.person_id),
                group=request.group or "",
                kind=request.kind,
                words=_kind_words(state, request, expected.turns(request), replies, language),
                wait_seconds=wait,
                spoken=so_far.get(request.person_id, 0.0),
                up=_movable(state, request, above),
                down=below is not None and _movable(state, request, beyond, last=beyond is None),
                up_before=above.request_id if above else None,
                down_before=beyond.request_id if beyond else None,
                left=times.left_of(request, scene.now) if request.interrupted else None,
                answers=scene.name(parent.person_id) if parent else "",
                lets_in=speech is not None and request.status == "waiting" and request.kind in _LET_IN,
                note=request.note,
            )
        )
        wait += expected.seconds(request)
    return entries


def _movable(
    state: SessionState, request: SpeechRequest, before: SpeechRequest | None, *, last: bool = False
) -> bool:
    """Whether it may be moved before another, or last."""
    if request.interrupted or before is None:
        return last and not request.interrupted
    if before.interrupted:
        return False
    safe = state.rules_for(request.item_id).safe_places
    return not safe or not order.overtakes_safe(state, request, before.request_id)


def _replies(state: SessionState) -> dict[UUID, list[UUID]]:
    """The replies of each speech that wait or have begun, as they were asked for."""
    found: dict[UUID, list[UUID]] = {}
    for other in state.requests.values():
        stands = other.status not in ("withdrawn", "removed")
        if other.kind is SpeechKind.REPLY and other.parent_id and stands:
            found.setdefault(other.parent_id, []).append(other.request_id)
    return found


def _kind_words(
    state: SessionState,
    request: SpeechRequest,
    turns: int,
    replies: dict[UUID, list[UUID]],
    language: str,
) -> str:
    """What is asked for, as "Replikk 1/2", "Innlegg (2.)" or "Til dagsorden: stemmegivning"."""
    word = translations(language).gettext(SPEECH_KINDS[request.kind])
    if request.kind is SpeechKind.REPLY and request.parent_id:
        most = state.rules_for(request.item_id).replies_per_speech
        return f"{word} {replies[request.parent_id].index(request.request_id) + 1}/{most}"
    if request.category:
        return f"{word}: {request.category}"
    return f"{word} ({turns + 1}.)" if request.kind is SpeechKind.SPEECH and turns else word


# Numbers


def group_sizes(state: SessionState, item_id: UUID | None) -> dict[str, int]:
    """How many of each group may vote in the item; null: in any other.

    Those who sit there now once the roll has been called, else all.
    """
    sizes: dict[str, int] = {}
    for person in state.sitting(item_id) if state.roll_called_at else state.members:
        member = state.members.get(person)
        if member and member.rights.vote and (state.roll_called_at or not member.substitute):
            sizes[member.group or "–"] = sizes.get(member.group or "–", 0) + 1
    return dict(sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0])))


def last_request(scene: Scene, language: str) -> str:
    """The latest who asked and still waits, as "Ola Vik, replikk 18:41": a raised hand was taken."""
    waiting = scene.session.speaker_list
    if not waiting:
        return ""
    latest = max(waiting, key=lambda request: request.requested_at)
    word = translations(language).gettext(SPEECH_KINDS[latest.kind]).lower()
    return f"{scene.name(latest.person_id)}, {word} {clock(latest.requested_at)}"
