"""A day of rooms × time for IT: what is where and when, how rooms and sources do, and what is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from orchestrator.clock import day_bounds
from orchestrator.domain.rooms import Room
from orchestrator.domain.state import SessionState
from orchestrator.rooms.provider import Present
from orchestrator.store.records import Person
from orchestrator.store.rooms import RoomStanding
from orchestrator.store.views import Listed
from orchestrator.web.dates import OSLO, clock, local
from orchestrator.web.i18n import translations
from orchestrator.web.pages.it import SourceCard, session_state
from orchestrator.web.pages.room_words import PRODUCTS, in_sentence, next_try, state_words, trouble_words

WORKING_DAY: Final = (8, 16)
"""Hours that a day with nothing in it shows."""
HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True)
class OnDay:
    """A session of the day, and its state."""

    listed: Listed
    state: SessionState

    @property
    def cancelled(self) -> bool:
        """Whether it is not held: it, or its meeting before it began."""
        session = self.listed.session
        called_off = self.listed.meeting.status == "cancelled" and session.status == "planned"
        return called_off or session.status == "cancelled"


@dataclass(frozen=True)
class RoomFacts:
    """A room as planned and as it stands. ``present``: None where that is not known."""

    room: Room
    slug: str
    standing: RoomStanding | None
    present: tuple[Present, ...] | None = None


@dataclass(frozen=True)
class DayFacts:
    """Everything that a day is shown by."""

    sessions: Sequence[OnDay]
    rooms: Mapping[UUID, RoomFacts]
    cards: Sequence[SourceCard]
    people: Mapping[UUID, Person]


@dataclass(frozen=True)
class Window:
    """The hours that are shown."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> list[str]:
        """«08», «09», … on a Norwegian clock; on the day the clocks go back one of them twice."""
        count = round((self.end - self.start) / HOUR)
        return [f"{local(self.start + number * HOUR):%H}" for number in range(count)]

    def share(self, moment: datetime) -> float:
        """Where in the window a moment is, in percent of its width; one outside is at the edge."""
        inside = min(max(moment, self.start), self.end)
        return round(100 * ((inside - self.start) / (self.end - self.start)), 2)


