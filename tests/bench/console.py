"""The chair's and the participant's page drawn anew with 200 on the list and 100 speeches held.

``python -m tests.bench.console`` prints one line of JSON: milliseconds of processor time, the best of three.
"""

import json
import time
from collections.abc import Callable
from functools import partial

from orchestrator.web.pages import chair, participant
from tests.domain.hall import Hall, named, planned
from tests.web.pages import council

WAITING, HELD, MEMBERS = 200, 100, 100
RULES = {
    "several_requests_allowed": True,
    "rejoinder": "after_replies",
    "group_seconds": 36000,
    "replies_per_speech": 20,
}


def long_list() -> Hall:
    """A case that everybody wants to speak in, twice."""
    people = [named(f"member {number}") for number in range(MEMBERS)]
    members = [{"person_id": key, "group": f"G{number % 7}"} for number, key in enumerate(people)]
    hall = planned(members=members, rules=RULES)
    hall.says("open_session")
    hall.says("call_roll", present=people)
    hall.says("open_item", item_id=named("two"))
    for number in range(HELD):
        speech = named(f"held {number}")
        hall.says("request_floor", request_id=speech, person_id=people[number])
        hall.says("call_next_speaker", request_id=speech, current_id=None)
        hall.wait(30)
        hall.says("end_speech", speech_id=speech)
    for number in range(WAITING):
        request, person = named(f"waits {number}"), people[number % MEMBERS]
        hall.says("request_floor", request_id=request, person_id=person)
    return hall


def milliseconds(act: Callable[[], object]) -> float:
    """Processor time of one run, the best of three."""

    def once() -> float:
        start = time.process_time()
        act()
        return time.process_time() - start

    return round(min(once() for _ in range(3)) * 1000, 1)


def measure() -> dict[str, float]:
    """What is worked out, and all of it with the HTML of every fragment."""
    hall = long_list()
    found = {}
    for name, page in (("chair", chair.PAGE), ("participant", participant.PAGE)):
        found[f"{name}_context_ms"] = milliseconds(partial(page.context, council.scene(hall), "nb"))
        found[f"{name}_fragments_ms"] = milliseconds(partial(council.fragments, page, hall))
    return found


if __name__ == "__main__":
    print(json.dumps({"bench": "console"} | measure()))
