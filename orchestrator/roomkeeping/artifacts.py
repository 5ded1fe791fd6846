"""What a room's own product has made of a meeting is looked for: now and then, and when it is told of.

One process at a time does it; what it does with what it finds is in fetching.py.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from orchestrator.backoff import Backoff
from orchestrator.clock import EVER, NEVER, Clock
from orchestrator.domain.meeting import MeetingState
from orchestrator.effects import Reconciler
from orchestrator.people import People
from orchestrator.roomkeeping.fetching import KIND, LONGEST_PAUSE, Fetching
from orchestrator.roomkeeping.keeper import Providers, read_ref
from orchestrator.roomkeeping.subscriptions import Subscriptions
from orchestrator.roomkeeping.uses import RoomUses
from orchestrator.states import States, parse_stream
from orchestrator.store.directory import Directory
from orchestrator.store.due import Marks
from orchestrator.store.events import EventStore
from orchestrator.store.fetch_troubles import FetchTroubles, Kind
from orchestrator.store.following import Following
from orchestrator.store.leader import leadership
from orchestrator.store.pool import UNAVAILABLE, Pool
from orchestrator.store.room_news import News, RoomNews
from orchestrator.store.room_rows import RoomView
from orchestrator.store.rooms import RoomStates
from orchestrator.store.secrets import WrongKey
from orchestrator.store.transcripts import Transcripts
from orchestrator.store.views import Views
from orchestrator.streaming.keeper import Keeper
from orchestrator.streaming.storage import LocalStorage
from orchestrator.uses import Uses

log = logging.getLogger(__name__)

CHECKPOINT = "artifacts"
FOLLOW_EVERY = 1.0
"""Seconds between looks at the log: what a correction shuts is not to stay public."""
SWEEP_EVERY = 15.0
"""Seconds between looks at all rooms for what is due by the clock."""
FIRST_PAUSE = 60.0
"""Seconds between looks for a room's recordings, there minutes or hours after it was left; then longer."""


