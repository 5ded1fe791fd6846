"""From adjourning to a playable recording, after eight hours: the end of a real desk's broadcast.

``python -m tests.bench.adjourn`` prints one line of JSON. The eight hours are a few minutes of real
listing, repeated in the index; 60 cases and 600 speeches are in the timeline.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from orchestrator.domain.timeline import Entry
from orchestrator.streaming.index import Index
from orchestrator.streaming.storage import unguessable
from tests.streaming.world import World

HOURS = 8.0
CASES, SPEECHES = 60, 600


async def long_broadcast(data: Path, hours: float = HOURS) -> World:
    """A world whose session has been live for so long, all of it listed, and still is."""
    world = World(data, spread=1.0)
    world.session.turn("open")
    await world.run(40)
    until = world.start + timedelta(hours=hours)
    index = world.index()
    repeat(index, until)
    world.clock.advance((until - world.clock.now()).total_seconds())
    world.session.entries = entries(world.start, until)
    world.kill()
    world.read()
    world.step()
    return world


def repeat(index: Index, until: datetime) -> None:
    """List the last segment again and again, each time under a name of its own."""
    last = index.parts[1].segments[-1]
    length = timedelta(seconds=last.duration)
    while last.until < until:
        last = replace(
            last,
            name=f"{unguessable()}.m4s",
            start=last.start + last.duration,
            at=last.at + length,
            captured_from=last.captured_from + length,
            captured_to=last.captured_to + length,
            listed_at=last.listed_at + length,
        )
        index.list(last)


def entries(start: datetime, until: datetime) -> tuple[Entry, ...]:
    """Cases that follow on each other, each with its speeches."""
    case, speech = (until - start) / CASES, (until - start) / SPEECHES
    cases = [
        Entry(
            kind="item",
            id=f"sak-{n}",
            start=start + n * case,
            end=start + (n + 1) * case,
            title=f"Reguleringsplan for Elvebakken, felt {n}",
            number=f"PS {n}/21",
        )
        for n in range(CASES)
    ]
    speeches = [
        Entry(
            kind="speech",
            id=f"innlegg-{n}",
            start=start + n * speech,
            end=start + (n + 1) * speech,
            number=f"PS {n // 10}/21",
            person="Kari Nordli",
            group="SP",
        )
        for n in range(SPEECHES)
    ]
    return tuple(sorted([*cases, *speeches], key=lambda entry: entry.start))


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that it takes."""
    began = time.perf_counter()
    work()
    return round((time.perf_counter() - began) * 1000, 1)


async def measure(hours: float = HOURS) -> dict[str, float]:
    """Figures by name, in milliseconds unless they say otherwise."""
    with tempfile.TemporaryDirectory() as directory:
        world = await long_broadcast(Path(directory), hours)
        segments = len(world.index().parts[1].segments)
        await world.run(12)  # the first segments of the new connection

        idle_ms = timed(world.step)
        before = world.text("live.m3u8").count("#EXTINF")
        listing_ms = 0.0
        while world.text("live.m3u8").count("#EXTINF") == before:
            world.clock.advance(0.5)
            await world._capture()
            world.read()
            listing_ms = timed(world.step)

        world.session.turn("adjourn")
        world.read()
        adjourn_ms = timed(world.step)
        assert world.text("recording.m3u8").endswith("#EXT-X-ENDLIST\n")
        assert world.text("chapters.vtt").count("-->") >= CASES - 1
        restart_ms = timed(world.kill)
        return {
            "hours": hours,
            "segments": segments,
            "adjourn_to_recording_ms": adjourn_ms,
            "list_one_segment_ms": listing_ms,
            "idle_step_ms": idle_ms,
            "restart_ms": restart_ms,
        }


if __name__ == "__main__":
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else HOURS
    print(json.dumps({"bench": "adjourn"} | asyncio.run(measure(hours))))
