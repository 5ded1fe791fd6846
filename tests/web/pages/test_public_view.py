"""What citizens read: the case list, outcomes, bookmarks and the protocol's lines."""

import gettext

import pytest

from orchestrator.domain.items import LegalBasis
from orchestrator.domain.minutes import public_minutes
from orchestrator.domain.publicity import PublicSession, public_session
from orchestrator.domain.timeline import Name
from orchestrator.web.pages import public_view
from orchestrator.web.pages.public import main_session
from orchestrator.web.pages.public_view import ItemLine, item_lines
from tests.domain.hall import PEOPLE, SECRETARY, Hall, asks, debating, named, opened, planned
from tests.domain.test_impartiality import behind_doors, decides, raises
from tests.domain.test_impartiality import debating as council_debating

WORDS = gettext.NullTranslations().gettext
NAMES = {named(name): Name(name=name.title()) for name in (*PEOPLE, "sp1")}
SP_FOR_AP_AGAINST = [
    {"group": "SP", "in_favour": 2, "against": 0},
    {"group": "AP", "in_favour": 0, "against": 3},
]


def seen(hall: Hall) -> PublicSession:
    view = public_session(hall.state)
    assert view is not None
    return view


def line(hall: Hall, name: str = "two") -> ItemLine:
    return next(item for item in item_lines(seen(hall), NAMES, WORDS) if item.item_id == named(name))


def decided(hall: Hall, outcome: str) -> ItemLine:
    hall.says("record_decision", item_id=named("two"), outcome=outcome, text="Vedtakets tekst")
    return line(hall)


def test_items_are_treated_now_or_coming() -> None:
    hall = debating()
    hall.says("open_item", item_id=named("one"), current_id=named("two"))
    states = [item.state for item in item_lines(seen(hall), NAMES, WORDS)]
    assert states == ["now", "treated", "coming"]


@pytest.mark.parametrize(
    ("outcome", "words"), [("adopted", "Vedtatt"), ("rejected", "Falt 2–3"), ("deferred", "Utsatt")]
)
def test_the_outcome_is_told_with_the_vote_it_came_of(outcome: str, words: str) -> None:
    hall = debating()
    hall.says("record_vote", vote_id=named("v"), item_id=named("two"), tallies=SP_FOR_AP_AGAINST)
    assert decided(hall, outcome).outcome == words


def test_a_unanimous_decision_says_so() -> None:
    hall = debating()
    hall.says("record_vote", vote_id=named("v"), item_id=named("two"), unanimous=True)
    assert decided(hall, "adopted").outcome == "Vedtatt enstemmig"


def test_a_postponed_item_says_so_with_its_vote() -> None:
    hall = opened()
    hall.says("postpone_item", item_id=named("two"), tallies=[{"group": "SP", "in_favour": 3, "against": 2}])
    shown = line(hall)
    assert (shown.state, shown.outcome, shown.dropped_by) == ("dropped", "Utsatt", "for 3, mot 2")
    assert shown.dropped_at == hall.now


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("unlisted", "Ikke behandlet: innsigelse mot at saken ikke var på innkallingen"),
        ("late_papers", "Ikke behandlet: innsigelse mot at saksdokumentene kom for sent"),
    ],
)
def test_an_item_that_fell_says_what_was_objected_to(mark: str, words: str) -> None:
    hall = planned()
    hall.says("mark_item", SECRETARY, item_id=named("two"), **{mark: True})
    hall.says("open_session")
    hall.says("object_to_item", item_id=named("two"), person_id=named("anne"))
    shown = line(hall)
    assert (shown.state, shown.outcome, shown.dropped_at) == ("dropped", words, hall.now)


def test_who_was_questioned_is_told_with_outcome_legal_basis_vote_and_substitute() -> None:
    hall = council_debating()
    raises(hall, "kari")
    hall.says("seat_substitute", person_id=named("sp1"), for_id=named("kari"), item_id=named("two"))
    decides(hall, "kari", tallies=[{"group": "AP", "in_favour": 4, "against": 1}])
    (told,) = line(hall).impartiality
    assert (told.who, told.outcome, told.vote) == ("Kari (SP)", "Inhabil", "for 4, mot 1")
    assert told.basis == "forvaltningsloven § 6 første ledd bokstav a"
    assert (told.substitute, told.at) == ("Sp1 (SP)", hall.now)


