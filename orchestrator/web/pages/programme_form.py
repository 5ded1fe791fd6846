"""The forms that plan a programme: filled in from what is planned, and read into commands. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from functools import partial
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from orchestrator.domain.base import Command
from orchestrator.domain.clashes import Clash
from orchestrator.domain.codec import StreamKind, parse_command
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.programme import Topic
from orchestrator.domain.rooms import Room
from orchestrator.domain.state import Member, SessionState
from orchestrator.rooms.uninvited import Uninvited
from orchestrator.store.records import Person
from orchestrator.web.dates import OSLO, clock, day, local
from orchestrator.web.field_words import in_words
from orchestrator.web.i18n import N_, translations
from orchestrator.web.problems import field_errors

KINDS: Final = {
    "plenary": N_("Plenum"),
    "parallel": N_("Parallellsesjon"),
    "breakout": N_("Gruppearbeid"),
    "briefing": N_("Orientering"),
    "social": N_("Uformelt"),
    "break": N_("Pause"),
}
PRODUCTS: Final = {
    "embedded": N_("Her i tjenesten"),
    "teams": "Microsoft Teams",
    "livekit": "LiveKit",
    "link": N_("Et annet produkt (adresse)"),
}
SETTINGS: Final = ("lobby", "observers", "open_microphones", "social", "recorded")
_TOPIC: Final = re.compile(r"(?:(\d{1,2})[.:](\d{2})(?:\s+|$))?([^|]*)(?:\|(.*))?")
_FIELDS: Final = {"starts_at": "start", "ends_at": "end"}
"""What the form calls a field of the command."""
_TIMES: Final = {"date", "start", "end"}
"""What is wrong with one of them leaves the others without a moment."""


class Written:
    """What a form leads to: a command, or what is wrong by the form's own names."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.errors: dict[str, str] = {}
        self.command: Command | None = None

    def wrong(self, field: str, rule: str) -> None:
        """``rule``: as field_words.py has it."""
        self.errors.setdefault(field, in_words(rule, rule, {}, self.language))

    def parse(self, kind: StreamKind, data: Mapping[str, Any]) -> None:
        """Make the command, unless something is wrong."""
        try:
            command = parse_command(kind, dict(data))
        except ValidationError as error:
            for one in field_errors(error, partial(in_words, language=self.language)):
                name = one.field.removeprefix("room.").partition(".")[0]
                name = _FIELDS.get(name, name)
                if name not in _TIMES or not self.errors.keys() & _TIMES:
                    self.errors.setdefault(name, one.message)
        else:
            self.command = None if self.errors else command


def session_values(
    state: SessionState | None,
    meeting: MeetingState,
    id_: UUID,
    members: Iterable[UUID],
    names: Mapping[UUID, str],
) -> dict[str, str]:
    """The form of a planned session, or of a new one on the meeting's first day with ``members``."""
    starts_at = (state and state.starts_at) or meeting.starts_at
    values = {"id": str(id_), "date": f"{local(starts_at):%Y-%m-%d}" if starts_at else "", "kind": "plenary"}
    values |= {f"member-{key}": "on" for key in members}
    if state is None:
        return values | {"by_itself": "on"}
    assert state.starts_at
    assert state.ends_at
    return values | {
        "title": state.title,
        "kind": state.kind,
        "start": f"{local(state.starts_at):%H:%M}",
        "end": f"{local(state.ends_at):%H:%M}",
        "description": state.description,
        "topics": "\n".join(_topic_line(one, names) for one in state.topics),
        "room_id": str(state.room_id or ""),
        "source_id": str(state.source_id or ""),
        "chair_id": str(state.chair_id or ""),
        "by_itself": "on" if state.by_itself else "",
        **{f"presenter-{key}": "on" for key in state.presenter_ids},
        **{f"contact-{key}": "on" for key in state.contact_ids},
    }


def read_session(
    values: Mapping[str, str],
    plan: Mapping[str, Any],
    meeting: MeetingState,
    people: Sequence[Person],
    *,
    members: Mapping[UUID, Member],
    language: str,
) -> Written:
    """``plan``: what the form does not say, with the command's type. ``members``: as they are known."""
    written = Written(language)
    start, end = _times(values, meeting, written)
    room_id = values.get("room_id") or None
    room = next((one for key, one in meeting.rooms.items() if str(key) == room_id), None)
    if values.get("kind") == "social" and room and room.recorded:
        written.wrong("room_id", "is recorded: a social session never is")
    chosen = {
        name: [one.id for one in people if values.get(f"{name}-{one.id}")]
        for name in ("member", "presenter", "contact")
    }
    asked: dict[str, Any] = {
        **plan,
        "meeting_id": meeting.meeting_id,
        "title": values.get("title", ""),
        "kind": values.get("kind", ""),
        "starts_at": start,
        "ends_at": end,
        "description": values.get("description", "").strip(),
        "topics": _topics(values.get("topics", ""), start, end, people, written),
        "room_id": room_id,
        "source_id": values.get("source_id") or None,
        "chair_id": values.get("chair_id") or None,
        "by_itself": bool(values.get("by_itself")),
        "presenter_ids": chosen["presenter"],
        "contact_ids": chosen["contact"],
        "members": [
            members.get(one.id) or Member(person_id=one.id, group=one.group_short or None)
            for one in people
            if one.id in chosen["member"]
        ],
    }
    written.parse("session", asked)
    return written


