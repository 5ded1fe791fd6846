"""A meeting planned in a TOML file, read with errors that name line and field; planner.py carries it out."""

import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from orchestrator.domain.base import LongText, Text
from orchestrator.domain.items import ItemKind, Paper
from orchestrator.domain.meeting import Slug
from orchestrator.domain.planning import Number
from orchestrator.domain.rules import DebateRules
from orchestrator.domain.state import Rights
from orchestrator.domain.substitutes import misplaced
from orchestrator.store.records import Gender, HelpPhone, Language
from orchestrator.streaming.source import SourceRefusedError, check_passphrase, check_url

OSLO = ZoneInfo("Europe/Oslo")


class PlanError(Exception):
    """The file cannot be carried out; one line for each error, as ``file:line: field: what is wrong``."""


def _norwegian(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=OSLO)


Moment = Annotated[datetime, AfterValidator(_norwegian)]
"""A time of day without a zone is Norwegian."""
Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class OrganisationTable(_Table):
    """[organisation]: made if there is none with this slug; one that is there stays as it is."""

    slug: Slug
    name: Text | None = None
    hosts: tuple[str, ...] = ()
    language: Language = "nb"
    colour: str = "#0051be"
    logo_url: str = ""
    welcome: str = ""
    keep_unpublished: bool = False
    statistics_public: bool = False
    chat_days: int = 30


class BodyTable(_Table):
    """[[body]]: made if the organisation has none with this slug. ``rules`` as in [session]."""

    slug: Slug
    name: Text
    recording_public: Literal["at_once", "on_word"] = "at_once"
    language: Language = "nb"
    rules: str | DebateRules | None = None


class PersonTable(_Table):
    """[[person]]: a member of the session; ``key`` is what this file calls them.

    A substitute is named for one member (``substitutes_for``) or has a place on the list of the group
    (``list_order``: 1 is called first).
    """

    key: Key
    name: Text
    group_name: str = ""
    group_short: str = ""
    title: str = ""
    gender: Gender | None = None
    help_phone: HelpPhone = ""
    seat: Annotated[int, Field(ge=1, le=999)] | None = None
    rights: Rights = Rights()
    substitutes_for: Key | None = None
    list_order: Annotated[int, Field(ge=1, le=999)] | None = None
    member: bool = True


class SourceTable(_Table):
    """[[source]]: made if there is none with this slug; SRT needs no port or passphrase: they are chosen."""

    slug: Slug
    name: Text
    kind: Literal["srt", "pull"] = "srt"
    port: int | None = None
    passphrase: SecretStr | None = None
    url: Annotated[str | None, Field(repr=False)] = None
    delay_ms: int = 0
    spread_ms: int = 5000

    @field_validator("passphrase", "url")
    @classmethod
    def _usable(cls, value: SecretStr | str | None) -> SecretStr | str | None:
        try:
            if isinstance(value, SecretStr):
                check_passphrase(value.get_secret_value())
            elif value is not None:
                check_url(value)
        except SourceRefusedError as error:
            raise ValueError(error.message) from None
        return value


class MeetingTable(_Table):
    """[meeting]"""

    slug: Slug
    title: Text
    body: Slug | None = None
    kind: Literal["council", "conference"] = "council"
    description: LongText | None = None
    place: str = ""
    starts_at: Moment
    ends_at: Moment
    internal: bool = False
    publish: bool = False


class SessionTable(_Table):
    """[session]: what it does not say is the meeting's, or its body's.

    ``rules``: a file beside this one, or a table.
    """

    title: Text | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    source: Slug | None = None
    chair: Key | None = None
    rules: str | DebateRules | None = None


class ItemTable(_Table):
    """[[item]] in the order of the list.

    ``archive_number``: the same in every meeting that treats the matter. ``unlisted``: not in the notice;
    ``late_papers``: its papers were sent late; such an item may be objected to.
    """

    title: Text
    case_number: Number | None = None
    archive_number: Number | None = None
    kind: ItemKind = "decision"
    public_title: Text | None = None
    summary: LongText | None = None
    restricted: bool = False
    papers: tuple[Paper, ...] = ()
    unlisted: bool = False
    late_papers: bool = False

    @model_validator(mode="after")
    def _restricted_has_public_title(self) -> "ItemTable":
        if self.restricted and not self.public_title:
            raise ValueError("public_title is required when the item is restricted")
        return self


class Plan(_Table):
    """All that the file says."""

    organisation: OrganisationTable
    body: tuple[BodyTable, ...] = ()
    person: tuple[PersonTable, ...] = ()
    source: tuple[SourceTable, ...] = ()
    meeting: MeetingTable
    session: SessionTable = SessionTable()
    item: tuple[ItemTable, ...] = ()


