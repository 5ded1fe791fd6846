"""Carry out a plan: what is missing is made, what is there already stays, done twice is harmless."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, TypeAlias
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel, SecretStr, ValidationError

from orchestrator.commands import Commands, UnknownReference
from orchestrator.domain.codec import StreamKind, parse_command
from orchestrator.domain.errors import Refused
from orchestrator.domain.roles import Actor, Role
from orchestrator.domain.rules import DebateRules
from orchestrator.plan_file import Plan, PlanError, located, read_plan
from orchestrator.store.directory import Directory, Taken
from orchestrator.store.records import Body, Organisation, Person, Source

Where: TypeAlias = tuple[str | int, ...]
"""A place in a plan's file."""
PLANNER = Actor(frozenset({Role.ADMINISTRATOR, Role.SECRETARY}))
_FIELDS = {"body_id": ("meeting", "body"), "slug": ("meeting", "slug"), "source_id": ("session", "source")}

_REFUSALS = {"already_planned": "is planned already, and not as in this file; change it on its page"}


@dataclass(frozen=True)
class Planned:
    """What came of a plan, by the names its file uses."""

    organisation_id: UUID
    meeting_id: UUID
    session_id: UUID
    bodies: dict[str, UUID]
    people: dict[str, UUID]
    sources: dict[str, UUID]
    items: tuple[UUID, ...]


async def plan_from_file(
    path: Path, directory: Directory, commands: Commands, srt_ports: Iterable[int] = ()
) -> Planned:
    """Read a file and carry it out. Raises PlanError with line and field."""
    plan = read_plan(path)
    try:
        return await carry_out(plan, directory, commands, srt_ports=srt_ports)
    except UnknownReference as error:
        where: Where = _FIELDS.get(error.field, ("meeting",))
        said = error.message
    except Refused as error:
        where, said = ("meeting", "slug"), _REFUSALS.get(error.rule, f"refused: {error}")
    except _Wrong as error:
        where, said = error.where, error.said
    raise PlanError(located(path, where, said))


async def carry_out(
    plan: Plan,
    directory: Directory,
    commands: Commands,
    *,
    starts_at: datetime | None = None,
    srt_ports: Iterable[int] = (),
    sender: str = "plan",
) -> Planned:
    """Make what the plan says. ``starts_at`` moves the meeting there; ``srt_ports``: those to choose from."""
    organisation_id = await _organisation(plan, directory)
    meeting, session = plan.meeting, plan.session
    bodies = await _bodies(plan, directory, organisation_id)
    body_id = _named(bodies, meeting.body, ("meeting", "body"))
    sources = await _sources(plan, directory, organisation_id, srt_ports)
    source_id = _named(sources, session.source, ("session", "source"))
    people = await _people(plan, directory, organisation_id)
    meeting_id = uuid5(organisation_id, f"meeting/{plan.meeting.slug}")
    session_id = uuid5(meeting_id, "session")
    moved = starts_at.astimezone(UTC) - plan.meeting.starts_at.astimezone(UTC) if starts_at else None

    async def says(kind: StreamKind, id: UUID, type_: str, where: Where, /, **fields: Any) -> None:
        with _errors_at(*where):
            command = parse_command(kind, {"type": type_, **fields})
        await commands.handle(organisation_id, kind, id, command, PLANNER, sender=sender)

    def when(moment: datetime) -> datetime:
        return (
            moment.astimezone(UTC) + moved if moved else moment
        )  # not by the clock: summer time may end between

    await says(
        "meeting",
        meeting_id,
        "plan_meeting",
        ("meeting",),
        **meeting.model_dump(exclude={"body", "publish", "starts_at", "ends_at"}),
        body_id=body_id,
        starts_at=when(meeting.starts_at),
        ends_at=when(meeting.ends_at),
    )
    await says(
        "session",
        session_id,
        "plan_session",
        ("session",),
        meeting_id=meeting_id,
        body_id=body_id,
        title=session.title or meeting.title,
        starts_at=when(session.starts_at or meeting.starts_at),
        ends_at=when(session.ends_at or meeting.ends_at),
        public=not meeting.internal,
        source_id=source_id,
        rules=session.rules.model_dump() if isinstance(session.rules, DebateRules) else None,
        chair_id=_named(people, session.chair, ("session", "chair")),
        members=[
            {
                "person_id": people[person.key],
                "group": person.group_short or None,
                "rights": person.rights.model_dump(),
                "seat": person.seat,
                "substitutes_for": people[person.substitutes_for] if person.substitutes_for else None,
                "list_order": person.list_order,
            }
            for person in plan.person
            if person.member
        ],
    )
    items = tuple(uuid5(session_id, f"item/{number}") for number in range(len(plan.item)))
    for number, (item_id, item) in enumerate(zip(items, plan.item, strict=True)):
        where = ("item", number)
        marks = {name: getattr(item, name) for name in ("unlisted", "late_papers")}
        words = item.model_dump(exclude=set(marks))
        await says("session", session_id, "add_item", where, item_id=item_id, **words)
        if any(marks.values()):
            await says("session", session_id, "mark_item", where, item_id=item_id, **marks)
    if meeting.publish:
        await says("meeting", meeting_id, "publish_meeting", ("meeting",))
    return Planned(organisation_id, meeting_id, session_id, bodies, people, sources, items)