def room_values(room: Room | None, id_: UUID) -> dict[str, str]:
    """The form of a planned room, or of a new one."""
    if room is None:
        return {"room_id": str(id_), "provider": "embedded", "lobby": "on", "observers": "on"}
    values = {"room_id": str(id_), "name": room.name, "provider": room.provider, "url": room.url or ""}
    values["source_id"] = str(room.source_id or "")
    return values | {name: "on" if getattr(room, name) else "" for name in SETTINGS}


def read_room(values: Mapping[str, str], known: Room | None, room_id: UUID, language: str) -> Written:
    """The room planned, or planned anew; its product stays."""
    written = Written(language)
    room = {
        "room_id": room_id,
        "name": values.get("name", ""),
        "provider": known.provider if known else values.get("provider", ""),
        "url": values.get("url", "").strip() or None,
        "source_id": values.get("source_id") or None,
        **{name: bool(values.get(name)) for name in SETTINGS},
    }
    written.parse("meeting", {"type": "change_room" if known else "plan_room", "room": room})
    return written


def clash_words(
    clash: Clash, rooms: Mapping[UUID, Room], people: Mapping[UUID, Person], language: str
) -> str:
    """One sentence that says which sessions clash, when, and over what."""
    t = translations(language)
    shared = [t.gettext("rommet «%(name)s»") % {"name": rooms[clash.room_id].name}] if clash.room_id else []
    for words, ids in (
        (t.gettext("innlederen %(name)s"), clash.presenter_ids),
        (t.gettext("hjelpekontakten %(name)s"), clash.contact_ids),
    ):
        shared += [
            words % {"name": name} for name in sorted(people[id_].name for id_ in ids if id_ in people)
        ]
    return t.gettext("«%(first)s» og «%(second)s» overlapper %(when)s og deler %(shared)s.") % {
        "first": clash.first.title,
        "second": clash.second.title,
        "when": f"{day(clash.second.starts_at, language)} {clock(clash.second.starts_at)}",
        "shared": ", ".join(shared),
    }


def uninvited_words(one: Uninvited, people: Mapping[UUID, Person], language: str) -> str:
    """One sentence that says who keeps which room shut, and why."""
    t = translations(language)
    words = t.gettext(
        "%(name)s leder eller innleder %(sessions)s og har ingen e-postadresse. "
        "Rommet «%(room)s» åpner ikke før den er lagt inn."
    )
    sessions = ", ".join(f"«{title}»" for title in one.titles)
    return words % {"name": people[one.person_id].name, "sessions": sessions, "room": one.room.name}


def _times(
    values: Mapping[str, str], meeting: MeetingState, written: Written
) -> tuple[datetime | None, datetime | None]:
    try:
        date = datetime.fromisoformat(values.get("date", "")).date()
    except ValueError:
        written.wrong("date", "datetime_parsing" if values.get("date") else "missing")
        return None, None
    if meeting.starts_at and meeting.ends_at:
        first, last = local(meeting.starts_at).date(), local(meeting.ends_at).date()
        if not first <= date <= last:
            written.wrong("date", "outside the days of the meeting")
    found: list[datetime | None] = []
    for name in ("start", "end"):
        try:
            found.append(datetime.combine(date, time.fromisoformat(values.get(name, "")), OSLO))
        except ValueError:
            written.wrong(name, "time of day" if values.get(name) else "missing")
            found.append(None)
    return found[0], found[1]


def _topics(
    text: str, start: datetime | None, end: datetime | None, people: Sequence[Person], written: Written
) -> list[dict[str, Any]]:
    ids = {person.name.casefold(): person.id for person in people}
    found = []
    for line in filter(None, (one.strip() for one in text.splitlines())):
        match = _TOPIC.fullmatch(line)
        assert match is not None
        hour, minute, title, who = match.groups()
        at = None
        if hour and start and end:
            try:
                at = datetime.combine(local(start).date(), time(int(hour), int(minute)), OSLO)
            except ValueError:
                written.wrong("topics", "time of day")
            if at and not start <= at < end:
                written.wrong("topics", "outside the session")
        names = [name.strip().casefold() for name in (who or "").split(",") if name.strip()]
        if not ids.keys() >= set(names):
            written.wrong("topics", "nobody of this name")
        presenters = [ids[name] for name in names if name in ids]
        found.append({"title": title.strip(), "starts_at": at, "presenter_ids": presenters})
    return [] if "topics" in written.errors else found


def _topic_line(topic: Topic, names: Mapping[UUID, str]) -> str:
    at = f"{local(topic.starts_at):%H.%M} " if topic.starts_at else ""
    who = ", ".join(names[id_] for id_ in topic.presenter_ids if id_ in names)
    return f"{at}{topic.title}{f' | {who}' if who else ''}"
