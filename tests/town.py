"""A small municipality in a real database, for tests of the service: says what happens, and answers."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import SecretStr

from orchestrator.chat import Chat
from orchestrator.clock import Clock, WallClock
from orchestrator.commands import Commands, Handled
from orchestrator.domain.codec import COMMANDS, StreamKind, parse_command
from orchestrator.domain.roles import Actor, Role
from orchestrator.people import People
from orchestrator.projector import Projector
from orchestrator.reasons import Reasons
from orchestrator.references import DirectoryReferences
from orchestrator.states import States
from orchestrator.store.chat import ChatLines
from orchestrator.store.directory import Directory
from orchestrator.store.events import EventStore
from orchestrator.store.pool import Pool
from orchestrator.store.reasons import ReasonStore
from orchestrator.store.records import Body, Organisation, Person, Source
from orchestrator.store.secrets import Vault, new_key
from orchestrator.store.views import Views

EVERYONE = Actor(frozenset(Role) - {Role.PARTICIPANT})
CHAIR = Actor(frozenset({Role.CHAIR}))
KEY = new_key()
ITEM: dict[str, Any] = {"kind": "report_item", "title": "Melding om skolebruk", "case_number": "47/26"}
NAMES = ("Kari Nordli", "Ola Vik", "Siri Moen", "Per Haug")


class Node:
    """What one process of the service holds: its own memory over the shared database."""

    def __init__(self, pool: Pool, clock: Clock | None = None) -> None:
        self.pool = pool
        self.clock = clock or WallClock()
        self.events = EventStore(pool, Vault(KEY))
        self.views = Views(pool)
        self.directory = Directory(pool, Vault(KEY))
        self.states = States(self.events)
        self.projector = Projector(pool, self.events, self.states)
        self.people = People(self.directory, self.clock)
        references = DirectoryReferences(self.directory, self.views, self.states)
        self.commands = Commands(self.events, self.states, references, self.projector, self.clock)
        self.chat = Chat(ChatLines(pool), self.commands, self.people, self.clock)
        self.reasons = Reasons(ReasonStore(pool), self.commands, self.clock)


@dataclass
class Town:
    """A municipality with a body, four people and a source, spoken to through ``node``."""

    node: Node
    organisation_id: UUID
    body_id: UUID = field(default_factory=uuid4)
    source_id: UUID = field(default_factory=uuid4)
    people: tuple[UUID, ...] = field(default_factory=lambda: tuple(uuid4() for _ in NAMES))

    async def says(
        self,
        stream: UUID,
        type_: str,
        by: Actor = EVERYONE,
        *,
        on: Node | None = None,
        if_match: int | None = None,
        key: str | None = None,
        **fields: Any,
    ) -> Handled:
        """Send a command to a meeting or session."""
        kind: StreamKind = "meeting" if type_ in COMMANDS["meeting"] else "session"
        command = parse_command(kind, {"type": type_, **fields})
        commands = (on or self.node).commands
        return await commands.handle(
            self.organisation_id, kind, stream, command, by, if_match=if_match, key=key
        )

    async def plans_meeting(self, slug: str = "kommunestyret", **fields: Any) -> UUID:
        """A published meeting."""
        meeting_id = uuid4()
        now = self.node.clock.now()
        plan: dict[str, Any] = {
            "slug": slug,
            "title": "Kommunestyret",
            "body_id": self.body_id,
            "starts_at": now,
            "ends_at": now + timedelta(hours=3),
        }
        await self.says(meeting_id, "plan_meeting", **(plan | fields))
        await self.says(meeting_id, "publish_meeting")
        return meeting_id

    async def plans_session(self, meeting_id: UUID, /, **fields: Any) -> UUID:
        """A session of a meeting, with everybody in it."""
        session_id = uuid4()
        now = self.node.clock.now()
        plan: dict[str, Any] = {
            "meeting_id": meeting_id,
            "title": "Kommunestyret",
            "starts_at": now,
            "ends_at": now + timedelta(hours=3),
            "source_id": self.source_id,
            "members": [{"person_id": person_id, "group": "SP"} for person_id in self.people],
        }
        await self.says(session_id, "plan_session", **(plan | fields))
        return session_id

    async def debates(self) -> tuple[UUID, UUID]:
        """An open session with everybody present and an item being treated; their ids."""
        session_id = await self.plans_session(await self.plans_meeting())
        item_id = uuid4()
        await self.says(session_id, "add_item", item_id=item_id, **ITEM)
        await self.says(session_id, "open_session")
        await self.says(session_id, "call_roll", present=self.people)
        await self.says(session_id, "open_item", item_id=item_id)
        return session_id, item_id


async def founded(node: Node, slug: str = "fjellvik") -> Town:
    """A municipality with what it needs to hold a meeting."""
    town = Town(node, uuid4())
    port = 20000 + len(await node.directory.all_sources())
    await node.directory.put_organisation(Organisation(id=town.organisation_id, name="Fjellvik", slug=slug))
    await node.directory.put_body(
        Body(
            id=town.body_id, organisation_id=town.organisation_id, name="Kommunestyret", slug="kommunestyret"
        )
    )
    for id_, name in zip(town.people, NAMES, strict=True):
        await node.directory.put_person(Person(id=id_, organisation_id=town.organisation_id, name=name))
    await node.directory.put_source(
        Source(
            id=town.source_id,
            organisation_id=town.organisation_id,
            name="Kommunestyresalen",
            slug="salen",
            kind="srt",
            port=port,
            passphrase=SecretStr("fiktivt-passord"),
        )
    )
    return town
