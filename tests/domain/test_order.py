"""The order of the list: who has spoken least, and the places nobody is overtaken in."""

import pytest

from orchestrator.domain.errors import Refused
from tests.domain.debate import order, reply, speaking, speaks
from tests.domain.hall import Hall, asks, debating, named


def spoken(**rules: object) -> Hall:
    """Kari and Ola have held a speech each, and wait again; nobody speaks."""
    hall = debating(rules={"order": "fewest_turns", **rules})
    for name, request in (("kari", "r1"), ("ola", "r2")):
        asks(hall, name, request)
        speaks(hall, request)
    hall.says("end_speech", speech_id=named("r2"))
    asks(hall, "kari", "r3")
    asks(hall, "ola", "r4")
    return hall


def test_who_has_spoken_least_comes_first() -> None:
    hall = spoken()
    asks(hall, "siri", "r5")
    assert order(hall) == ["r5", "r3", "r4"]


def test_among_those_who_have_spoken_as_often_arrival_decides() -> None:
    hall = spoken()
    asks(hall, "siri", "r5")
    asks(hall, "per", "question", kind="question")
    assert order(hall) == ["r5", "question", "r3", "r4"]


@pytest.mark.parametrize(("safe", "expected"), [(1, ["r3", "r5", "r4"]), (2, ["r3", "r4", "r5"])])
def test_a_safe_place_is_never_overtaken(safe: int, expected: list[str]) -> None:
    hall = spoken(safe_places=safe)
    asks(hall, "siri", "r5")
    assert order(hall) == expected


def test_moving_above_a_safe_place_is_refused_and_the_list_unchanged() -> None:
    hall = speaking(safe_places=1)
    asks(hall, "per", "r4")
    with pytest.raises(Refused, match="safe_place"):
        hall.says("move_request", request_id=named("r4"), before_id=named("r2"))
    assert order(hall) == ["r2", "r3", "r4"]
    hall.says("move_request", request_id=named("r4"), before_id=named("r3"))
    assert order(hall) == ["r2", "r4", "r3"]


def test_replies_are_not_ordinary_entries_and_move_above_a_safe_place() -> None:
    hall = speaking(safe_places=1)
    reply(hall, "per", "reply1")
    hall.says("move_request", request_id=named("reply1"), before_id=None)
    hall.says("move_request", request_id=named("reply1"), before_id=named("r2"))
    assert order(hall) == ["reply1", "r2", "r3"]


def test_moving_an_entry_before_itself_changes_nothing() -> None:
    hall = speaking()
    assert hall.says("move_request", request_id=named("r2"), before_id=named("r2")) == []
    assert order(hall) == ["r2", "r3"]


def test_moving_before_one_who_speaks_or_is_foreign_is_refused() -> None:
    hall = speaking()
    for before in ("r1", "stranger"):
        with pytest.raises(Refused):
            hall.says("move_request", request_id=named("r3"), before_id=named(before))
    assert order(hall) == ["r2", "r3"]
