"""How long people have spoken in an item, who has not, and how long a speech is likely to take."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from orchestrator.domain.floor import elapsed_seconds, limit_for
from orchestrator.domain.speech import SpeechRequest
from orchestrator.domain.state import SessionState
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


def expected_seconds(state: SessionState, request: SpeechRequest, now: datetime) -> float:
    """What a speech that is waited for is likely to take: the limit, or the mean once enough are held.

    Of one that was interrupted: what is left of it.
    """
    if request.interrupted:
        return max(0.0, request.limit_seconds + request.extra_seconds - elapsed_seconds(request, now))
    past = [
        speech
        for speech in held(state, request.item_id)
        if speech.kind is request.kind and speech.status == "done"
    ]
    return seconds_of(past) / len(past) if len(past) >= ENOUGH else float(limit_for(state, request, now))
