"""Every planned room is kept as it is wanted now: asked for, made, verified, opened, closed, taken away."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, get_args
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.domain.meeting import MeetingState
from orchestrator.effects import Reconciler
from orchestrator.roomkeeping.wishes import Wishes
from orchestrator.rooms.provider import (
    Capabilities,
    Guest,
    Join,
    Present,
    ProviderName,
    RoomProvider,
    RoomRef,
    RoomSpec,
    RoomTrouble,
)
from orchestrator.rooms.wanted import CREATED_AHEAD, KEPT_AFTER, Step, Wanted, held_to, passed
from orchestrator.states import States, parse_stream
from orchestrator.store.events import EventStore
from orchestrator.store.pool import UNAVAILABLE
from orchestrator.store.room_rows import RoomView
from orchestrator.store.rooms import RoomStanding, RoomStates
from orchestrator.store.views import Views

log = logging.getLogger(__name__)

SWEEP_EVERY: Final = 15.0
"""Seconds between looks at all rooms when nobody says that something changed."""
VERIFIED_EVERY = timedelta(minutes=10)
"""So often what may have been changed by hand is read back while people may come in."""
LOCKED_VERIFIED_EVERY = timedelta(seconds=10)
"""Behind closed doors: what was given out before may still let somebody in, who must not stay."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=5)
BATCH: Final = 500


class Providers(Protocol):
    """The products that each organisation's rooms may be in."""

    async def of(self, organisation_id: UUID, product: ProviderName) -> RoomProvider:
        """Raises RoomTrouble: not_configured, not_installed."""
        ...


@dataclass(frozen=True)
class _Looked:
    """What was last brought about in a room, in this process, and when to look again."""

    spec: RoomSpec | None
    next_at: datetime | None


@dataclass(frozen=True)
class Reached:
    """A room in its product, and what is wanted of it now."""

    provider: RoomProvider
    ref: RoomRef
    spec: RoomSpec


