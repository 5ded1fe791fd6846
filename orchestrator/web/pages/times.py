"""How long people have spoken in an item, who has not, and how long a speech is likely to take."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from orchestrator.domain import order
from orchestrator.domain.speech import SpeechKind, SpeechRequest
from orchestrator.domain.state import SessionState
from orchestrator.domain.time_limit import limit_for
from orchestrator.web.pages.scene import Scene

ENOUGH: Final = 3
"""Speeches of a kind that must have been held before their mean says more than the limit does."""


@dataclass(frozen=True)
class SpokenTime:
    """How often and long (seconds) a group or a person has spoken; ``share`` of the longest, 0 to 1."""

    name: str
    group: str
    speeches: int
    seconds: float
    share: float = 0.0


def held(state: SessionState, item_id: UUID | None) -> list[SpeechRequest]:
    """The speeches held in this item; the one being held is not counted, since its clock still runs."""
    return [
        speech
        for speech in state.requests.values()
        if speech.item_id == item_id and speech.intervals and not speech.has_floor
    ]


def seconds_of(speeches: Iterable[SpeechRequest]) -> float:
    """How long these speeches took together, pauses left out."""
    return sum(period.seconds(period.start) for speech in speeches for period in speech.intervals)


def group_times(state: SessionState, item_id: UUID | None) -> list[SpokenTime]:
    """Per group in this item, most first."""
    by_group: dict[str, list[SpeechRequest]] = {}
    for speech in held(state, item_id):
        by_group.setdefault(speech.group or "", []).append(speech)
    return _ranked(
        SpokenTime("", group, len(speeches), seconds_of(speeches)) for group, speeches in by_group.items()
    )


def seconds_by_person(state: SessionState, item_id: UUID | None) -> dict[UUID, float]:
    """How long each has spoken in this item."""
    found: dict[UUID, float] = {}
    for speech in held(state, item_id):
        found[speech.person_id] = found.get(speech.person_id, 0.0) + seconds_of([speech])
    return found


def person_times(scene: Scene, item_id: UUID | None) -> list[SpokenTime]:
    """Per person in this item, most first."""
    by_person: dict[UUID, list[SpeechRequest]] = {}
    for speech in held(scene.session, item_id):
        by_person.setdefault(speech.person_id, []).append(speech)
    return _ranked(
        SpokenTime(scene.name(person), speeches[-1].group or "", len(speeches), seconds_of(speeches))
        for person, speeches in by_person.items()
    )


def _ranked(found: Iterable[SpokenTime]) -> list[SpokenTime]:
    ranked = sorted(found, key=lambda time: (-time.seconds, time.group, time.name))
    longest = ranked[0].seconds if ranked else 0.0
    return [
        SpokenTime(one.name, one.group, one.speeches, one.seconds, one.seconds / longest if longest else 0.0)
        for one in ranked
    ]


def silent(scene: Scene, item_id: UUID | None) -> list[str]:
    """Those present who may speak, have not done so in this item and do not wait to, by name."""
    state = scene.session
    heard = {one.person_id for one in state.requests.values() if one.item_id == item_id and one.intervals}
    heard |= {one.person_id for one in state.speaker_list}
    here = state.present if state.roll_called_at else tuple(state.members)
    return sorted(
        scene.signed(person)
        for person in here
        if person not in heard and person in state.members and state.members[person].rights.speak
    )


class Expected:
    """How long those who wait are likely to speak; what that rests on is counted once for a whole list."""

    def __init__(self, state: SessionState, item_id: UUID | None, now: datetime) -> None:
        self._state, self._now = state, now
        self._turns = order.turns(state, item_id) if item_id else Counter[UUID]()
        self._limits: dict[tuple[SpeechKind, str | None, bool], float] = {}
        past: dict[SpeechKind, list[SpeechRequest]] = {}
        for speech in held(state, item_id):
            if speech.status == "done":
                past.setdefault(speech.kind, []).append(speech)
        self._means = {k: seconds_of(some) / len(some) for k, some in past.items() if len(some) >= ENOUGH}

    def turns(self, request: SpeechRequest) -> int:
        """How many speeches the person has held in the item before this one."""
        return self._turns[request.person_id] - (request.started_at is not None)

    def seconds(self, request: SpeechRequest) -> float:
        """The limit, or the mean once enough are held; of one that was interrupted what is left of it."""
        if request.interrupted:
            return left_of(request, self._now)
        if request.kind in self._means:
            return self._means[request.kind]
        alike = (request.kind, request.group, self.turns(request) > 0)
        if alike not in self._limits:
            self._limits[alike] = float(limit_for(self._state, request, self._now))
        return self._limits[alike]


def left_of(speech: SpeechRequest, now: datetime) -> float:
    """Seconds that one who has begun has left, never negative."""
    return max(0.0, speech.limit_seconds + speech.extra_seconds - speech.seconds(now))
