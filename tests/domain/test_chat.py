"""What the chat is for, who writes in it and reads it, and what a line that asks for the floor becomes."""

from typing import get_args

import pytest

from orchestrator.domain.chat import asked_commands, check_may_write, may_ask, reading, request_id_of
from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.floor_words import Asked, Wish
from orchestrator.domain.publicity import public_session
from orchestrator.domain.roles import MAY_CHAT, Actor, Role
from orchestrator.domain.speakers import RequestFloor, WithdrawRequest
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.state import SessionState
from tests.domain.hall import CHAIR, IT, SECRETARY, Hall, asks, debating, member, named, opened, planned
from tests.web.pages.council import NAMES, doors_closed, speaking

OBSERVER = Actor(frozenset())
ADMINISTRATOR = Actor(frozenset({Role.ADMINISTRATOR}))
LINE = named("line")


def why_not(state: SessionState, actor: Actor, *, asking: bool = False) -> str:
    """The rule by which this is refused, or nothing."""
    try:
        check_may_write(state, actor, asks=asking)
    except Refused as refused:
        return refused.rule
    return ""


# The mode


def test_in_a_council_the_chat_is_for_asking_for_the_floor_until_the_chair_says_otherwise() -> None:
    hall = debating(body_id=named("council"))
    modes = [hall.state.chat_mode]
    hall.says("set_chat", mode="open")
    assert [*modes, hall.state.chat_mode] == ["floor_only", "open"]


def test_in_a_session_without_a_body_the_chat_is_open() -> None:
    assert debating().state.chat_mode == "open"


def test_what_is_said_of_an_item_holds_while_it_is_treated() -> None:
    hall = debating()
    hall.says("set_chat", mode="closed", item_id=named("two"))
    modes = [hall.state.chat_mode]
    hall.says("open_item", item_id=named("one"), current_id=named("two"))
    assert [*modes, hall.state.chat_mode] == ["closed", "open"]


def test_an_item_can_be_as_the_session_again() -> None:
    hall = debating()
    hall.says("set_chat", mode="closed", item_id=named("two"))
    hall.says("set_chat", mode=None, item_id=named("two"))
    hall.says("set_chat", mode="floor_only")
    assert hall.state.chat_mode == "floor_only"


def test_the_same_mode_again_is_nothing_new() -> None:
    hall = debating()
    hall.says("set_chat", mode="closed")
    assert hall.says("set_chat", mode="closed") == []


def test_the_mode_of_an_item_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        debating().says("set_chat", mode="open", item_id=named("nothing"))
    assert refused.value.rule == "unknown_item"


@pytest.mark.parametrize("actor", [member("kari"), IT, ADMINISTRATOR, OBSERVER])
def test_only_those_who_lead_say_what_the_chat_is_for(actor: Actor) -> None:
    with pytest.raises(Forbidden):
        debating().says("set_chat", actor, mode="open")


def test_undo_is_about_the_meeting_not_about_the_chat() -> None:
    hall = debating()
    hall.says("close_list", item_id=named("two"))
    before = hall.state.undoable
    hall.says("set_chat", mode="closed", item_id=named("two"))
    assert hall.state.undoable == before
    hall.says("undo", event_id=before[-1].event_id)
    assert hall.state.chat_mode == "closed"
    assert not hall.state.items[named("two")].list_closed


def test_the_public_sees_nothing_of_the_chat() -> None:
    hall = debating()
    before = public_session(hall.state)
    hall.says("set_chat", mode="closed", item_id=named("two"))
    after = public_session(hall.state)
    assert after == before


# Who writes


@pytest.mark.parametrize("role", sorted(Role))
def test_the_table_says_who_may_write(role: Role) -> None:
    person = named("kari") if role is Role.PARTICIPANT else None
    refused = why_not(debating().state, Actor(frozenset({role}), person))
    assert refused == ("" if role in MAY_CHAT else "not_your_role")


def test_an_observer_cannot_write_whatever_the_line_says() -> None:
    for asking in (True, False):
        assert why_not(debating().state, OBSERVER, asking=asking) == "not_your_role"


def test_a_participant_is_somebody() -> None:
    assert why_not(debating().state, Actor(frozenset({Role.PARTICIPANT}))) == "not_your_role"


def test_limited_to_the_floor_only_requests_pass_and_those_who_lead_may_answer() -> None:
    state = debating(body_id=named("council")).state
    assert why_not(state, member("kari")) == "chat_floor_only"
    assert why_not(state, IT) == "chat_floor_only"
    assert why_not(state, member("kari"), asking=True) == ""
    assert [why_not(state, actor) for actor in (CHAIR, SECRETARY)] == ["", ""]


def test_a_closed_chat_is_closed_for_all() -> None:
    hall = debating()
    hall.says("set_chat", mode="closed")
    for actor in (member("kari"), CHAIR, IT):
        for asking in (True, False):
            assert why_not(hall.state, actor, asking=asking) == "chat_closed"