def test_who_stays_is_told_and_that_nobody_took_the_seat() -> None:
    hall = council_debating()
    raises(hall, "kari")
    decides(hall, "kari", "impartial")
    (told,) = line(hall).impartiality
    assert (told.outcome, told.vote, told.substitute) == ("Habil", "enstemmig", "")


def test_a_question_decided_behind_closed_doors_is_not_told() -> None:
    hall = council_debating()
    behind_doors(hall)
    raises(hall, "kari")
    decides(hall, "kari")
    assert line(hall).impartiality == ()
    hall.says("open_doors", closing_id=named("c"))
    assert (line(hall).impartiality, line(hall).withheld) == ((), True)


def test_an_item_can_be_shared_by_its_number_or_its_place() -> None:
    assert [item.key for item in item_lines(seen(planned()), NAMES, WORDS)] == ["punkt-1", "47-26", "48-26"]


def test_a_restricted_item_shows_its_public_title_and_legal_basis_only() -> None:
    hall = opened()
    basis = {"section": "11-5", "paragraph": "2"}
    hall.says("propose_closing", closing_id=named("c"), item_ids=[named("secret")], legal_basis=basis)
    shown = line(hall, "secret")
    assert (shown.title, shown.legal_basis, shown.hidden) == ("Personalsak", "§ 11-5 andre ledd", True)
    assert (shown.speeches, shown.proposals, shown.votes, shown.papers) == ((), (), (), ())


def test_speeches_name_speaker_group_and_kind() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    (speech,) = line(hall).speeches
    assert (speech.name, speech.group, speech.kind, speech.running) == ("Kari", "SP", "innlegg", True)


def test_somebody_whose_name_was_erased_is_a_dash() -> None:
    assert public_view.signed(named("kari"), "SP", {}) == "– (SP)"


@pytest.mark.parametrize(
    ("section", "words"),
    [("11-5", "§ 11-5"), ("§ 11-5", "§ 11-5"), ("kommuneloven § 11-5", "kommuneloven § 11-5")],
)
def test_a_legal_basis_is_written_with_one_section_sign(section: str, words: str) -> None:
    assert public_view.basis_words(LegalBasis(section=section), str) == words


def test_breaks_doors_and_votes_are_bookmarks_in_order() -> None:
    hall = debating()
    hall.says("start_break")
    hall.says("end_break")
    hall.says("record_vote", vote_id=named("v"), item_id=named("two"), unanimous=True)
    minutes = public_minutes(hall.state)
    assert minutes is not None
    marks = public_view.bookmarks(minutes.session, minutes, WORDS)
    assert [mark.text for mark in marks] == [
        "Møtet settes",
        "Møtet fortsetter etter pause",
        "Votering i sak 47/26",
    ]


def test_the_open_session_is_the_one_a_meetings_page_shows() -> None:
    first, second = planned().state, opened().state
    assert main_session([first, second]) is second
    assert main_session([]) is None


def test_a_session_that_is_not_public_hides_no_other() -> None:
    internal, public = opened(public=False).state, planned().state
    assert main_session([internal, public]) is public
    assert main_session([internal]) is internal, "for its staff"
    assert public_session(internal) is None


def test_an_item_without_a_public_title_still_has_words() -> None:
    hall = debating()
    hall.says(
        "propose_closing", closing_id=named("c"), item_ids=[named("two")], legal_basis={"section": "11-5"}
    )
    hall.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    hall.says("close_doors", closing_id=named("c"))
    hall.says("add_item", item_id=named("new"), title="Hemmelig sak")
    hall.says("open_doors", closing_id=named("c"))
    assert line(hall, "new").title == "Sak unntatt offentlighet"


def test_who_led_is_told_with_when_they_took_over() -> None:
    hall = opened()
    hall.says("hand_over_chair", person_id=named("kari"))
    minutes = public_minutes(hall.state)
    assert minutes is not None
    told = [(one.who, one.since) for one in public_view.chair_lines(minutes, NAMES)]
    assert told == [("Anne", None), ("Kari", hall.now)]
