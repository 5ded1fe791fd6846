"""Carry out a plan: what is missing is made, what is there already stays, done twice is harmless."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel, SecretStr, ValidationError

from orchestrator.commands import Commands, UnknownReference
from orchestrator.domain.clashes import Clash, Slot, clashes
from orchestrator.domain.codec import StreamKind, parse_command
from orchestrator.domain.errors import Refused
from orchestrator.domain.own_item import own_item
from orchestrator.domain.roles import Actor, Role
from orchestrator.domain.rules import DebateRules
from orchestrator.plan_file import PlanError, located, read_plan
from orchestrator.plan_tables import PersonTable, Plan, PlannedSession, Where
from orchestrator.roomkeeping.wishes import without_address
from orchestrator.rooms.uninvited import Uninvited
from orchestrator.store.directory import Directory, Taken
from orchestrator.store.records import Body, Contact, Organisation, Person, Source

PLANNER = Actor(frozenset({Role.ADMINISTRATOR, Role.SECRETARY}))
_FIELDS = {"body_id": ("meeting", "body"), "slug": ("meeting", "slug")}
_OTHERWISE = "is planned already, and not as in this file; change it on its page"
_REFUSALS = {"already_planned": _OTHERWISE, "room_exists": _OTHERWISE}


@dataclass(frozen=True)
class Planned:
    """What came of a plan, by the names its file uses. ``session_id``: of the only session, or the first."""

    organisation_id: UUID
    meeting_id: UUID
    session_id: UUID
    bodies: dict[str, UUID]
    people: dict[str, UUID]
    sources: dict[str, UUID]
    rooms: dict[str, UUID]
    sessions: dict[str, UUID]
    items: tuple[UUID, ...]
    clashes: tuple[Clash, ...]
    uninvited: tuple[Uninvited, ...]
    """Both to be warned about: it is carried out all the same."""


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
    except _RefusedAt as error:
        where, said = error.where, _REFUSALS.get(error.rule, f"refused: {error}")
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
    meeting = plan.meeting
    bodies = await _bodies(plan, directory, organisation_id)
    body_id = _named(bodies, meeting.body, ("meeting", "body"))
    sources = await _sources(plan, directory, organisation_id, srt_ports)
    users = [(("room", number), room.source) for number, room in enumerate(plan.room)]
    for where, source in [*users, *((one.where, one.table.source) for one in plan.sessions)]:
        _named(sources, source, (*where, "source"))
    people = await _people(plan, directory, organisation_id)
    meeting_id = uuid5(organisation_id, f"meeting/{plan.meeting.slug}")
    moved = starts_at.astimezone(UTC) - meeting.starts_at.astimezone(UTC) if starts_at else timedelta()

    async def says(kind: StreamKind, id: UUID, type_: str, where: Where, /, **fields: Any) -> None:
        with _errors_at(*where):
            command = parse_command(kind, {"type": type_, **fields})
        try:
            await commands.handle(organisation_id, kind, id, command, PLANNER, sender=sender)
        except Refused as error:
            raise _RefusedAt(where, error) from None

    def when(moment: datetime) -> datetime:
        return moment.astimezone(UTC) + moved  # not by the clock: summer time may end between

    await says(
        "meeting",
        meeting_id,
        "plan_meeting",
        ("meeting",),
        **meeting.model_dump(exclude={"body", "publish", "contacts", "starts_at", "ends_at"}),
        body_id=body_id,
        starts_at=when(meeting.starts_at),
        ends_at=when(meeting.ends_at),
    )
    rooms = {room.key: uuid5(meeting_id, f"room/{room.key}") for room in plan.room}
    for number, room in enumerate(plan.room):
        ids = {"room_id": rooms[room.key], "source_id": sources[room.source] if room.source else None}
        words = room.model_dump(exclude={"key", "source"})
        await says("meeting", meeting_id, "plan_room", ("room", number), room=words | ids)
    sessions = {one.key: uuid5(meeting_id, "/".join(_address(one))) for one in plan.sessions}
    for one in plan.sessions:
        await says(
            "session",
            sessions[one.key],
            "plan_session",
            one.where,
            meeting_id=meeting_id,
            body_id=body_id,
            public=not meeting.internal,
            room_id=rooms[one.table.room] if one.table.room else None,
            source_id=sources[one.table.source] if one.table.source else None,
            starts_at=when(one.starts_at),
            ends_at=when(one.ends_at),
            topics=[
                {
                    "title": topic.title,
                    "starts_at": at and when(at),
                    "presenter_ids": [people[key] for key in topic.presenters],
                }
                for topic, at in zip(one.table.topics, one.topics_at, strict=True)
            ],
            **_session(plan, one, people),
        )
    items = []
    for number, item in enumerate(plan.item):
        session_id = sessions[item.session or plan.sessions[0].key]
        items.append(uuid5(session_id, f"item/{number}"))
        marks = {name: getattr(item, name) for name in ("unlisted", "late_papers")}
        words = item.model_dump(exclude={"session", *marks})
        await says("session", session_id, "add_item", ("item", number), item_id=items[-1], **words)
        if any(marks.values()):
            await says("session", session_id, "mark_item", ("item", number), item_id=items[-1], **marks)
    await _own_items(commands, organisation_id, meeting_id, sessions.values(), sender)
    if meeting.publish:
        await says("meeting", meeting_id, "publish_meeting", ("meeting",))
    planned = await commands.meeting(organisation_id, meeting_id)
    states = [await commands.session(organisation_id, id_) for id_ in sessions.values()]
    return Planned(
        organisation_id=organisation_id,
        meeting_id=meeting_id,
        session_id=sessions[plan.sessions[0].key],
        bodies=bodies,
        people=people,
        sources=sources,
        rooms=rooms,
        sessions=sessions,
        items=tuple(items),
        clashes=clashes(slot for state in states if (slot := Slot.of(state))),
        uninvited=await without_address(directory, organisation_id, planned.rooms, states),
    )


async def _own_items(
    commands: Commands, organisation_id: UUID, meeting_id: UUID, sessions: Iterable[UUID], sender: str
) -> None:
    """To be done after the plan's own items, and before it is published."""
    meeting = await commands.meeting(organisation_id, meeting_id)
    for id_ in sessions:
        if command := own_item(meeting, await commands.session(organisation_id, id_)):
            await commands.handle(organisation_id, "session", id_, command, PLANNER, sender=sender)


