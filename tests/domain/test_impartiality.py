"""Impartiality: raised, explained once, decided by those who are left; and what follows from it."""

import contextlib
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.publicity import PublicItem, public_session
from tests.domain.hall import PEOPLE, SECRETARY, Hall, asks, member, named, planned

BASIS = {"section": "forvaltningsloven § 6", "paragraph": "1", "letter": "a"}
MEMBERS: list[dict[str, Any]] = [
    *(
        {"person_id": named(name), "group": "SP" if name in ("kari", "per") else "AP"}
        for name in (*PEOPLE, "nora")
    ),
    {"person_id": named("sp1"), "group": "SP", "list_order": 1},
    {"person_id": named("ap1"), "group": "AP", "list_order": 1},
]
HERE = (*PEOPLE, "nora", "sp1", "ap1")


def debating(*present: str) -> Hall:
    """Six members and two substitutes in the hall, treating item two."""
    hall = planned(members=MEMBERS)
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in present or HERE])
    hall.says("open_item", item_id=named("two"))
    return hall


def raises(hall: Hall, name: str, item: str = "two", **fields: object) -> None:
    hall.says(
        "raise_impartiality",
        member(name),
        question_id=named(f"q-{name}"),
        item_id=named(item),
        person_id=named(name),
        **fields,
    )


def decides(hall: Hall, name: str, outcome: str = "disqualified", **fields: object) -> None:
    result = fields or {"unanimous": True}
    hall.says(
        "decide_impartiality",
        question_id=named(f"q-{name}"),
        outcome=outcome,
        legal_basis=BASIS,
        **result,
    )


def votes(hall: Hall, number: int, item: str = "two") -> None:
    hall.says("record_vote", vote_id=named("v"), item_id=named(item), unanimous=True, voting=number)


def shown(hall: Hall, item: str = "two") -> PublicItem:
    view = public_session(hall.state)
    assert view is not None
    return next(one for one in view.items if one.item_id == named(item))


# Raised, explained, decided


def test_it_is_raised_beforehand() -> None:
    hall = planned()
    raises(hall, "kari", ground="family")
    assert hall.state.questions[named("q-kari")].ground == "family"


def test_it_is_raised_in_the_meeting() -> None:
    hall = debating()
    raises(hall, "kari")
    assert hall.state.questioned(named("two")) == {named("kari")}


def test_nobody_raises_it_for_another_but_those_who_lead() -> None:
    hall = debating()
    raised = {"question_id": named("q"), "item_id": named("two"), "person_id": named("kari")}
    with pytest.raises(Forbidden, match="not_yourself"):
        hall.says("raise_impartiality", member("ola"), **raised)
    hall.says("raise_impartiality", **raised)


def test_it_is_raised_once_at_a_time() -> None:
    hall = debating()
    raises(hall, "kari")
    with pytest.raises(Refused, match="already_questioned"):
        hall.says("raise_impartiality", question_id=named("q"), item_id=named("two"), person_id=named("kari"))


def test_it_can_be_withdrawn_before_it_is_decided() -> None:
    hall = debating()
    raises(hall, "kari")
    hall.says("withdraw_impartiality", member("kari"), question_id=named("q-kari"))
    assert not hall.state.questioned(named("two"))


def test_the_member_explains_once_although_questioned() -> None:
    hall = debating()
    raises(hall, "kari")
    with pytest.raises(Refused, match="impartiality_undecided"):
        asks(hall, "kari", "r")
    hall.says("explain_impartiality", member("kari"), question_id=named("q-kari"))
    assert hall.state.questions[named("q-kari")].explained_at == hall.now
    with pytest.raises(Refused, match="already_explained"):
        hall.says("explain_impartiality", member("kari"), question_id=named("q-kari"))


def test_nobody_explains_for_another() -> None:
    hall = debating()
    raises(hall, "kari")
    with pytest.raises(Forbidden, match="not_yourself"):
        hall.says("explain_impartiality", member("ola"), question_id=named("q-kari"))


