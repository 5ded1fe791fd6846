"""Who takes part from elsewhere, and closed doors (kommuneloven § 11-5 and § 11-7)."""

from typing import Any

import pytest

from orchestrator.domain.errors import Forbidden, Refused
from tests.domain.hall import CHAIR, Hall, member, named, planned

MUST: dict[str, Any] = {"section": "kommuneloven § 11-5", "paragraph": "2"}
MAY: dict[str, Any] = {"section": "kommuneloven § 11-5", "paragraph": "3", "letter": "a"}


def hall(basis: dict[str, Any], *remote: str) -> Hall:
    """A meeting that has voted to close its doors for an item, some of it from elsewhere."""
    made = planned()
    made.says("open_session")
    made.says("call_roll", present=[named(name) for name in ("kari", "ola", "siri", "anne")])
    for name in remote:
        made.says("attend_remotely", member(name), person_id=named(name))
    made.says("propose_closing", closing_id=named("c"), item_ids=[named("secret")], legal_basis=basis)
    made.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    return made


def test_doors_close_once_every_remote_member_has_said_that_they_are_alone() -> None:
    one = hall(MAY, "ola", "siri")
    one.says("confirm_alone", member("ola"), person_id=named("ola"), closing_id=named("c"))
    with pytest.raises(Refused, match="remote_not_alone"):
        one.says("close_doors", closing_id=named("c"))
    one.says("confirm_alone", CHAIR, person_id=named("siri"), closing_id=named("c"))
    assert one.says("close_doors", closing_id=named("c"))


def test_who_does_not_answer_is_recorded_as_gone_and_the_doors_close() -> None:
    one = hall(MAY, "ola")
    one.says("record_departure", person_id=named("ola"))
    assert one.says("close_doors", closing_id=named("c"))


def test_what_must_be_closed_is_not_treated_while_anybody_takes_part_from_elsewhere() -> None:
    one = hall(MUST, "ola")
    one.says("confirm_alone", member("ola"), person_id=named("ola"), closing_id=named("c"))
    for command, fields in (
        ("close_doors", {"closing_id": named("c")}),
        ("open_item", {"item_id": named("secret")}),
    ):
        with pytest.raises(Refused, match=r"remote_excluded|item_needs_closed_doors"):
            one.says(command, **fields)
    one.says("attend_remotely", member("ola"), person_id=named("ola"), remote=False)
    one.says("close_doors", closing_id=named("c"))
    with pytest.raises(Refused, match="remote_excluded"):
        one.says("attend_remotely", member("ola"), person_id=named("ola"))


def test_the_debate_on_closing_needs_them_alone_too() -> None:
    one = planned()
    one.says("open_session")
    one.says("call_roll", present=[named("kari"), named("ola"), named("siri")])
    one.says("attend_remotely", member("ola"), person_id=named("ola"))
    one.says("propose_closing", closing_id=named("c"), item_ids=[named("secret")], legal_basis=MUST)
    with pytest.raises(Refused, match="remote_not_alone"):
        one.says("close_doors", closing_id=named("c"), part="debate")


def test_a_confirmation_is_for_one_closing() -> None:
    one = hall(MAY, "ola")
    one.says("confirm_alone", member("ola"), person_id=named("ola"), closing_id=named("c"))
    one.says("drop_closing", closing_id=named("c"))
    one.says("propose_closing", closing_id=named("d"), item_ids=[named("secret")], legal_basis=MAY)
    assert one.state.alone == frozenset()
    with pytest.raises(Refused, match="state_moved"):
        one.says("confirm_alone", member("ola"), person_id=named("ola"), closing_id=named("c"))


def test_nobody_confirms_for_another_and_only_who_is_elsewhere_confirms() -> None:
    one = hall(MAY, "ola")
    with pytest.raises(Forbidden):
        one.says("confirm_alone", member("siri"), person_id=named("ola"), closing_id=named("c"))
    with pytest.raises(Refused, match="not_remote"):
        one.says("confirm_alone", member("siri"), person_id=named("siri"), closing_id=named("c"))
