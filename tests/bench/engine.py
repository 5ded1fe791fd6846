"""Decisions a second of the speaker list's engine with 200 on the list, beside the same with 10.

``python -m tests.bench.engine`` prints one line of JSON for each command. A decision is the command decided
and its events taken into the state, as the service does it; nothing is stored. Seconds are the processor's:
other programs do not count.
"""

import json
import time
from collections.abc import Iterator
from datetime import timedelta

from orchestrator.domain import session
from orchestrator.domain.base import Command
from orchestrator.domain.codec import parse_command
from tests.domain.hall import CHAIR, SECRETARY, START, Hall, named

LONG, SHORT = 200, 10
SECONDS = 1.0


def waiting(length: int) -> Hall:
    """An item under treatment in which so many have asked for the floor, and one more has not yet."""
    hall = Hall()
    names = [f"member {number}" for number in range(length + 1)]
    members = [{"person_id": named(name), "group": f"P{number % 9}"} for number, name in enumerate(names)]
    times = {"starts_at": START, "ends_at": START + timedelta(hours=9)}
    hall.says(
        "plan_session", SECRETARY, meeting_id=named("m"), title="Kommunestyret", members=members, **times
    )
    hall.says("add_item", SECRETARY, item_id=named("one"), title="Budsjett", kind="report_item")
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in names])
    hall.says("open_item", item_id=named("one"))
    for name in names[:length]:
        hall.says("request_floor", request_id=named(f"of {name}"), person_id=named(name))
    return hall


def commands(hall: Hall) -> Iterator[Command]:
    """One of each, on the list as it is: the last to come, the first to go, the last to the front."""
    first, last = hall.state.waiting[0], hall.state.waiting[-1]
    newcomer = named(f"member {len(hall.state.waiting)}")
    for type_, fields in (
        ("request_floor", {"request_id": named("new"), "person_id": newcomer}),
        ("call_next_speaker", {"request_id": first, "current_id": None}),
        ("move_request", {"request_id": last, "before_id": first}),
    ):
        yield parse_command("session", {"type": type_, **fields})


def per_second(hall: Hall, command: Command) -> int:
    """How often it can be done to this list, always from the same state."""
    done, began = 0, time.process_time()
    while (taken := time.process_time() - began) < SECONDS:
        state = hall.state
        for event in session.decide(state, command, hall.now, CHAIR):
            state = session.evolve(state, event)
        assert state.version > hall.state.version
        done += 1
    return round(done / taken)


def measure() -> Iterator[dict[str, object]]:
    """For each command, decisions a second."""
    short, long = waiting(SHORT), waiting(LONG)
    for of_short, of_long in zip(commands(short), commands(long), strict=True):
        yield {
            "command": of_long.type,
            f"per_second_{LONG}_waiting": per_second(long, of_long),
            f"per_second_{SHORT}_waiting": per_second(short, of_short),
        }


if __name__ == "__main__":
    for figures in measure():
        print(json.dumps({"bench": "engine"} | figures))
