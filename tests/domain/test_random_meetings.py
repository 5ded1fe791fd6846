"""Ten thousand random meetings, from plan to end: no invariant is broken, and each replays to itself."""

from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.domain import session
from orchestrator.domain.budget import group_times
from orchestrator.domain.codec import decode, encode
from orchestrator.domain.order import ASIDES, listed
from orchestrator.domain.session import evolve
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.state import SessionState
from orchestrator.domain.state import session as rulebook
from tests.domain.random_hall import START, Meeting
from tests.domain.random_meeting import steps, winds_up
from tests.domain.test_properties import check, check_openness

MEETINGS, SEEDS = 10_000, 16
FEWEST, MOST, ENDING = 20, 40, 3
"""How many steps a meeting takes, most often few, and how many of them are its end."""
SELDOM = 5
"""How often, at the least, every command is to succeed in one of the shards."""
COMMANDS = rulebook.commands.keys() - {"plan_session", "cancel_session"}


def check_speeches(state: SessionState) -> None:
    """Their times add up and are never negative, and a reply belongs to what it answers."""
    at = state.last_at
    assert at is not None
    for request in state.requests.values():
        assert request.seconds(at) >= 0
        assert (request.ended_at is not None) == (request.status in ("done", "withdrawn", "removed"))
        assert all(a.stop is not None and a.stop <= b.start for a, b in pairwise(request.intervals))
        parent = state.requests.get(request.parent_id) if request.parent_id else None
        if parent is not None:
            assert (parent.person_id == request.person_id) == (request.kind is SpeechKind.REJOINDER)
    for item_id in state.items:
        for time in group_times(state, item_id, at):
            assert time.left >= 0 <= time.overrun
            assert time.left - time.overrun == pytest.approx(time.initial + time.added - time.used)
        interrupted = [entry.interrupted for entry in listed(state, item_id) if entry.kind not in ASIDES]
        assert interrupted == sorted(interrupted, reverse=True)


def check_takes_part(state: SessionState) -> None:
    """Whoever has the floor or waits for it is in the meeting, and not disqualified in that item."""
    speech = state.current_speech
    assert sum(one.has_floor for one in state.requests.values()) <= 1
    for request in (*([speech] if speech else []), *(state.requests[key] for key in state.waiting)):
        assert request.person_id in state.members
        assert request.person_id not in state.disqualified(request.item_id), "disqualified"
        if state.status == "open" and state.roll_called_at:
            assert request.person_id in state.present, "not there"
            if state.members[request.person_id].list_order and request.item_id == state.current_item_id:
                seats = [one for one in state.seatings if one.holds(request.item_id)]
                assert request.person_id in [one.person_id for one in seats], "not seated"


def meet(random: Random, number: int, accepted: Counter[str]) -> None:
    """One random meeting, and its history told again."""
    meeting = Meeting(random, accepted)
    for _ in range(number - ENDING):
        steps(meeting)
    for _ in range(ENDING):
        winds_up(meeting)
    state = meeting.state
    check(state)
    check_speeches(state)
    check_takes_part(state)
    check_openness(state, meeting.hall.events, meeting.hall.now)
    again = START.state
    for event in meeting.hall.events[len(START.events) :]:
        again = evolve(again, decode(encode(event)))
    assert again == state
    assert all(a.at <= b.at for a, b in pairwise(meeting.hall.events))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_ten_thousand_random_meetings_replay_without_a_broken_invariant(seed: int) -> None:
    random, accepted = Random(seed), Counter[str]()  # noqa: S311
    for _ in range(MEETINGS // SEEDS):
        meet(random, round(random.triangular(FEWEST, MOST, FEWEST)), accepted)
    assert {command: accepted[command] for command in COMMANDS if accepted[command] < SELDOM} == {}


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(40, 120))
def test_no_long_meeting_breaks_an_invariant(random: Random, steps: int) -> None:
    meet(random, steps, Counter())


def test_the_beginning_they_share_replays_too() -> None:
    assert session.replay(START.state.session_id, START.events) == START.state