def test_there_is_no_explaining_after_the_decision() -> None:
    hall = debating()
    raises(hall, "kari")
    decides(hall, "kari")
    with pytest.raises(Refused, match="state_moved"):
        hall.says("explain_impartiality", member("kari"), question_id=named("q-kari"))


@pytest.mark.parametrize("outcome", ["impartial", "disqualified", "exempted"])
def test_each_outcome_has_its_legal_basis_and_vote(outcome: str) -> None:
    hall = debating()
    raises(hall, "kari")
    with pytest.raises(ValidationError, match="legal_basis"):
        hall.says("decide_impartiality", question_id=named("q-kari"), outcome=outcome, unanimous=True)
    with pytest.raises(ValidationError, match="tallies"):
        hall.says("decide_impartiality", question_id=named("q-kari"), outcome=outcome, legal_basis=BASIS)
    decides(hall, "kari", outcome)
    question = hall.state.questions[named("q-kari")]
    assert question.outcome == outcome
    assert question.legal_basis is not None
    assert question.result is not None
    assert question.result.voting == 5


def test_participants_decide_nothing() -> None:
    hall = debating()
    raises(hall, "kari")
    with pytest.raises(Forbidden, match="not_your_role"):
        hall.says(
            "decide_impartiality",
            member("ola"),
            question_id=named("q-kari"),
            outcome="impartial",
            legal_basis=BASIS,
            unanimous=True,
        )


def test_tallies_are_those_for_the_outcome() -> None:
    hall = debating()
    raises(hall, "kari")
    with pytest.raises(Refused, match="not_carried"):
        decides(hall, "kari", tallies=[{"group": "AP", "in_favour": 1, "against": 4}])
    decides(hall, "kari", "impartial", tallies=[{"group": "AP", "in_favour": 4, "against": 1}])


def test_the_body_decides_without_the_member() -> None:
    hall = debating()
    raises(hall, "kari")
    with pytest.raises(Refused, match="more_votes_than_present"):
        decides(hall, "kari", unanimous=True, voting=6)


def test_the_substitute_is_seated_before_the_question_and_takes_part_in_deciding_it() -> None:
    hall = debating()
    raises(hall, "kari")
    hall.says(
        "seat_substitute", person_id=named("sp1"), for_id=named("kari"), item_id=named("two")
    )  # during the item, at once
    decides(hall, "kari", unanimous=True, voting=6)


def test_if_several_are_questioned_none_votes_on_any() -> None:
    hall = debating()
    for name in ("kari", "ola"):
        raises(hall, name)
    with pytest.raises(Refused, match="more_votes_than_present"):
        decides(hall, "kari", unanimous=True, voting=5)
    decides(hall, "kari", unanimous=True, voting=4)


def test_unless_the_quorum_would_fail() -> None:
    hall = debating("kari", "ola", "siri", "per")
    for name in ("kari", "ola", "siri"):
        raises(hall, name)
    decides(hall, "kari", unanimous=True, voting=3)  # all but Kari herself; Per alone is too few of six


def test_a_vote_on_it_needs_the_quorum() -> None:
    hall = debating()
    raises(hall, "kari")
    with pytest.raises(Refused, match="not_quorate"):
        decides(hall, "kari", tallies=[{"group": "AP", "in_favour": 2, "against": 0}])


def test_it_is_never_raised_in_elections() -> None:
    hall = debating()
    hall.says("add_item", item_id=named("valg"), title="Valg av ordfører", kind="election")
    with pytest.raises(Refused, match="never_in_elections"):
        raises(hall, "kari", "valg")


def test_in_an_election_the_disqualified_vote_too() -> None:
    hall = debating()
    raises(hall, "kari")
    decides(hall, "kari")
    hall.says(
        "record_vote", vote_id=named("v"), item_id=named("two"), unanimous=True, voting=6, election=True
    )


