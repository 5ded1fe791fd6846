from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.domain import session
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.statistics import Spoken, Sum, by, publicly_spoken, spoken, total, without_items
from tests.domain.hall import SECRETARY, Hall, asks, debating, member, named, opened
from tests.domain.story import Story


def holds(hall: Hall, name: str, request: str, seconds: float, **fields: object) -> None:
    """A member asks for the floor, has it so long and ends; no other time passes."""
    asks(hall, name, request, **fields)
    hall.says("start_speech", request_id=named(request), current_id=None)
    hall.wait(seconds)
    hall.says("end_speech", speech_id=named(request))


@pytest.fixture
def counted() -> Hall:
    """Two items. Kari (SP): 120 and 30 s. Ola (AP): 60 and 15 s. Siri (AP): a reply of no length."""
    hall = debating()
    hall.tick = 0
    holds(hall, "kari", "k1", 120)
    asks(hall, "ola", "o1")
    hall.says("start_speech", request_id=named("o1"), current_id=None)
    asks(hall, "siri", "s1", kind="reply", parent_id=named("o1"))
    hall.wait(60)
    hall.says("call_next_speaker", request_id=named("s1"), current_id=named("o1"))
    hall.says("end_speech", speech_id=named("s1"))
    hall.says("open_item", item_id=named("one"))
    holds(hall, "kari", "k2", 30, kind="point_of_order")
    holds(hall, "ola", "o2", 15)
    return hall


def test_a_meeting_counted_by_hand_is_counted_the_same(counted: Hall) -> None:
    lines = spoken(counted.state)
    assert total(lines) == Sum(5, 225)
    assert by(lines, lambda line: line.person_id) == {
        named("kari"): Sum(2, 150),
        named("ola"): Sum(2, 75),
        named("siri"): Sum(1, 0),
    }
    assert by(lines, lambda line: line.group) == {"SP": Sum(2, 150), "AP": Sum(3, 75)}
    assert by(lines, lambda line: line.kind) == {
        "speech": Sum(3, 195),
        "point_of_order": Sum(1, 30),
        "reply": Sum(1, 0),
    }
    assert by(lines, lambda line: line.item_id) == {named("two"): Sum(3, 180), named("one"): Sum(2, 45)}


def test_the_most_time_comes_first_then_the_most_speeches() -> None:
    lines = [
        Spoken(named("kari"), None, "speech", 1, 10.0),
        Spoken(named("ola"), None, "speech", 3, 10.0),
        Spoken(named("siri"), None, "speech", 1, 11.0),
    ]
    assert list(by(lines, lambda line: line.person_id)) == [named("siri"), named("ola"), named("kari")]


def test_a_zero_length_speech_counts_as_held_but_not_as_time() -> None:
    hall = debating()
    hall.tick = 0
    holds(hall, "kari", "k1", 0)
    assert total(spoken(hall.state)) == total(publicly_spoken(hall.state)) == Sum(1, 0)


def test_a_pause_is_not_speaking_time() -> None:
    hall = debating()
    hall.tick = 0
    asks(hall, "kari", "k1")
    hall.says("start_speech", request_id=named("k1"), current_id=None)
    hall.wait(20)
    hall.says("pause_speech", speech_id=named("k1"))
    hall.wait(300)
    hall.says("resume_speech", speech_id=named("k1"))
    hall.wait(0.5)
    hall.says("end_speech", speech_id=named("k1"))
    assert total(spoken(hall.state)) == Sum(1, 20.5)


def test_a_speech_that_is_being_held_is_counted_when_it_ends(counted: Hall) -> None:
    asks(counted, "per", "p1")
    counted.says("start_speech", request_id=named("p1"), current_id=None)
    counted.wait(10)
    assert total(spoken(counted.state)) == Sum(5, 225)
    counted.says("end_speech", speech_id=named("p1"))
    assert total(spoken(counted.state)) == Sum(6, 235)


def test_requests_that_never_became_speeches_are_not_counted(counted: Hall) -> None:
    asks(counted, "per", "p1")
    asks(counted, "anne", "a1")
    counted.says("withdraw_request", member("anne"), request_id=named("a1"))
    assert total(spoken(counted.state)) == Sum(5, 225)


