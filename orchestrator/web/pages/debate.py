"""What every console shows of a session: the line on top, the floor, the speaker list, speaking times."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from orchestrator.domain import order
from orchestrator.domain.decisions import voters_present
from orchestrator.domain.floor import elapsed_seconds
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


def on_air(state: SessionState, language: str) -> Air:
    """What the public sees now."""
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
        return Air(live=True, words="", color="danger")
    words, color = _AIR[what]
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
        spoken=elapsed_seconds(speech, since or scene.now),
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

    ``spoken``: seconds that the person has spoken in this item so far.
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
    first: bool
    last: bool
    up_before: UUID | None
    down_before: UUID | None


def speaker_list(scene: Scene, language: str) -> list[Entry]:
    """Who waits for the floor, in order, with what the wait is likely to be."""
    state = scene.session
    waiting = state.speaker_list
    ids = [request.request_id for request in waiting]
    entries, wait = [], _remaining(state, scene.now)
    so_far = times.seconds_by_person(state, state.current_item_id)
    for place, request in enumerate(waiting):
        entries.append(
            Entry(
                request_id=request.request_id,
                person_id=request.person_id,
                place=place + 1,
                name=scene.name(request.person_id),
                group=request.group or "",
                kind=request.kind,
                words=_kind_words(state, request, language),
                wait_seconds=wait,
                spoken=so_far.get(request.person_id, 0.0),
                first=place == 0,
                last=place == len(ids) - 1,
                up_before=ids[place - 1] if place else None,
                down_before=ids[place + 2] if place + 2 < len(ids) else None,
            )
        )
        wait += times.expected_seconds(state, request, scene.now)
    return entries


def _remaining(state: SessionState, now: datetime) -> float:
    speech = state.current_speech
    if speech is None:
        return 0.0
    return max(0.0, speech.limit_seconds + speech.extra_seconds - elapsed_seconds(speech, now))


def _kind_words(state: SessionState, request: SpeechRequest, language: str) -> str:
    """What is asked for, as "Replikk 1/2" or "Innlegg (2.)"."""
    word = translations(language).gettext(SPEECH_KINDS[request.kind])
    if request.kind is SpeechKind.REPLY:
        replies = [
            other.request_id
            for other in state.requests.values()
            if (other.parent_id, other.kind) == (request.parent_id, request.kind)
            and other.status not in ("withdrawn", "removed")
        ]
        most = state.rules_for(request.item_id).replies_per_speech
        return f"{word} {replies.index(request.request_id) + 1}/{most}"
    turns = order.turns(state, request.item_id)[request.person_id] - (request.started_at is not None)
    return f"{word} ({turns + 1}.)" if request.kind is SpeechKind.SPEECH and turns else word


# Numbers


def group_sizes(state: SessionState) -> dict[str, int]:
    """How many of each group may vote now: those who sit there once the roll has been called, else all."""
    sizes: dict[str, int] = {}
    for person in state.sitting(state.current_item_id) if state.roll_called_at else state.members:
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
