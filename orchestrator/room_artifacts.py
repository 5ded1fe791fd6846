"""What a room's own product has recorded is fetched after the meeting, and published through the gate.

Done once: of each recording it is noted that it has been fetched, at the very end. Who is killed begins
again with what is on disk. One process at a time does it; transcripts are left where they are.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from orchestrator.clock import Clock
from orchestrator.domain.meeting import MeetingState
from orchestrator.effects import Reconciler
from orchestrator.people import People
from orchestrator.room_keeper import Providers, read_ref
from orchestrator.room_subscriptions import Subscriptions
from orchestrator.room_uses import RoomUses, room_source
from orchestrator.rooms.provider import RoomRef, RoomTrouble
from orchestrator.rooms.teams import TeamsRooms
from orchestrator.rooms.teams_artifacts import Artifact, TeamsArtifacts
from orchestrator.rooms.wanted import KEPT_AFTER
from orchestrator.states import States, parse_stream
from orchestrator.store.due import Mark, Marks
from orchestrator.store.events import EventStore
from orchestrator.store.fetch_troubles import FetchTroubles
from orchestrator.store.leader import leadership
from orchestrator.store.pool import UNAVAILABLE, Pool
from orchestrator.store.room_news import RoomNews
from orchestrator.store.room_rows import RoomView
from orchestrator.store.rooms import RoomStates
from orchestrator.store.secrets import WrongKey
from orchestrator.store.views import Views, checkpoint, set_checkpoint
from orchestrator.streaming.desk import ReadSettled
from orchestrator.streaming.gate import Settled
from orchestrator.streaming.imported import Film, Importer, StillOpenError
from orchestrator.streaming.keeper import Keeper
from orchestrator.streaming.storage import DiskFullError, LocalStorage
from orchestrator.streaming.survey import NotAFilmError
from orchestrator.uses import Uses

log = logging.getLogger(__name__)

KIND = "fetch_artifacts"
CHECKPOINT = "artifacts"
BATCH = 500
FOLLOW_EVERY = 1.0
"""Seconds between looks at the log: what a correction shuts is not to stay public."""
SWEEP_EVERY = 15.0
"""Seconds between looks at all rooms for what is due by the clock."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
"""Between looks for a room's recordings, which are there minutes or hours after it was left."""
EVER = datetime.min.replace(tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)


