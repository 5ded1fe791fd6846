"""A line of the chat that asks for the floor is understood; talk that holds the same words is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.floor_words import Asked, Wish, asked

OWN = ("Siri Moen", "AP")
HALL = ("Kari Nordli", "Ola Vik", "Siri Moen", "Per Haug")

ASKS: list[tuple[str, Wish]] = [
    ("innlegg", "speech"),
    ("Innlegg", "speech"),
    ("INNLEGG!", "speech"),
    ("innlegg.", "speech"),
    ("  innlegg  ", "speech"),
    ("«innlegg»", "speech"),
    ("Et innlegg", "speech"),
    ("Kort innlegg", "speech"),
    ("Nytt innlegg, takk", "speech"),
    ("Innlegg i denne saken", "speech"),
    ("Innlegg til saken", "speech"),
    ("innlegg her", "speech"),
    ("Ordfører, innlegg", "speech"),
    ("Siri Moen, AP: innlegg", "speech"),
    ("Innlegg – Moen", "speech"),
    ("Jeg vil gjerne ha et innlegg", "speech"),
    ("Jeg tegner meg til innlegg", "speech"),
    ("Innlegg ønskes", "speech"),
    ("ordet", "speech"),
    ("Ordet!", "speech"),
    ("Ordet, takk", "speech"),
    ("Jeg ber om ordet", "speech"),
    ("Ber om ordet, ordfører", "speech"),
    ("Kan jeg få ordet?", "speech"),
    ("Får jeg ordet?", "speech"),
    ("Tegner meg", "speech"),
    ("Tegn meg på talerlisten", "speech"),
    ("Sett meg på lista, er du grei", "speech"),
    ("Hånd opp", "speech"),
    ("✋", "speech"),
    ("✋🏽", "speech"),
    ("🙋‍♀️", "speech"),
    ("✋ innlegg", "speech"),
    ("☝️", "speech"),
    # nynorsk
    ("Eg bed om ordet", "speech"),
    ("Eg ynskjer ordet", "speech"),
    ("Eg vil gjerne ha eit innlegg", "speech"),
    ("Teikn meg på talarlista", "speech"),
    ("Set meg på lista", "speech"),
    ("Møteleiar, innlegg", "speech"),
    ("Handa opp", "speech"),
    # English
    ("speech", "speech"),
    ("The floor, please", "speech"),
    ("May I have the floor?", "speech"),
    ("I would like to speak", "speech"),
    ("I request the floor", "speech"),
    ("Put me on the list, please", "speech"),
    ("Asking for the floor", "speech"),
    ("Hand up", "speech"),
    # replies
    ("replikk", "reply"),
    ("Replikk!!", "reply"),
    ("REPLIKK", "reply"),
    ("repl.", "reply"),
    ("En replikk", "reply"),
    ("Kort replikk, takk", "reply"),
    ("ber om replikk", "reply"),
    ("Jeg vil ha replikk", "reply"),
    ("Ordet til replikk", "reply"),
    ("Replikk til innlegget", "reply"),
    ("Replikk til ordføreren", "reply"),
    ("Replikk til siste taler", "reply"),
    ("Moen: replikk", "reply"),
    ("✋ replikk", "reply"),
    ("Eg ber om replikk", "reply"),
    ("Ein kort replikk", "reply"),
    ("reply", "reply"),
    ("I want to reply", "reply"),
    ("Reply, please", "reply"),
    ("svarreplikk", "rejoinder"),
    ("Svar-replikk", "rejoinder"),
    ("Rejoinder", "rejoinder"),
    # points of order and of information
    ("til dagsorden", "point_of_order"),
    ("Til dagsorden!", "point_of_order"),
    ("Ordet til dagsorden", "point_of_order"),
    ("Til dagsordenen", "point_of_order"),
    ("dagsorden", "point_of_order"),
    ("til forretningsorden", "point_of_order"),
    ("Jeg ber om ordet til forretningsorden", "point_of_order"),
    ("Eg bed om ordet til dagsorden", "point_of_order"),
    ("Til voteringsorden", "point_of_order"),
    ("Point of order", "point_of_order"),
    ("point of order!", "point_of_order"),
    ("saksopplysning", "point_of_information"),
    ("Saksopplysning.", "point_of_information"),
    ("En saksopplysning", "point_of_information"),
    ("Kort saksopplysning, ordfører", "point_of_information"),
    ("Saksopplysing", "point_of_information"),
    ("Ei saksopplysing", "point_of_information"),
    ("Ordet til saksopplysning", "point_of_information"),
    ("Point of information", "point_of_information"),
    ("Stemmeforklaring", "explanation_of_vote"),
    ("Røysteforklaring", "explanation_of_vote"),
    # taken back
    ("strek", "withdraw"),
    ("Strek!", "withdraw"),
    ("stryk meg", "withdraw"),
    ("Stryk meg, takk", "withdraw"),
    ("STRYK MEG.", "withdraw"),
    ("stryk", "withdraw"),
    ("Stryk meg fra talerlisten", "withdraw"),
    ("Kan du stryke meg?", "withdraw"),
    ("Beklager, stryk meg", "withdraw"),
    ("Jeg trekker meg", "withdraw"),
    ("Trekk meg", "withdraw"),
    ("Jeg frafaller ordet", "withdraw"),
    ("Ta meg av lista", "withdraw"),
    ("Eg trekkjer meg", "withdraw"),
    ("Stryk meg frå talarlista", "withdraw"),
    ("Eg fråfell ordet", "withdraw"),
    ("Withdraw", "withdraw"),
    ("Strike me", "withdraw"),
    ("Remove me from the list, please", "withdraw"),
    ("Take me off the list", "withdraw"),
    ("Moen: stryk meg", "withdraw"),
]

TALK = [
    "Jeg syns innlegget til Per var bra",
    "ordet er fritt",
    "en replikk til det Kari sa i går",
    "Bra innlegg!",
    "Godt innlegg, Kari",
    "Takk for innlegget",
    "Takk for et godt innlegg",
    "Innlegget mitt ligger i mappa",
    "Fint innlegg 👏",
    "innlegg 👏👏",
    "Hvem har ordet nå?",
    "Kari har ordet",
    "Jeg har ordet",
    "Når får jeg ordet?",
    "Gi ordet til Kari",
    "Takk for ordet",
    "Ordet fritt?",
    "Ordet «bærekraft» er brukt for mye",
    "Ta ordet du, Per",
    "Vil du ha ordet?",
    "Jeg vil ikke ha ordet",
    "Ikke innlegg fra meg",
    "Ingen flere innlegg?",
    "Hvor mange innlegg er det igjen?",
    "To innlegg igjen før pausen",
    "Innlegg nummer fire var lengst",
    "Det var et langt innlegg",
    "Skal vi ha innlegg før lunsj?",
    "Kan noen sende meg innlegget?",
    "Innlegg fra Ola kommer",
    "Den replikken var unødvendig",
    "God replikk!",
    "Ha ha, den replikken var god",
    "Hvor mange replikker er det lov til?",
    "Replikken min kommer på e-post",
    "Replikk til Kari i går var fin",
    "Replikk er ikke lov her",
    "Er det replikk på replikk?",
    "Ingen replikk nå",
    "Blir det svarreplikk etter hver replikk?",
    "Kari fikk ikke svarreplikk",
    "Hva betyr til dagsorden?",
    "Dagsorden for neste møte er sendt ut",
    "Er dagsorden godkjent?",
    "Forretningsorden står i reglementet",
    "Det var ikke til dagsorden",
    "Takk for saksopplysningen",
    "Den saksopplysningen stemmer ikke",
    "Kan vi få en saksopplysning fra kommunedirektøren?",
    "Sett strek!",
    "Foreslår strek",
    "Er det satt strek?",
    "Strek er satt",
    "Strek etter Ola",
    "Stryk punkt to i forslaget",
    "Jeg trekker forslaget",
    "Trekker du forslaget, Per?",
    "Trekker du replikken?",
    "Trekk pusten",
    "Ikke stryk meg",
    "Stryk Kari, hun har gått",
    "Jeg trekker meg tilbake til gruppa",
    "Sett meg av ved stasjonen",
    "Hånd opp alle som vil ha kaffe",
    "Hei alle sammen",
    "Ordfører!",
    "Kan du høre meg?",
    "👍",
    "👏👏👏",
    "✋ til alle som er for sent ute",
    "+1",
    "…",
    "",
    "Når er pausen?",
    # nynorsk
    "Eg synest innlegget til Kari var godt",
    "Kven har ordet?",
    "Ordet er ditt",
    "Takk for ordet, ordførar",
    "Eg vil ikkje ha replikk",
    "Dagsordenen er lang i dag",
    "Eg trekkjer framlegget",
    "Er det sett strek?",
    # English
    "The floor is yours",
    "Great speech!",
    "I liked that speech",
    "Who has the floor?",
    "Reply to my e-mail, please",
    "In order to save time, be brief",
    "That was not a point of order",
    "Don't withdraw now",
    "We should withdraw the proposal",
    "Put it on the list of papers",
]


def test_the_tables_are_broad_enough_to_mean_something() -> None:
    assert len(ASKS) >= 60
    assert len(TALK) >= 60


@pytest.mark.parametrize(("line", "wish"), ASKS)
def test_a_line_that_asks_is_understood(line: str, wish: Wish) -> None:
    found = asked(line, OWN, HALL)
    assert found is not None
    assert found.wish == wish


@pytest.mark.parametrize("line", TALK)
def test_talk_is_left_alone(line: str) -> None:
    assert asked(line, OWN, HALL) is None


@pytest.mark.parametrize(
    ("line", "to"),
    [
        ("Replikk til Kari Nordli", ("kari", "nordli")),
        ("replikk til nordli, takk", ("nordli",)),
        ("Reply to Ola Vik", ("ola", "vik")),
        ("Replikk", ()),
        ("Replikk til taleren", ()),
    ],
)
def test_a_reply_may_name_whose_speech_it_answers(line: str, to: tuple[str, ...]) -> None:
    assert asked(line, OWN, HALL) == Asked("reply", to)


def test_a_name_that_nobody_in_the_hall_has_makes_it_talk() -> None:
    assert asked("Replikk til Aftenposten", OWN, HALL) is None


@pytest.mark.parametrize(
    ("line", "of"),
    [
        ("Stryk replikken min", "reply"),
        ("Jeg trekker innlegget", "speech"),
        ("Stryk saksopplysningen", "point_of_information"),
        ("Trekk replikk", "reply"),
        ("Stryk meg", None),
    ],
)
def test_what_is_taken_back_may_be_named(line: str, of: Wish | None) -> None:
    assert asked(line, OWN, HALL) == Asked("withdraw", of=of)


def test_somebody_elses_name_before_the_word_is_not_the_senders_request() -> None:
    assert asked("Kari Nordli: innlegg", OWN, HALL) is None


def test_a_long_line_is_talk_whatever_it_holds() -> None:
    assert asked("jeg ber om ordet " * 5) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [("", "!"), ("", " ..."), ("- ", ""), ("(", ")"), ("\n", "\n"), ("", "?!"), ("**", "**")],
)
@pytest.mark.parametrize(("line", "wish"), [("replikk", "reply"), ("til dagsorden", "point_of_order")])
def test_punctuation_changes_nothing(line: str, wish: Wish, before: str, after: str) -> None:
    for written in (line, line.upper(), line.title()):
        assert asked(f"{before}{written}{after}") == Asked(wish)


@given(st.text(max_size=80))
def test_any_text_is_read_without_trouble(line: str) -> None:
    asked(line, OWN, HALL)
