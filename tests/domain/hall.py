"""A small council for the domain's tests: says what happens, and answers with the state."""

from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID, uuid5

from orchestrator.domain import session
from orchestrator.domain.base import Event
from orchestrator.domain.codec import parse_command
from orchestrator.domain.roles import Actor, Role
from orchestrator.domain.state import SessionState

NAMESPACE = UUID("6f6a4a8e-0f36-4f6b-9d0f-3a1b5d1e7c11")
START = datetime(2026, 5, 5, 16, 0, tzinfo=UTC)
CHAIR = Actor(frozenset({Role.CHAIR}))
SECRETARY = Actor(frozenset({Role.SECRETARY, Role.ADMINISTRATOR}))
IT = Actor(frozenset({Role.IT_SUPPORT}))


@cache
def named(name: str) -> UUID:
    """The same UUID for the same name."""
    return uuid5(NAMESPACE, name)


def member(name: str) -> Actor:
    """A participant by name."""
    return Actor(frozenset({Role.PARTICIPANT}), named(name))


class Hall:
    """One session, driven by commands; ``tick`` seconds pass before each."""

    def __init__(self, tick: float = 1.0) -> None:
        self.state: SessionState = session.initial(named("session"))
        self.events: list[Event] = []
        self.now = START
        self.tick = tick

    def says(self, type_: str, by: Actor = CHAIR, /, **fields: object) -> list[Event]:
        """Send a command; returns its events or raises ``Refused``."""
        self.now += timedelta(seconds=self.tick)
        command = parse_command("session", {"type": type_, **fields})
        events = session.decide(self.state, command, self.now, by)
        for event in events:
            self.state = session.evolve(self.state, event)
            self.events.append(event)
        return events

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


PEOPLE = ("kari", "ola", "siri", "per", "anne")


def planned(**fields: object) -> Hall:
    """A session planned with five members and three items."""
    hall = Hall()
    members = [
        {"person_id": named(name), "group": "SP" if name in ("kari", "per") else "AP"} for name in PEOPLE
    ]
    plan: dict[str, object] = {
        "meeting_id": named("meeting"),
        "title": "Kommunestyret",
        "starts_at": START,
        "ends_at": START + timedelta(hours=3),
        "members": members,
        "source_id": named("source"),
        "chair_id": named("anne"),
    }
    hall.says("plan_session", SECRETARY, **(plan | fields))
    hall.says("add_item", SECRETARY, item_id=named("one"), title="Godkjenning av saksliste")
    hall.says(
        "add_item", SECRETARY, item_id=named("two"), title="Reguleringsplan Elvebakken", case_number="47/26"
    )
    hall.says(
        "add_item",
        SECRETARY,
        item_id=named("secret"),
        title="Oppsigelse av Nils Hemmelig",
        public_title="Personalsak",
        case_number="48/26",
        restricted=True,
    )
    return hall


def opened(**fields: object) -> Hall:
    """The same session, open, everyone present."""
    hall = planned(**fields)
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in PEOPLE])
    return hall


def debating(**fields: object) -> Hall:
    """The same session, treating item two."""
    hall = opened(**fields)
    hall.says("open_item", item_id=named("two"))
    return hall


def asks(hall: Hall, name: str, request: str, **fields: object) -> None:
    """A member asks for the floor."""
    hall.says("request_floor", member(name), request_id=named(request), person_id=named(name), **fields)