def _address(session: PlannedSession) -> tuple[str, ...]:
    """What its id is made of: the only one's place, or its key, never its title."""
    return ("session",) if len(session.where) == 1 else ("session", session.key)


def _session(plan: Plan, session: PlannedSession, people: Mapping[str, UUID]) -> dict[str, Any]:
    """What a session tells of itself, and who is in it."""
    table = session.table
    contacts = () if table.kind == "break" else plan.meeting.contacts
    in_conference = plan.meeting.kind == "conference"
    return {
        "kind": table.kind,
        "title": session.title,
        "description": table.description,
        "by_itself": in_conference if table.by_itself is None else table.by_itself,
        "rules": table.rules.model_dump() if isinstance(table.rules, DebateRules) else None,
        "chair_id": people[table.chair] if table.chair else None,
        "presenter_ids": [people[key] for key in table.presenters],
        "contact_ids": [people[key] for key in (contacts if table.contacts is None else table.contacts)],
        "members": [
            {
                "person_id": people[person.key],
                "group": person.group_short or None,
                "rights": person.rights.model_dump(),
                "seat": person.seat,
                "substitutes_for": people[person.substitutes_for] if person.substitutes_for else None,
                "list_order": person.list_order,
            }
            for person in plan.person
            if (person.member if table.members is None else person.key in table.members)
        ],
    }


class _RefusedAt(Refused):
    """The rules do not allow what stands here."""

    def __init__(self, where: Where, error: Refused) -> None:
        super().__init__(error.rule, error.detail)
        self.where = (*where, "slug") if where == ("meeting",) else where


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
            person = Person(id=known[table.key], organisation_id=organisation_id, **shown)
            await directory.put_person(person, await _contact(table, person, directory))
    return known


async def _contact(table: PersonTable, person: Person, directory: Directory) -> Contact | None:
    """How to reach somebody, where the file says anything of it; what it does not say stays."""
    if table.email is None:
        return None
    known = await directory.contact(person.organisation_id, person.id) or Contact()
    return known.model_copy(update={"email": table.email})


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
