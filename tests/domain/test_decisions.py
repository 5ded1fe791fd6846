"""Votes as counted, casting votes and decisions."""

import pytest
from pydantic import ValidationError

from orchestrator.domain.errors import Refused
from tests.domain.hall import Hall, debating, named, planned

FOR_AND_AGAINST = [
    {"group": "SP", "in_favour": 2, "against": 0},
    {"group": "AP", "in_favour": 0, "against": 2},
]

THREE_AND_TWO = [
    {"group": "SP", "in_favour": 2, "against": 0},
    {"group": "AP", "in_favour": 1, "against": 2},
]


def vote(hall: Hall, **fields: object) -> None:
    hall.says("record_vote", vote_id=named("v"), item_id=named("two"), **fields)


def test_a_tie_needs_the_chairs_casting_vote() -> None:
    hall = debating()
    with pytest.raises(Refused, match="casting_vote_missing"):
        vote(hall, tallies=FOR_AND_AGAINST)
    vote(hall, tallies=FOR_AND_AGAINST, casting_vote="in_favour")
    result = hall.state.votes[named("v")].result
    assert result is not None
    assert (result.carried, result.voting) == (True, 4)


def test_no_casting_vote_without_a_tie_nor_in_elections() -> None:
    hall = debating()
    with pytest.raises(Refused, match="no_casting_vote"):
        vote(hall, tallies=THREE_AND_TWO, casting_vote="against")
    with pytest.raises(Refused, match="no_casting_vote"):
        vote(hall, tallies=FOR_AND_AGAINST, casting_vote="against", election=True)


def test_more_votes_than_present_is_refused() -> None:
    with pytest.raises(Refused, match="more_votes_than_present"):
        vote(debating(), tallies=[{"group": "SP", "in_favour": 6, "against": 0}])


def test_blank_only_in_elections() -> None:
    hall = debating()
    with pytest.raises(Refused, match="blank_only_in_elections"):
        vote(hall, tallies=FOR_AND_AGAINST[:1], blank=1)
    vote(hall, tallies=FOR_AND_AGAINST[:1], blank=1, election=True)


def test_unanimous_counts_those_present() -> None:
    hall = debating()
    vote(hall, unanimous=True)
    result = hall.state.votes[named("v")].result
    assert result is not None
    assert result.voting == 5


def test_the_same_result_twice_is_harmless_another_is_refused() -> None:
    hall = debating()
    vote(hall, unanimous=True)
    vote(hall, unanimous=True)
    with pytest.raises(Refused, match="vote_recorded"):
        vote(hall, tallies=FOR_AND_AGAINST[:1])


def test_a_recorded_vote_can_be_undone_and_counted_anew() -> None:
    hall = debating()
    hall.says("start_vote", vote_id=named("v"), item_id=named("two"))
    vote(hall, unanimous=True)
    hall.says("undo", event_id=hall.state.version)
    assert hall.state.current_vote is not None
    vote(hall, tallies=THREE_AND_TWO)


def test_a_text_with_nul_is_refused_by_field() -> None:
    with pytest.raises(ValidationError, match="text"):
        debating().says("put_proposal", proposal_id=named("p"), item_id=named("two"), text="a\0b")


def test_a_proposal_voted_on_cannot_be_withdrawn() -> None:
    hall = debating()
    hall.says(
        "put_proposal", proposal_id=named("p"), item_id=named("two"), proposer_id=named("kari"), text="Utsett"
    )
    vote(hall, unanimous=True, proposal_id=named("p"))
    with pytest.raises(Refused, match="proposal_voted_on"):
        hall.says("withdraw_proposal", proposal_id=named("p"))


def test_proposals_stand_through_a_break() -> None:
    hall = debating()
    for proposal in ("p", "q"):
        hall.says(
            "put_proposal",
            proposal_id=named(proposal),
            item_id=named("two"),
            proposer_id=named("kari"),
            text=f"Forslag {proposal}",
        )
    hall.says("withdraw_proposal", proposal_id=named("q"))
    before = hall.state.proposals
    hall.says("start_break")
    assert hall.state.proposals == before
    hall.says("end_break")
    assert hall.state.proposals == before
    vote(hall, unanimous=True, proposal_id=named("p"))


def test_a_vote_by_less_than_half_of_the_members_binds_nobody() -> None:
    hall = debating()
    with pytest.raises(Refused, match="not_quorate"):
        vote(hall, tallies=FOR_AND_AGAINST[:1])
    vote(hall, unanimous=True, voting=3)


def test_substitutes_fill_seats_and_make_none() -> None:
    members = [
        {"person_id": named("kari"), "group": "SP"},
        {"person_id": named("ola"), "group": "SP", "substitutes_for": named("kari")},
        {"person_id": named("siri"), "group": "AP"},
    ]
    hall = planned(members=members, chair_id=None)
    hall.says("open_session")
    hall.says("call_roll", present=[named("ola")])
    assert (hall.state.seats, hall.state.quorate) == (2, True)


