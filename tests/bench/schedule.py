"""The schedule with 100,000 sessions planned over a year: starting it, a sweep, and how late things happen.

``python -m tests.bench.schedule`` prints a line of JSON for each. Beside it, in the same run, the naive way:
all that is planned read, and a timer in APScheduler for the beginning of every tenth session (of
each takes minutes).
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from pathlib import Path
from uuid import UUID

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from orchestrator.schedule.running import Schedule
from orchestrator.store.due import Marks
from orchestrator.store.embedded import embedded_database
from orchestrator.store.migrate import migrate
from orchestrator.store.pool import open_pool
from orchestrator.store.rooms import RoomStates
from orchestrator.store.secrets import Vault
from orchestrator.store.views import SessionView
from tests.town import KEY, Node, Town, founded

PLANNED, AT_ONCE, TIMERS = 100_000, 20, 10_000
PATIENCE = 120.0
"""Seconds a statement over all of them may take."""
FILL = """
insert into session_view (session_id, meeting_id, organisation_id, title, kind, status, public, starts_at,
  ends_at, broadcast_id, recording_published, version, room_id, by_itself)
select gen_random_uuid(), $1, $2, 'Sesjon ' || n, 'parallel', 'planned', true, start,
  start + interval '1 hour',
  gen_random_uuid(), false, 1, gen_random_uuid(), true
from generate_series(1, $3::integer) n, lateral (select $4::timestamptz + n * $5::interval as start) at
"""


class Outside:
    """Rooms and sources that want nothing."""

    def want(self, room_id: UUID) -> None:
        """It is as wanted."""

    def look(self) -> None:
        """They run."""


def schedule_of(node: Node) -> Schedule:
    """The schedule as the service runs it."""
    return Schedule(
        pool=node.pool,
        commands=node.commands,
        views=node.views,
        directory=node.directory,
        marks=Marks(node.pool),
        room_states=RoomStates(node.pool, Vault(KEY)),
        rooms=Outside(),
        sources=Outside(),
        clock=node.clock,
    )


@asynccontextmanager
async def year() -> AsyncIterator[Town]:
    """A municipality in a durable database whose views show a year of sessions."""
    with tempfile.TemporaryDirectory(prefix="orchestrator-bench-", ignore_cleanup_errors=True) as directory:
        async with embedded_database(Path(directory) / "postgres") as dsn:
            await migrate(dsn)
            async with open_pool(dsn) as pool:
                node = Node(pool)
                town = await founded(node)
                meeting_id = await town.plans_meeting(ends_at=node.clock.now() + timedelta(days=370))
                start = node.clock.now() + timedelta(hours=1)
                every = timedelta(days=365) / PLANNED
                await pool.execute(
                    *(FILL, meeting_id, town.organisation_id, PLANNED, start, every), timeout=PATIENCE
                )
                await pool.execute("analyze", timeout=PATIENCE)
                yield town


async def took(work: Callable[[], Awaitable[object]], times: int = 1) -> float:
    """Milliseconds, the median of so many."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(taken), 1)


async def planned(town: Town) -> list[SessionView]:
    """All that is planned."""
    rows = await town.node.pool.fetch(
        "select * from session_view where status not in ('adjourned', 'cancelled')", timeout=PATIENCE
    )
    return [SessionView(**row) for row in rows]


async def naive(town: Town) -> None:
    """All that is planned, and so many timers."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.start(paused=True)
    for row in (await planned(town))[:TIMERS]:
        scheduler.add_job(print, "date", run_date=row.starts_at, timezone=UTC)
    scheduler.shutdown(wait=False)


async def lateness(town: Town) -> dict[str, float]:
    """How late sessions that begin at the same moment are opened, in milliseconds."""
    node = town.node
    start = node.clock.now() + timedelta(seconds=6)
    end = start + timedelta(hours=1)
    meeting_id = await town.plans_meeting("samtidig", starts_at=start, ends_at=end)
    plan = {"by_itself": True, "source_id": None, "starts_at": start, "ends_at": end}
    sessions = [await town.plans_session(meeting_id, **plan) for _ in range(AT_ONCE)]
    schedule = schedule_of(node)
    node.projector.on_moved = lambda _position: schedule.stir()
    running = asyncio.create_task(schedule.run())
    late = []
    try:
        for session_id in sessions:
            while not (state := await node.commands.session(town.organisation_id, session_id)).parts:
                await asyncio.sleep(0.2)
            late.append((state.parts[0].start - start).total_seconds() * 1000)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return {"at_once": AT_ONCE, "median_ms": round(statistics.median(late), 1), "max_ms": round(max(late), 1)}


async def measure() -> AsyncIterator[dict[str, object]]:
    """One set of figures after the other."""
    async with year() as town:
        naive_ms = await took(lambda: naive(town))
        start_ms = await took(lambda: schedule_of(town.node).sweep())
        yield {
            "figure": "start",
            "planned": PLANNED,
            "ms": start_ms,
            "naive_ms": naive_ms,
            "naive_timers": TIMERS,
        }
        schedule = schedule_of(town.node)
        sweep_ms = await took(schedule.sweep, 50)
        naive_ms = await took(lambda: planned(town), 3)
        yield {"figure": "sweep", "planned": PLANNED, "ms": sweep_ms, "naive_ms": naive_ms}
        yield {"figure": "lateness", "planned": PLANNED, **await lateness(town)}


async def main() -> None:
    """Print them."""
    async for figures in measure():
        print(json.dumps({"bench": "schedule", **figures}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
