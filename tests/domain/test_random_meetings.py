"""Ten thousand random debates, short and fierce: no invariant is broken, and each replays to itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.domain import session
from orchestrator.domain.base import running
from orchestrator.domain.budget import group_times
from orchestrator.domain.codec import decode, encode
from orchestrator.domain.errors import Refused
from orchestrator.domain.order import ASIDES, listed
from orchestrator.domain.roles import Actor
from orchestrator.domain.rules import DebateRules
from orchestrator.domain.session import evolve
from orchestrator.domain.speakers import may_request
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.state import SessionState
from tests.domain.hall import CHAIR, PEOPLE, Hall, debating, member, named

MEETINGS, SEEDS, STEPS = 10_000, 20, 12
ITEMS = (named("one"), named("two"))
KINDS = tuple(SpeechKind)
START = debating()
"""A debate that every random one begins as; a state is a value, so they may share it."""


def rules(random: Random) -> DebateRules:
    """Any rules of procedure."""
    return DebateRules(
        rejoinder=random.choice(["none", "after_replies", "after_each"]),
        order=random.choice(["arrival", "fewest_turns"]),
        safe_places=random.randrange(3),
        replies_per_speech=random.randrange(4),
        points_of_order_first=random.random() < 0.7,
        keep_replies=random.random() < 0.5,
        carry_speech=random.random() < 0.5,
        several_requests_allowed=random.random() < 0.2,
        group_seconds=random.choice([None, 60, 600]),
        last_call_seconds=random.choice([0, 30]),
    )


@dataclass
class Debate:
    """One debate in which somebody tries something again and again."""

    random: Random
    hall: Hall = field(default_factory=Hall)

    def __post_init__(self) -> None:
        self.hall.state, self.hall.events, self.hall.now = START.state, list(START.events), START.now
        self.hall.tick = self.random.choice([0, 0.25, 7])
        self.says("change_rules", rules=rules(self.random).model_dump())
        self.number = 0

    def says(self, type_: str, by: Actor = CHAIR, /, **fields: Any) -> bool:
        """Try a command; whether it was allowed. What is refused changes nothing."""
        before = self.hall.state
        try:
            self.hall.says(type_, by, **fields)
        except Refused:
            assert self.hall.state is before
            return False
        return True

    def entry(self) -> UUID:
        """An entry of any list, mostly the first of this one."""
        waiting = self.hall.state.speaker_list
        if waiting and self.random.random() < 0.7:
            return waiting[0].request_id
        return self.random.choice(list(self.hall.state.requests) or [named("r")])

    def step(self) -> None:
        """One thing that somebody tries."""
        self.random.choice(TRIES)(self)


def asks(debate: Debate) -> None:
    random, state = debate.random, debate.hall.state
    name, kind = random.choice(PEOPLE), random.choice(KINDS)
    speech = state.current_speech
    parent = speech and (speech.parent_id or speech.request_id)
    answers = kind in (SpeechKind.REPLY, SpeechKind.REJOINDER)
    debate.number += 1
    by = random.choice([CHAIR, member(name)])
    told = may_request(state, named(name), kind, max(debate.hall.now, state.last_at or debate.hall.now))
    tick, debate.hall.tick = debate.hall.tick, 0
    allowed = debate.says(
        "request_floor",
        by,
        request_id=named(f"r{debate.number}"),
        person_id=named(name),
        kind=kind,
        parent_id=parent if answers else None,
    )
    debate.hall.tick = tick
    assert by is CHAIR or allowed is (told is None), told


def calls(debate: Debate) -> None:
    command = debate.random.choice(["call_next_speaker", "call_next_speaker", "start_speech"])
    debate.says(command, request_id=debate.entry(), current_id=debate.hall.state.current_speech_id)


def interrupts(debate: Debate) -> None:
    if current := debate.hall.state.current_speech_id:
        debate.says("interrupt_speech", request_id=debate.entry(), current_id=current)


def speech(debate: Debate) -> None:
    command = debate.random.choice(["pause_speech", "resume_speech", "end_speech"])
    debate.says(command, speech_id=debate.hall.state.current_speech_id or debate.entry())


def moves(debate: Debate) -> None:
    before = list(debate.hall.state.speaker_list)
    moved, ahead = debate.entry(), debate.entry()
    if debate.says("move_request", request_id=moved, before_id=ahead):
        item_id = before[0].item_id if before else None
        ordinary = [r.request_id for r in before if r.kind not in ASIDES and not r.interrupted]
        safe = ordinary[: debate.hall.state.rules_for(item_id).safe_places]
        after = [r.request_id for r in debate.hall.state.speaker_list]
        if moved in after and moved not in safe and debate.hall.state.requests[moved].kind not in ASIDES:
            assert all(after.index(one) < after.index(moved) for one in safe)


def withdraws(debate: Debate) -> None:
    debate.says("withdraw_request", request_id=debate.entry())


def line(debate: Debate) -> None:
    command = debate.random.choice(["propose_closing_list", "call_last", "close_list", "reopen_list"])
    debate.says(command, item_id=debate.random.choice(ITEMS))


def item(debate: Debate) -> None:
    debate.says("open_item", item_id=debate.random.choice(ITEMS))


def people(debate: Debate) -> None:
    command = debate.random.choice(["record_departure", "record_arrival"])
    debate.says(command, person_id=named(debate.random.choice(PEOPLE)))


def votes(debate: Debate) -> None:
    running_vote, item_id = debate.hall.state.current_vote, debate.hall.state.current_item_id
    if running_vote:
        debate.says("cancel_vote", vote_id=running_vote.vote_id)
    elif item_id:
        debate.number += 1
        debate.says("start_vote", vote_id=named(f"v{debate.number}"), item_id=item_id)


def changes(debate: Debate) -> None:
    item_id = debate.random.choice([None, *ITEMS])
    debate.says("change_rules", item_id=item_id, rules=rules(debate.random).model_dump())


def forms(debate: Debate) -> None:
    name = debate.random.choice(["interpellation", "question", None])
    pair = {"asker_id": named("kari"), "answerer_id": named("anne")} if name else {}
    debate.says("use_template", item_id=debate.random.choice(ITEMS), template=name, **pair)


def group_time(debate: Debate) -> None:
    debate.says("share_overrun", item_id=debate.random.choice(ITEMS), group="SP")


def turns_back(debate: Debate) -> None:
    if debate.hall.state.undoable:
        debate.says("undo", event_id=debate.hall.state.undoable[-1].event_id)


def clock(debate: Debate) -> None:
    debate.hall.now += timedelta(seconds=debate.random.choice([-600, -0.5, 20, 400]))


TRIES: tuple[Callable[[Debate], None], ...] = (
    *(asks, asks, asks, asks, calls, calls, calls, interrupts, speech, moves, withdraws, turns_back),
    *(line, item, people, votes, changes, forms, group_time, clock),
)


def check(state: SessionState) -> None:
    """What must hold after every step."""
    held = [request for request in state.requests.values() if request.has_floor]
    assert [one.request_id for one in held] == ([state.current_speech_id] if state.current_speech_id else [])
    assert sum(request.status == "speaking" for request in held) <= 1
    assert sorted(state.waiting) == sorted(key for key, r in state.requests.items() if r.on_list)
    at = state.last_at
    assert at is not None
    for request in state.requests.values():
        assert request.seconds(at) >= 0
        assert request.limit_seconds + request.extra_seconds >= 0
        assert running(request.intervals) == (request.status == "speaking")
        assert running(request.interruptions) == request.interrupted
        assert (request.ended_at is not None) == (request.status in ("done", "withdrawn", "removed"))
        assert all(a.stop is not None and a.stop <= b.start for a, b in pairwise(request.intervals))
        parent = state.requests.get(request.parent_id) if request.parent_id else None
        if parent is not None:
            assert (parent.item_id, parent.parent_id) == (request.item_id, None)
            assert (parent.person_id == request.person_id) == (request.kind is SpeechKind.REJOINDER)
    for item_id in ITEMS:
        for time in group_times(state, item_id, at):
            assert time.left - time.overrun == pytest.approx(time.initial + time.added - time.used)
        interrupted = [entry.interrupted for entry in listed(state, item_id) if entry.kind not in ASIDES]
        assert interrupted == sorted(interrupted, reverse=True)


def meet(random: Random, steps: int) -> None:
    """One random debate, and its history told again."""
    debate = Debate(random)
    for _ in range(steps):
        debate.step()
        check(debate.hall.state)
    state = START.state
    for event in debate.hall.events[len(START.events) :]:
        state = evolve(state, decode(encode(event)))
    assert state == debate.hall.state
    assert all(a.at <= b.at for a, b in pairwise(debate.hall.events))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_ten_thousand_random_meetings_replay_without_a_broken_invariant(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    for _ in range(MEETINGS // SEEDS):
        meet(random, STEPS)


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(10, 80))
def test_no_long_debate_breaks_an_invariant(random: Random, steps: int) -> None:
    meet(random, steps)


def test_the_beginning_they_share_replays_too() -> None:
    assert session.replay(START.state.session_id, START.events) == START.state
