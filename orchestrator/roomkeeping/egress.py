"""Rooms on a LiveKit server that are to be seen in the broadcast, sent into their source while they are open.

As the rooms of this process (casts.py), but by LiveKit's egress service, which opens our layout page.
What it sends goes on when this process ends: the next one finds it by the page's address. Several processes
at once do no harm.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

from orchestrator.backoff import Backoff
from orchestrator.clock import Clock
from orchestrator.effects import Reconciler
from orchestrator.roomkeeping.keeper import Providers, read_ref
from orchestrator.roomkeeping.layout import layout_of
from orchestrator.roomkeeping.sources import RoomSources
from orchestrator.roomkeeping.wishes import Wishes
from orchestrator.rooms import livekit_egress
from orchestrator.rooms.livekit import LivekitRooms
from orchestrator.rooms.provider import RoomRef, RoomTrouble
from orchestrator.settings import Settings
from orchestrator.store.directory import Directory
from orchestrator.store.pool import UNAVAILABLE
from orchestrator.store.room_rows import RoomView
from orchestrator.store.rooms import RoomStates
from orchestrator.store.views import Views

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 5.0
"""Seconds between looks at what is sent of a room, when nothing seems to have happened."""
REST: Final = 60.0
"""Likewise, of a room that nothing is to be sent of; and the longest pause after trouble."""
BEGINS_WITHIN: Final = 60.0
"""Seconds that the egress service may take to open our page and send; then it is begun anew."""

Addresses = tuple[str, str] | None
"""Of the layout page and of the source; None: nothing is to be sent."""


class Egresses:
    """One sending for each open room with a source."""

    def __init__(
        self,
        *,
        providers: Providers,
        rooms: RoomStates,
        wishes: Wishes,
        sources: RoomSources,
        views: Views,
        directory: Directory,
        settings: Settings,
        key: bytes,
        clock: Clock,
        on_failure: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._providers, self._rooms, self._wishes = providers, rooms, wishes
        self._sources, self._views, self._directory = sources, views, directory
        self._settings, self._key, self._clock = settings, key, clock
        self._reconciler = Reconciler("egresses", self._reconcile, on_failure=on_failure)
        self._stirred = asyncio.Event()
        self._first = True
        self._wanted: dict[UUID, Addresses] = {}
        self._look_at: dict[UUID, float] = {}
        self._begun: dict[UUID, tuple[str, float]] = {}
        self._backoffs: dict[UUID, Backoff] = {}

    def stir(self) -> None:
        """Something has happened that may concern a room."""
        self._stirred.set()

    async def run(self) -> None:
        """Keep them until cancelled."""
        try:
            while True:
                self._stirred.clear()
                try:
                    await self.sweep()
                except UNAVAILABLE as error:
                    log.warning("what rooms send waits for the database: %s", type(error).__name__)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY):
                        await self._stirred.wait()
        finally:
            await self._reconciler.stop()

    async def sweep(self) -> None:
        """Look at every room that may have to be sent, or not any more; the first time, at all there are."""
        for room_id in {*await self._rooms.made_in("livekit", shut=self._first), *self._wanted}:
            self._reconciler.want(room_id)
        self._first = False

    async def settled(self) -> None:
        """Return when all is as wanted, or is to be looked at again later."""
        await self._reconciler.settled()

    async def _reconcile(self, room_id: UUID) -> None:
        view, kept = await self._views.room(room_id), await self._rooms.ref(room_id)
        ref = read_ref(kept) if kept else None
        if view is None or ref is None or ref.provider != "livekit":
            self._forget(room_id)
            return
        wanted, now = await self._addresses(view), self._clock.monotonic()
        if self._wanted.get(room_id) == wanted and now < self._look_at.get(room_id, now):
            return
        self._wanted[room_id], self._look_at[room_id] = wanted, now + LOOK_EVERY
        if wanted is None:
            await self._rooms.note_sending(room_id, None)
        try:
            provider = await self._providers.of(view.organisation_id, "livekit")
            assert isinstance(provider, LivekitRooms)
            if wanted is None:
                await _stop(provider, ref)
                self._forget(room_id)
                self._look_at[room_id] = now + REST
            elif await self._sends(room_id, provider, ref, wanted):
                self._backoffs.pop(room_id, None)
                await self._rooms.note_sending(room_id, None)
        except RoomTrouble as trouble:
            log.warning("room %s is not sent as it should be: %s", room_id, trouble.code)
            if wanted is not None:
                await self._note(room_id, trouble)

    def _forget(self, room_id: UUID) -> None:
        for memory in (self._wanted, self._look_at, self._begun, self._backoffs):
            memory.pop(room_id, None)

    async def _addresses(self, view: RoomView) -> Addresses:
        """Sent while its door is to be open by the log, whatever its product has done about that yet."""
        want = await self._wishes.of(view)
        if want is None or want.phase != "kept" or want.spec.door != "open":
            return None
        source = await self._sources.of(view.room_id)
        organisation = await self._directory.organisation(view.organisation_id)
        if source is None or organisation is None:
            return None
        layout = layout_of(view.room_id, source, host=self._settings.encoder_host, key=self._key)
        return self._settings.address_of(organisation.hosts) + layout.path, layout.output

    async def _sends(
        self, room_id: UUID, provider: LivekitRooms, ref: RoomRef, wanted: tuple[str, str]
    ) -> bool:
        """Whether its picture is on its way; False: that has been begun. One that does not begin is ended."""
        sending, now = await livekit_egress.start(provider, ref, *wanted), self._clock.monotonic()
        if self._begun.get(room_id, ("", now))[0] != sending.id:
            self._begun[room_id] = (sending.id, now)
        if not sending.active and now - self._begun[room_id][1] >= BEGINS_WITHIN:
            await livekit_egress.stop(provider, ref)
            raise RoomTrouble("sends_nothing", "it has not opened our page")
        return sending.active

    async def _note(self, room_id: UUID, trouble: RoomTrouble) -> None:
        backoff = self._backoffs.setdefault(room_id, Backoff(first=LOOK_EVERY, most=REST))
        pause = max(backoff.after(0.0), trouble.retry_after or 0.0)
        self._look_at[room_id] = self._clock.monotonic() + pause
        await self._rooms.note_sending(room_id, trouble.code)


async def _stop(provider: LivekitRooms, ref: RoomRef) -> None:
    """Where there is no egress service, nothing is sent."""
    try:
        await livekit_egress.stop(provider, ref)
    except RoomTrouble as trouble:
        if trouble.code != "no_egress":
            raise
