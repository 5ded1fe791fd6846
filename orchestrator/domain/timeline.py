"""Which item and speaker each public moment belongs to, in wall-clock time."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from orchestrator.domain.base import Model, Period
from orchestrator.domain.publicity import shut_periods
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
    """Who is next on the list."""

    person: str
    group: str | None = None


UNKNOWN = Name(name="")


def entries(state: SessionState, names: Mapping[UUID, Name]) -> tuple[Entry, ...]:
    """All public entries in order of start; what lies behind closed doors or in a stop is cut out."""
    if not state.public or not state.parts:
        return ()
    shut = shut_periods(state)
    found = [
        *_items(state, shut),
        *_speeches(state, shut, names),
        *_votes(state, shut),
        *_breaks(state),
        *_closed(state),
    ]
    order = {"item": 0, "closed": 1, "break": 1, "vote": 2, "speech": 3}
    return tuple(sorted(found, key=lambda entry: (entry.start, order[entry.kind])))


def next_speakers(state: SessionState, names: Mapping[UUID, Name]) -> tuple[NextSpeaker, ...]:
    """The first three on the list, as the public may see it."""
    if state.off_air or not state.public:
        return ()
    item = state.current_item
    if item is None or item.hidden:
        return ()
    seen = [request for request in state.speaker_list if not request.unseen][:3]
    return tuple(
        NextSpeaker(person=names.get(request.person_id, UNKNOWN).name, group=request.group)
        for request in seen
    )


Shut = tuple[tuple[datetime, datetime | None], ...]


def outside(period: Period, shut: Shut) -> Iterable[Period]:
    """The parts of ``period`` that lie outside all ``shut`` stretches (sorted by start)."""
    start = period.start
    for shut_from, shut_to in shut:
        if shut_to is not None and shut_to <= start:
            continue
        if period.stop is not None and shut_from >= period.stop:
            break
        if shut_from > start:
            yield Period(start=start, stop=shut_from)
        if shut_to is None:
            return
        start = max(start, shut_to)
    if period.stop is None or start < period.stop:
        yield Period(start=start, stop=period.stop)


def _items(state: SessionState, shut: Shut) -> Iterable[Entry]:
    for item in state.items.values():
        if item.hidden:
            continue
        title = item.public_title if item.public_title and not item.released else item.title
        for period in item.periods:
            for part in outside(period, shut):
                yield Entry(
                    kind="item",
                    id=str(item.item_id),
                    start=part.start,
                    end=part.stop,
                    title=title,
                    number=item.case_number,
                )


def _speeches(state: SessionState, shut: Shut, names: Mapping[UUID, Name]) -> Iterable[Entry]:
    for speech in state.requests.values():
        item = state.items.get(speech.item_id)
        if speech.started_at is None or speech.unseen or item is None or item.hidden:
            continue
        name = names.get(speech.person_id, UNKNOWN)
        for part in outside(Period(start=speech.started_at, stop=speech.ended_at), shut):
            yield Entry(
                kind="speech",
                id=str(speech.request_id),
                start=part.start,
                end=part.stop,
                title=speech.kind,
                number=item.case_number,
                person=name.name,
                group=speech.group or name.group,
            )


def _votes(state: SessionState, shut: Shut) -> Iterable[Entry]:
    for vote in state.votes.values():
        item = state.items.get(vote.item_id)
        if vote.behind_doors or vote.cancelled or item is None or item.hidden:
            continue
        for part in outside(Period(start=vote.started_at, stop=vote.recorded_at), shut):
            yield Entry(
                kind="vote",
                id=str(vote.vote_id),
                start=part.start,
                end=part.stop,
                title=vote.question or None,
                number=item.case_number,
            )


def _breaks(state: SessionState) -> Iterable[Entry]:
    for number, pause in enumerate(state.breaks, 1):
        period = pause.period
        yield Entry(kind="break", id=f"break-{number}", start=period.start, end=period.stop, title=pause.kind)


def _closed(state: SessionState) -> Iterable[Entry]:
    doors = [period for closing in state.closings for period in (*closing.debate, *closing.periods)]
    for number, period in enumerate(doors, 1):
        yield Entry(kind="closed", id=f"closed-{number}", start=period.start, end=period.stop)
