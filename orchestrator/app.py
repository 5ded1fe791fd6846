"""The composition root: every resource as an async context manager, in start order."""

import asyncio
import hashlib
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from aiohttp import web

from orchestrator.alert_channels import channels
from orchestrator.alert_facts import AlertFacts
from orchestrator.alerts import Alarm
from orchestrator.background import connect, start_casts, start_everywhere, start_media, start_scheduler
from orchestrator.core import Core, core
from orchestrator.health import readiness
from orchestrator.logs import logging_to_stderr
from orchestrator.metrics import Metrics
from orchestrator.purge import purging
from orchestrator.rehearsals import Rehearsals
from orchestrator.roomkeeping.artifacts import RoomArtifacts
from orchestrator.roomkeeping.egress import Egresses
from orchestrator.roomkeeping.keeper import RoomKeeper
from orchestrator.roomkeeping.presence import Presence
from orchestrator.roomkeeping.providers import RoomProviders, embedded_rooms, makers
from orchestrator.roomkeeping.sources import RoomSources
from orchestrator.roomkeeping.subscriptions import Subscriptions
from orchestrator.roomkeeping.wishes import Wishes
from orchestrator.schedule.running import Schedule
from orchestrator.services import Services
from orchestrator.settings import Settings
from orchestrator.side_tasks import SideTasks
from orchestrator.sources import Sources
from orchestrator.store.alerts import Alerts
from orchestrator.store.due import Marks
from orchestrator.store.fetch_troubles import FetchTroubles
from orchestrator.store.listener import Listener
from orchestrator.store.room_accounts import RoomAccounts
from orchestrator.store.room_news import RoomNews
from orchestrator.store.rooms import RoomStates
from orchestrator.store.secrets import Vault
from orchestrator.store.statistics import Statistics
from orchestrator.store.unknown_rooms import UnknownRooms
from orchestrator.streaming.keeper import EncryptedKeeper
from orchestrator.streaming.storage import LocalStorage
from orchestrator.uses import Uses
from orchestrator.web.pages.alert_words import told
from orchestrator.web.routes import build

if TYPE_CHECKING:
    pass

log = logging.getLogger(__name__)

Role = Literal["web", "media", "scheduler", "all"]
LISTENER_SECONDS = 5.0
SHUTDOWN_SECONDS = 5.0
"""So long may requests that are being answered take when the service stops."""


class CannotListenError(Exception):
    """The web server cannot have the port it is told to use; says why in words."""


@dataclass(frozen=True)
class Service:
    """A service that runs. ``port``: where the web server listens, 0 if there is none."""

    services: Services
    side_tasks: SideTasks
    port: int

    @property
    def address(self) -> str:
        """The address people use, without a slash at the end."""
        return self.services.settings.address(self.port)


@asynccontextmanager
async def service(
    settings: Settings, role: Role = "all", *, base: Core | None = None
) -> AsyncIterator[Service]:
    """Run the service for as long as the block lasts; ready when it begins.

    ``base``: what it stands on, if that is there already. Raises MigrationError if the schema is not this
    program's, and CannotListenError.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(logging_to_stderr(settings))
        if base is None:
            base = await stack.enter_async_context(core(settings))
        listener = await stack.enter_async_context(Listener(base.database.direct))
        with suppress(TimeoutError):  # without it we hear of news late; /readyz says so
            async with asyncio.timeout(LISTENER_SECONDS):
                await listener.connected.wait()
        metrics = Metrics()
        purge = await stack.enter_async_context(purging(settings, metrics.effect_failed))
        uses = Uses(base.pool, base.events, base.directory, base.people, base.clock)
        storage = LocalStorage(
            settings.public_media,
            settings.private_media,
            min_free_bytes=settings.min_free_bytes,
            purge=purge,
        )
        keeper = EncryptedKeeper(settings.kept_media, hashlib.sha256(b"kept" + base.key).digest())
        sources = Sources(
            settings=settings,
            directory=base.directory,
            uses=uses,
            storage=storage,
            clock=base.clock,
            keeper=keeper,
            on_failure=metrics.effect_failed,
        )
        inside = embedded_rooms(settings, base.clock, base.key) if role == "all" else None
        vault = Vault(base.key.decode())
        accounts, room_states = RoomAccounts(base.pool, vault), RoomStates(base.pool, vault)
        marks = Marks(base.pool)
        providers = await stack.enter_async_context(
            aclosing(RoomProviders(makers(accounts.get, base.clock, inside)))
        )
        wishes = _wishes(base, marks)
        rooms = RoomKeeper(
            providers=providers,
            rooms=room_states,
            wishes=wishes,
            views=base.views,
            states=base.states,
            events=base.events,
            clock=base.clock,
            on_failure=metrics.effect_failed,
        )
        schedule = Schedule(
            pool=base.pool,
            commands=base.commands,
            views=base.views,
            directory=base.directory,
            marks=marks,
            room_states=room_states,
            rooms=rooms,
            sources=sources,
            clock=base.clock,
            on_failure=metrics.effect_failed,
        )
        rehearsals = Rehearsals(
            pool=base.pool, commands=base.commands, views=base.views, rooms=room_states, clock=base.clock
        )
        for forget in (base.states.forget, uses.forget):
            listener.on_deleted(forget)
        services = Services(
            settings=settings,
            key=base.key,
            clock=base.clock,
            pool=base.pool,
            events=base.events,
            directory=base.directory,
            access=base.access,
            views=base.views,
            statistics=Statistics(base.pool),
            listener=listener,
            commands=base.commands,
            projector=base.projector,
            people=base.people,
            chat=base.chat,
            reasons=base.reasons,
            sources=sources,
            rooms=rooms,
            presence=await stack.enter_async_context(aclosing(Presence(rooms, base.clock))),
            embedded=inside,
            room_sources=RoomSources(base.views, base.states, base.directory),
            room_states=room_states,
            rehearsals=rehearsals,
            marks=marks,
            room_accounts=accounts,
            room_news=RoomNews(base.pool),
            fetch_troubles=FetchTroubles(base.pool),
            unknown_rooms=UnknownRooms(base.pool),
            schedule=schedule,
            alerts=Alerts(base.pool),
            metrics=metrics,
            readiness=partial(readiness, base.pool, base.events, base.projector, listener),
        )
        egresses = _egresses(services, providers, wishes)
        artifacts = _artifacts(services, providers, base, uses=uses, storage=storage, keeper=keeper)
        connect(services, egresses)
        side_tasks = await stack.enter_async_context(SideTasks())
        alarm = await stack.enter_async_context(_alarm(services, base))
        start_everywhere(side_tasks, services, base)
        if role != "web":
            side_tasks.start("alerts", alarm.run())
        if role in {"media", "all"}:
            start_media(side_tasks, services, artifacts.run(base.database.direct), storage)
        if inside is not None:
            start_casts(side_tasks, services, inside)
        if role in {"scheduler", "all"}:
            start_scheduler(side_tasks, services, egresses, base, providers)
        port = 0
        if role in {"web", "all"}:
            port = await stack.enter_async_context(_web_server(services))
        log.info("ready", extra={"role": role, "address": settings.address(port)})
        yield Service(services, side_tasks, port)
        log.info("stopping")


async def run(settings: Settings, role: Role = "all") -> None:
    """Serve until SIGTERM or SIGINT. Raises SideTaskEnded when the service cannot go on."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    async with service(settings, role) as running:
        await until(asked, running.side_tasks)