class RoomArtifacts:
    """Looks for what was made in a room until the room is taken away."""

    def __init__(
        self,
        *,
        providers: Providers,
        rooms: RoomStates,
        subscriptions: Subscriptions,
        news: RoomNews,
        troubles: FetchTroubles,
        marks: Marks,
        views: Views,
        states: States,
        events: EventStore,
        uses: Uses,
        people: People,
        directory: Directory,
        pool: Pool,
        storage: LocalStorage,
        clock: Clock,
        keeper: Keeper | None = None,
        on_failure: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._rooms, self._marks = rooms, marks
        self._subscriptions, self._news, self._troubles = subscriptions, news, troubles
        self._views, self._states, self._events = views, states, events
        self._log = Following(pool, events, CHECKPOINT)
        self._uses, self._people = uses, people
        self._transcripts, self._storage, self._clock = Transcripts(pool), storage, clock
        self._fetching = Fetching(
            providers=providers,
            rooms=rooms,
            troubles=troubles,
            marks=marks,
            states=states,
            directory=directory,
            pool=pool,
            storage=storage,
            clock=clock,
            keeper=keeper,
        )
        self._reconciler = Reconciler("artifacts", self._fetch, on_failure=on_failure)
        # On its own: what a correction shuts does not wait for what is being fetched.
        self._corrections = Reconciler("corrections", self._refresh, on_failure=on_failure)
        self._next: dict[UUID, datetime] = {}
        self._backoffs: dict[UUID, Backoff] = {}
        self._heard: frozenset[News] = frozenset()

    async def run(self, dsn: str) -> None:
        """Look after the rooms while no other process does; ``dsn`` must lead to PostgreSQL itself."""
        async with leadership(dsn, CHECKPOINT) as leader:
            while True:
                await leader.held.wait()
                work = asyncio.create_task(self._look_after())
                try:
                    while leader.held.is_set() and not work.done():
                        await asyncio.wait({work}, timeout=1.0)
                finally:
                    work.cancel()
                    with suppress(asyncio.CancelledError):
                        await work

    async def settled(self) -> None:
        """Return when every room that was looked at is as wanted, or is to be looked at again later."""
        await self._corrections.settled()
        await self._reconciler.settled()

    def look_now(self, room_id: UUID) -> None:
        """Something may have been made in this room."""
        self._next.pop(room_id, None)
        self._backoffs.pop(room_id, None)
        self._want(room_id)

    def _want(self, room_id: UUID) -> None:
        self._corrections.want(room_id)
        self._reconciler.want(room_id)

    async def _look_after(self) -> None:
        swept = float("-inf")
        try:
            await asyncio.to_thread(self._fetching.delete_old)
            while True:
                try:
                    await self.follow()
                    await self.hear()
                    if self._clock.monotonic() - swept >= SWEEP_EVERY:
                        await self.sweep()
                        swept = self._clock.monotonic()
                except UNAVAILABLE as error:
                    log.warning("recordings wait for the database: %s", type(error).__name__)
                await asyncio.sleep(FOLLOW_EVERY)
        finally:
            await self._corrections.stop()
            await self._reconciler.stop()
            await self._subscriptions.stop()

    async def follow(self) -> None:
        """Look at the rooms of sessions that have been ended, or corrected or released afterwards."""
        async for news in self._log.news():
            for stream in dict.fromkeys(recorded.stream for recorded in news):
                state = (await self._states.current(*parse_stream(stream))).state
                if isinstance(state, MeetingState):
                    continue
                if state.status != "open" or self._storage.index_path(state.broadcast_id).exists():
                    for room_id in filter(None, (state.room_id, state.former_room_id)):
                        self.look_now(room_id)

    async def hear(self) -> None:
        """Look where something is told to have been made, or IT asks to have it looked for."""
        found = await self._news.unread()
        # What subscriptions wait with stays unread meanwhile, and is no reason to look again.
        fresh, self._heard = [one for one in found if one not in self._heard], frozenset(found)
        for organisation_id in {one.organisation_id for one in fresh}:
            here = [one for one in fresh if one.organisation_id == organisation_id]
            if any(one.kind in ("renew", "removed") for one in here):
                self._subscriptions.look_now(organisation_id)
            missed = any(one.kind == "missed" for one in here)
            named = {one.what for one in here if one.kind in ("made", "asked")}
            for standing in await self._rooms.all(organisation_id) if missed or named else ():
                if missed or named & {str(standing.room_id), await self._meeting(standing.room_id)}:
                    self.look_now(standing.room_id)
        await self._news.forget([one for one in found if one.kind in ("made", "missed", "asked")])

    async def _meeting(self, room_id: UUID) -> str:
        """What a room's meeting is called in its product."""
        try:
            kept = await self._rooms.ref(room_id)
        except WrongKey:
            return ""
        return dict(read_ref(kept).more).get("meeting", "") if kept else ""

    async def sweep(self) -> None:
        """Look at every room where it is time to look again, and at who tells us."""
        await self._subscriptions.sweep()
        await self._troubles.end_without_room()
        now = self._clock.now()
        for standing in await self._rooms.all():
            if self._next.get(standing.room_id, EVER) <= now:
                self._want(standing.room_id)

    async def _refresh(self, room_id: UUID) -> None:
        view = await self._views.room(room_id)
        if view is not None and view.provider == "teams":
            await self._fetching.refresh(view, self._uses_of(view))

    async def _fetch(self, room_id: UUID) -> None:
        view = await self._views.room(room_id)
        if view is None or view.provider != "teams":
            self._next[room_id] = NEVER
            return
        uses = self._uses_of(view)
        parts = [part for use in (await uses.read()).sessions for part in use.parts]
        now = self._clock.now()
        if self._next.get(room_id, EVER) > now:
            return
        pause = self._pause(room_id)
        if parts and all(part.end is not None for part in parts) and (kinds := await self._wanted(view)):
            pause = await self._fetching.fetch(view, uses, kinds, pause)
        self._next[room_id] = self._clock.now() + pause

    def _uses_of(self, view: RoomView) -> RoomUses:
        return RoomUses(
            view,
            uses=self._uses,
            events=self._events,
            views=self._views,
            people=self._people,
            transcripts=self._transcripts,
        )

    def _pause(self, room_id: UUID) -> timedelta:
        backoff = self._backoffs.setdefault(room_id, Backoff(FIRST_PAUSE, LONGEST_PAUSE.total_seconds()))
        return timedelta(seconds=backoff.after(0.0))

    async def _wanted(self, view: RoomView) -> frozenset[Kind]:
        """What is to be fetched of the room; nothing if IT has put it off, or nobody is to know of it."""
        meeting = (await self._states.current("meeting", view.meeting_id)).state
        assert isinstance(meeting, MeetingState)
        room = meeting.rooms.get(view.room_id)
        mark = (await self._marks.of([view.room_id])).get((view.room_id, KIND))
        put_off = mark is not None and (mark.skipped or (mark.at or EVER) > self._clock.now())
        if room is None or room.social or meeting.rehearsal_of is not None or put_off:
            return frozenset()
        return frozenset(("attendance", "recording", "transcript") if room.recorded else ("attendance",))
