"""Every configured source has one running ingest and desk: begun, changed and ended as the table says."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import SecretStr

from orchestrator.clock import OSLO, Clock
from orchestrator.effects import Reconciler
from orchestrator.settings import Settings
from orchestrator.store.directory import Directory
from orchestrator.store.pool import UNAVAILABLE
from orchestrator.store.records import Source
from orchestrator.streaming.desk import Desk, DeskStatus
from orchestrator.streaming.gate import Settled
from orchestrator.streaming.ingest import Ingest
from orchestrator.streaming.keeper import Keeper
from orchestrator.streaming.slates import SlateBook
from orchestrator.streaming.source import (
    PullLimits,
    SourceConfig,
    SourceRefusedError,
    check_passphrase,
    vet_url,
)
from orchestrator.streaming.status import SourceStatus
from orchestrator.streaming.storage import LocalStorage
from orchestrator.uses import Uses

log = logging.getLogger(__name__)

LOOK_EVERY = 5.0
"""Seconds between looks at the table when nobody says that it changed."""


@dataclass(frozen=True)
class Reception:
    """How one source does: what comes in, and what becomes of it."""

    source: SourceStatus
    desk: DeskStatus


@dataclass
class _Running:
    source: Source
    ingest: Ingest
    desk: Desk
    slates: SlateBook
    receiving: asyncio.Task[None]
    publishing: asyncio.Task[None]

    @property
    def alive(self) -> bool:
        return not self.receiving.done() and not self.publishing.done()


class Sources:
    """The sources of this process by id; empty where it is no media node."""

    def __init__(
        self,
        *,
        settings: Settings,
        directory: Directory,
        uses: Uses,
        storage: LocalStorage,
        clock: Clock,
        keeper: Keeper | None = None,
        on_failure: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._settings = settings
        self._limits = PullLimits(settings.pull_networks, settings.files_dir)
        self._directory = directory
        self._uses = uses
        self._storage = storage
        self._clock = clock
        self._keeper = keeper
        self._wanted: dict[UUID, Source] = {}
        self._running: dict[UUID, _Running] = {}
        self._changed = asyncio.Event()
        self._reconciler = Reconciler("sources", self._reconcile, on_failure=on_failure)
        self._resumes_at: dict[UUID, datetime | None] = {}
        self._break_slates = Reconciler("break slates", self._show_resumption, on_failure=on_failure)

    def reception(self, source_id: UUID) -> Reception | None:
        """How a source does; None if it is not (yet) run here."""
        running = self._running.get(source_id)
        return Reception(running.ingest.status, running.desk.status) if running else None

    def preview(self, source_id: UUID) -> bytes | None:
        """The private picture (JPEG) for IT support; none behind closed doors, or while that is unknown."""
        running = self._running.get(source_id)
        return running.ingest.preview() if running else None

    async def vet(self, source: Source) -> None:
        """Raises SourceRefusedError, naming the field, for what could never be received: before it is saved.

        A host name that nobody knows now may be known later; every connection is looked at again.
        """
        if source.kind == "srt":
            check_passphrase(source.passphrase.get_secret_value() if source.passphrase else "")
            return
        try:
            await vet_url(source.url or "", self._limits)
        except SourceRefusedError as error:
            if error.rule != "unknown_host":
                raise

    @property
    def receiving(self) -> int:
        """From how many sources media arrives now."""
        return sum(one.ingest.status.state == "receiving" for one in self._running.values())

    def look(self) -> None:
        """The table of sources was changed: look now."""
        self._changed.set()

    def log_moved(self) -> None:
        """Something was appended to the log: the desks read it now."""
        for running in self._running.values():
            running.desk.wake()

    async def run(self) -> None:
        """Keep every source running until cancelled, then end them."""
        try:
            await self._watch_table()
        finally:
            await self._reconciler.stop()
            await self._break_slates.stop()
            await asyncio.gather(*(self._end(source_id) for source_id in list(self._running)))

    async def _watch_table(self) -> None:
        while True:
            self._changed.clear()
            try:
                self._wanted = {source.id: source for source in await self._directory.all_sources()}
            except UNAVAILABLE as error:
                log.warning("the table of sources cannot be read: %s", type(error).__name__)
            for source_id in {*self._wanted, *self._running}:
                if not self._fits(source_id):
                    self._reconciler.want(source_id)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._changed.wait()

    def _fits(self, source_id: UUID) -> bool:
        running = self._running.get(source_id)
        if running is None:
            return source_id not in self._wanted
        return running.alive and running.source == self._wanted.get(source_id)

    async def _reconcile(self, source_id: UUID) -> None:
        """Begin what is wanted and does not run, end what runs and is not wanted, change what differs."""
        source, running = self._wanted.get(source_id), self._running.get(source_id)
        if self._fits(source_id):
            return
        if source is None:
            await self._end(source_id)
        elif running is None or running.publishing.done():
            await self._end(source_id)
            slates = await self._slates(source)
            self._begin(source, self._desk(source, slates), slates)
        else:  # the desk goes on: what it holds is still to be judged
            await _ended(running.receiving)
            running.desk.spread = source.spread_ms / 1000
            running.desk.delay = source.delay_ms / 1000
            self._begin(source, running.desk, running.slates, running.publishing)

    def _begin(
        self,
        source: Source,
        desk: Desk,
        slates: SlateBook,
        publishing: asyncio.Task[None] | None = None,
    ) -> None:
        ingest = Ingest(
            _config(source),
            desk,
            clock=self._clock,
            private_dir=self._storage.source_directory(source.id),
            limits=self._limits,
            bind=self._settings.srt_host,
        )
        ingest.allow_preview(False)  # until the log has been read
        self._running[source.id] = _Running(
            source,
            ingest,
            desk,
            slates,
            receiving=asyncio.create_task(ingest.run(), name=f"ingest {source.id}"),
            publishing=publishing or asyncio.create_task(_publish(desk, slates), name=f"desk {source.id}"),
        )

    def _desk(self, source: Source, slates: SlateBook) -> Desk:
        return Desk(
            source.id,
            storage=self._storage,
            slates=slates,
            clock=self._clock,
            read_settled=lambda: self._read(source.id),
            spread=source.spread_ms / 1000,
            delay=source.delay_ms / 1000,
            keeper=self._keeper,
        )

    async def _read(self, source_id: UUID) -> Settled:
        """A read for a source's desk; it also says whether its picture may be seen."""
        seen = False
        try:
            settled = await self._uses.read(source_id)
            seen = not self._uses.doors_closed(source_id) and self._sees_what_is_open(source_id)
            if self._uses.resumes_at(source_id) != self._resumes_at.get(source_id):
                self._break_slates.want(source_id)
        finally:
            if running := self._running.get(source_id):
                running.ingest.allow_preview(seen)
        return settled

    def _sees_what_is_open(self, source_id: UUID) -> bool:
        """Whether the last keyframe, which the preview begins with, was taken after the doors were opened."""
        opened, running = self._uses.doors_opened_at(source_id), self._running.get(source_id)
        if opened is None or running is None:
            return True
        old = running.desk.delay + running.desk.spread + running.ingest.since_keyframe
        return self._clock.now() - opened >= timedelta(seconds=old)

    async def _slates(self, source: Source) -> SlateBook:
        organisation = await self._directory.organisation(source.organisation_id)
        if organisation is None:
            raise LookupError(f"the organisation of source {source.id} is gone")
        cache = self._settings.data_dir / "media" / "slates"
        return SlateBook(
            cache, name=organisation.name, language=organisation.language, colour=organisation.colour
        )

    async def _show_resumption(self, source_id: UUID) -> None:
        """The slate of a break says when the meeting goes on."""
        wanted = self._uses.resumes_at(source_id)
        if (running := self._running.get(source_id)) is not None:
            await running.slates.resumes_at(f"{wanted.astimezone(OSLO):%H.%M}" if wanted else None)
            self._resumes_at[source_id] = wanted

    async def _end(self, source_id: UUID) -> None:
        if (running := self._running.pop(source_id, None)) is not None:
            await _ended(running.receiving)
            await _ended(running.publishing)


async def _publish(desk: Desk, slates: SlateBook) -> None:
    """Media that arrives while the slates are made, the first time, waits in the desk's queue."""
    await slates.prepare()
    await desk.run()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
    except Exception:
        log.exception("%s had failed", task.get_name())


def _config(source: Source) -> SourceConfig:
    return SourceConfig(
        id=source.id,
        name=source.name,
        kind=source.kind,
        port=source.port,
        passphrase=source.passphrase,
        url=SecretStr(source.url) if source.url else None,
        delay_ms=source.delay_ms,
        spread_ms=source.spread_ms,
    )