def test_the_item_is_not_voted_on_while_the_question_stands() -> None:
    hall = debating()
    raises(hall, "kari")
    with pytest.raises(Refused, match="impartiality_undecided"):
        votes(hall, 5)


def test_the_same_decision_twice_is_harmless() -> None:
    hall = debating()
    raises(hall, "kari")
    decides(hall, "kari")
    before = hall.state.version
    decides(hall, "kari")
    assert hall.state.version == before


# What follows


def disqualified(*present: str) -> Hall:
    hall = debating(*present)
    raises(hall, "kari")
    decides(hall, "kari")
    return hall


def test_the_disqualified_asks_for_no_floor_and_no_reply() -> None:
    hall = disqualified()
    with pytest.raises(Refused, match="disqualified"):
        asks(hall, "kari", "r")
    asks(hall, "ola", "r-ola")
    hall.says("call_next_speaker", request_id=named("r-ola"), current_id=None)
    with pytest.raises(Refused, match="disqualified"):
        asks(hall, "kari", "r", kind="reply", parent_id=named("r-ola"))


def test_the_disqualified_puts_no_proposal() -> None:
    with pytest.raises(Refused, match="disqualified"):
        disqualified().says(
            "put_proposal",
            proposal_id=named("p"),
            item_id=named("two"),
            proposer_id=named("kari"),
            text="Utsett",
        )


def test_the_disqualified_does_not_vote() -> None:
    hall = disqualified()
    with pytest.raises(Refused, match="more_votes_than_present"):
        votes(hall, 6)
    votes(hall, 5)


def test_a_disqualified_chair_has_no_casting_vote() -> None:
    hall = debating()
    raises(hall, "anne")
    decides(hall, "anne")
    tie = [{"group": "SP", "in_favour": 2, "against": 0}, {"group": "AP", "in_favour": 0, "against": 2}]
    with pytest.raises(Refused, match="no_casting_vote"):
        hall.says(
            "record_vote",
            vote_id=named("v"),
            item_id=named("two"),
            tallies=tie,
            casting_vote="in_favour",
        )


def test_entries_are_removed_with_replies() -> None:
    hall = debating()
    asks(hall, "kari", "speech")
    hall.says("call_next_speaker", request_id=named("speech"), current_id=None)
    asks(hall, "ola", "reply", kind="reply", parent_id=named("speech"))
    asks(hall, "kari", "order", kind="point_of_order")
    asks(hall, "siri", "stays")
    raises(hall, "kari")
    decides(hall, "kari")
    assert hall.state.current_speech is None
    assert hall.state.waiting == (named("stays"),)


def test_the_impartial_takes_part_as_before() -> None:
    hall = debating()
    raises(hall, "kari")
    hall.says("seat_substitute", person_id=named("sp1"), for_id=named("kari"), item_id=named("two"))
    decides(hall, "kari", "impartial")
    asks(hall, "kari", "r")
    assert named("kari") in hall.state.sitting(named("two"))
    assert named("sp1") not in hall.state.sitting(named("two"))


def test_the_substitute_is_in_for_that_item_with_the_right_to_speak_and_vote() -> None:
    hall = disqualified()
    hall.says("seat_substitute", person_id=named("sp1"), for_id=named("kari"), item_id=named("two"))
    asks(hall, "sp1", "r")
    votes(hall, 6)
    hall.says("record_decision", item_id=named("two"), text="Vedtatt")
    hall.says("close_item", item_id=named("two"))
    hall.says("open_item", item_id=named("one"))
    assert named("sp1") not in hall.state.sitting(named("one"))
    assert named("kari") in hall.state.sitting(named("one"))


def test_a_disqualified_substitute_is_not_called() -> None:
    hall = disqualified()
    raises(hall, "sp1")
    with pytest.raises(Refused, match="not_next_substitute"):
        hall.says("seat_substitute", person_id=named("sp1"), for_id=named("kari"), item_id=named("two"))


