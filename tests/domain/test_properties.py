"""No sequence of commands breaks what must always hold."""

from datetime import datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.domain import session
from orchestrator.domain.base import Event, running
from orchestrator.domain.codec import decode, encode
from orchestrator.domain.errors import Refused
from orchestrator.domain.minutes import public_minutes
from orchestrator.domain.openness import public_intervals, why_shut
from orchestrator.domain.publicity import public_session, public_status
from orchestrator.domain.state import SessionState
from orchestrator.domain.timeline import Name, entries
from tests.domain.hall import PEOPLE, Hall, asks, member, named, planned

REQUESTS = tuple(f"r{number}" for number in range(8))
ITEMS = ("one", "two", "secret")
people, requests, items = st.sampled_from(PEOPLE), st.sampled_from(REQUESTS), st.sampled_from(ITEMS)
BASIS = {"section": "11-5"}
NAMES = {named(name): Name(name=f"Navn-{name}") for name in PEOPLE}


def step(hall: Hall, draw: st.DrawFn) -> None:  # noqa: C901, PLR0912  (a list of things to try)
    """One random thing somebody tries, mostly sensible."""
    state = hall.state
    now_speaking, first = state.current_speech_id, next(iter(state.speaker_list), None)
    what = draw(st.integers(0, 23))
    if what <= 3:
        parent = draw(requests)
        kind = draw(st.sampled_from(["speech", "speech", "reply", "point_of_order"]))
        about: dict[str, object] = {"parent_id": now_speaking or named(parent)} if kind == "reply" else {}
        asks(hall, draw(people), draw(requests), kind=kind, **about)
    elif what <= 6 and first:
        hall.says("call_next_speaker", request_id=first.request_id, current_id=now_speaking)
    elif what == 7 and now_speaking:
        hall.says("end_speech", speech_id=now_speaking)
    elif what == 8 and now_speaking:
        hall.says(draw(st.sampled_from(["pause_speech", "resume_speech"])), speech_id=now_speaking)
    elif what == 9:
        hall.says("withdraw_request", request_id=named(draw(requests)))
    elif what == 10:
        hall.says("move_request", request_id=named(draw(requests)), before_id=named(draw(requests)))
    elif what == 11:
        hall.says(draw(st.sampled_from(["close_list", "reopen_list"])), item_id=named(draw(items)))
    elif what <= 13:
        hall.says("open_item", item_id=named(draw(items)), current_id=state.current_item_id)
    elif what == 14:
        hall.says(draw(st.sampled_from(["start_break", "end_break", "stop_broadcast", "resume_broadcast"])))
    elif what == 15:
        hall.says(
            draw(st.sampled_from(["record_arrival", "record_departure"])), person_id=named(draw(people))
        )
    elif what == 16 and state.undoable:
        hall.says("undo", event_id=state.undoable[-1].event_id)
    elif what == 17:
        number = f"v{draw(st.integers(0, 3))}"
        command = draw(st.sampled_from(["start_vote", "record_vote"]))
        extra: dict[str, object] = {"unanimous": True} if command == "record_vote" else {}
        hall.says(
            command, vote_id=named(number), item_id=named(draw(items)), question="Hemmelighet?", **extra
        )
    elif what == 18:
        hall.says("record_decision", item_id=named(draw(items)), text="Vedtak")
    elif what == 19:
        hall.says("close_item", item_id=named(draw(items)))
    elif what <= 21:
        doors(hall, draw)
    else:
        hall.says(
            draw(st.sampled_from(["open_session", "adjourn_session", "reopen_session", "open_session"]))
        )


def doors(hall: Hall, draw: st.DrawFn) -> None:
    closing = hall.state.closing
    if closing is None:
        number = f"c{len(hall.state.closings)}"
        hall.says("propose_closing", closing_id=named(number), item_ids=[named("secret")], legal_basis=BASIS)
    elif closing.shut:
        hall.says("open_doors", closing_id=closing.closing_id)
    elif closing.vote is None and draw(st.booleans()):
        hall.says("record_closing_vote", closing_id=closing.closing_id, unanimous=True)
    else:
        part = "items" if closing.vote else "debate"
        hall.says("close_doors", closing_id=closing.closing_id, part=part)


def check(state: SessionState) -> None:
    """What must hold after every step."""
    held = [request for request in state.requests.values() if request.has_floor]
    assert [request.request_id for request in held] == (
        [state.current_speech_id] if state.current_speech_id else []
    )
    waiting = {key for key, request in state.requests.items() if request.status == "waiting"}
    assert len(state.waiting) == len(set(state.waiting))
    assert set(state.waiting) == waiting
    for request in state.requests.values():
        assert all(interval.stop is not None for interval in request.intervals[:-1])
        assert running(request.intervals) == (request.status == "speaking")
        starts = [interval.start for interval in request.intervals]
        assert starts == sorted(starts)
        if request.parent_id:
            assert state.requests[request.parent_id].item_id == request.item_id
            assert state.requests[request.parent_id].parent_id is None
    treated = [item for item in state.items.values() if item.status == "open"]
    assert [item.item_id for item in treated] == ([state.current_item_id] if state.current_item_id else [])
    assert sum(vote.being_held for vote in state.votes.values()) <= 1
    assert sum(closing.shut for closing in state.closings) <= 1


def check_openness(state: SessionState, events: list[Event], now: datetime) -> None:
    """The gate's own reading of the events agrees with the state."""
    intervals = public_intervals(events)
    open_now = bool(intervals) and intervals[-1].end is None
    assert open_now == (public_status(state) == "live")
    assert open_now == (why_shut(events) is None)
    assert all(a.end is not None and a.end <= b.start for a, b in pairwise(intervals))
    for entry in entries(state, NAMES):
        if entry.kind in ("item", "speech", "vote"):
            end = entry.end or now
            inside = any(i.start <= entry.start and (i.end is None or end <= i.end) for i in intervals)
            assert inside or entry.start == end, entry


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_sequence_of_commands_breaks_the_invariants(data: st.DataObject) -> None:
    @st.composite
    def story(draw: st.DrawFn) -> Hall:
        hall = planned()
        hall.tick = draw(st.sampled_from([0.0, 1.0, 0.25]))
        for opening in ("open_session", None):
            if opening:
                hall.says(opening)
        for _ in range(draw(st.integers(5, 60))):
            try:
                step(hall, draw)
            except Refused:
                continue
            check(hall.state)
            check_openness(hall.state, hall.events, hall.now)
        return hall

    hall = data.draw(story())
    assert (
        session.replay(hall.state.session_id, [decode(encode(event)) for event in hall.events]) == hall.state
    )
    view, minutes = public_session(hall.state), public_minutes(hall.state)
    assert view is not None
    assert minutes is not None
    assert "Nils Hemmelig" not in view.model_dump_json() + minutes.model_dump_json()


def test_a_refused_command_changes_nothing() -> None:
    hall = planned()
    before = hall.state
    try:
        hall.says("open_session", member("kari"))
    except Refused:
        assert hall.state is before