def read_plan(path: Path) -> Plan:
    """The plan in a file. Raises PlanError."""
    data = _toml(path)
    try:
        plan = Plan.model_validate(data)
    except ValidationError as error:
        raise PlanError("\n".join(_lines(path, error))) from None
    if wrong := _inconsistencies(plan):
        raise PlanError("\n".join(located(path, where, said) for where, said in wrong))
    session = _ruled(path, plan.session, ("session", "rules"))
    bodies = tuple(_ruled(path, body, ("body", n, "rules")) for n, body in enumerate(plan.body))
    return plan.model_copy(update={"session": session, "body": bodies})


T = TypeVar("T", BodyTable, SessionTable)


def _ruled(path: Path, table: T, where: tuple[str | int, ...]) -> T:
    """The table with its rules as values, read from the file it names."""
    if not isinstance(table.rules, str):
        return table
    return table.model_copy(update={"rules": _rules(path, table.rules, where)})


def located(path: Path, where: tuple[str | int, ...], said: str) -> str:
    """One error as ``file:line: field: said``."""
    return f"{path}:{line_of(path.read_text('utf-8'), where)}: {'.'.join(map(str, where))}: {said}"


def line_of(text: str, where: tuple[str | int, ...]) -> int:
    """The line (from 1) of the field at ``where``, else of what it should stand in, else 1."""
    found, best = 1, 0
    table: list[str | int] = []
    counts: dict[str, int] = {}
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        if header := _HEADER.match(line):
            name = header[2].replace('"', "").replace("'", "")
            table = list(name.split("."))
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                table.append(counts[name])
            here: list[str | int] = table
        elif key := _KEY.match(line):
            here = [*table, *key[1].replace('"', "").replace("'", "").split(".")]
            inside = next((quotes for quotes in ('"""', "'''") if line.count(quotes) == 1), "")
        else:
            continue
        if len(here) > best and tuple(here) == where[: len(here)]:
            found, best = number, len(here)
    return found


_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\.[A-Za-z0-9_-]+)*)\s*=""")


def _toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
        return tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{path}: {error}") from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise PlanError(f"{path}:{line[1] if line else len(text.splitlines())}: {error}") from None


def _lines(path: Path, error: ValidationError) -> list[str]:
    lines = []
    for one in error.errors(include_url=False, include_input=False):
        where = tuple(part for part in one["loc"] if part not in {"str", "DebateRules"})
        lines.append(located(path, where, one["msg"].removeprefix("Value error, ")))
    return lines


def read_rules(path: Path) -> DebateRules:
    """The rules of procedure in a file (config/debate-rules/*.toml). Raises PlanError with line and field."""
    data = _toml(path)
    try:
        return DebateRules.model_validate(data)
    except ValidationError as error:
        raise PlanError("\n".join(_lines(path, error))) from None


def _rules(path: Path, name: str, where: tuple[str | int, ...]) -> DebateRules:
    file = path.parent / name
    if not file.is_file():
        raise PlanError(located(path, where, f"there is no file {file}"))
    return read_rules(file)


def _inconsistencies(plan: Plan) -> list[tuple[tuple[str | int, ...], str]]:
    """What each table alone cannot know. Bodies and sources may also be the organisation's own already."""
    wrong: list[tuple[tuple[str | int, ...], str]] = []
    people = [person.key for person in plan.person]
    wrong += [
        (("person", number, "key"), "is used twice")
        for number, key in enumerate(people)
        if key in people[:number]
    ]
    wrong += [
        (("person", number, "substitutes_for"), f"nobody in this file is called {person.substitutes_for}")
        for number, person in enumerate(plan.person)
        if person.substitutes_for and person.substitutes_for not in people
    ]
    wrong += _misplaced(plan.person)
    if plan.session.chair and plan.session.chair not in people:
        wrong.append((("session", "chair"), f"nobody in this file is called {plan.session.chair}"))
    for name in ("meeting", "session"):
        table = getattr(plan, name)
        start, end = table.starts_at or plan.meeting.starts_at, table.ends_at or plan.meeting.ends_at
        if (table.starts_at or table.ends_at) and end <= start:
            wrong.append(((name, "ends_at"), "must be after starts_at"))
    return wrong


def _misplaced(people: tuple[PersonTable, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Places on the lists of substitutes that nobody could be called from."""
    for number, person in enumerate(people):
        if person.list_order and person.substitutes_for:
            yield (
                ("person", number, "list_order"),
                "is for a list: who has substitutes_for is named for one member",
            )
    for number, holder in misplaced((person.group_short, person.list_order) for person in people):
        wrong = "needs group_short: the list is a group's"
        if holder is not None:
            wrong = f"{people[holder].key} has this place on the list of {people[number].group_short}"
        yield ("person", number, "list_order"), wrong
