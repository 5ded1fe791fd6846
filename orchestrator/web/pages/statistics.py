"""What the statistics show: the lines that were counted, as tables with bars and as rows of a file."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

from orchestrator.domain.publicity import public_session
from orchestrator.domain.state import SessionState
from orchestrator.domain.statistics import Spoken, Sum, by, merged, publicly_spoken, spoken, total
from orchestrator.store.records import Body, Gender, Person
from orchestrator.store.statistics import CountedMeeting
from orchestrator.web.dates import numeric_date
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.words import SPEECH_KINDS

K = TypeVar("K", bound=Hashable)

GENDERS: Final[Mapping[Gender | None, str]] = {
    "female": N_("Kvinner"),
    "male": N_("Menn"),
    None: N_("Ikke registrert"),
}
_OF_ONE: Final[Mapping[Gender, str]] = {"female": N_("Kvinne"), "male": N_("Mann")}
ERASED: Final = "–"
"""In the place of a name that has been erased."""


@dataclass(frozen=True)
class Row:
    """One bar. ``share`` of all the time, ``length`` of the longest bar: both from 0 to 1."""

    name: str
    number: int
    seconds: float
    share: float
    length: float
    more: str
    href: str


@dataclass(frozen=True)
class Table:
    """One chart, and the table that it is to those who cannot see it."""

    key: str
    title: str
    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Held:
    """What was said in one meeting, and its items by number and title, in the order of the agenda."""

    lines: tuple[Spoken, ...]
    items: Mapping[UUID, tuple[str, str]]

    def named(self, item_id: UUID | None) -> tuple[str, str]:
        """An item's number and title; a dash for one that has been taken off the agenda."""
        return self.items.get(item_id, ("", ERASED)) if item_id else ("", ERASED)

    def label(self, item_id: UUID | None) -> str:
        """Likewise, in one."""
        return " ".join(self.named(item_id)).strip()

    def of(self, item_id: UUID | None) -> tuple[Spoken, ...]:
        """What was said in that item alone; null: in all."""
        return tuple(line for line in self.lines if item_id in (None, line.item_id))

    def in_order(self, item_id: UUID | None) -> list[Spoken]:
        """Likewise in as few lines as possible, by the order of the agenda."""
        places: dict[UUID | None, int] = {each: place for place, each in enumerate(self.items)}
        return sorted(merged(self.of(item_id)), key=lambda line: places.get(line.item_id, len(places)))


def held(states: Sequence[SessionState], *, public: bool) -> Held:
    """All sessions of a meeting together; ``public``: made from ``domain.publicity`` alone."""
    lines: list[Spoken] = []
    items: dict[UUID, tuple[str, str]] = {}
    for state in states:
        if not public:
            lines += spoken(state)
            items |= {one.item_id: (one.case_number or "", one.title) for one in state.agenda}
        elif view := public_session(state):
            lines += publicly_spoken(state)
            shown = (one for one in view.items if not one.hidden)
            items |= {one.item_id: (one.case_number or "", one.title) for one in shown}
    return Held(tuple(lines), items)


