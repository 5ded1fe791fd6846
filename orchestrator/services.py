"""What a running service is made of: given whole to the web server, made by app.py in start order."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.chat import Chat
from orchestrator.clock import Clock
from orchestrator.commands import Commands
from orchestrator.health import Readiness
from orchestrator.metrics import Metrics
from orchestrator.people import People
from orchestrator.projector import Projector
from orchestrator.reasons import Reasons
from orchestrator.rehearsals import Rehearsals
from orchestrator.roomkeeping.keeper import RoomKeeper
from orchestrator.roomkeeping.presence import Presence
from orchestrator.roomkeeping.sources import RoomSources
from orchestrator.schedule.running import Schedule
from orchestrator.settings import Settings
from orchestrator.sources import Sources
from orchestrator.store.access import Access
from orchestrator.store.alerts import Alerts
from orchestrator.store.directory import Directory
from orchestrator.store.due import Marks
from orchestrator.store.events import EventStore
from orchestrator.store.fetch_troubles import FetchTroubles
from orchestrator.store.listener import Listener
from orchestrator.store.pool import Pool
from orchestrator.store.room_accounts import RoomAccounts
from orchestrator.store.room_news import RoomNews
from orchestrator.store.rooms import RoomStates
from orchestrator.store.statistics import Statistics
from orchestrator.store.unknown_rooms import UnknownRooms
from orchestrator.store.views import Views

if TYPE_CHECKING:
    from orchestrator.rooms.embedded.provider import EmbeddedRooms


@dataclass(frozen=True)
class Services:
    """Everything the web may use. ``key`` encrypts at rest; ``pool`` is for what the others do not cover."""

    settings: Settings
    key: bytes
    clock: Clock
    pool: Pool
    events: EventStore
    directory: Directory
    access: Access
    views: Views
    statistics: Statistics
    listener: Listener
    commands: Commands
    projector: Projector
    people: People
    chat: Chat
    reasons: Reasons
    sources: Sources
    rooms: RoomKeeper
    presence: Presence
    embedded: "EmbeddedRooms | None"
    """The rooms of this process, where it has any."""
    room_sources: RoomSources
    room_states: RoomStates
    rehearsals: Rehearsals
    marks: Marks
    room_accounts: RoomAccounts
    room_news: RoomNews
    fetch_troubles: FetchTroubles
    unknown_rooms: UnknownRooms
    schedule: Schedule
    alerts: Alerts
    metrics: Metrics
    readiness: Callable[[], Awaitable[Readiness]]
