"""What the hall display and the lower third show at every stage, and that they name nobody unseen."""

import pytest

from orchestrator.domain.publicity import public_session
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.timeline import Name
from orchestrator.web.look import OUR_LOOK
from orchestrator.web.pages import displays
from orchestrator.web.pages.words import SPEECH_KINDS
from tests.domain.hall import Hall, asks, debating, named, opened, planned
from tests.web.pages import council
from tests.web.pages.council import NAMES, STAGES, words

NAMED = {person: Name(name=name) for person, name in NAMES.items()}


def shown(hall: Hall, language: str = "nb") -> displays.Hall:
    return displays.hall(public_session(hall.state), NAMED, language)


def plate(hall: Hall) -> displays.Plate | None:
    return displays.plate(public_session(hall.state), NAMED, "nb")


def html(hall: Hall, language: str = "nb") -> str:
    """Both screens as they are sent."""
    view = public_session(hall.state)
    given = {
        "hall": displays.hall(view, NAMED, language),
        "plate": displays.plate(view, NAMED, language),
        "now": hall.now,
    }
    return "".join(OUR_LOOK.render(f"display/{name}.html", language, **given) for name in ("hall", "plate"))


@pytest.mark.parametrize(
    ("stage", "headline"),
    [
        (planned, "Kommunestyret"),
        (opened, "Ingen taler i gang"),
        (debating, "Møteleder: Anne Berg"),
        (council.speaking, "Kari Nordli"),
        (council.voting, "Votering"),
        (council.pausing, "Matpause"),
        (council.stopped, "Sendingen er stoppet"),
        (council.doors_closed, "Møtet er lukket"),
        (council.closing_debated, "Møtet er lukket"),
        (council.adjourned, "Møtet er hevet"),
        (council.cancelled, "Møtet er avlyst"),
    ],
)
def test_the_hall_display_says_what_goes_on(stage: object, headline: str) -> None:
    assert callable(stage)
    assert shown(stage()).headline == headline


def test_the_hall_display_shows_case_group_clock_and_the_next_three() -> None:
    seen = shown(council.speaking())
    assert (seen.number, seen.title, seen.group) == ("Sak 47/26", "Reguleringsplan Elvebakken", "SP")
    assert seen.clock
    assert seen.clock.since
    assert [(one.who, one.kind) for one in seen.nexts] == [
        ("Siri Moen (AP)", "til dagsorden"),
        ("Ola Vik (AP)", "replikk"),
        ("Per Haug (SP)", ""),
    ]


def test_a_stopped_clock_stands_on_the_hall_display() -> None:
    seen = shown(council.stopped_clock())
    assert seen.clock
    assert seen.clock.since is None
    assert "Klokka står" in words(html(council.stopped_clock()))


def test_a_speech_begun_in_a_stop_has_no_clock_as_it_would_tell_when_it_began() -> None:
    hall = debating()
    hall.says("stop_broadcast")
    asks(hall, "kari", "hidden")
    hall.says("call_next_speaker", request_id=named("hidden"), current_id=None)
    hall.says("resume_broadcast", stop=1)
    seen = shown(hall)
    assert (seen.headline, seen.clock) == ("Kari Nordli", None)


def test_a_break_says_until_when() -> None:
    hall = council.speaking()
    hall.says("start_break", kind="group_meeting", resume_at=hall.now.replace(hour=17, minute=15))
    seen = shown(hall)
    assert (seen.headline, seen.detail) == ("Gruppemøter", "Møtet fortsetter kl. 19:15.")


def test_closed_doors_show_the_legal_basis_and_nothing_else() -> None:
    said = words(html(council.doors_closed()))
    assert said == "Møtet er lukket Hjemmel: kommuneloven § 11-5 tredje ledd bokstav a."


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_no_screen_names_anybody_unless_the_meeting_is_seen(stage: object, language: str) -> None:
    assert callable(stage)
    hall = stage()
    view = public_session(hall.state)
    said = words(html(hall, language))
    assert "Hemmelig" not in said
    if view is None or view.status != "live":
        assert not [name for name in NAMES.values() if name in said]
        assert "progress" not in html(hall, language)


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_the_lower_third_is_off_unless_somebody_speaks(stage: object) -> None:
    assert callable(stage)
    hall = stage()
    view = public_session(hall.state)
    speaks = bool(view and view.speaking and not view.voting)
    assert (plate(hall) is not None) is speaks


def test_the_lower_third_names_speaker_group_and_case() -> None:
    assert plate(council.speaking()) == displays.Plate("Kari Nordli", "SP", "Sak 47/26")


def test_whose_name_has_been_erased_has_no_plate() -> None:
    assert displays.plate(public_session(council.speaking().state), {}, "nb") is None


def test_a_session_that_is_not_for_the_public_is_on_no_screen() -> None:
    assert displays.hall(None, NAMED, "nb").headline == "Møtet vises ikke her"
    assert displays.plate(None, NAMED, "nb") is None


def test_every_kind_of_speech_has_a_word() -> None:
    assert {str(kind) for kind in SpeechKind} <= SPEECH_KINDS.keys()


def test_the_last_call_counts_down_in_the_hall_and_the_drawn_line_is_told() -> None:
    assert 'data-until="' in html(council.last_call())
    assert "Strek er satt." in html(council.list_closed())