@dataclass(frozen=True)
class Charts:
    """Makes the tables: knows who the ids are, as the directory has it now, and the reader's language."""

    people: Mapping[UUID, Person]
    language: str

    def of(self, lines: Sequence[Spoken]) -> list[Table]:
        """By group, person and kind; by gender when it is recorded for any of those who have spoken."""
        say = self._say
        groups = by(lines, lambda line: (line.person_id, line.group))

        def groups_of(person_id: UUID) -> str:
            return ", ".join(sorted(group for one, group in groups if one == person_id and group))

        tables = [
            chart(
                *("group", say(N_("Per gruppe")), say(N_("Gruppe"))),
                *(by(lines, lambda line: line.group), self._group),
            ),
            chart(
                *("person", say(N_("Per person")), say(N_("Navn"))),
                *(by(lines, lambda line: line.person_id), self._name),
                more=groups_of,
            ),
            chart(
                *("kind", say(N_("Per type innlegg")), say(N_("Type"))),
                *(by(lines, lambda line: line.kind), self._kind),
            ),
        ]
        if self.gendered(lines):
            sums = by(lines, lambda line: self._gender(line.person_id))
            heading = say(N_("Kjønn"))
            tables.append(chart("gender", say(N_("Per kjønn")), heading, sums, lambda one: say(GENDERS[one])))
        return tables

    def by_item(self, counted: Held, path: str) -> Table:
        """By item; each leads to the same page with that item alone."""
        say = self._say
        return chart(
            *("item", say(N_("Per sak")), say(N_("Sak"))),
            *(by(counted.lines, lambda line: line.item_id), counted.label),
            href=lambda item_id: f"{path}?sak={item_id}" if item_id in counted.items else "",
        )

    def by_meeting(self, meetings: Sequence[CountedMeeting]) -> Table:
        """By meeting, in the order they were held; each leads to its own statistics."""
        known = {one.meeting_id: one for one in meetings}
        return chart(
            *("meeting", self._say(N_("Per møte")), self._say(N_("Møte"))),
            *({one.meeting_id: total(one.lines) for one in meetings}, lambda one: known[one].title),
            more=lambda one: numeric_date(known[one].opened_at),
            href=lambda one: f"/mote/{known[one].slug}/statistikk",
        )

    def by_body(self, meetings: Sequence[CountedMeeting], bodies: Sequence[Body]) -> Table:
        """By body."""
        names = {body.id: body.name for body in bodies}
        of_body: dict[UUID | None, list[Spoken]] = {}
        for one in meetings:
            of_body.setdefault(one.body_id if one.body_id in names else None, []).extend(one.lines)
        return chart(
            *("body", self._say(N_("Per organ")), self._say(N_("Organ"))),
            {body_id: total(lines) for body_id, lines in of_body.items()},
            lambda body_id: names.get(body_id, self._say(N_("Andre møter"))) if body_id else "",
        )

    def headings(self, *before: str, gender: bool) -> tuple[str, ...]:
        """What ``cells`` are, in a file."""
        say = self._say
        of_person = (say(N_("Navn")), say(N_("Gruppe")), *((say(N_("Kjønn")),) if gender else ()))
        return (*before, *of_person, say(N_("Type")), say(N_("Antall")), say(N_("Sekunder")))

    def cells(self, line: Spoken, *before: str, gender: bool) -> tuple[str | int, ...]:
        """A line as a file has it, after what it is of; ``gender``: the speaker's, for staff alone."""
        recorded = self._gender(line.person_id)
        whose = (self._say(_OF_ONE[recorded]) if recorded else "",) if gender else ()
        of_person = (self._name(line.person_id), line.group or "", *whose)
        return (*before, *of_person, self._kind(line.kind), line.number, round(line.seconds))

    def gendered(self, lines: Sequence[Spoken]) -> bool:
        """Whether the gender of any of those who have spoken is recorded."""
        return any(self._gender(line.person_id) for line in lines)

    def _say(self, message: str) -> str:
        return translations(self.language).gettext(message)

    def _name(self, person_id: UUID) -> str:
        person = self.people.get(person_id)
        return person.name if person else ERASED

    def _group(self, group: str | None) -> str:
        return group or self._say(N_("Uten gruppe"))

    def _kind(self, kind: str) -> str:
        """In words; a kind without words is called what it is called in the log."""
        return self._say(SPEECH_KINDS[kind]) if kind in SPEECH_KINDS else kind.replace("_", " ")

    def _gender(self, person_id: UUID) -> Gender | None:
        person = self.people.get(person_id)
        return person.gender if person else None


def chart(
    key: str,
    title: str,
    heading: str,
    sums: Mapping[K, Sum],
    name: Callable[[K], str],
    *,
    more: Callable[[K], str] = lambda _: "",
    href: Callable[[K], str] = lambda _: "",
) -> Table:
    """A bar for each sum, in the order they are given."""
    whole = sum(one.seconds for one in sums.values())
    longest = max((one.seconds for one in sums.values()), default=0.0)
    rows = (
        Row(
            name=name(each),
            number=one.number,
            seconds=one.seconds,
            share=one.seconds / whole if whole else 0.0,
            length=one.seconds / longest if longest else 0.0,
            more=more(each),
            href=href(each),
        )
        for each, one in sums.items()
    )
    return Table(key, title, heading, tuple(rows))