def window(day: date, sessions: Iterable[OnDay]) -> Window:
    """The whole hours from the day's first session to its last, within the day."""
    first, after = day_bounds(day)
    spans = [(one.listed.session.starts_at, one.listed.session.ends_at) for one in sessions]
    if not spans:
        start, end = (datetime.combine(day, time(hour), OSLO) for hour in WORKING_DAY)
        return Window(start.astimezone(UTC), end.astimezone(UTC))
    start = max(first, min(start for start, _ in spans))
    end = min(after, max(end for _, end in spans))
    start -= timedelta(minutes=local(start).minute, seconds=start.second, microseconds=start.microsecond)
    whole = max(1, -(-(end - start) // HOUR))
    return Window(start, start + whole * HOUR)


@dataclass(frozen=True)
class Bar:
    """A session in a row. ``left`` and ``width`` in percent of the window; ``lane``: below which others."""

    title: str
    times: str
    state: str
    going_on: bool
    cancelled: bool
    path: str
    left: float
    width: float
    lane: int = 0


def _bars(sessions: Iterable[OnDay], shown: Window, language: str) -> tuple[Bar, ...]:
    """The sessions where they are in the window; those at the same time in lanes of their own."""
    lanes: list[datetime] = []
    found = []
    for one in sessions:
        start, end = one.listed.session.starts_at, one.listed.session.ends_at
        lane = next((number for number, until in enumerate(lanes) if until <= start), len(lanes))
        lanes[lane : lane + 1] = [end]
        found.append(replace(_bar(one, shown, language), lane=lane))
    return tuple(found)


def _bar(one: OnDay, shown: Window, language: str) -> Bar:
    session, meeting = one.listed.session, one.listed.meeting
    left = shown.share(session.starts_at)
    return Bar(
        title=session.title,
        times=f"{clock(session.starts_at)}–{clock(session.ends_at)}",
        state=session_state("cancelled" if one.cancelled else session.status, language),
        going_on=session.going_on,
        cancelled=one.cancelled,
        path=f"/mote/{meeting.slug}",
        left=left,
        width=max(0.5, round(shown.share(session.ends_at) - left, 2)),
    )


@dataclass(frozen=True)
class HelpContact:
    """Somebody who helps in a session; ``phone`` is the number given for that, which may be none."""

    name: str
    phone: str


@dataclass(frozen=True)
class Row:
    """A room, a source under it, or what has neither. ``kind`` is for the look.

    ``why``: what is wrong; ``todo``: what to do about it; ``again``: when it is tried by itself.
    """

    kind: str
    id: str
    name: str
    what: str
    state: str
    color: str
    bars: tuple[Bar, ...]
    why: str = ""
    todo: str = ""
    again: str = ""
    present: str = ""
    try_path: str = ""
    contacts: tuple[HelpContact, ...] = ()
    inside: tuple[tuple[str, str], ...] = ()
    """Sessions that are over, by title, and where who was in the room is told."""

    @property
    def lanes(self) -> int:
        """How many sessions lie below each other."""
        return 1 + max((one.lane for one in self.bars), default=0)


def rows(day: DayFacts, shown: Window, language: str) -> list[Row]:
    """Each room with the sources of its sessions under it, then sources without a room, then the rest."""
    found: list[Row] = []
    sessions, rooms = day.sessions, day.rooms
    by_source = {card.id: card for card in day.cards}
    placed = set[str]()
    in_rooms = [one for one in sessions if one.state.room_id in rooms]
    for room_id in dict.fromkeys(one.state.room_id for one in in_rooms if one.state.room_id):
        used = [one for one in in_rooms if one.state.room_id == room_id]
        found.append(_room(rooms[room_id], used, day.people, shown, language))
        for source in _sources(used, rooms[room_id].room):
            if source in by_source and source not in placed:
                placed.add(source)
                found.append(_source(by_source[source], sessions, shown, language))
    without = [one for one in sessions if one.state.room_id not in rooms]
    for source in _sources(without, None):
        if source in by_source and source not in placed:
            placed.add(source)
            found.append(_source(by_source[source], sessions, shown, language))
    rest = [one for one in without if str(one.listed.session.source_id) not in placed]
    if rest:
        t = translations(language)
        bars = _bars(rest, shown, language)
        found.append(Row("none", "", t.gettext("Uten digitalt rom"), "", "", "neutral", bars))
    return found


def _sources(sessions: Iterable[OnDay], room: Room | None) -> list[str]:
    named = [one.listed.session.source_id for one in sessions] + [room.source_id if room else None]
    return list(dict.fromkeys(str(source_id) for source_id in named if source_id))


def _room(
    facts: RoomFacts, sessions: Sequence[OnDay], people: Mapping[UUID, Person], shown: Window, language: str
) -> Row:
    t = translations(language)
    standing = facts.standing
    needed = any(not one.cancelled for one in sessions)
    state, color = state_words(standing, language, needed=needed)
    why, todo = trouble_words(standing.trouble, standing.differs, language) if standing else ("", "")
    return Row(
        kind="room",
        id=str(facts.room.room_id),
        name=facts.room.name,
        what=t.gettext(PRODUCTS[facts.room.provider]),
        state=state,
        color="warning" if why and color != "danger" else color,
        bars=_bars(sessions, shown, language),
        why=why,
        todo=todo,
        again=next_try(standing, language) if standing else "",
        present=present_words(facts.present, language),
        try_path=f"/mote/{facts.slug}/rom/{facts.room.room_id}" if needed or standing else "",
        contacts=contacts(sessions, people),
        inside=tuple(
            (one.listed.session.title, f"/mote/{facts.slug}/fra-teams?sesjon={one.state.session_id}")
            for one in sessions
            if facts.room.provider == "teams" and one.state.status == "adjourned"
        ),
    )


def contacts(sessions: Iterable[OnDay], people: Mapping[UUID, Person]) -> tuple[HelpContact, ...]:
    """Who helps in these sessions."""
    ids = dict.fromkeys(id_ for one in sessions for id_ in one.state.contact_ids)
    return tuple(HelpContact(people[id_].name, people[id_].help_phone) for id_ in ids if id_ in people)


def present_words(present: tuple[Present, ...] | None, language: str) -> str:
    """«43 inne, 2 venter»; nothing where it is not known."""
    if present is None:
        return ""
    t = translations(language)
    inside = sum(not one.waiting for one in present)
    waiting = len(present) - inside
    words = t.ngettext("%(num)s inne", "%(num)s inne", inside) % {"num": inside}
    if not waiting:
        return words
    outside = t.ngettext("%(num)s venter", "%(num)s venter", waiting) % {"num": waiting}
    return f"{words}, {outside}"


def _source(card: SourceCard, sessions: Sequence[OnDay], shown: Window, language: str) -> Row:
    used = [one for one in sessions if str(one.listed.session.source_id) == card.id]
    return Row(
        kind="source",
        id=card.id,
        name=card.name,
        what=translations(language).gettext("Kilde"),
        state=card.state,
        color=card.color,
        bars=_bars(used, shown, language),
        why=" ".join(card.problems),
    )


@dataclass(frozen=True)
class Removal:
    """Rooms in a product that IT may have taken away. ``since``: when the first of them was found."""

    provider: str
    product: str
    room_ids: tuple[str, ...]
    since: datetime


@dataclass(frozen=True)
class Problem:
    """Something wrong, and what to do. ``again_id``: the room that can be tried again.

    ``alert_id``: an urgent one; ``seen``: who has acknowledged it and when, in words. ``removal``: of rooms
    that nobody here knows of.
    """

    what: str
    todo: str = ""
    again: str = ""
    again_id: str = ""
    alert_id: str = ""
    seen: str = ""
    removal: Removal | None = None


def problems(
    urgent: Sequence[tuple[UUID, Problem]],
    troubled: Iterable[tuple[str, RoomStanding]],
    cards: Iterable[SourceCard],
    more: Iterable[Problem],
    language: str,
) -> list[Problem]:
    """Everything that is wrong, the urgent first; what an alert has said of a room is not said twice.

    ``urgent``: by room or source; ``troubled``: rooms by name; ``more``: what else there is.
    """
    by_room = {standing.room_id: (name, standing) for name, standing in troubled}
    found = []
    for target_id, problem in sorted(urgent, key=lambda one: bool(one[1].seen)):
        _, standing = by_room.get(target_id, ("", None))
        again = next_try(standing, language) if standing else ""
        found.append(replace(problem, again=again, again_id=str(target_id) if standing else ""))
    said = {target_id for target_id, _ in urgent}
    found += [
        _of_room(name, standing, language)
        for room_id, (name, standing) in by_room.items()
        if standing.trouble and room_id not in said
    ]
    found += [_of_sending(*one, language) for one in by_room.values() if one[1].sending]
    found += [Problem(f"{card.name}: {words}") for card in cards for words in card.problems]
    return [*found, *more]


def _of_room(name: str, standing: RoomStanding, language: str) -> Problem:
    why, todo = trouble_words(standing.trouble, standing.differs, language)
    words = translations(language).gettext("Rommet «%(name)s»: %(why)s")
    named = {"name": name, "why": in_sentence(why)}
    return Problem(words % named, todo, next_try(standing, language), str(standing.room_id))


def _of_sending(name: str, standing: RoomStanding, language: str) -> Problem:
    t = translations(language)
    why, todo = trouble_words(standing.sending, (), language)
    named = {"name": name, "why": in_sentence(why)}
    words = t.gettext("Bildet fra rommet «%(name)s» kommer ikke til kilden: %(why)s") % named
    return Problem(words, todo, t.gettext("Det prøves igjen av seg selv."))
