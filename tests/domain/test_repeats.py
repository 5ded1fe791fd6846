"""A command sent twice, at once or late, does what it says once, and never undoes what others did since."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.domain.errors import Refused
from tests.domain.hall import SECRETARY, Hall, debating, named, opened, planned
from tests.domain.story import Story

BASIS = {"section": "11-5"}
NOT_IDEMPOTENT = {"extend_speech", "add_group_time"}
"""Time is added each time the chair says so; a key of the sender's makes it once (commands.py)."""


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_every_command_repeated_at_once_is_harmless(data: st.DataObject) -> None:
    @st.composite
    def meetings(draw: st.DrawFn) -> Story:
        story = Story(draw)
        says = story.hall.says

        def twice(type_: str, *by: object, **fields: object) -> object:
            events = says(type_, *by, **fields)  # type: ignore[arg-type]
            if type_ not in NOT_IDEMPOTENT:
                before = story.state
                try:
                    again = says(type_, *by, **fields)  # type: ignore[arg-type]
                except Refused:
                    again = []
                assert (again, story.state) == ([], before)
            return events

        story.hall.says = twice  # type: ignore[method-assign,assignment]
        for _ in range(draw(st.integers(5, 40))):
            story.step()
        return story

    data.draw(meetings())


def shut(hall: Hall, *, part: str = "items") -> None:
    if part == "debate":
        hall.says("propose_closing", closing_id=named("c"), item_ids=[named("secret")], legal_basis=BASIS)
    else:
        hall.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    hall.says("close_doors", closing_id=named("c"), part=part)


def test_opening_after_the_debate_sent_again_does_not_open_the_doors_closed_since() -> None:
    hall = opened()
    shut(hall, part="debate")
    hall.says("open_doors", closing_id=named("c"), part="debate")
    shut(hall)
    with pytest.raises(Refused, match="state_moved"):
        hall.says("open_doors", closing_id=named("c"), part="debate")
    assert hall.state.doors_closed
    hall.says("open_doors", closing_id=named("c"), part="items")
    assert not hall.state.doors_closed


def test_doors_closed_for_the_debate_are_not_taken_to_be_closed_for_the_items() -> None:
    hall = opened()
    shut(hall, part="debate")
    with pytest.raises(Refused, match="doors_closed"):
        hall.says("close_doors", closing_id=named("c"), part="items")


def test_lifting_the_slate_sent_again_does_not_lift_a_later_one() -> None:
    hall = debating()
    hall.says("stop_broadcast")
    hall.says("resume_broadcast", stop=1)
    hall.says("stop_broadcast")
    with pytest.raises(Refused, match="state_moved"):
        hall.says("resume_broadcast", stop=1)
    assert hall.state.stopped
    hall.says("resume_broadcast", stop=2)
    assert not hall.state.stopped


def test_ending_a_break_sent_again_does_not_end_a_later_one() -> None:
    hall = debating()
    hall.says("start_break")
    hall.says("end_break", number=1)
    hall.says("start_break")
    with pytest.raises(Refused, match="state_moved"):
        hall.says("end_break", number=1)
    assert hall.state.in_break
    hall.says("end_break", number=2)


def test_adjourning_and_reopening_name_the_part_their_sender_saw() -> None:
    hall = debating()
    hall.says("adjourn_session", part=1)
    hall.says("reopen_session", part=1)
    with pytest.raises(Refused, match="state_moved"):
        hall.says("adjourn_session", part=1)
    hall.says("adjourn_session", part=2)
    with pytest.raises(Refused, match="state_moved"):
        hall.says("reopen_session", part=1)
    assert hall.state.status == "adjourned"


def test_an_item_that_has_been_removed_is_not_added_by_a_late_repeat() -> None:
    hall = planned()
    hall.says("remove_item", SECRETARY, item_id=named("one"))
    with pytest.raises(Refused, match="state_moved"):
        hall.says("add_item", SECRETARY, item_id=named("one"), title="Godkjenning av saksliste")


def test_an_item_is_added_last_also_when_one_has_been_removed() -> None:
    hall = planned()
    hall.says("remove_item", SECRETARY, item_id=named("one"))
    hall.says("add_item", SECRETARY, item_id=named("four"), title="Sist")
    assert [item.item_id for item in hall.state.agenda] == [named("two"), named("secret"), named("four")]


def test_the_same_id_with_other_content_is_refused() -> None:
    hall = debating()
    hall.says("start_vote", vote_id=named("v"), item_id=named("two"), question="Utsettelse?")
    with pytest.raises(Refused, match="vote_exists"):
        hall.says("start_vote", vote_id=named("v"), item_id=named("two"), question="Avvisning?")
    hall.says("cancel_vote", vote_id=named("v"))
    hall.says("propose_closing", closing_id=named("c"), item_ids=[named("two")], legal_basis=BASIS)
    with pytest.raises(Refused, match="closing_exists"):
        hall.says("propose_closing", closing_id=named("c"), item_ids=[named("one")], legal_basis=BASIS)
    with pytest.raises(Refused, match="item_exists"):
        hall.says("add_item", item_id=named("two"), title="En annen sak")
    hall.says("put_proposal", proposal_id=named("p"), item_id=named("two"), text="Utsett")
    with pytest.raises(Refused, match="proposal_exists"):
        hall.says("put_proposal", proposal_id=named("p"), item_id=named("two"), text="Avvis")
    hall.says("request_floor", request_id=named("r"), person_id=named("kari"))
    with pytest.raises(Refused, match="request_exists"):
        hall.says("request_floor", request_id=named("r"), person_id=named("ola"))


def test_a_unanimous_vote_recorded_again_after_somebody_left_is_the_same_vote() -> None:
    hall = debating()
    vote = {"vote_id": named("v"), "item_id": named("two"), "unanimous": True}
    hall.says("record_vote", **vote)
    hall.says("record_departure", person_id=named("kari"))
    assert hall.says("record_vote", **vote) == []
