"""The form that plans a meeting: what it is filled with, and the commands that what is written leads to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic import ValidationError

from orchestrator.domain.base import Command
from orchestrator.domain.codec import StreamKind, parse_command
from orchestrator.domain.rules import DebateRules
from orchestrator.domain.state import Rights, SessionState
from orchestrator.domain.substitutes import misplaced
from orchestrator.slugs import slugify
from orchestrator.store.records import Body, Person
from orchestrator.web.dates import OSLO
from orchestrator.web.field_words import in_words
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.fields import paper_lines
from orchestrator.web.pages.procedure import shipped
from orchestrator.web.problems import field_errors

ROWS: Final = 6
"""So many empty lines for items at first."""
MOST_ROWS: Final = 60

RIGHTS: Final[Mapping[str, tuple[str, Rights | None]]] = {
    "member": (N_("Medlem"), Rights()),
    "propose": (N_("Møte-, tale- og forslagsrett"), Rights(vote=False)),
    "speak": (N_("Møte- og talerett"), Rights(vote=False, propose=False)),
    "attend": (N_("Møterett"), Rights(vote=False, propose=False, speak=False)),
    "speak_vote": (N_("Møte-, tale- og stemmerett"), Rights(propose=False)),
    "propose_vote": (N_("Møte-, forslags- og stemmerett"), Rights(speak=False)),
    "vote": (N_("Møte- og stemmerett"), Rights(speak=False, propose=False)),
    "propose_only": (N_("Møte- og forslagsrett"), Rights(speak=False, vote=False)),
    "": (N_("Er ikke med"), None),
}
"""The four separate rights as they can be given together, by the form's own names."""

_RULES: Final = ("speech_seconds", "later_speech_seconds", "reply_seconds", "replies_per_speech")
_ITEM: Final = ("case_number", "archive_number", "title", "kind", "restricted", "public_title", "papers")
_MARKS: Final = ("unlisted", "late_papers")


def first_values(
    meeting_id: UUID, people: Sequence[Person], last: SessionState | None, body: Body | None = None
) -> dict[str, str]:
    """What the form says before anybody has written: who met last time meets again.

    The rules are the body's, else those of last time.
    """
    rules = (body.rules if body else None) or (last.rules if last else DebateRules())
    values = {"id": str(meeting_id), "start": "18:00", "end": "21:00", "rows": str(ROWS)}
    values |= {name: str(getattr(rules, name)) for name in _RULES}
    if last:
        values |= {"source_id": str(last.source_id or ""), "chair_id": str(last.chair_id or "")}
    for person in people:
        member = last.members.get(person.id) if last else None
        # Who was named for one member last time was that for that meeting alone; the lists stand.
        asked = member is not None and member.substitutes_for is None
        rights = member.rights if member and asked else None if last else Rights()
        values[f"right-{person.id}"] = next(
            (key for key, (_, given) in RIGHTS.items() if given == rights), ""
        )
        values[f"seat-{person.id}"] = str(member.seat or "") if member else ""
        values[f"list-{person.id}"] = str(member.list_order or "") if member else ""
    return values


def rows(values: Mapping[str, object]) -> int:
    """How many lines for items the form shows."""
    text = str(values.get("rows", ""))
    return min(MOST_ROWS, int(text)) if text.isdecimal() and len(text) < 4 else ROWS  # noqa: PLR2004


@dataclass(frozen=True)
class Step:
    """A command, to which stream, and which of the form's fields its own fields came from."""

    kind: StreamKind
    id: UUID
    command: Command
    names: Mapping[str, str]


@dataclass(frozen=True)
class Written:
    """What the form leads to: commands to be done in order, or what is wrong, by the form's own names."""

    steps: tuple[Step, ...]
    errors: Mapping[str, str]


def read(
    values: Mapping[str, str], people: Sequence[Person], body: Body | None, language: str, slug: str = ""
) -> Written:
    """The commands, each checked before any is sent: all of the form's errors are found at once."""
    reading = _Reading(language)
    meeting_id = reading.id(values.get("id", ""))
    start, end = reading.moments(values)
    internal = bool(values.get("internal"))
    title = values.get("title", "")
    meeting = _meeting(values, start, end, slug) | {"body_id": body.id if body else None}
    times = {"starts_at": "start", "ends_at": "end"}
    reading.step("meeting", meeting_id, meeting, times)
    session_id = uuid5(meeting_id, "session")
    members, fields = _members(values, people)
    session = {
        "type": "plan_session",
        "meeting_id": meeting_id,
        "body_id": body.id if body else None,
        "title": title,
        "starts_at": start,
        "ends_at": end,
        "public": not internal,
        "source_id": values.get("source_id") or None,
        "chair_id": values.get("chair_id") or None,
        "rules": _rules(values, body),
        "members": members,
    }
    ruled = {f"rules.{name}": name for name in _RULES}
    reading.step("session", session_id, session, times | ruled | fields)
    for name, type_ in _misplaced(members, fields):
        reading.wrong(name, type_)
    for number in range(rows(values)):
        if item := _item(values, number):
            item |= {"type": "add_item", "item_id": uuid5(session_id, f"item/{number}")}
            reading.step("session", session_id, item, {name: f"item-{number}-{name}" for name in _ITEM})
            marks = {name: bool(values.get(f"item-{number}-{name}")) for name in _MARKS}
            if any(marks.values()):
                mark = {"type": "mark_item", "item_id": item["item_id"], **marks}
                reading.step("session", session_id, mark, {})
    return Written(tuple(reading.steps), reading.errors)


