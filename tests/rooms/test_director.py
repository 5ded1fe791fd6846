"""Whose picture is seen."""

from orchestrator.rooms.embedded.director import STAYS, Camera, Director

CHAIR = Camera("chair's", "chair", is_host=True)
SECRETARY = Camera("secretary's", "secretary", is_host=True)
MEMBER = Camera("member's", "member", is_host=False)
SCREEN = Camera("screen", "presenter", is_host=False, is_screen=True)
ALL = [MEMBER, CHAIR, SECRETARY]


def test_a_shared_screen_goes_before_whoever_has_the_floor() -> None:
    assert Director[str]().choose([*ALL, SCREEN], {"member"}, 0) == "screen"


def test_whoever_has_the_floor_is_seen_at_once_whoever_speaks() -> None:
    director = Director[str]()
    director.speaks("chair", 0)
    assert director.choose(ALL, (), 0) == "chair's"
    director.speaks("chair", 1)
    assert director.choose(ALL, {"member"}, 1) == "member's"


def test_nobody_is_seen_instead_of_a_speaker_who_shows_no_picture() -> None:
    assert Director[str]().choose([CHAIR], {"member"}, 0) is None


def test_without_a_floor_whoever_spoke_last_is_seen_and_stays_though_silent() -> None:
    director = Director[str]()
    assert director.choose(ALL, (), 0) == "chair's", "a host, as long as nobody has spoken"
    director.speaks("secretary", 1)
    assert director.choose(ALL, (), 1) == "secretary's"
    assert director.choose(ALL, (), 60) == "secretary's"


def test_a_remark_takes_the_picture_from_nobody_who_is_speaking() -> None:
    director = Director[str]()
    director.speaks("chair", 0)
    assert director.choose(ALL, (), 0) == "chair's"
    director.speaks("secretary", 1)
    assert director.choose(ALL, (), 1) == "chair's"
    assert director.choose(ALL, (), STAYS + 0.1) == "secretary's"


def test_whoever_is_gone_is_not_seen() -> None:
    director = Director[str]()
    director.speaks("chair", 0)
    assert director.choose(ALL, (), 0) == "chair's"
    assert director.choose([MEMBER], (), 0.1) == "member's"
    assert director.choose([], (), 0.2) is None
