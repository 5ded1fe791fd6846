"""What the service will do by itself, when, and what IT has decided of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.store.rooms import RoomStanding
from orchestrator.web.dates import clock
from orchestrator.web.i18n import translations
from orchestrator.web.pages.day import RoomFacts
from orchestrator.web.pages.room_words import STEPS


@dataclass(frozen=True)
class Due:
    """One thing that is due. ``decided``: by IT, in words; ``written``: its time, HH:MM."""

    target_id: UUID
    kind: str
    at: datetime
    what: str
    whose: str
    state: str
    done: bool
    never: bool
    may_be_now: bool
    decided: str
    written: str

    @property
    def key(self) -> str:
        """For ids in the page."""
        return f"{self.kind}-{self.target_id}"


def due(
    rooms: Iterable[RoomFacts], start: datetime, end: datetime, now: datetime, language: str
) -> list[Due]:
    """What is due between ``start`` and ``end``, in order of time; what is never to be stands at its own."""
    found = [
        _line(facts, kind, at, now, language)
        for facts in rooms
        for kind, own in facts.own.items()
        if own and start <= (at := facts.steps.get(kind) or own) < end
    ]
    return sorted(found, key=lambda one: (one.at, one.whose, one.kind))


def _line(facts: RoomFacts, kind: str, at: datetime, now: datetime, language: str) -> Due:
    t = translations(language)
    mark = facts.marks.get(kind)
    never = facts.steps.get(kind) is None
    done = not never and at <= now and is_done(kind, facts.standing, at)
    if never:
        state, decided = t.gettext("Gjøres ikke"), t.gettext("IT har bestemt at dette ikke gjøres.")
    else:
        late = t.gettext("Ikke gjort ennå") if at <= now else t.gettext("Venter")
        state = t.gettext("Gjort") if done else late
        moved = mark is not None and mark.at is not None
        own = facts.own[kind]
        decided = t.gettext("Flyttet av IT fra kl. %(time)s.") % {"time": clock(own)} if moved and own else ""
    return Due(
        target_id=facts.room.room_id,
        kind=kind,
        at=at,
        what=t.gettext(STEPS[kind]),
        whose=facts.room.name,
        state=state,
        done=done,
        never=never,
        may_be_now=kind != "delete_room" or facts.standing is None or facts.standing.state == "closed",
        decided=decided,
        written=clock(at),
    )


def is_done(kind: str, standing: RoomStanding | None, at: datetime) -> bool:
    """Whether what was due at ``at`` shows in how the room stands."""
    if standing is None:
        return kind == "delete_room"
    match kind:
        case "create_room":
            return standing.state != "asked"
        case "open_lobby":
            return standing.state == "closed" or standing.joinable
        case "close_room":
            return standing.state == "closed"
        case "delete_room":
            return False
        case _:
            return standing.verified_at is not None and standing.verified_at >= at
