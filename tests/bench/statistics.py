"""A year's statistics: 40 meetings with 250 speeches each, from the rows and by replaying every history.

``python -m tests.bench.statistics`` prints one line of JSON, in milliseconds.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from orchestrator.domain import meeting
from orchestrator.domain.base import Event
from orchestrator.domain.codec import parse_command
from orchestrator.domain.statistics import by, spoken
from orchestrator.states import States
from orchestrator.store.embedded import embedded_database
from orchestrator.store.migrate import migrate
from orchestrator.store.pool import Pool, open_pool
from orchestrator.store.statistics import Statistics
from tests.domain.hall import SECRETARY, START, Hall, named
from tests.town import Node

MEETINGS, SPEECHES = 40, 250
NAMES = [f"member {number}" for number in range(43)]


def held(meeting_id: UUID) -> list[Event]:
    """The events of a session with so many speeches, four of ten of them replies."""
    hall = Hall()
    members = [{"person_id": named(name), "group": f"P{number % 6}"} for number, name in enumerate(NAMES)]
    times = {"starts_at": START, "ends_at": START + timedelta(hours=9)}
    hall.says(
        "plan_session", SECRETARY, meeting_id=meeting_id, title="Kommunestyret", members=members, **times
    )
    hall.says("add_item", SECRETARY, item_id=named("one"), title="Budsjett", kind="report_item")
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in NAMES])
    hall.says("open_item", item_id=named("one"))
    current, speech = None, None
    for number in range(SPEECHES):
        name, request = NAMES[number * 7 % 43], named(f"speech {number}")
        reply = {"kind": "reply", "parent_id": speech} if number % 5 in (1, 2) else {}
        hall.says("request_floor", request_id=request, person_id=named(name), **reply)
        hall.says("start_speech", request_id=request, current_id=current)
        hall.wait(90)
        current, speech = request, speech if reply else request
    hall.says("close_item", item_id=named("one"))
    hall.says("adjourn_session")
    return hall.events


async def fill(pool: Pool, organisation_id: UUID) -> list[UUID]:
    """Put the year into the log; the sessions' ids."""
    events = Node(pool).events
    sessions = []
    for number in range(MEETINGS):
        meeting_id, session_id = uuid4(), uuid4()
        plan = {"slug": f"mote-{number}", "title": "Kommunestyret", "starts_at": START, "ends_at": START}
        command = parse_command(
            "meeting", {"type": "plan_meeting", **plan, "ends_at": START + timedelta(hours=9)}
        )
        planned = meeting.decide(meeting.initial(meeting_id), command, START, SECRETARY)
        for stream, happened in (
            (f"meeting/{meeting_id}", planned),
            (f"session/{session_id}", held(meeting_id)),
        ):
            await events.append(
                *(organisation_id, stream, 0, happened),
                recorded_at=datetime.now(UTC),
                actor="bench",
                command_id=None,
            )
        sessions.append(session_id)
    return sessions


async def took(work: Callable[[], Awaitable[object]], times: int = 1) -> float:
    """Milliseconds that it takes, at best."""
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        await work()
        best = min(best, time.perf_counter() - began)
    return round(best * 1000, 1)


async def measure() -> dict[str, float]:
    """Figures by name."""
    with tempfile.TemporaryDirectory(prefix="orchestrator-bench-", ignore_cleanup_errors=True) as directory:
        async with embedded_database(Path(directory) / "postgres") as dsn:
            await migrate(dsn)
            async with open_pool(dsn) as pool:
                organisation_id = uuid4()
                sessions = await fill(pool, organisation_id)
                node = Node(pool)
                figures = {"project_all_ms": await took(node.projector.rebuild)}

                async def replayed(states: States) -> None:
                    for session_id in sessions:
                        state = (await states.current("session", session_id)).state
                        by(spoken(state), lambda line: line.person_id)  # type: ignore[arg-type]

                async def from_rows() -> None:
                    found = await Statistics(pool).year(organisation_id, START.year, public=False)
                    by([line for one in found for line in one.lines], lambda line: line.person_id)

                figures["year_replayed_ms"] = await took(lambda: replayed(States(node.events)))
                figures["year_replayed_in_memory_ms"] = await took(lambda: replayed(node.states))
                figures["year_from_rows_ms"] = await took(from_rows, 5)
                return figures


if __name__ == "__main__":
    print(json.dumps({"bench": "statistics"} | asyncio.run(measure())))
