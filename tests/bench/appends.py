"""Appends per second through the EventStore, beside bare single-row INSERTs in the same run.

``python -m tests.bench.appends`` prints one line of JSON. The server is durable, as in production.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from orchestrator.domain.meeting import MeetingCancelled
from orchestrator.store.embedded import embedded_database
from orchestrator.store.events import EventStore
from orchestrator.store.migrate import migrate
from orchestrator.store.pool import open_pool

WRITERS = 8


async def measure(seconds: float = 3.0) -> dict[str, float]:
    """Figures by name: per second with one writer and with eight, and the median of one append."""
    with tempfile.TemporaryDirectory(prefix="orchestrator-bench-", ignore_cleanup_errors=True) as directory:
        async with embedded_database(Path(directory) / "postgres") as dsn:
            await migrate(dsn)
            async with open_pool(dsn, size=WRITERS) as pool:
                await pool.execute(
                    "create table bare (position bigint generated always as identity primary key, data jsonb)"
                )
                store = EventStore(pool)
                versions: dict[int, int] = {}
                organisation_id = uuid4()

                async def append(writer: int) -> None:
                    now = datetime.now(UTC)
                    event = MeetingCancelled(at=now, note="x" * 100)
                    version = versions.get(writer, 0)
                    await store.append(
                        *(organisation_id, f"session/{writer}", version, [event]),
                        recorded_at=now,
                        actor="bench",
                        command_id=uuid4(),
                    )
                    versions[writer] = version + 1

                async def insert(_: int) -> None:
                    data = {"type": "meeting_cancelled", "note": "x" * 100}
                    await pool.execute("insert into bare (data) values ($1)", data)

                await _per_second(append, WRITERS, 0.5)  # connections and plans
                one, median_ms = await _per_second(append, 1, seconds)
                bare_one, _ = await _per_second(insert, 1, seconds)
                many, _ = await _per_second(append, WRITERS, seconds)
                bare_many, _ = await _per_second(insert, WRITERS, seconds)
                return {
                    "appends_per_second": one,
                    "append_median_ms": median_ms,
                    "inserts_per_second": bare_one,
                    "appends_per_second_8_writers": many,
                    "inserts_per_second_8_writers": bare_many,
                }


async def _per_second(
    write: Callable[[int], Awaitable[None]], writers: int, seconds: float
) -> tuple[float, float]:
    """Writes per second by so many writers at once, and the median of one in milliseconds."""
    taken: list[float] = []
    begun = time.perf_counter()

    async def run(writer: int) -> None:
        while (start := time.perf_counter()) < begun + seconds:
            await write(writer)
            taken.append(time.perf_counter() - start)

    await asyncio.gather(*(run(writer) for writer in range(writers)))
    rate = len(taken) / (time.perf_counter() - begun)
    return round(rate, 1), round(sorted(taken)[len(taken) // 2] * 1000, 3)


if __name__ == "__main__":
    print(json.dumps({"bench": "appends", **asyncio.run(measure())}))
