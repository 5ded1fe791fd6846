"""What goes on in a process of the service besides answering requests, by its role."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING

from orchestrator.core import Core
from orchestrator.move_letters import letters
from orchestrator.old_recordings import OldRecordings
from orchestrator.roomkeeping.egress import Egresses
from orchestrator.roomkeeping.orphans import Orphans
from orchestrator.roomkeeping.providers import RoomProviders
from orchestrator.services import Services
from orchestrator.side_tasks import SideTasks, hourly
from orchestrator.store.pool import UNAVAILABLE, database_now
from orchestrator.store.room_attendance import RoomAttendance
from orchestrator.store.transcripts import Transcripts
from orchestrator.streaming.storage import LocalStorage
from orchestrator.web.pages.letter_words import letter_words

if TYPE_CHECKING:
    from orchestrator.rooms.embedded.provider import EmbeddedRooms

log = logging.getLogger(__name__)

COMPARE_CLOCKS_EVERY = 30.0


def connect(services: Services, egresses: Egresses) -> None:
    """Who tells whom that something happened."""

    def moved(_position: int) -> None:
        services.sources.log_moved()
        services.rooms.log_moved()
        egresses.stir()
        services.schedule.stir()

    services.projector.on_moved = moved
    services.listener.on_rooms(lambda _id: services.schedule.stir())
    services.listener.on_access(lambda _id: services.rooms.access_moved())
    if services.embedded is not None:
        services.embedded.on_lobby = services.presence.moved
    services.commands.on_handled = services.metrics.handled
    services.metrics.sources_receiving.set_function(lambda: services.sources.receiving)


def start_everywhere(side_tasks: SideTasks, services: Services, base: Core) -> None:
    """In every process, whatever its role."""
    side_tasks.start("projector", base.projector.follow(services.listener))
    side_tasks.start("clock", _keep_clock(base))
    side_tasks.start("chat", base.chat.purge())
    side_tasks.start("reasons", base.reasons.purge())
    side_tasks.start("attendance", _purge_attendance(base))


def start_media(
    side_tasks: SideTasks, services: Services, artifacts: Coroutine[None, None, None], storage: LocalStorage
) -> None:
    """Where sources are received, and recordings kept."""
    side_tasks.start("sources", services.sources.run())
    side_tasks.start("artifacts", artifacts)
    side_tasks.start(
        "old recordings", OldRecordings(services.views, storage, Transcripts(services.pool)).run()
    )


def start_scheduler(
    side_tasks: SideTasks, services: Services, egresses: Egresses, base: Core, providers: RoomProviders
) -> None:
    """Where rooms are kept as wanted, and the day runs by the clock."""
    orphans = Orphans(
        providers=providers,
        accounts=services.room_accounts,
        unknown=services.unknown_rooms,
        clock=base.clock,
    )
    services.listener.on_rooms(lambda _id: orphans.stir())
    side_tasks.start("rooms", services.rooms.run())
    side_tasks.start("orphans", orphans.run())
    side_tasks.start("egresses", egresses.run())
    side_tasks.start("schedule", services.schedule.run())
    side_tasks.start("rehearsals", services.rehearsals.run())
    if base.settings.mail_from:
        side_tasks.start("letters", letters(base, letter_words).run(base.database.direct))


def start_casts(side_tasks: SideTasks, services: Services, inside: "EmbeddedRooms") -> None:
    """Send the rooms of this process into their sources, which are received here too."""
    from orchestrator.roomkeeping.casts import Casts, Sender  # noqa: PLC0415 - needs the extra that ``inside`` needs

    casts = Casts(
        rooms=inside,
        sources=services.room_sources,
        send=Sender(services.directory, services.clock, host=services.settings.srt_host),
        on_failure=services.metrics.effect_failed,
    )
    side_tasks.start("casts", casts.run())


async def _purge_attendance(base: Core) -> None:
    """Delete for ever who was in a room, where that is older than its municipality keeps it."""
    attendance = RoomAttendance(base.pool)
    await hourly("attendance", lambda: attendance.purge(base.clock.now()))


async def _keep_clock(base: Core) -> None:
    """Steer towards the database's clock; step only while no session is open."""
    while True:
        await asyncio.sleep(COMPARE_CLOCKS_EVERY)
        try:
            sessions = await base.views.sessions_not_adjourned()
            going_on = any(session.status != "planned" for session in sessions)
            asked_at = base.clock.monotonic()
            reference = await database_now(base.pool)
        except UNAVAILABLE as error:
            log.warning("the clocks cannot be compared: %s", type(error).__name__)
            continue
        behind = base.clock.steer(reference, asked_at=asked_at, may_step=not going_on)
        if abs(behind) > 1:
            log.warning("this machine's clock is %.1f s behind the database's", behind)
