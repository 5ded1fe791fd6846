"""What a running service is made of: given whole to the web server, made by app.py in start order."""

from dataclasses import dataclass

from orchestrator.clock import WallClock
from orchestrator.commands import Commands
from orchestrator.metrics import Metrics
from orchestrator.people import People
from orchestrator.projector import Projector
from orchestrator.settings import Settings
from orchestrator.store.events import EventStore
from orchestrator.store.listener import Listener
from orchestrator.store.pool import Pool
from orchestrator.streams import Streams


@dataclass(frozen=True)
class Services:
    """Everything the web may use. ``pool`` is for the functions of orchestrator.store that take one."""

    settings: Settings
    key: bytes
    clock: WallClock
    pool: Pool
    events: EventStore
    listener: Listener
    commands: Commands
    projector: Projector
    people: People
    streams: Streams
    metrics: Metrics
