"""The log, its arrows and the directory: what service and command line share, without media and web."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from orchestrator.chat import Chat
from orchestrator.clock import SteeredClock, WallClock
from orchestrator.commands import Commands
from orchestrator.people import People
from orchestrator.projector import Projector
from orchestrator.reasons import Reasons
from orchestrator.references import DirectoryReferences
from orchestrator.settings import Settings, encryption_key
from orchestrator.states import States
from orchestrator.store.access import Access
from orchestrator.store.chat import ChatLines
from orchestrator.store.directory import Directory
from orchestrator.store.embedded import embedded_database
from orchestrator.store.events import EventStore
from orchestrator.store.migrate import MigrationError, migrate, pending
from orchestrator.store.pool import Pool, database_now, open_pool
from orchestrator.store.reasons import ReasonStore
from orchestrator.store.secrets import Vault
from orchestrator.store.views import Views


@dataclass(frozen=True)
class Database:
    """Where the log lies; ``direct`` never leads through a pooler."""

    dsn: str
    direct: str


@dataclass(frozen=True)
class Core:
    """See services.Services, which has all of these."""

    settings: Settings
    database: Database
    key: bytes
    clock: SteeredClock
    pool: Pool
    events: EventStore
    directory: Directory
    access: Access
    views: Views
    states: States
    commands: Commands
    projector: Projector
    people: People
    chat: Chat
    reasons: Reasons


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    """PostgreSQL as set, else our own in the data directory for as long as the block lasts."""
    if settings.dsn is not None:
        dsn = settings.dsn.get_secret_value()
        yield Database(dsn, (settings.direct_dsn or settings.dsn).get_secret_value())
        return
    async with embedded_database(settings.data_dir / "postgres") as dsn:
        yield Database(dsn, dsn)


@asynccontextmanager
async def core(
    settings: Settings, *, migrating: bool = False, clock: SteeredClock | None = None
) -> AsyncIterator[Core]:
    """Everything but media and web for as long as the block lasts, its views up to date.

    ``clock``: instead of the machine's own. Raises MigrationError if the schema is not this program's,
    unless it is ``migrating`` itself.
    """
    key = encryption_key(settings)
    async with database(settings) as where:
        if migrating:
            await migrate(where.direct)
        async with open_pool(where.dsn, size=settings.pool_size) as pool:
            if missing := await pending(pool):
                raise MigrationError(f"run «orchestrator migrate» first: {', '.join(missing)} not applied")
            clock = clock or WallClock()
            asked_at = clock.monotonic()
            clock.steer(await database_now(pool), asked_at=asked_at, may_step=True)
            vault = Vault(key.decode())
            events, views, directory = EventStore(pool, vault), Views(pool), Directory(pool, vault)
            states = States(events)
            projector = Projector(pool, events, states)
            references = DirectoryReferences(directory, views, states)
            commands = Commands(events, states, references, projector, clock)
            people = People(directory, clock)
            await projector.catch_up()
            yield Core(
                settings=settings,
                database=where,
                key=key,
                clock=clock,
                pool=pool,
                events=events,
                directory=directory,
                access=Access(pool),
                views=views,
                states=states,
                commands=commands,
                projector=projector,
                people=people,
                chat=Chat(ChatLines(pool), commands, people, clock),
                reasons=Reasons(ReasonStore(pool), commands, clock),
            )
