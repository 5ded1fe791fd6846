"""No sequence of commands breaks what must always hold."""

from datetime import datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.domain import session
from orchestrator.domain.base import Event, running
from orchestrator.domain.codec import decode, encode
from orchestrator.domain.minutes import public_minutes
from orchestrator.domain.openness import public_intervals, why_shut
from orchestrator.domain.publicity import public_session, public_status
from orchestrator.domain.state import SessionState
from orchestrator.domain.timeline import Name, entries, next_speakers
from tests.domain.hall import PEOPLE, named
from tests.domain.story import Story

NAMES = {named(name): Name(name=f"Navn-{name}") for name in PEOPLE}


def check(state: SessionState) -> None:
    """What must hold after every step."""
    held = [request for request in state.requests.values() if request.has_floor]
    assert [request.request_id for request in held] == (
        [state.current_speech_id] if state.current_speech_id else []
    )
    waiting = {key for key, request in state.requests.items() if request.on_list}
    assert len(state.waiting) == len(set(state.waiting))
    assert set(state.waiting) == waiting
    for request in state.requests.values():
        assert all(interval.stop is not None for interval in request.intervals[:-1])
        assert running(request.intervals) == (request.status == "speaking")
        assert running(request.interruptions) == request.interrupted
        starts = [interval.start for interval in request.intervals]
        assert starts == sorted(starts)
        assert request.limit_seconds + request.extra_seconds >= 0
        if request.parent_id and request.parent_id in state.requests:
            assert state.requests[request.parent_id].item_id == request.item_id
            assert state.requests[request.parent_id].parent_id is None
    treated = [item for item in state.items.values() if item.status == "open"]
    assert [item.item_id for item in treated] == ([state.current_item_id] if state.current_item_id else [])
    assert all(running(item.periods) == (item.status == "open") for item in state.items.values())
    assert len({item.position for item in state.items.values()}) == len(state.items)
    assert sum(vote.being_held for vote in state.votes.values()) <= 1
    assert sum(closing.shut for closing in state.closings) <= 1
    assert state.doors_closed == (state.before_doors is not None)
    check_seats(state)


def check_seats(state: SessionState) -> None:
    """Nobody sits in two seats, two never sit in one; the disqualified neither sit, speak nor wait."""
    for item_id in (None, *state.items):
        sitting = state.sitting(item_id)
        assert len(sitting) == len(set(sitting)) <= state.seats
        assert not set(sitting) & (state.disqualified(item_id) | (set(state.members) - set(state.present)))
        held = [one for one in state.seatings if one.holds(item_id)]
        assert len({one.person_id for one in held}) == len(held)
        assert len({one.for_id for one in held}) == len(held)
    speech = state.current_speech
    for request in (*([speech] if speech else []), *(state.requests[key] for key in state.waiting)):
        assert request.person_id not in state.disqualified(request.item_id)


def check_openness(state: SessionState, events: list[Event], now: datetime) -> None:
    """The gate's own reading of the events agrees with the state."""
    intervals = public_intervals(events)
    open_now = bool(intervals) and intervals[-1].end is None
    assert open_now == (public_status(state) == "live")
    assert open_now == (why_shut(events) is None)
    assert all(a.end is not None and a.end <= b.start for a, b in pairwise(intervals))
    for entry in entries(state, NAMES):
        if entry.kind in ("item", "speech", "vote"):
            end = entry.end or max(now, state.last_at or now)
            inside = any(i.start <= entry.start and (i.end is None or end <= i.end) for i in intervals)
            assert inside or entry.start == end, entry


@st.composite
def meetings(draw: st.DrawFn) -> Story:
    story = Story(draw)
    for _ in range(draw(st.integers(5, 60))):
        story.step()
        check(story.state)
        check_openness(story.state, story.hall.events, story.hall.now)
    return story


@settings(max_examples=60, deadline=None)
@given(meetings())
def test_no_sequence_of_commands_breaks_the_invariants(story: Story) -> None:
    hall = story.hall
    assert all(a.at <= b.at for a, b in pairwise(hall.events))
    recorded = [decode(encode(event)) for event in hall.events]
    assert session.replay(hall.state.session_id, recorded) == hall.state


@settings(max_examples=30, deadline=None)
@given(meetings(), st.data())
def test_a_history_with_gaps_is_replayed_and_shown_without_failing(story: Story, data: st.DataObject) -> None:
    events = story.hall.events
    gone = data.draw(st.sets(st.integers(0, len(events) - 1), max_size=8))
    history = [event for number, event in enumerate(events) if number not in gone]
    state = session.replay(story.state.session_id, history)
    public_session(state)
    public_minutes(state)
    entries(state, NAMES)
    next_speakers(state, NAMES)
    public_intervals(history)
