"""What is wrong with a plan that no table alone can know."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ValidationError

from orchestrator.domain.planning import PlanSession
from orchestrator.domain.rooms import Room
from orchestrator.domain.substitutes import misplaced
from orchestrator.plan_tables import OSLO, OneOfSeveral, PersonTable, Plan, PlannedSession, Where

Mistake: TypeAlias = tuple[Where, str]
_SOME = UUID(int=0)
"""In place of whatever id: the domain's own rules are asked before anything is made."""
_CALLED = {"room_id": "room", "source_id": "source"}
"""What a file calls a field of the domain."""


def mistakes(plan: Plan) -> Iterator[Mistake]:
    """Each by its place in the file. Bodies and sources may also be the organisation's own already."""
    people = {person.key: person for person in plan.person}
    yield from _people(plan.person)
    yield from _helpers(("meeting", "contacts"), plan.meeting.contacts, people)
    if plan.meeting.ends_at <= plan.meeting.starts_at:
        yield ("meeting", "ends_at"), "must be after starts_at"
    yield from _rooms(plan)
    yield from _used_twice((one.where, one.key) for one in plan.sessions)
    for session in plan.sessions:
        yield from _session(plan, session, people)
    yield from _items(plan)


def _people(people: tuple[PersonTable, ...]) -> Iterator[Mistake]:
    keys = {person.key for person in people}
    yield from _used_twice((("person", number), person.key) for number, person in enumerate(people))
    for number, person in enumerate(people):
        if person.substitutes_for:
            yield from _unknown(("person", number, "substitutes_for"), person.substitutes_for, keys)
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


def _rooms(plan: Plan) -> Iterator[Mistake]:
    yield from _used_twice((("room", number), room.key) for number, room in enumerate(plan.room))
    for number, room in enumerate(plan.room):
        values = room.model_dump(exclude={"key", "source"})
        source_id = _SOME if room.source else None
        yield from _refused(Room, ("room", number), room_id=_SOME, source_id=source_id, **values)


def _session(plan: Plan, session: PlannedSession, people: Mapping[str, PersonTable]) -> Iterator[Mistake]:
    where, table = session.where, session.table
    named: list[tuple[Where, tuple[str, ...]]] = [
        (("presenters",), table.presenters),
        (("members",), table.members or ()),
        *((("topics", number, "presenters"), one.presenters) for number, one in enumerate(table.topics)),
    ]
    if table.chair:
        yield from _unknown((*where, "chair"), table.chair, people)
    for field, keys in named:
        for number, key in enumerate(keys):
            yield from _unknown((*where, *field, number), key, people)
    yield from _helpers((*where, "contacts"), table.contacts or (), people)
    yield from _times(plan, session)
    rooms = {room.key: room for room in plan.room}
    if table.room and table.room not in rooms:
        yield (*where, "room"), f"no room in this file is called {table.room}"
    elif table.room and table.kind == "social" and rooms[table.room].recorded:
        yield (*where, "room"), f"{table.room} is recorded: a social session never is"
    if session.ends_at > session.starts_at:
        yield from _refused(
            PlanSession,
            where,
            meeting_id=_SOME,
            kind=table.kind,
            title=session.title,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            room_id=_SOME if table.room else None,
            source_id=_SOME if table.source else None,
            description=table.description,
            topics=[
                {"title": topic.title, "starts_at": at}
                for topic, at in zip(table.topics, session.topics_at, strict=True)
            ],
        )


def _times(plan: Plan, session: PlannedSession) -> Iterator[Mistake]:
    where, table = session.where, session.table
    if (table.starts_at or table.ends_at) and session.ends_at <= session.starts_at:
        yield (*where, "ends_at"), "must be after starts_at"
    if not isinstance(table, OneOfSeveral):
        return
    if table.day and isinstance(table.starts_at, datetime):
        yield (*where, "day"), "is for times of day: starts_at names its own"
    first, last = (at.astimezone(OSLO).date() for at in (plan.meeting.starts_at, plan.meeting.ends_at))
    end = session.ends_at - timedelta(microseconds=1)
    for field, at in (("starts_at", session.starts_at), ("ends_at", end)):
        if not first <= at.astimezone(OSLO).date() <= last:
            yield (*where, field), "is outside the days of the meeting"


def _items(plan: Plan) -> Iterator[Mistake]:
    keys = [one.key for one in plan.sessions]
    for number, item in enumerate(plan.item):
        if item.session is None and len(keys) > 1:
            yield ("item", number, "session"), "is required where there are several sessions"
        elif item.session is not None and item.session not in keys:
            yield ("item", number, "session"), f"no session in this file is called {item.session}"


def _helpers(where: Where, keys: Iterable[str], people: Mapping[str, PersonTable]) -> Iterator[Mistake]:
    for number, key in enumerate(keys):
        yield from _unknown((*where, number), key, people)
        if key in people and not people[key].help_phone:
            yield (*where, number), f"{key} has no help_phone for people to call"


def _unknown(where: Where, key: str, people: Iterable[str]) -> Iterator[Mistake]:
    if key not in people:
        yield where, f"nobody in this file is called {key}"


def _used_twice(keys: Iterable[tuple[Where, str]]) -> Iterator[Mistake]:
    before: set[str] = set()
    for where, key in keys:
        if key in before:
            yield (*where, "key"), "is used twice"
        before.add(key)


def _refused(model: type[BaseModel], where: Where, **values: Any) -> Iterator[Mistake]:
    """What the domain has against it, at the field that it names."""
    try:
        model(**values)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            path, said = one["loc"], one["msg"].removeprefix("Value error, ")
            field, _, rest = said.partition(": ")
            if not path and field in model.model_fields:
                path, said = (field,), rest
            yield (*where, *(_CALLED.get(str(part), part) for part in path)), said
