"""A random meeting from its plan to its end: each step is mostly one that may be taken as things stand."""

from collections import Counter
from random import Random
from typing import Any
from uuid import UUID

from orchestrator.domain.errors import Refused
from orchestrator.domain.roles import Actor
from orchestrator.domain.rules import DebateRules
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.state import SessionState
from tests.domain.hall import CHAIR, PEOPLE, SECRETARY, Hall, named, planned

ITEMS = (named("one"), named("two"), named("secret"))
MEMBERS: list[dict[str, Any]] = [
    *({"person_id": named(name), "group": "SP" if name in ("kari", "per") else "AP"} for name in PEOPLE),
    *(
        {"person_id": named(f"{group}{n}"), "group": group, "list_order": n}
        for group in ("SP", "AP")
        for n in (1, 2)
    ),
]
SEATED = tuple(named(name) for name in PEOPLE)
SUBSTITUTES = tuple(named(name) for name in ("SP1", "SP2", "AP1", "AP2"))
NAMES = {named(name): name for name in (*PEOPLE, "SP1", "SP2", "AP1", "AP2")}
KINDS = (*(SpeechKind.SPEECH, SpeechKind.REPLY) * 3, *SpeechKind)
BASIS = {"section": "11-5"}
START = planned(members=MEMBERS)
"""A plan that every random meeting begins from; a state is a value, so they may share it."""


def rules(random: Random) -> DebateRules:
    """Any rules of procedure."""
    return DebateRules(
        rejoinder=random.choice(["none", "after_replies", "after_each"]),
        order=random.choice(["arrival", "fewest_turns"]),
        safe_places=random.randrange(3),
        replies_per_speech=random.randrange(1, 4),
        points_of_order_first=random.random() < 0.7,
        keep_replies=random.random() < 0.5,
        carry_speech=random.random() < 0.5,
        several_requests_allowed=random.random() < 0.2,
        group_seconds=random.choice([None, 10, 600]),
        last_call_seconds=random.choice([0, 30]),
    )


RULES = tuple(rules(Random(seed)).model_dump() for seed in range(200))  # noqa: S311


class Meeting:
    """One meeting. ``accepted`` counts the commands, by type, that something came of."""

    def __init__(self, random: Random, accepted: Counter[str]) -> None:
        self.random, self.accepted = random, accepted
        self.hall = Hall(tick=random.choice([0, 0.25, 7]))
        self.hall.state, self.hall.events, self.hall.now = START.state, list(START.events), START.now
        self.number = 0
        self.says("change_rules", SECRETARY, rules=random.choice(RULES))

    @property
    def state(self) -> SessionState:
        """As of now."""
        return self.hall.state

    def says(self, type_: str, by: Actor = CHAIR, /, **fields: Any) -> bool:
        """Try a command; whether it was allowed. What is refused changes nothing."""
        before = self.hall.state
        try:
            events = self.hall.says(type_, by, **fields)
        except Refused:
            assert self.hall.state is before
            return False
        self.accepted[type_] += bool(events)
        return True

    def new(self, prefix: str) -> UUID:
        """A name that nothing has yet."""
        self.number += 1
        return named(f"{prefix}{self.number}")

    def item_id(self) -> UUID:
        """The item being treated, now and then another."""
        current = self.state.current_item_id
        return current if current and self.random.random() < 0.8 else self.random.choice(ITEMS)

    def planned_item(self) -> UUID:
        """An item not treated yet, if there is one."""
        left = [item.item_id for item in self.state.agenda if item.status == "planned"]
        return self.random.choice(left or ITEMS)

    def entry(self) -> UUID:
        """An entry of any list, mostly the first of this one."""
        waiting = self.state.speaker_list
        if waiting and self.random.random() < 0.7:
            return waiting[0].request_id
        return self.random.choice(self.state.waiting or tuple(self.state.requests) or (named("r"),))