class _Wrong(Exception):
    """Something the organisation does not have."""

    def __init__(self, where: Where, said: str) -> None:
        super().__init__(said)
        self.where = where
        self.said = said


def _named(known: dict[str, UUID], name: str | None, where: Where) -> UUID | None:
    if name is None:
        return None
    if name not in known:
        raise _Wrong(where, f"neither this file nor the organisation has {name}")
    return known[name]


async def _organisation(plan: Plan, directory: Directory) -> UUID:
    table = plan.organisation
    for organisation in await directory.organisations():
        if organisation.slug == table.slug:
            return organisation.id
    if table.name is None:
        raise _Wrong(("organisation", "name"), "is required: there is no organisation with this slug yet")
    organisation_id = uuid5(NAMESPACE_URL, f"organisation/{table.slug}")
    with _errors_at("organisation"):
        await directory.put_organisation(Organisation(id=organisation_id, **_values(table)))
    return organisation_id


async def _bodies(plan: Plan, directory: Directory, organisation_id: UUID) -> dict[str, UUID]:
    known = {body.slug: body.id for body in await directory.bodies(organisation_id)}
    for number, table in enumerate(plan.body):
        if table.slug not in known:
            known[table.slug] = uuid5(organisation_id, f"body/{table.slug}")
            with _errors_at("body", number):
                body = Body(id=known[table.slug], organisation_id=organisation_id, **_values(table))
                await directory.put_body(body)
    return known


async def _sources(
    plan: Plan, directory: Directory, organisation_id: UUID, ports: Iterable[int]
) -> dict[str, UUID]:
    there = await directory.all_sources()
    known = {source.slug: source.id for source in there if source.organisation_id == organisation_id}
    free = iter(sorted(set(ports) - {source.port for source in there}))
    for number, table in enumerate(plan.source):
        if table.slug in known:
            continue
        values = _values(table)
        if table.kind == "srt":
            values["port"] = table.port or next(free, None)
            values["passphrase"] = table.passphrase or SecretStr(token_urlsafe(18))
        known[table.slug] = uuid5(organisation_id, f"source/{table.slug}")
        with _errors_at("source", number):
            source = Source(id=known[table.slug], organisation_id=organisation_id, **values)
            await directory.put_source(source)
    return known


async def _people(plan: Plan, directory: Directory, organisation_id: UUID) -> dict[str, UUID]:
    """Somebody whom the organisation has by the same key is corrected to what the file says."""
    known = {}
    for number, table in enumerate(plan.person):
        known[table.key] = uuid5(organisation_id, f"person/{table.key}")
        shown = {
            name: getattr(table, name)
            for name in ("name", "group_name", "group_short", "title", "gender", "help_phone")
        }
        with _errors_at("person", number):
            await directory.put_person(Person(id=known[table.key], organisation_id=organisation_id, **shown))
    return known


def _values(table: BaseModel) -> dict[str, Any]:
    return {name: getattr(table, name) for name in type(table).model_fields}


@contextmanager
def _errors_at(*where: str | int) -> Iterator[None]:
    try:
        yield
    except Taken as error:
        raise _Wrong((*where, error.field), "is taken by another") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _Wrong((*where, *first["loc"]), first["msg"].removeprefix("Value error, ")) from None
