"""What is filmed of a room at every stage of a meeting, and that it names nobody unseen."""

import re

import pytest

from orchestrator.domain.publicity import public_session
from orchestrator.domain.timeline import Name
from orchestrator.web.look import OUR_LOOK, Site
from orchestrator.web.pages.displays import Plate
from orchestrator.web.pages.room_picture import RoomPicture, room_picture
from tests.domain.hall import Hall, debating, named, planned
from tests.web.pages import council
from tests.web.pages.council import NAMES, STAGES, words

NAMED = {person: Name(name=name) for person, name in NAMES.items()}


def filmed(*halls: Hall, language: str = "nb") -> RoomPicture:
    going_on = [public_session(hall.state) for hall in halls if hall.state.status == "open"]
    return room_picture("Plenum", going_on, NAMED, language)


def html(picture: RoomPicture) -> str:
    given = {"picture": picture, "plate": picture.plate, "site": Site("Fjellvik kommune", "fjellvik")}
    return "".join(OUR_LOOK.render(name, "nb", **given) for name in ("room/scene.html", "display/plate.html"))


def test_who_has_the_floor_is_shown_and_named_with_the_case() -> None:
    picture = filmed(council.speaking())
    assert (picture.shows, picture.floor) == (True, (str(named("kari")),))
    assert picture.plate == Plate("Kari Nordli", "SP", "Sak 47/26")
    assert f'data-floor="{named("kari")}" data-shows' in html(picture)


def test_while_nobody_has_the_floor_whoever_is_there_may_be_seen_and_the_card_says_what_it_is() -> None:
    picture = filmed(debating())
    assert (picture.shows, picture.floor, picture.plate) == (True, (), None)
    assert words(html(picture)) == "Kommunestyret Fjellvik kommune"


def test_before_the_meeting_the_picture_can_be_tried_under_the_rooms_own_name() -> None:
    picture = filmed(planned())
    assert (picture.shows, picture.plate, picture.headline) == (True, None, "Plenum")


@pytest.mark.parametrize(
    ("stage", "headline"),
    [
        (council.pausing, "Matpause"),
        (council.stopped, "Sendingen er stoppet"),
        (council.doors_closed, "Møtet er lukket"),
        (council.closing_debated, "Møtet er lukket"),
    ],
)
def test_what_the_public_may_not_see_is_replaced_by_what_they_are_told(stage: object, headline: str) -> None:
    assert callable(stage)
    picture = filmed(stage())
    assert (picture.shows, picture.floor, picture.plate) == (False, (), None)
    assert picture.headline == headline


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_nobody_is_named_unless_they_speak_in_public(stage: object) -> None:
    assert callable(stage)
    hall = stage()
    view = public_session(hall.state)
    said = html(filmed(hall))
    if view is None or view.status != "live" or view.speaking is None or view.voting:
        assert not [name for name in NAMES.values() if name in said]
    ids = re.search(r'data-floor="([^"]*)"', said)
    assert ids
    allowed = {str(view.speaking.person_id)} if view and view.status == "live" and view.speaking else set()
    assert set(ids[1].split()) == allowed


def test_a_room_of_several_sessions_shows_only_what_every_one_of_them_allows() -> None:
    for order in ((council.speaking, council.doors_closed), (council.doors_closed, council.speaking)):
        picture = filmed(*(stage() for stage in order))
        assert (picture.shows, picture.plate, picture.headline) == (False, None, "Møtet er lukket")
    assert not room_picture("Plenum", [public_session(debating().state), None], NAMED, "nb").shows


def test_two_who_speak_at_once_are_both_seen_but_not_named() -> None:
    picture = filmed(council.speaking(), council.speaking())
    assert (len(picture.floor), picture.plate, picture.headline) == (2, None, "Plenum")
