"""Urgent problems: what is urgent, and that it is told until somebody has seen it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.effects import Reconciler
from orchestrator.store.alerts import Alert, Alerts, Urgent
from orchestrator.store.pool import UNAVAILABLE
from orchestrator.store.rooms import RoomStanding

log = logging.getLogger(__name__)

ROOM_BEFORE: Final = timedelta(minutes=30)
"""A room must be known to be right so long before it opens."""
SOURCE_BEFORE: Final = timedelta(minutes=10)
"""A source must send so long before its session begins, and while it lasts."""
GRACE: Final = timedelta(seconds=15)
"""So long a closed door may take to be confirmed, and an encoder to come back."""
LOOK_EVERY: Final = 5.0
"""Seconds between looks."""
AGAIN: Final = timedelta(minutes=10)
"""So long after it was told it is told again, while nobody has acknowledged it."""
LEASE: Final = timedelta(minutes=1)
"""Longer than any telling lasts; then another process may take it up."""


@dataclass(frozen=True, slots=True)
class RoomNeeded:
    """A room, from when it is to be open until when; null: never.

    ``doors_closed_at``: since when a session in it is behind closed doors; ``locked``: known to be.
    """

    organisation_id: UUID
    room_id: UUID
    name: str
    opens_at: datetime | None
    closes_at: datetime | None
    standing: RoomStanding | None
    doors_closed_at: datetime | None = None
    locked: bool = False


@dataclass(frozen=True, slots=True)
class SourceNeeded:
    """A source, the start of the session that needs it (null: none does), and since when it is silent."""

    organisation_id: UUID
    source_id: UUID
    name: str
    starts_at: datetime | None
    silent_since: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known in this process. ``unseen``: sources that are run elsewhere: nothing is said of those."""

    rooms: Sequence[RoomNeeded] = ()
    sources: Sequence[SourceNeeded] = ()
    unseen: frozenset[UUID] = frozenset()


def urgent(facts: Facts, now: datetime) -> list[Urgent]:
    """What IT must look at now. Pure."""
    return [*_rooms(facts.rooms, now), *_sources(facts.sources, now)]


def _rooms(rooms: Iterable[RoomNeeded], now: datetime) -> Iterable[Urgent]:
    for one in rooms:
        trouble = one.standing.trouble if one.standing else None
        ready = one.standing is not None and one.standing.state in ("verified", "open")
        over = one.closes_at is not None and one.closes_at <= now
        if one.opens_at and one.opens_at - ROOM_BEFORE <= now and not over and not ready:
            yield Urgent(one.organisation_id, "room_not_ready", one.room_id, one.name, trouble)
        if one.doors_closed_at and not one.locked and now - one.doors_closed_at >= GRACE:
            yield Urgent(one.organisation_id, "doors_not_confirmed", one.room_id, one.name, trouble)


def _sources(sources: Iterable[SourceNeeded], now: datetime) -> Iterable[Urgent]:
    for one in sources:
        needed = one.starts_at is not None and one.starts_at - SOURCE_BEFORE <= now
        if needed and one.silent_since and now - one.silent_since >= GRACE:
            yield Urgent(one.organisation_id, "source_silent", one.source_id, one.name)


class Channel(Protocol):
    """A way to reach IT that does not wait for somebody to look at the console."""

    @property
    def name(self) -> str:
        """Under this name it is remembered what was told here."""
        ...

    async def send(self, alert: Alert) -> None:
        """Tell it. Raises NotTold."""
        ...


class NotTold(Exception):
    """The other end did not take it. Its words go to the log: no address and no secret in them."""


class Alarm:
    """Keeps the alerts as the facts are, and tells each on every channel, again and again until acknowledged.

    Killed between telling and noting that, it is told again: receivers know it by the alert's id.
    """

    def __init__(
        self,
        *,
        alerts: Alerts,
        facts: Callable[[], Awaitable[Facts]],
        channels: Sequence[Channel],
        clock: Clock,
        on_failure: Callable[[str], None] = lambda _name: None,
        first_pause: float = 2.0,
    ) -> None:
        """``first_pause``: seconds before what failed is tried again; they double up to five minutes."""
        self._alerts, self._facts, self._clock = alerts, facts, clock
        self._channels = {channel.name: channel for channel in channels}
        self._telling = Reconciler(
            "alerts", self._tell, first_pause=first_pause, longest_pause=300.0, on_failure=on_failure
        )

    async def run(self) -> None:
        """Look for ever; what is not told then is told by the next start."""
        try:
            while True:
                try:
                    await self.look()
                except UNAVAILABLE as error:
                    log.warning("the alerts wait for the database: %s", type(error).__name__)
                await asyncio.sleep(LOOK_EVERY)
        finally:
            await self._telling.stop()

    async def look(self) -> None:
        """See what is urgent now, and begin to tell what nobody has been told lately."""
        now, facts = self._clock.now(), await self._facts()
        found = {(one.kind, one.target_id): one for one in urgent(facts, now)}
        known = {(one.kind, one.target_id): one for one in await self._alerts.opened()}
        for key in found.keys() - known.keys():
            await self._alerts.open(found[key], now)
        over = [one.id for key, one in known.items() if key not in found and key[1] not in facts.unseen]
        if over:
            await self._alerts.end(over, now)
        await self._tell_all()

    async def settled(self) -> None:
        """Return when everything that could be told is told."""
        await self._telling.settled()

    async def _tell_all(self) -> None:
        waiting = [one.id for one in await self._alerts.opened() if one.acknowledged_at is None]
        told = await self._alerts.told(waiting, self._clock.now() - AGAIN) if self._channels else frozenset()
        for target in ((alert_id, name) for alert_id in waiting for name in self._channels):
            if target not in told:
                self._telling.want(target)

    async def _tell(self, target: tuple[UUID, str]) -> None:
        alert_id, name = target
        alert, now = await self._alerts.alert(alert_id), self._clock.now()
        if alert is None or alert.ended_at or alert.acknowledged_at:
            return
        if not await self._alerts.lease(alert_id, name, now, now + LEASE, again=AGAIN):
            return
        try:
            await self._channels[name].send(alert)
        except NotTold:
            await self._alerts.release(alert_id, name, None)
            raise
        await self._alerts.release(alert_id, name, self._clock.now())