class RoomKeeper:
    """Brings rooms to what is wanted, and knows the way into them. Several at once do no harm."""

    def __init__(
        self,
        *,
        providers: Providers,
        rooms: RoomStates,
        wishes: Wishes,
        views: Views,
        states: States,
        events: EventStore,
        clock: Clock,
        on_failure: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._providers, self._rooms, self._wishes = providers, rooms, wishes
        self._views, self._states, self._events, self._clock = views, states, events, clock
        self._reconciler = Reconciler("rooms", self._reconcile, on_failure=on_failure)
        self._looked: dict[UUID, _Looked] = {}
        self._tried: dict[UUID, RoomSpec] = {}
        self._stirred = asyncio.Event()
        self._position: int | None = None
        self._access_moved = False

    def want(self, room_id: UUID) -> None:
        """What is wanted of this room may have changed."""
        self._reconciler.want(room_id)

    def look_again(self, room_id: UUID) -> None:
        """Something happened in this room: bring it to what is wanted though that is the same as before."""
        self._looked.pop(room_id, None)
        self.want(room_id)

    def log_moved(self) -> None:
        """Something was appended to the log: see what rooms it concerns."""
        self._stirred.set()

    def access_moved(self) -> None:
        """A link was taken back, or gives another role: see who may still be in the rooms that are open."""
        self._access_moved = True
        self._stirred.set()

    async def settled(self) -> None:
        """Return when every room that was looked at is as wanted, or is to be tried again later."""
        await self._reconciler.settled()

    async def run(self) -> None:
        """Keep the rooms until cancelled. What is made stays as it is then: the next start goes on."""
        swept = float("-inf")
        try:
            while True:
                self._stirred.clear()
                try:
                    await self.follow()
                    await self.see_who_may_stay()
                    if self._clock.monotonic() - swept >= SWEEP_EVERY:
                        await self.sweep()
                        swept = self._clock.monotonic()
                except UNAVAILABLE as error:
                    log.warning("the rooms wait for the database: %s", type(error).__name__)
                with suppress(TimeoutError):
                    async with asyncio.timeout(1.0):
                        await self._stirred.wait()
        finally:
            await self._reconciler.stop()

    async def follow(self) -> None:
        """Look at the rooms of every meeting and session in which something has happened since last time."""
        if self._position is None:
            self._position = await self._events.head()
        while news := await self._events.read_log(self._position, BATCH):
            for stream in dict.fromkeys(recorded.stream for recorded in news):
                for room_id in await self._rooms_of(stream):
                    self.want(room_id)
            self._position = news[-1].log_position

    async def see_who_may_stay(self) -> None:
        """Look at every room that has been made, if somebody's way in has ended since last time."""
        if self._access_moved:
            self._access_moved = False
            for standing in await self._rooms.all():
                if standing.state not in ("asked", "closed"):  # hosts come in before it opens
                    self.want(standing.room_id)

    async def _rooms_of(self, stream: str) -> set[UUID]:
        state = (await self._states.current(*parse_stream(stream))).state
        if isinstance(state, MeetingState):
            return {*state.rooms, *state.removed_rooms}
        return {*state.left_rooms, *([state.room_id] if state.room_id else [])}

    async def sweep(self) -> None:
        """Look at every room that something is due in, was tried in vain, or that nobody wants any more."""
        now = self._clock.now()
        near = await self._views.rooms_between(now - KEPT_AFTER, now + CREATED_AHEAD)
        kept = {one.room_id: one for one in await self._rooms.all()}
        for room_id in {*near, *kept}:
            standing, looked = kept.get(room_id), self._looked.get(room_id)
            tried = standing and standing.try_at
            if looked is None or (tried and tried <= now) or (looked.next_at and looked.next_at <= now):
                self.want(room_id)

    # Ways in

    async def standing(self, room_id: UUID) -> RoomStanding | None:
        """How a room stands."""
        return await self._rooms.standing(room_id)

    async def capabilities(self, organisation_id: UUID, product: ProviderName) -> Capabilities | None:
        """What the product can do; None: it cannot be reached from here."""
        try:
            return (await self._providers.of(organisation_id, product)).can
        except RoomTrouble:
            return None

    async def reach(self, organisation_id: UUID, room_id: UUID) -> Reached:
        """A room of this organisation's that has been made. Raises RoomTrouble."""
        view, ref = await self._views.room(room_id), await self._ref(room_id)
        if view is None or view.organisation_id != organisation_id or ref is None:
            raise RoomTrouble("gone")
        want = await self._wishes.of(view)
        if want is None:
            raise RoomTrouble("gone")
        provider = await self._provider(view)
        return Reached(provider, ref, held_to(want, provider.can))

    async def join(self, organisation_id: UUID, room_id: UUID, guest: Guest) -> Join:
        """A way into a room that has been verified as it is wanted now.

        Raises RoomTrouble; "not_allowed_in" with a `KeptOut` as its detail.
        """
        room, standing = await self.reach(organisation_id, room_id), await self._rooms.standing(room_id)
        if why := room.spec.keeps_out(guest.identity, guest.role):
            raise RoomTrouble("not_allowed_in", why)
        ready = standing and (standing.joinable or (guest.role == "host" and standing.state == "verified"))
        if not ready or standing is None or standing.door != room.spec.door:
            raise RoomTrouble("not_allowed_in", "closed")
        return await room.provider.join(room.ref, room.spec, guest)

    async def present(self, room_id: UUID) -> tuple[Present, ...]:
        """Who is in a room; empty where that is not known."""
        view, ref = await self._views.room(room_id), await self._ref(room_id)
        if view is None or ref is None:
            return ()
        return await (await self._provider(view)).present(ref)

    async def locked(self, room_id: UUID) -> bool:
        """Whether it has been read back that nobody is in the room who may not be behind closed doors."""
        view, standing = await self._views.room(room_id), await self._rooms.standing(room_id)
        if view is None or standing is None or standing.door != "locked" or standing.trouble:
            return False
        can = await self.capabilities(view.organisation_id, _product(view))
        return can is not None and can.puts_out

    async def _provider(self, view: RoomView) -> RoomProvider:
        return await self._providers.of(view.organisation_id, _product(view))

    async def _ref(self, room_id: UUID) -> RoomRef | None:
        kept = await self._rooms.ref(room_id)
        return read_ref(kept) if kept else None

    # Bringing it about

    async def _reconcile(self, room_id: UUID) -> None:
        view, standing = await self._views.room(room_id), await self._rooms.standing(room_id)
        now = self._clock.now()
        if view is None:
            if standing is not None and not (standing.try_at and standing.try_at > now):
                await self._trying(standing, self._take_away(standing))
            return
        want = await self._wishes.of(view)
        # One that is made stays as it is wanted, also when its sessions are moved far ahead.
        ahead = want is not None and want.phase == "ahead" and await self._ref(room_id) is None
        if want is None or want.phase == "over" or ahead:
            if standing is not None and not ahead:
                await self._trying(standing, self._take_away(standing))
            self._looked[room_id] = _Looked(None, want.next_at if want else None)
            return
        if standing is None:
            standing = RoomStanding(room_id, view.organisation_id, "asked", changed_at=now)
            await self._rooms.put(standing)  # before it is made: what was asked for is never forgotten
        await self._trying(standing, self._bring(view, standing, want))

    async def _bring(self, view: RoomView, standing: RoomStanding, want: Wanted) -> None:
        now, looked = self._clock.now(), self._looked.get(view.room_id)
        provider = await self._provider(view)
        spec = held_to(want, provider.can)
        due = _verified_since(standing, want.steps, now)
        known_so = looked is not None and looked.spec == spec and standing.door == spec.door
        if known_so and not due and standing.trouble is None:
            self._looked[view.room_id] = _Looked(spec, self._next_look(want, spec, now))
            return
        waits = standing.trouble and standing.try_at and standing.try_at > now
        if waits and self._tried.get(view.room_id) == spec:
            return
        self._tried[view.room_id] = spec
        known = await self._ref(view.room_id)
        ref = await provider.create(spec, known)
        if ref != known:
            standing = replace(standing, state="created", door=None, changed_at=now)
            await self._rooms.put(standing, _written(ref))
        others = spec.door == "locked" and (looked is None or _who(looked.spec) != _who(spec))
        if spec.door != standing.door or others:  # until it is read back: no way in, and nothing confirmed
            await self._rooms.put(replace(standing, door=None, changed_at=now))
        over = passed(want.steps["close_room"], now) and spec.door == "shut"
        if over:
            await provider.close(ref)
        await provider.apply(ref, spec)
        if differs := await provider.verify(ref, spec):
            raise _NotAsWanted(differs)
        done = replace(
            standing,
            state="closed" if over else "verified" if spec.door == "shut" else "open",
            door=spec.door,
            trouble=None,
            detail="",
            differs=(),
            tries=0,
            try_at=None,
            verified_at=self._clock.now(),
            changed_at=now,
        )
        await self._rooms.put(done)
        self._looked[view.room_id] = _Looked(spec, self._next_look(want, spec, now))

    def _next_look(self, want: Wanted, spec: RoomSpec, now: datetime) -> datetime | None:
        again = now + _every(spec.door) if spec.door != "shut" else None
        return min((at for at in (want.next_at, again) if at), default=None)

    async def _take_away(self, standing: RoomStanding) -> None:
        """Nobody wants the room any more: close and delete it, also where only the product remembers it."""
        ref = await self._ref(standing.room_id)
        product: ProviderName | None = ref.provider if ref else None
        if ref is None or product is None:
            ref, product = await self._found(standing)
        if ref is not None and product is not None:
            provider = await self._providers.of(standing.organisation_id, product)
            await provider.close(ref)
            await provider.delete(ref)
        await self._rooms.forget(standing.room_id)
        for memory in (self._looked, self._tried):
            memory.pop(standing.room_id, None)

    async def _found(self, standing: RoomStanding) -> tuple[RoomRef | None, ProviderName | None]:
        """A room that was asked for by a process that was killed before it could note the answer."""
        for product in get_args(ProviderName):
            try:
                provider = await self._providers.of(standing.organisation_id, product)
            except RoomTrouble:
                continue
            for room_id, ref in await provider.all_of(standing.organisation_id):
                if room_id == standing.room_id:
                    return ref, product
        return None, None

    async def _trying(self, standing: RoomStanding, work: Coroutine[Any, Any, None]) -> None:
        """Do it; what hinders it is kept for IT with the time of the next try."""
        try:
            await work
        except RoomTrouble as trouble:
            now = self._clock.now()
            tries = standing.tries + 1
            pause = min(FIRST_PAUSE * 2 ** min(tries - 1, 20), LONGEST_PAUSE)
            if trouble.retry_after is not None:
                pause = max(pause, timedelta(seconds=trouble.retry_after))
            if trouble.lasting:
                pause = LONGEST_PAUSE
            log.warning("room %s: %s; again in %.0f s", standing.room_id, trouble.code, pause.total_seconds())
            latest = await self._rooms.standing(standing.room_id) or standing
            stays = latest.door is not None and trouble.code in ("throttled", "unavailable")
            await self._rooms.put(
                replace(
                    latest,
                    state=latest.state if stays else "failed",
                    door=latest.door if stays else None,
                    trouble=trouble.code,
                    detail=trouble.detail,
                    differs=trouble.differs if isinstance(trouble, _NotAsWanted) else (),
                    tries=tries,
                    try_at=now + pause,
                    changed_at=now,
                )
            )


class _NotAsWanted(RoomTrouble):
    def __init__(self, differs: tuple[str, ...]) -> None:
        super().__init__("not_as_wanted", ", ".join(differs))
        self.differs = differs


def _product(view: RoomView) -> ProviderName:
    for product in get_args(ProviderName):
        if product == view.provider:
            return product  # type: ignore[no-any-return]
    raise RoomTrouble("not_configured", view.provider, lasting=True)


def _written(ref: RoomRef) -> dict[str, object]:
    return {
        "provider": ref.provider,
        "organisation_id": str(ref.organisation_id),
        "id": ref.id,
        "join_url": ref.join_url,
        "more": list(ref.more),
    }


def read_ref(kept: Mapping[str, Any]) -> RoomRef:
    """What the product calls a room, as it was written down."""
    more = tuple((str(name), str(value)) for name, value in kept["more"])
    return RoomRef(kept["provider"], UUID(kept["organisation_id"]), kept["id"], kept["join_url"], more)


def _every(door: str) -> timedelta:
    """How often a room with this door is read back."""
    return LOCKED_VERIFIED_EVERY if door == "locked" else VERIFIED_EVERY


def _who(spec: RoomSpec | None) -> object:
    """What of a room says who may be in it."""
    return spec and (spec.door, spec.inside, spec.kept_out, spec.ended)


def _verified_since(standing: RoomStanding, steps: Mapping[Step, datetime | None], now: datetime) -> bool:
    """Whether it is time to read it back although nothing has changed."""
    at = standing.verified_at
    if at is None or (standing.door in ("open", "locked") and now - at >= _every(standing.door)):
        return True
    due = (steps.get("verify_day_before"), steps.get("verify_hour_before"))
    return any(step is not None and at < step <= now for step in due)
