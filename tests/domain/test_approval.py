"""The agenda is approved, reordered and postponed from by a majority; what was not listed can fall."""

import pytest

from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.publicity import public_session
from tests.domain.hall import SECRETARY, Hall, member, named, opened, planned

FOR = [{"group": "SP", "in_favour": 3, "against": 2}]
AGAINST = [{"group": "SP", "in_favour": 2, "against": 3}]


def late(**fields: object) -> Hall:
    """An open meeting with a case that was put on the agenda after it began."""
    hall = opened()
    hall.says("add_item", item_id=named("late"), title="Ny sak", **fields)
    return hall


def objects(hall: Hall, name: str, item: str = "late") -> None:
    hall.says("object_to_item", member(name), item_id=named(item), person_id=named(name))


def order(hall: Hall) -> list[object]:
    return [item.item_id for item in hall.state.agenda]


def test_the_agenda_is_approved_by_a_majority() -> None:
    hall = opened()
    with pytest.raises(Refused, match="not_carried"):
        hall.says("approve_agenda", tallies=AGAINST)
    hall.says("approve_agenda", unanimous=True)
    assert hall.state.approval is not None
    assert hall.state.approval.result.voting == 5
    assert hall.says("approve_agenda", unanimous=True) == []


def test_once_approved_the_agenda_is_reordered_by_a_majority_alone() -> None:
    hall = opened()
    hall.says("move_item", item_id=named("two"), before_id=named("one"))
    assert order(hall)[:2] == [named("two"), named("one")]
    hall.says("approve_agenda", unanimous=True)
    with pytest.raises(Refused, match="agenda_approved"):
        hall.says("move_item", item_id=named("one"), before_id=named("two"))
    hall.says("reorder_agenda", item_id=named("one"), before_id=named("two"), unanimous=True)
    assert order(hall)[:2] == [named("one"), named("two")]


def test_approving_needs_the_quorum() -> None:
    with pytest.raises(Refused, match="not_quorate"):
        opened().says("approve_agenda", unanimous=True, voting=2)


def test_participants_approve_nothing() -> None:
    with pytest.raises(Forbidden, match="not_your_role"):
        opened().says("approve_agenda", member("kari"), unanimous=True)


def test_the_order_is_changed_by_a_majority() -> None:
    hall = opened()
    with pytest.raises(Refused, match="not_carried"):
        hall.says("reorder_agenda", item_id=named("two"), before_id=named("one"), tallies=AGAINST)
    hall.says("reorder_agenda", item_id=named("two"), before_id=named("one"), tallies=FOR)
    assert order(hall)[:2] == [named("two"), named("one")]
    (reordering,) = hall.state.reorderings
    assert (reordering.at, reordering.result.in_favour, reordering.result.against) == (hall.now, 3, 2)


def test_an_item_being_treated_is_neither_moved_nor_postponed() -> None:
    hall = opened()
    hall.says("open_item", item_id=named("two"))
    with pytest.raises(Refused, match="item_treated"):
        hall.says("reorder_agenda", item_id=named("two"), before_id=None, unanimous=True)
    with pytest.raises(Refused, match="item_treated"):
        hall.says("postpone_item", item_id=named("two"), unanimous=True)


def test_an_item_is_postponed_by_a_majority_and_not_taken_up() -> None:
    hall = opened()
    with pytest.raises(Refused, match="not_carried"):
        hall.says("postpone_item", item_id=named("two"), tallies=AGAINST)
    hall.says("postpone_item", item_id=named("two"), tallies=FOR)
    postponed = hall.now
    with pytest.raises(Refused, match="item_closed"):
        hall.says("open_item", item_id=named("two"))
    view = public_session(hall.state)
    assert view is not None
    told = next(item for item in view.items if item.item_id == named("two"))
    assert (told.dropped, told.dropped_at) == ("postponed", postponed)
    assert told.dropped_by
    assert (told.dropped_by.in_favour, told.dropped_by.against) == (3, 2)


