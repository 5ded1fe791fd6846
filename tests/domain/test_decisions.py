"""Votes as counted, casting votes and decisions."""

import pytest
from pydantic import ValidationError

from orchestrator.domain.errors import Refused
from tests.domain.hall import Hall, debating, named

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