async def until(asked: asyncio.Event, side_tasks: SideTasks) -> None:
    """Return when asked to stop; raises SideTaskEnded should a side task end first."""
    watching = asyncio.create_task(side_tasks.watch())
    waiting = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({watching, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            await watching
    finally:
        for task in (watching, waiting):
            task.cancel()
        await asyncio.gather(watching, waiting, return_exceptions=True)


def _wishes(base: Core, marks: Marks) -> Wishes:
    return Wishes(
        views=base.views,
        states=base.states,
        marks=marks,
        directory=base.directory,
        access=base.access,
        clock=base.clock,
    )


def _egresses(services: Services, providers: RoomProviders, wishes: Wishes) -> Egresses:
    return Egresses(
        providers=providers,
        rooms=services.room_states,
        wishes=wishes,
        sources=services.room_sources,
        views=services.views,
        directory=services.directory,
        settings=services.settings,
        key=services.key,
        clock=services.clock,
        on_failure=services.metrics.effect_failed,
    )


def _artifacts(
    services: Services,
    providers: RoomProviders,
    base: Core,
    *,
    uses: Uses,
    storage: LocalStorage,
    keeper: EncryptedKeeper,
) -> RoomArtifacts:
    """What fetches what rooms' own products have made, and has them tell us of it."""
    return RoomArtifacts(
        providers=providers,
        rooms=services.room_states,
        subscriptions=Subscriptions(
            providers=providers,
            rooms=services.room_states,
            news=services.room_news,
            troubles=services.fetch_troubles,
            directory=services.directory,
            settings=services.settings,
            key=services.key,
            clock=services.clock,
            on_failure=services.metrics.effect_failed,
        ),
        news=services.room_news,
        troubles=services.fetch_troubles,
        marks=services.marks,
        views=services.views,
        states=base.states,
        events=services.events,
        uses=uses,
        people=services.people,
        directory=services.directory,
        pool=services.pool,
        storage=storage,
        keeper=keeper,
        clock=services.clock,
        on_failure=services.metrics.effect_failed,
    )


@asynccontextmanager
async def _alarm(services: Services, base: Core) -> AsyncIterator[Alarm]:
    """What tells IT of urgent problems; sources are judged where they are run, rooms wherever this runs."""
    facts = AlertFacts(
        views=services.views,
        states=base.states,
        marks=services.marks,
        directory=services.directory,
        rooms=services.rooms,
        sources=services.sources,
        clock=services.clock,
    )
    words = told(services.directory)
    async with channels(services.settings, words, services.clock) as found:
        yield Alarm(
            alerts=services.alerts,
            facts=facts.read,
            channels=found,
            clock=services.clock,
            on_failure=services.metrics.effect_failed,
        )


@asynccontextmanager
async def _web_server(services: Services) -> AsyncIterator[int]:
    runner = web.AppRunner(build(services), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        host, port = services.settings.host, services.settings.port
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise CannotListenError(f"the web server cannot listen on {host}:{port}: {reason}") from None
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