def test_postponing_can_be_undone() -> None:
    hall = opened()
    hall.says("postpone_item", item_id=named("two"), unanimous=True)
    hall.says("undo", event_id=hall.state.version)
    hall.says("open_item", item_id=named("two"))


def test_an_unlisted_case_falls_if_the_chair_objects() -> None:
    hall = late()
    objects(hall, "anne")
    assert hall.state.items[named("late")].dropped == "objected"


def test_an_unlisted_case_falls_if_a_third_of_those_present_object() -> None:
    hall = late()
    objects(hall, "kari")
    objects(hall, "kari")
    assert hall.state.items[named("late")].dropped is None  # one of five, however often
    objects(hall, "ola")
    assert hall.state.items[named("late")].dropped == "objected"
    with pytest.raises(Refused, match="item_closed"):
        hall.says("open_item", item_id=named("late"))


def test_a_case_with_late_papers_falls_likewise() -> None:
    hall = planned()
    hall.says("mark_item", SECRETARY, item_id=named("two"), late_papers=True)
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in ("kari", "ola", "siri")])
    objects(hall, "kari", "two")
    assert hall.state.items[named("two")].dropped == "objected"


def test_a_case_in_the_notice_with_its_papers_cannot_be_objected_to() -> None:
    with pytest.raises(Refused, match="item_was_listed"):
        objects(opened(), "kari", "two")


def test_questions_need_not_be_listed() -> None:
    hall = late(kind="question")
    with pytest.raises(Refused, match="questions_need_no_listing"):
        objects(hall, "anne")


def test_a_case_put_on_after_the_notice_is_marked_so() -> None:
    hall = planned()
    hall.says("mark_item", SECRETARY, item_id=named("two"), unlisted=True)
    assert hall.state.items[named("two")].unlisted
    assert late().state.items[named("late")].unlisted


def test_only_those_present_object() -> None:
    hall = late()
    hall.says("record_departure", person_id=named("kari"))
    with pytest.raises(Refused, match="not_present"):
        objects(hall, "kari")


def test_nobody_objects_for_another() -> None:
    with pytest.raises(Forbidden, match="not_yourself"):
        late().says("object_to_item", member("kari"), item_id=named("late"), person_id=named("ola"))


def test_it_is_too_late_to_object_once_the_case_is_taken_up() -> None:
    hall = late()
    hall.says("open_item", item_id=named("late"))
    with pytest.raises(Refused, match="item_treated"):
        objects(hall, "kari")


def test_the_agenda_is_not_settled_behind_closed_doors() -> None:
    hall = late()
    hall.says("open_item", item_id=named("two"))
    hall.says(
        "propose_closing", closing_id=named("c"), item_ids=[named("two")], legal_basis={"section": "11-5"}
    )
    hall.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    hall.says("close_doors", closing_id=named("c"))
    for command in (
        {"type_": "approve_agenda", "unanimous": True},
        {"type_": "postpone_item", "item_id": named("late"), "unanimous": True},
        {"type_": "object_to_item", "item_id": named("late"), "person_id": named("anne")},
    ):
        type_ = str(command.pop("type_"))
        with pytest.raises(Refused, match="doors_closed"):
            hall.says(type_, **command)


def test_nothing_is_taken_off_an_approved_agenda_but_by_a_majority() -> None:
    hall = opened()
    hall.says("approve_agenda", unanimous=True)
    with pytest.raises(Refused, match="agenda_approved"):
        hall.says("remove_item", item_id=named("two"))
    hall.says("postpone_item", item_id=named("two"), unanimous=True)


def test_only_those_who_are_there_object() -> None:
    hall = late()
    objects(hall, "kari")
    hall.says("record_departure", person_id=named("kari"))
    objects(hall, "ola")
    assert hall.state.items[named("late")].dropped is None
    objects(hall, "siri")
    assert hall.state.items[named("late")].dropped == "objected"
