"""A fictional conference for tests: two days, parallel sessions, a shared room; time is the test's."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.domain import meeting, session
from orchestrator.domain.codec import parse_command
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.state import SessionState
from orchestrator.store.records import Person
from orchestrator.store.rooms import RoomStanding
from orchestrator.web.dates import OSLO
from orchestrator.web.pages.programme import Programme, SessionLine, programme_view
from tests.domain.hall import SECRETARY, named

FJELLVIK = named("fjellvik")
PLANNED = datetime(2026, 3, 2, 12, 0, tzinfo=OSLO)
PEOPLE = {
    "marit": ("Marit Solbakk", "ordfører", ""),
    "jon": ("Jon Elvestad", "kommunedirektør", ""),
    "eli": ("Eli Brekke", "IT-rådgiver", "900 00 001"),
    "nils": ("Nils Haugen", "", "900 00 002"),
    "secret": ("Siri Moen", "", ""),
}


def clock(text: str, day: int = 5) -> datetime:
    """A time in May 2026 in Norway, such as 09:15."""
    hour, minute = map(int, text.split(":"))
    return datetime(2026, 5, day, hour, minute, tzinfo=OSLO)


@dataclass
class Conference:
    """The meeting, its sessions by name, and how its rooms stand."""

    now: datetime = field(default_factory=lambda: clock("08:00"))
    meeting: MeetingState = field(default_factory=lambda: meeting.initial(named("conference")))
    sessions: dict[str, SessionState] = field(default_factory=dict)
    rooms: dict[UUID, RoomStanding] = field(default_factory=dict)
    people: dict[UUID, Person] = field(default_factory=dict)
    recorded: set[UUID] = field(default_factory=set)

    def __post_init__(self) -> None:
        for key, (name, title, phone) in PEOPLE.items():
            self.people[named(key)] = Person(
                id=named(key), organisation_id=FJELLVIK, name=name, title=title, help_phone=phone
            )

    def says(self, type_: str, *, at: datetime | None = None, **fields: Any) -> None:
        """A command to the meeting."""
        command = parse_command("meeting", {"type": type_, **fields})
        for event in meeting.decide(self.meeting, command, at or PLANNED, SECRETARY):
            self.meeting = meeting.evolve(self.meeting, event)

    def tells(self, name: str, type_: str, *, at: datetime | None = None, **fields: Any) -> None:
        """A command to a session."""
        state = self.sessions.get(name) or session.initial(named(name))
        command = parse_command("session", {"type": type_, **fields})
        for event in session.decide(state, command, at or PLANNED, SECRETARY):
            state = session.evolve(state, event)
        self.sessions[name] = state

    def plans(self, name: str, start: str, end: str, day: int = 5, **fields: Any) -> None:
        """A session; its title is the name unless one is given."""
        plan: dict[str, Any] = {"meeting_id": named("conference"), "title": name}
        times = {"starts_at": clock(start, day), "ends_at": clock(end, day)}
        self.tells(name, "plan_session", **(plan | times | fields))

    def opens_room(self, name: str, state: Any = "open", door: Any = "open") -> None:
        """The room is verified and people may come in."""
        self.rooms[named(name)] = RoomStanding(
            named(name), FJELLVIK, state, self.now, door=door, verified_at=self.now
        )

    def view(self) -> Programme:
        """The programme as anybody sees it now."""
        sessions = self.sessions.values()
        return programme_view(
            self.meeting, sessions, self.people, self.rooms, self.now, recorded=self.recorded
        )

    def line(self, name: str) -> SessionLine:
        """One session of it."""
        return next(line for line in self.view().lines if line.session_id == named(name))


def announced() -> Conference:
    """A conference that has been announced, with nothing in it yet."""
    held = Conference()
    held.says(
        "plan_meeting",
        kind="conference",
        slug="dialogkonferanse-1",
        title="Dialogkonferanse 1: budsjett og økonomiplan",
        description="Vi starter arbeidet med økonomiplanen sammen. Alle er velkomne til å følge med.",
        place="Fjellvik rådhus og digitalt",
        starts_at=clock("09:00"),
        ends_at=clock("12:00", 6),
    )
    held.says("publish_meeting")
    return held


def planned() -> Conference:
    """The whole conference."""
    held = announced()
    for key, name, provider, more in (
        ("plenum", "Plenumssalen", "embedded", {}),
        ("oppvekst", "Rom Oppvekst", "teams", {}),
        ("lunsj", "Lunsjrom", "embedded", {"social": True, "open_microphones": True}),
        ("teknisk", "Rom Teknisk", "link", {"url": "https://moterom.example/hemmelig-lenke"}),
    ):
        held.says("plan_room", room={"room_id": named(key), "name": name, "provider": provider, **more})
    plenum: dict[str, Any] = {"room_id": named("plenum"), "source_id": named("source")}
    help_: dict[str, Any] = {"contact_ids": [named("eli"), named("nils")]}
    held.plans(
        "Innledning",
        "09:00",
        "10:00",
        description="Velkommen, og hva dagen skal føre til.",
        presenter_ids=[named("marit")],
        topics=[
            {"title": "Velkommen", "starts_at": clock("09:00"), "presenter_ids": [named("marit")]},
            {
                "title": "Økonomisk utvikling og rammer for planperioden",
                "starts_at": clock("09:15"),
                "presenter_ids": [named("jon")],
            },
            {"title": "Spørsmål fra salen"},
        ],
        **plenum,
        **help_,
    )
    held.plans("Kaffe", "10:00", "10:15", kind="break", title="Kaffepause")
    held.plans(
        "Oppvekst",
        "10:15",
        "11:30",
        kind="parallel",
        title="Oppvekst: struktur, kompetanse og ressurser",
        room_id=named("oppvekst"),
        contact_ids=[named("nils")],
        topics=[{"title": "Skolestruktur"}, {"title": "Rekruttering til barnehagene"}],
    )
    held.plans(
        "Teknisk",
        "10:15",
        "11:30",
        kind="parallel",
        title="Tekniske områder",
        room_id=named("teknisk"),
        contact_ids=[named("eli")],
    )
    held.plans("Lunsj", "11:30", "12:15", kind="break")
    held.plans("Lunsjrom", "11:30", "12:15", kind="social", title="Lunsjprat", room_id=named("lunsj"))
    held.plans("Gruppearbeid", "12:15", "14:00", kind="breakout", room_id=named("oppvekst"), **help_)
    held.plans("Oppsummering", "14:15", "15:00", title="Gjennomgang av gruppearbeid", **plenum, **help_)
    held.plans("Orientering", "09:00", "10:30", 6, kind="briefing", title="Orienteringer", **plenum, **help_)
    return held
