"""Which item and speaker each public moment belongs to, in wall-clock time."""

from collections.abc import Iterable, Mapping
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from orchestrator.domain.base import Model, Period
from orchestrator.domain.items import Item
from orchestrator.domain.publicity import hides, public_list
from orchestrator.domain.shut import Shut, outside, shut_periods
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.state import SessionState

EntryKind = Literal["item", "speech", "vote", "break", "closed"]


class Name(Model):
    """A person as shown: looked up by id, never kept in the log."""

    name: str
    group: str | None = None


class Entry(Model):
    """A stretch of the meeting; ``end`` is null while it lasts. A closed one names nobody."""

    kind: EntryKind
    id: str
    start: AwareDatetime
    end: AwareDatetime | None
    title: str | None = None
    number: str | None = None
    person: str | None = None
    group: str | None = None


class NextSpeaker(Model):
    """Who waits for the floor, and for what."""

    person: str
    group: str | None = None
    kind: SpeechKind = SpeechKind.SPEECH


UNKNOWN = Name(name="")


def entries(state: SessionState, names: Mapping[UUID, Name]) -> tuple[Entry, ...]:
    """All public entries in order of start; what lies behind closed doors or in a stop is cut out."""
    if not state.public or not state.parts:
        return ()
    shut = shut_periods(state)
    before = state.before_doors or state
    items = {key: item for key, item in before.items.items() if not hides(state, key)}
    found = [
        *_items(items, shut),
        *_speeches(before, items, shut, names),
        *_votes(before, items, shut),
        *_breaks(state),
        *_closed(state),
    ]
    order = {"item": 0, "closed": 1, "break": 1, "vote": 2, "speech": 3}
    return tuple(sorted(found, key=lambda entry: (entry.start, order[entry.kind])))


def next_speakers(state: SessionState, names: Mapping[UUID, Name]) -> tuple[NextSpeaker, ...]:
    """The whole list, as the public may see it."""
    return tuple(
        NextSpeaker(person=names.get(request.person_id, UNKNOWN).name, group=request.group, kind=request.kind)
        for request in public_list(state)
    )


Items = Mapping[UUID, Item]


def _items(items: Items, shut: Shut) -> Iterable[Entry]:
    for item in items.values():
        for period in item.periods:
            for part in outside(period, shut):
                yield Entry(
                    kind="item",
                    id=str(item.item_id),
                    start=part.start,
                    end=part.stop,
                    title=item.heading,
                    number=item.shown.case_number,
                )


def _speeches(state: SessionState, items: Items, shut: Shut, names: Mapping[UUID, Name]) -> Iterable[Entry]:
    for speech in state.requests.values():
        item = items.get(speech.item_id)
        if speech.started_at is None or speech.behind_doors or item is None:
            continue
        name = names.get(speech.person_id, UNKNOWN)
        others = ((period.start, period.stop) for period in speech.interruptions)
        cut = tuple(sorted([*shut, *others], key=lambda pair: pair[0])) if speech.interruptions else shut
        for part in outside(Period(start=speech.started_at, stop=speech.ended_at), cut):
            yield Entry(
                kind="speech",
                id=str(speech.request_id),
                start=part.start,
                end=part.stop,
                title=speech.kind,
                number=item.shown.case_number,
                person=name.name,
                group=speech.group or name.group,
            )


def _votes(state: SessionState, items: Items, shut: Shut) -> Iterable[Entry]:
    for vote in state.votes.values():
        item = items.get(vote.item_id)
        if vote.behind_doors or vote.cancelled or item is None:
            continue
        for part in outside(Period(start=vote.started_at, stop=vote.recorded_at), shut):
            yield Entry(
                kind="vote",
                id=str(vote.vote_id),
                start=part.start,
                end=part.stop,
                title=vote.question or None,
                number=item.shown.case_number,
            )


def _breaks(state: SessionState) -> Iterable[Entry]:
    for number, pause in enumerate(state.breaks, 1):
        period = pause.period
        yield Entry(kind="break", id=f"break-{number}", start=period.start, end=period.stop, title=pause.kind)


def _closed(state: SessionState) -> Iterable[Entry]:
    for number, period in enumerate(state.doors, 1):
        yield Entry(kind="closed", id=f"closed-{number}", start=period.start, end=period.stop)