def test_the_disqualified_takes_part_in_other_items() -> None:
    hall = disqualified()
    hall.says("open_item", item_id=named("one"))
    asks(hall, "kari", "r")
    votes(hall, 6, "one")


def test_quorum_is_counted_without_the_disqualified() -> None:
    hall = debating("kari", "ola", "siri")
    assert hall.state.quorate
    hall.says("raise_impartiality", question_id=named("q"), item_id=named("two"), person_id=named("kari"))
    hall.says("seat_substitute", person_id=named("sp1"), for_id=named("kari"), item_id=named("two"))
    hall.says(
        "decide_impartiality",
        question_id=named("q"),
        outcome="disqualified",
        legal_basis=BASIS,
        unanimous=True,
    )
    assert hall.state.quorate
    hall.says("record_departure", person_id=named("sp1"))
    assert not hall.state.quorate


# What is told


def test_the_protocol_names_what_was_decided_with_legal_basis_vote_and_substitute() -> None:
    hall = disqualified()
    hall.says("seat_substitute", person_id=named("sp1"), for_id=named("kari"), item_id=named("two"))
    [told] = shown(hall).impartiality
    assert (told.person_id, told.outcome, told.substitute_id) == (
        named("kari"),
        "disqualified",
        named("sp1"),
    )
    assert told.legal_basis.section == BASIS["section"]
    assert told.result.unanimous


def test_a_question_that_is_not_decided_is_not_told() -> None:
    hall = debating()
    raises(hall, "kari")
    assert shown(hall).impartiality == ()


def behind_doors(hall: Hall, item: str = "two") -> UUID:
    closing = named("c")
    hall.says("propose_closing", closing_id=closing, item_ids=[named(item)], legal_basis={"section": "11-5"})
    hall.says("record_closing_vote", closing_id=closing, unanimous=True)
    hall.says("close_doors", closing_id=closing)
    return closing


def test_what_was_decided_behind_closed_doors_is_hidden_until_it_is_released() -> None:
    hall = debating()
    closing = behind_doors(hall)
    raises(hall, "kari")
    decides(hall, "kari")
    assert shown(hall).impartiality == ()
    hall.says("open_doors", closing_id=closing)
    assert shown(hall).impartiality == ()
    assert shown(hall).withheld
    hall.says("release_item", SECRETARY, item_id=named("two"))
    assert len(shown(hall).impartiality) == 1


def test_a_question_in_a_restricted_item_is_decided_behind_closed_doors_and_hidden() -> None:
    hall = debating()
    raises(hall, "kari", "secret")
    with pytest.raises(Refused, match="item_needs_closed_doors"):
        decides(hall, "kari")
    closing = behind_doors(hall, "secret")
    decides(hall, "kari")
    hall.says("open_doors", closing_id=closing)
    assert shown(hall, "secret").impartiality == ()


def test_undo_gives_the_disqualified_neither_the_floor_nor_a_place_back() -> None:
    hall = debating()
    asks(hall, "kari", "speech")
    hall.says("call_next_speaker", request_id=named("speech"), current_id=None)
    asks(hall, "kari", "order", kind="point_of_order")
    hall.says("withdraw_request", request_id=named("order"))
    raises(hall, "kari")
    decides(hall, "kari")
    with contextlib.suppress(Refused):
        while hall.state.undoable:
            hall.says("undo", event_id=hall.state.undoable[-1].event_id)
    assert hall.state.current_speech is None
    assert not any(one.person_id == named("kari") for one in hall.state.speaker_list)


def test_the_disqualified_do_not_propose_to_draw_the_line() -> None:
    hall = disqualified()
    with pytest.raises(Refused, match="disqualified"):
        hall.says("propose_closing_list", member("kari"), item_id=named("two"))
