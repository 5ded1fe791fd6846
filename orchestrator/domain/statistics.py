"""Who has spoken, how often and how long: counted from a session's stream alone."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from math import fsum
from typing import TypeVar
from uuid import UUID

from orchestrator.domain.publicity import public_session
from orchestrator.domain.state import SessionState

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Spoken:
    """So many speeches of one kind by one person, and their time in seconds.

    ``item_id`` is null where items are not told apart. ``kind`` is a SpeechKind's value: any, also one that a
    newer version of the program has written.
    """

    person_id: UUID
    group: str | None
    kind: str
    number: int
    seconds: float
    item_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """So many speeches, and their time in seconds."""

    number: int
    seconds: float


def spoken(state: SessionState) -> tuple[Spoken, ...]:
    """Every speech that was held and has ended, behind closed doors too: not for the public.

    One of no length was held all the same. One that is being held is counted when it ends.
    """
    return tuple(
        Spoken(
            person_id=speech.person_id,
            group=speech.group,
            kind=speech.kind.value,
            number=1,
            seconds=speech.seconds(speech.ended_at),
            item_id=speech.item_id,
        )
        for speech in state.requests.values()
        if speech.status == "done" and speech.ended_at is not None
    )


def publicly_spoken(state: SessionState) -> tuple[Spoken, ...]:
    """Likewise, as far as the public may know: made from ``publicity`` alone.

    Nothing of what was held behind closed doors is in it, and no speech in an item that is exempt.
    """
    public = public_session(state)
    return tuple(
        Spoken(
            person_id=speech.person_id,
            group=speech.group,
            kind=speech.kind.value,
            number=1,
            seconds=speech.seconds,
            item_id=item.item_id,
        )
        for item in (public.items if public else ())
        for speech in item.speeches
        if speech.ended_at is not None
    )


def total(lines: Iterable[Spoken]) -> Sum:
    """All of it."""
    return _sum(list(lines))


def by(lines: Iterable[Spoken], key: Callable[[Spoken], K]) -> dict[K, Sum]:
    """The same by person, group, or whatever ``key`` says; the most time first, then the most speeches."""
    parts: defaultdict[K, list[Spoken]] = defaultdict(list)
    for line in lines:
        parts[key(line)].append(line)
    sums = {each: _sum(part) for each, part in parts.items()}
    return dict(sorted(sums.items(), key=lambda pair: (-pair[1].seconds, -pair[1].number)))


def merged(lines: Iterable[Spoken]) -> tuple[Spoken, ...]:
    """The same in as few lines as possible, the most time first."""
    sums = by(lines, lambda line: (line.person_id, line.group, line.kind, line.item_id))
    return tuple(
        Spoken(person_id, group, kind, each.number, each.seconds, item_id)
        for (person_id, group, kind, item_id), each in sums.items()
    )


def without_items(lines: Iterable[Spoken]) -> tuple[Spoken, ...]:
    """Likewise, items not told apart."""
    return merged(replace(line, item_id=None) for line in lines)


def _sum(lines: list[Spoken]) -> Sum:
    return Sum(sum(line.number for line in lines), fsum(line.seconds for line in lines))