def test_it_is_written_before_the_meeting_but_not_after_it() -> None:
    assert why_not(planned().state, member("kari")) == ""
    hall = opened()
    hall.says("adjourn_session")
    assert why_not(hall.state, member("kari")) == "session_ended"
    hall = planned()
    hall.says("cancel_session", SECRETARY)
    assert why_not(hall.state, CHAIR) == "not_planned"


# Behind closed doors, and the disqualified


def test_behind_closed_doors_those_inside_go_on_and_those_outside_neither_write_nor_read() -> None:
    state = doors_closed().state
    assert why_not(state, member("kari")) == ""
    assert why_not(state, IT) == "chat_behind_doors"
    inside, outside = reading(state, member("kari")), reading(state, IT)
    assert inside
    assert inside.shows(named("secret"), behind_doors=True)
    assert outside
    assert not outside.shows(named("secret"), behind_doors=True)
    assert outside.shows(named("two"), behind_doors=False)


@pytest.mark.parametrize("actor", [OBSERVER, ADMINISTRATOR])
def test_who_has_no_role_in_the_chat_reads_nothing(actor: Actor) -> None:
    assert reading(debating().state, actor) is None


def test_the_disqualified_neither_write_nor_read_in_that_item() -> None:
    hall = debating()
    question = {"question_id": named("q")}
    hall.says("raise_impartiality", item_id=named("two"), person_id=named("kari"), **question)
    basis = {"section": "forvaltningsloven § 6"}
    hall.says("decide_impartiality", outcome="disqualified", legal_basis=basis, unanimous=True, **question)
    assert why_not(hall.state, member("kari")) == "disqualified"
    assert why_not(hall.state, member("ola")) == ""
    mine = reading(hall.state, member("kari"))
    assert mine
    assert not mine.shows(named("two"), behind_doors=False)
    assert mine.shows(named("one"), behind_doors=False)
    theirs = reading(hall.state, member("ola"))
    assert theirs
    assert mine.name != theirs.name
    hall.says("open_item", item_id=named("one"), current_id=named("two"))
    assert why_not(hall.state, member("kari")) == ""


# What a line becomes


def becomes(hall: Hall, asked: Asked, name: str = "ola") -> list[object]:
    return list(asked_commands(hall.state, asked, named(name), LINE, NAMES))


def test_a_line_becomes_the_senders_own_request_in_the_item_that_is_treated() -> None:
    [command] = becomes(debating(), Asked("speech"))
    assert command == RequestFloor(
        request_id=request_id_of(LINE), person_id=named("ola"), item_id=named("two"), kind=SpeechKind.SPEECH
    )


def test_a_reply_answers_the_speech_being_held() -> None:
    [command] = becomes(speaking(), Asked("reply"), "per")
    assert isinstance(command, RequestFloor)
    assert command.parent_id == named("speech")


def test_a_reply_while_another_replies_answers_the_same_speech() -> None:
    hall = debating()
    asks(hall, "kari", "speech")
    hall.says("call_next_speaker", request_id=named("speech"), current_id=None)
    asks(hall, "ola", "reply", kind="reply", parent_id=named("speech"))
    hall.says("call_next_speaker", request_id=named("reply"), current_id=named("speech"))
    [command] = becomes(hall, Asked("reply"), "per")
    assert isinstance(command, RequestFloor)
    assert command.parent_id == named("speech")


def test_a_reply_to_nobody_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        becomes(debating(), Asked("reply"))
    assert refused.value.rule == "reply_to_nothing"


def test_a_reply_to_somebody_by_name_is_never_put_to_another() -> None:
    hall = speaking()
    [command] = becomes(hall, Asked("reply", to=("kari",)), "per")
    assert isinstance(command, RequestFloor)
    assert command.parent_id == named("speech")
    with pytest.raises(Refused) as refused:
        becomes(hall, Asked("reply", to=("siri",)), "per")
    assert refused.value.rule == "reply_to_nothing"


def test_stryk_meg_takes_back_all_of_ones_own_and_nobody_elses() -> None:
    hall = speaking()
    asks(hall, "ola", "another")
    found = becomes(hall, Asked("withdraw"))
    assert found == [WithdrawRequest(request_id=named("reply")), WithdrawRequest(request_id=named("another"))]
    assert becomes(hall, Asked("withdraw", of="speech")) == [WithdrawRequest(request_id=named("another"))]


def test_who_is_not_on_the_list_is_told_so() -> None:
    with pytest.raises(Refused) as refused:
        becomes(debating(), Asked("withdraw"))
    assert refused.value.rule == "unknown_request"


@pytest.mark.parametrize("wish", [wish for wish in get_args(Wish) if wish != "withdraw"])
def test_every_wish_is_a_kind_of_speech(wish: Wish) -> None:
    [command] = becomes(speaking(), Asked(wish), "per")
    assert isinstance(command, RequestFloor)
    assert command.kind == wish


def test_only_somebody_who_may_ask_does_so_by_writing() -> None:
    assert may_ask(member("kari"))
    assert may_ask(Actor(frozenset({Role.CHAIR}), named("anne")))
    assert not may_ask(CHAIR)
    assert not may_ask(Actor(frozenset({Role.IT_SUPPORT}), named("kari")))