def read_conference(values: Mapping[str, str], language: str, slug: str = "") -> Written:
    """The command that plans a conference, with nothing in its programme yet."""
    reading = _Reading(language)
    meeting_id = reading.id(values.get("id", ""))
    start, end = reading.moments(values, last=values.get("last", ""))
    if start and end and end.date() < start.date():
        reading.wrong("last", "before the first day")
    meeting = _meeting(values, start, end, slug) | {"kind": "conference"}
    reading.step("meeting", meeting_id, meeting, {"starts_at": "start", "ends_at": "end"})
    return Written(tuple(reading.steps), reading.errors)


def _meeting(
    values: Mapping[str, str], start: datetime | None, end: datetime | None, slug: str
) -> dict[str, Any]:
    title = values.get("title", "")
    return {
        "type": "plan_meeting",
        "slug": slug or meeting_slug(title, start),
        "title": title,
        "description": values.get("description") or None,
        "place": values.get("place", ""),
        "starts_at": start,
        "ends_at": end,
        "internal": bool(values.get("internal")),
    }


def _rules(values: Mapping[str, str], body: Body | None) -> dict[str, Any]:
    """The variant that was chosen, else the body's own rules with the form's numbers."""
    chosen = next((rules for rules in shipped() if rules.name == values.get("rules")), None)
    if chosen is not None:
        return chosen.model_dump()
    own = body.rules.model_dump() if body and body.rules else {}
    return own | {name: values[name] for name in _RULES if values.get(name)}


def meeting_slug(title: str, start: datetime | None) -> str:
    """The words of a meeting's address: "kommunestyret-2026-05-05"."""
    return slugify(f"{title[:60]} {start:%Y-%m-%d}" if start else title[:60], "mote")


class _Reading:
    """Gathers steps, and the errors of those that cannot be."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.steps: list[Step] = []
        self.errors: dict[str, str] = {}

    def wrong(self, name: str, type_: str) -> None:
        self.errors.setdefault(name, in_words(type_, type_, {}, self.language))

    def id(self, text: str) -> UUID:
        try:
            return UUID(text)
        except ValueError:
            self.wrong("id", "uuid_parsing")
            return UUID(int=0)

    def moments(
        self, values: Mapping[str, str], last: str | None = None
    ) -> tuple[datetime | None, datetime | None]:
        """Start and end on the meeting's day; ``last``: the day it ends, if that may be another."""
        days = [self._day("date", values.get("date", ""))]
        days.append(days[0] if last is None else self._day("last", last))
        found: list[datetime | None] = []
        for name, day in zip(("start", "end"), days, strict=True):
            if day is None:
                found.append(None)
                continue
            try:
                clock = time.fromisoformat(values.get(name, ""))
                found.append(datetime.combine(day, clock.replace(tzinfo=None), OSLO))
            except ValueError:
                self.wrong(name, "missing" if not values.get(name) else "datetime_parsing")
                found.append(None)
        return found[0], found[1]

    def _day(self, name: str, written: str) -> date | None:
        try:
            return datetime.fromisoformat(written).date()
        except ValueError:
            self.wrong(name, "datetime_parsing" if written else "missing")
            return None

    def step(self, kind: StreamKind, id_: UUID, data: Mapping[str, Any], names: Mapping[str, str]) -> None:
        try:
            command = parse_command(kind, dict(data))
        except ValidationError as error:
            for one in field_errors(error, partial(in_words, language=self.language)):
                name = names.get(one.field, one.field)
                if name in ("start", "end") and {"date", "last", "start", "end"} & self.errors.keys():
                    continue
                self.errors.setdefault(name, one.message)
        else:
            self.steps.append(Step(kind, id_, command, names))


def _members(
    values: Mapping[str, str], people: Sequence[Person]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Who is in the session, and which fields each one's seat and place on a list were written in."""
    members: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    for person in people:
        rights = RIGHTS.get(values.get(f"right-{person.id}", ""), ("", None))[1]
        if rights is None:
            continue
        names[f"members.{len(members)}.seat"] = f"seat-{person.id}"
        names[f"members.{len(members)}.list_order"] = f"list-{person.id}"
        members.append(
            {
                "person_id": person.id,
                "group": person.group_short or person.group_name[:40] or None,
                "rights": rights.model_dump(),
                "seat": values.get(f"seat-{person.id}") or None,
                "list_order": values.get(f"list-{person.id}", "").strip().lstrip("0") or None,
            }
        )
    return members, names


def _misplaced(members: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The fields of places on lists that nobody could be called from, and what is wrong there."""
    for number, holder in misplaced((member["group"], member["list_order"]) for member in members):
        wrong = "list without a group" if holder is None else "place on the list is taken"
        yield names[f"members.{number}.list_order"], wrong


def _item(values: Mapping[str, str], number: int) -> dict[str, Any] | None:
    """One line of the case list; a line with nothing written in it is no item."""
    written = {name: values.get(f"item-{number}-{name}", "").strip() for name in _ITEM}
    if not any(written[name] for name in ("case_number", "title", "public_title", "papers")):
        return None
    return {
        "case_number": written["case_number"] or None,
        "archive_number": written["archive_number"] or None,
        "title": written["title"],
        "kind": written["kind"] or "decision",
        "restricted": bool(written["restricted"]),
        "public_title": written["public_title"] or None,
        "papers": paper_lines(written["papers"]),
    }


def rights_words(language: str) -> list[tuple[str, str]]:
    """The choices of rights as a form's options."""
    t = translations(language)
    return [(key, t.gettext(words)) for key, (words, _) in RIGHTS.items()]
