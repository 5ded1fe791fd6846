"""Whether the service can do its work, for /readyz; /healthz only says that it lives."""

import asyncio
from dataclasses import dataclass, field

from orchestrator.projector import Projector
from orchestrator.store.events import EventStore
from orchestrator.store.listener import Listener
from orchestrator.store.migrate import MigrationError, pending
from orchestrator.store.pool import UNAVAILABLE, Pool

LAG = 500
"""So many events the views may be behind before that is a problem."""
WITHIN = 3.0
"""Seconds that the database may take to answer."""


@dataclass(frozen=True)
class Readiness:
    """What is wrong, in words, by what it concerns; nothing: ready."""

    problems: dict[str, str] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether requests should be sent here."""
        return not self.problems


async def readiness(pool: Pool, events: EventStore, projector: Projector, listener: Listener) -> Readiness:
    """Ask everything that a request depends on."""
    problems: dict[str, str] = {}
    if not listener.connected.is_set():
        problems["listener"] = "the connection that hears of news is down; changes show within 5 s"
    try:
        async with asyncio.timeout(WITHIN):
            if missing := await pending(pool):
                problems["schema"] = f"not migrated: {', '.join(missing)}"
            else:
                behind = await events.head() - projector.position
                if behind > LAG:
                    problems["views"] = f"{behind} events behind"
    except UNAVAILABLE:
        problems["database"] = "does not answer"
    except MigrationError as error:
        problems["schema"] = str(error)
    return Readiness(problems)
