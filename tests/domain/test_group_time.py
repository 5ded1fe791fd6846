"""Each group's time in an item: what it was given less what its speeches have taken."""

import pytest

from orchestrator.domain.budget import GroupTime, group_times
from orchestrator.domain.errors import Refused
from tests.domain.debate import adds, speaks, undo
from tests.domain.hall import Hall, asks, debating, named, planned

TWO = named("two")


def budgeted(seconds: int = 100) -> Hall:
    """Kari (SP) has the floor, Ola (AP) waits; each group has ``seconds``."""
    hall = debating(rules={"group_seconds": seconds})
    hall.tick = 0
    asks(hall, "kari", "r1")
    asks(hall, "ola", "r2")
    speaks(hall, "r1")
    return hall


def time(hall: Hall, group: str = "SP") -> GroupTime:
    return next(one for one in group_times(hall.state, TWO, hall.now) if one.group == group)


def test_group_budget_is_created_on_first_use() -> None:
    hall = budgeted()
    assert [budget.group for budget in hall.state.items[TWO].budgets] == ["SP"]
    rules = hall.state.rules.model_copy(update={"group_seconds": 50})
    hall.says("change_rules", item_id=TWO, rules=rules.model_dump())
    assert (time(hall, "SP").initial, time(hall, "AP").initial) == (100, 50)


def test_what_is_left_is_derived_from_the_intervals() -> None:
    hall = budgeted()
    hall.wait(10)
    hall.says("pause_speech", speech_id=named("r1"))
    hall.wait(500)
    assert (time(hall).used, time(hall).left) == (10, 90)


def test_a_speech_gets_no_more_time_than_its_group_has_left() -> None:
    hall = budgeted()
    hall.wait(80)
    adds(hall, "per", "r3")
    hall.says("start_speech", request_id=named("r3"), current_id=named("r1"))
    assert hall.state.requests[named("r3")].limit_seconds == 20


def test_points_of_order_are_not_charged() -> None:
    hall = budgeted()
    asks(hall, "per", "order", kind="point_of_order")
    speaks(hall, "order")
    hall.wait(60)
    assert hall.state.requests[named("order")].limit_seconds == 120
    assert time(hall).used == 0


def test_a_group_without_time_left_asks_in_vain_but_the_chair_may_add_its_member() -> None:
    hall = budgeted()
    hall.wait(130)
    with pytest.raises(Refused, match="group_time_used"):
        asks(hall, "per", "r3")
    adds(hall, "per", "r3")
    assert (time(hall).left, time(hall).overrun) == (0, 30)


def test_undo_refunds_the_groups_budget() -> None:
    hall = budgeted()
    hall.wait(30)
    undo(hall)
    assert time(hall).used == 0
    assert hall.state.items[TWO].budgets == ()


def test_overrun_is_shared_between_the_groups_only_when_nobody_speaks() -> None:
    hall = budgeted()
    hall.wait(130)
    with pytest.raises(Refused, match="somebody_speaks"):
        hall.says("share_overrun", item_id=TWO, group="SP")
    hall.says("end_speech", speech_id=named("r1"))
    hall.says("share_overrun", item_id=TWO, group="SP")
    assert (time(hall, "SP").left, time(hall, "SP").overrun) == (0, 0)
    assert time(hall, "AP").left == 130
    with pytest.raises(Refused, match="no_overrun"):
        hall.says("share_overrun", item_id=TWO, group="SP")


def test_time_is_moved_between_groups_in_one_command_only_when_nobody_speaks() -> None:
    hall = budgeted()
    moved = [{"group": "SP", "seconds": -30}, {"group": "AP", "seconds": 30}]
    with pytest.raises(Refused, match="somebody_speaks"):
        hall.says("add_group_time", item_id=TWO, additions=moved)
    hall.says("end_speech", speech_id=named("r1"))
    hall.says("add_group_time", item_id=TWO, additions=moved)
    assert (time(hall, "SP").left, time(hall, "AP").left) == (70, 130)
    undo(hall)
    assert (time(hall, "SP").left, time(hall, "AP").left) == (100, 100)


def test_an_unknown_group_gets_no_time_and_nobody_where_there_is_no_such_limit() -> None:
    hall = budgeted()
    hall.says("end_speech", speech_id=named("r1"))
    with pytest.raises(Refused, match="unknown_group"):
        hall.says("add_group_time", item_id=TWO, additions=[{"group": "X", "seconds": 30}])
    with pytest.raises(Refused, match="no_group_time"):
        debating().says("share_overrun", item_id=TWO, group="SP")


def test_one_without_a_group_is_not_limited_by_any() -> None:
    alone = [{"person_id": named("kari")}]
    hall = planned(rules={"group_seconds": 10, "presence_required": False}, members=alone, chair_id=None)
    hall.says("open_session")
    hall.says("open_item", item_id=TWO)
    adds(hall, "kari", "r1")
    speaks(hall, "r1")
    assert hall.state.requests[named("r1")].limit_seconds == 180


def test_a_substitute_speaks_on_the_time_of_the_seat() -> None:
    members = [
        {"person_id": named("kari"), "group": "SP"},
        {"person_id": named("ola"), "group": "AP"},
        {"person_id": named("per"), "substitutes_for": named("kari")},
    ]
    hall = planned(members=members, chair_id=None, rules={"group_seconds": 600})
    hall.says("open_session")
    hall.says("call_roll", present=[named("per"), named("ola")])
    hall.says("open_item", item_id=TWO)
    asks(hall, "per", "r1")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    hall.wait(60)
    hall.says("end_speech", speech_id=named("r1"))
    assert time(hall).used == 61