class RoomArtifacts:
    """Looks for recordings of a room until the room is taken away."""

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
        pool: Pool,
        storage: LocalStorage,
        clock: Clock,
        keeper: Keeper | None = None,
        on_failure: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._providers, self._rooms, self._marks = providers, rooms, marks
        self._subscriptions, self._news, self._troubles = subscriptions, news, troubles
        self._views, self._states, self._events = views, states, events
        self._uses, self._people, self._pool = uses, people, pool
        self._storage, self._clock, self._keeper = storage, clock, keeper
        self._reconciler = Reconciler("artifacts", self._reconcile, on_failure=on_failure)
        self._next: dict[UUID, datetime] = {}
        self._tries: dict[UUID, int] = {}
        self._one_at_a_time = asyncio.Lock()
        self._position: int | None = None

    async def run(self, dsn: str) -> None:
        """Look after the rooms while no other process does; ``dsn`` must lead to PostgreSQL itself."""
        async with leadership(dsn, "artifacts") as leader:
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
        await self._reconciler.settled()

    def look_now(self, room_id: UUID) -> None:
        """Something may have been made in this room."""
        self._next.pop(room_id, None)
        self._tries.pop(room_id, None)
        self._reconciler.want(room_id)

    async def _look_after(self) -> None:
        swept = float("-inf")
        try:
            await asyncio.to_thread(self._delete_old)
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
            await self._reconciler.stop()
            await self._subscriptions.stop()

    async def follow(self) -> None:
        """Look at the rooms of sessions that have been ended, or corrected or released afterwards."""
        if self._position is None:
            async with self._pool.acquire() as connection, connection.transaction():
                self._position = await checkpoint(connection, CHECKPOINT)
            self._position = self._position or await self._events.head()
        while news := await self._events.read_log(self._position, BATCH):
            for stream in dict.fromkeys(recorded.stream for recorded in news):
                state = (await self._states.current(*parse_stream(stream))).state
                if isinstance(state, MeetingState):
                    continue
                if state.status != "open" or self._storage.index_path(state.broadcast_id).exists():
                    for room_id in filter(None, (state.room_id, state.former_room_id)):
                        self.look_now(room_id)
            self._position = news[-1].log_position
            async with self._pool.acquire() as connection:
                await set_checkpoint(connection, CHECKPOINT, self._position)

    async def hear(self) -> None:
        """Look where something is told to have been made, or IT asks to have it looked for."""
        found = await self._news.unread()
        for organisation_id in {one.organisation_id for one in found}:
            here = [one for one in found if one.organisation_id == organisation_id]
            if any(one.kind in ("renew", "removed") for one in here):
                self._subscriptions.look_now(organisation_id)
            missed = any(one.kind in ("missed", "removed") for one in here)
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
                self._reconciler.want(standing.room_id)

    async def _reconcile(self, room_id: UUID) -> None:
        view = await self._views.room(room_id)
        if view is None or view.provider != "teams":
            self._next[room_id] = NEVER
            return
        read = RoomUses(
            view, uses=self._uses, events=self._events, views=self._views, people=self._people
        ).read
        settled = await read()
        if self._has_published(settled):
            await self._importer(view, read).refresh()
        parts = [part for use in settled.sessions for part in use.parts]
        now = self._clock.now()
        if self._next.get(room_id, EVER) > now:
            return
        pause = self._pause(room_id)
        if parts and all(part.end is not None for part in parts) and await self._wanted(view):
            pause = await self._trying(view, read, pause)
        self._next[room_id] = self._clock.now() + pause

    def _pause(self, room_id: UUID) -> timedelta:
        tries = self._tries[room_id] = self._tries.get(room_id, -1) + 1
        return min(FIRST_PAUSE * (1 << min(tries, 10)), LONGEST_PAUSE)

    def _has_published(self, settled: Settled) -> bool:
        shown = (use.broadcast_id for use in settled.sessions if use.broadcast_id)
        return any(self._storage.index_path(one).exists() for one in shown)

    async def _wanted(self, view: RoomView) -> bool:
        """Whether the room is one that is recorded, and IT has not put it off."""
        meeting = (await self._states.current("meeting", view.meeting_id)).state
        assert isinstance(meeting, MeetingState)
        room = meeting.rooms.get(view.room_id)
        mark = (await self._marks.of([view.room_id])).get((view.room_id, KIND))
        put_off = mark is not None and (mark.skipped or (mark.at or EVER) > self._clock.now())
        return room is not None and room.recorded and meeting.rehearsal_of is None and not put_off

    async def _trying(self, view: RoomView, read: ReadSettled, pause: timedelta) -> timedelta:
        """Fetch and publish what there is; how long to wait before the next look."""
        try:
            await self._fetch(view, read)
        except RoomTrouble as trouble:
            log.warning("the recordings of room %s: %s", view.room_id, trouble.code)
            if trouble.lasting:
                return LONGEST_PAUSE
            return max(pause, timedelta(seconds=trouble.retry_after or 0))
        except (NotAFilmError, DiskFullError, StillOpenError) as error:
            log.warning("a recording of room %s waits: %s", view.room_id, type(error).__name__)
        return pause

    async def _fetch(self, view: RoomView, read: ReadSettled) -> None:
        kept = await self._rooms.ref(view.room_id)
        teams = await self._providers.of(view.organisation_id, "teams")
        if kept is None or not isinstance(teams, TeamsRooms):
            return
        ref, artifacts = read_ref(kept), TeamsArtifacts(teams)
        found = {uuid5(view.room_id, one.id): one for one in await artifacts.recordings(ref, EVER)}
        marks = await self._marks.of(found)
        for id_, one in sorted(found.items(), key=lambda item: item[1].starts_at):
            if (id_, KIND) not in marks:
                async with self._one_at_a_time:
                    await self._publish(view, read, artifacts, ref, one)
                await self._done(id_, view)
        if found:
            await self._done(view.room_id, view)

    async def _publish(
        self, view: RoomView, read: ReadSettled, artifacts: TeamsArtifacts, ref: RoomRef, one: Artifact
    ) -> None:
        path = self._directory / f"{uuid5(view.room_id, one.id)}.mp4"
        if not path.exists():
            await asyncio.to_thread(self._storage.require_room)
            try:
                await artifacts.save_recording(ref, one, path)
            except OSError as error:
                raise DiskFullError(error.errno, "no room for a recording") from error
        try:
            await self._importer(view, read).bring_in(Film(path, one.id, one.starts_at, one.ends_at))
        except NotAFilmError:
            path.unlink(missing_ok=True)
            raise
        path.unlink(missing_ok=True)

    def _importer(self, view: RoomView, read: ReadSettled) -> Importer:
        return Importer(
            room_source(view.room_id),
            storage=self._storage,
            clock=self._clock,
            read_settled=read,
            keeper=self._keeper,
        )

    async def _done(self, target_id: UUID, view: RoomView) -> None:
        await self._marks.claim(Mark(target_id, KIND, view.organisation_id, done_at=self._clock.now()))

    @property
    def _directory(self) -> Path:
        path = self._storage.private / "recordings"
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    def _delete_old(self) -> None:
        """What was fetched and never came to be judged goes when its room does."""
        oldest = (self._clock.now() - KEPT_AFTER).timestamp()
        for path in self._directory.iterdir():
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