def test_an_undone_end_is_not_counted_until_it_ends_again(counted: Hall) -> None:
    counted.says("undo", event_id=counted.state.undoable[-1].event_id)
    assert by(spoken(counted.state), lambda line: line.person_id)[named("ola")] == Sum(1, 60)
    counted.wait(5)
    counted.says("end_speech", speech_id=named("o2"))
    assert by(spoken(counted.state), lambda line: line.person_id)[named("ola")] == Sum(2, 80)


def test_a_corrected_time_is_followed(counted: Hall) -> None:
    start = counted.state.requests[named("o2")].intervals[0].start
    counted.says("correct_time", kind="speech", id=named("o2"), stop=start + timedelta(seconds=5))
    assert total(spoken(counted.state)) == Sum(5, 215)


def test_the_same_log_gives_the_same_numbers(counted: Hall) -> None:
    assert spoken(session.replay(counted.state.session_id, counted.events)) == spoken(counted.state)


def test_what_is_held_behind_closed_doors_is_counted_for_staff_alone_until_it_is_released(
    counted: Hall,
) -> None:
    hall = counted
    before = publicly_spoken(hall.state)
    closing = {"closing_id": named("c"), "item_ids": [named("secret")], "legal_basis": {"section": "11-5"}}
    hall.says("propose_closing", **closing)
    hall.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    hall.says("close_doors", closing_id=named("c"))
    hall.says("open_item", item_id=named("secret"))
    holds(hall, "siri", "s2", 600)
    assert publicly_spoken(hall.state) == before
    hall.says("open_item", item_id=named("two"))
    hall.says("open_doors", closing_id=named("c"), part="items")
    hall.says("adjourn_session")
    assert publicly_spoken(hall.state) == before
    assert by(spoken(hall.state), lambda line: line.item_id)[named("secret")] == Sum(1, 600)
    hall.says("release_item", SECRETARY, item_id=named("secret"))
    assert total(publicly_spoken(hall.state)) == total(spoken(hall.state))


def test_an_internal_session_has_no_public_numbers() -> None:
    hall = opened(public=False)
    hall.tick = 0
    hall.says("open_item", item_id=named("two"))
    holds(hall, "kari", "k1", 10)
    assert publicly_spoken(hall.state) == ()
    assert total(spoken(hall.state)) == Sum(1, 10)


def test_with_items_left_out_the_sums_are_the_same(counted: Hall) -> None:
    lines = spoken(counted.state)
    fewer = without_items(lines)
    assert {line.item_id for line in fewer} == {None}
    assert len(fewer) == 4 < len(lines) + 1
    assert total(fewer) == total(lines)
    assert by(fewer, lambda line: line.person_id) == by(lines, lambda line: line.person_id)


@pytest.mark.parametrize("kind", SpeechKind)
def test_every_kind_of_speech_is_counted(counted: Hall, kind: SpeechKind) -> None:
    """Whatever kinds there are: what is counted is not chosen by kind."""
    requests = {
        key: request.model_copy(update={"kind": kind}) for key, request in counted.state.requests.items()
    }
    lines = spoken(counted.state.replace(requests=requests))
    assert by(lines, lambda line: line.kind) == {kind.value: Sum(5, 225)}


@st.composite
def stories(draw: st.DrawFn) -> Story:
    story = Story(draw)
    for _ in range(draw(st.integers(0, 40))):
        story.step()
    return story


KEYS: tuple[Callable[[Spoken], object], ...] = (
    lambda line: line.person_id,
    lambda line: line.group,
    lambda line: line.kind,
    lambda line: line.item_id,
)


@given(stories())
@settings(max_examples=60, deadline=None)
def test_persons_groups_kinds_and_items_add_up_to_the_total_and_the_public_has_no_more(
    story: Story,
) -> None:
    lines, public = spoken(story.state), publicly_spoken(story.state)
    for counted in (lines, public):
        whole = total(counted)
        assert whole.seconds >= 0
        for key in KEYS:
            parts = by(counted, key).values()
            assert sum(part.number for part in parts) == whole.number
            assert sum(part.seconds for part in parts) == pytest.approx(whole.seconds)
    assert total(public).number <= total(lines).number
    assert total(public).seconds <= total(lines).seconds + 1e-6
    hidden = {key for key, item in story.state.items.items() if item.hidden}
    assert not hidden & {line.item_id for line in public}
    for line in public:
        assert any(line.person_id == one.person_id and line.item_id == one.item_id for one in lines)