def test_those_without_a_vote_are_not_counted() -> None:
    rights = {"attend": True, "speak": True, "propose": True, "vote": False}
    members = [{"person_id": named(name), "group": "SP"} for name in ("kari", "ola")]
    members.append({"person_id": named("siri"), "rights": rights})
    hall = planned(members=members, chair_id=None)
    hall.says("open_session")
    hall.says("open_item", item_id=named("two"))
    hall.says("call_roll", present=[named("kari"), named("siri")])
    assert hall.state.quorate
    vote(hall, unanimous=True)
    result = hall.state.votes[named("v")].result
    assert result is not None
    assert result.voting == 1


def test_a_chair_who_may_not_vote_has_no_casting_vote_and_a_tie_falls() -> None:
    rights = {"attend": True, "speak": True, "propose": False, "vote": False}
    members = [{"person_id": named(name), "group": "SP"} for name in ("kari", "ola")]
    members.append({"person_id": named("anne"), "rights": rights})
    hall = planned(members=members)
    hall.says("open_session")
    hall.says("open_item", item_id=named("two"))
    tie = [{"group": "SP", "in_favour": 1, "against": 1}]
    with pytest.raises(Refused, match="no_casting_vote"):
        vote(hall, tallies=tie, casting_vote="in_favour")
    vote(hall, tallies=tie)
    result = hall.state.votes[named("v")].result
    assert result is not None
    assert not result.carried


def test_the_casting_vote_is_no_vote_of_its_own() -> None:
    hall = debating()
    vote(hall, tallies=FOR_AND_AGAINST, casting_vote="against")
    result = hall.state.votes[named("v")].result
    assert result is not None
    assert (result.voting, result.carried) == (4, False)


def test_a_tie_in_an_election_is_recorded_without_a_casting_vote() -> None:
    hall = debating()
    vote(hall, tallies=FOR_AND_AGAINST, election=True)
    assert hall.state.votes[named("v")].election


def test_an_item_of_election_is_voted_on_as_one() -> None:
    hall = debating()
    hall.says("add_item", item_id=named("valg"), title="Valg av ordfører", kind="election")
    hall.says("open_item", item_id=named("valg"))
    hall.says("record_vote", vote_id=named("v"), item_id=named("valg"), tallies=FOR_AND_AGAINST, blank=1)
    assert hall.state.votes[named("v")].election


def test_before_the_roll_is_called_unanimous_counts_the_members() -> None:
    hall = planned()
    hall.says("open_session")
    hall.says("open_item", item_id=named("two"))
    vote(hall, unanimous=True)
    result = hall.state.votes[named("v")].result
    assert result is not None
    assert result.voting == 5


def test_a_vote_on_closing_needs_what_any_vote_needs() -> None:
    hall = debating()
    hall.says(
        "propose_closing", closing_id=named("c"), item_ids=[named("two")], legal_basis={"section": "11-5"}
    )
    with pytest.raises(Refused, match="casting_vote_missing"):
        hall.says("record_closing_vote", closing_id=named("c"), tallies=FOR_AND_AGAINST)
    with pytest.raises(Refused, match="not_quorate"):
        hall.says("record_closing_vote", closing_id=named("c"), tallies=FOR_AND_AGAINST[:1])
    with pytest.raises(Refused, match="blank_only_in_elections"):
        hall.says("record_closing_vote", closing_id=named("c"), tallies=THREE_AND_TWO[:1], blank=2)
    hall.says("record_closing_vote", closing_id=named("c"), tallies=FOR_AND_AGAINST, casting_vote="in_favour")
    hall.says("close_doors", closing_id=named("c"))


def test_a_legal_basis_is_required_to_close_the_doors() -> None:
    with pytest.raises(ValidationError, match="section"):
        debating().says(
            "propose_closing", closing_id=named("c"), item_ids=[named("two")], legal_basis={"section": " "}
        )


def test_there_is_no_vote_in_an_item_that_has_not_been_taken_up() -> None:
    with pytest.raises(Refused, match="item_not_opened"):
        debating().says("start_vote", vote_id=named("v"), item_id=named("one"))


def test_a_proposal_by_one_without_that_right_is_refused() -> None:
    rights = {"attend": True, "speak": True, "propose": False, "vote": True}
    hall = planned(members=[{"person_id": named("kari"), "rights": rights}])
    with pytest.raises(Refused, match="no_right_to_propose"):
        hall.says(
            "put_proposal",
            proposal_id=named("p"),
            item_id=named("two"),
            proposer_id=named("kari"),
            text="Utsett",
        )
