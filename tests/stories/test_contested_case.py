"""An hour of a contested case in a council of 43, in a minute: after every step all screens agree."""

from pathlib import Path
from uuid import uuid4

import pytest

from orchestrator.domain.roles import Role
from orchestrator.domain.state import SessionState, SpeechKind
from tests.postgres import Database
from tests.stories.debate import (
    CHAIR,
    DEPUTY,
    ELVEBAKKEN,
    KARI,
    LIV,
    OLA,
    PER,
    SIRI,
    council_of_43,
)

pytestmark = [pytest.mark.story, pytest.mark.browser, pytest.mark.timeout(240)]

FROM_THE_HALL = "Egil Brekke"
DISQUALIFIED = {"section": "forvaltningsloven § 6", "paragraph": "2", "letter": ""}


def waiting(state: SessionState, kind: SpeechKind) -> str:
    """The first on the list of this kind."""
    return str(next(one.request_id for one in state.speaker_list if one.kind is kind))


async def test_all_screens_agree_through_a_contested_case(  # noqa: PLR0915 - an evening is long
    database: Database, tmp_path: Path
) -> None:
    async with council_of_43(database, tmp_path) as hall:
        chair = await hall.console(CHAIR)
        deputy = await hall.console(DEPUTY, Role.DEPUTY)
        kari, ola, siri, per, liv = [await hall.phone(name) for name in (KARI, OLA, SIRI, PER, LIV)]
        await hall.looks("hall", "hall display", "storskjerm")
        await hall.looks("plate", "lower third", "navneskilt")
        observer = await hall.observes()
        elvebakken = hall.items[ELVEBAKKEN]

        await chair.opens_meeting()
        await hall.says("call_roll", present=[hall.ids[name] for name in hall.ids if name != LIV])
        await hall.says("approve_agenda", unanimous=True, voting=43)
        await chair.opens_item()
        await hall.passes(120)

        # Before the case: one steps down, and his substitute takes the seat.
        question = uuid4()
        about = {"question_id": question, "item_id": elvebakken, "person_id": hall.ids[PER]}
        await hall.says("raise_impartiality", **about, ground="family")
        await chair.goes_on()
        await hall.says("explain_impartiality", question_id=question)
        await hall.says("seat_substitute", person_id=hall.ids[LIV], for_id=hall.ids[PER], item_id=elvebakken)
        await hall.says(
            "decide_impartiality",
            question_id=question,
            outcome="disqualified",
            legal_basis=DISQUALIFIED,
            unanimous=True,
            voting=43,
        )
        await per.cannot("Innlegg", "")

        # Speeches, replies and the rejoinder after them.
        await kari.asks()
        await ola.asks()
        await liv.asks()
        await chair.calls_next()
        await kari.is_told("Du har ordet")
        await hall.passes(60)
        await ola.asks("Replikk")
        await siri.asks("Replikk")
        await kari.cannot("Replikk", "Du har ordet selv")
        await hall.passes(100)
        await hall.sound(CHAIR, KARI, SIRI)
        await kari.taps("Jeg er ferdig")
        await chair.calls_next()
        await hall.passes(45)
        await chair.calls_next()
        await hall.passes(70)
        await chair.calls_next()
        await hall.passes(20)

        # A point of order interrupts, and the speaker goes on with the time that was left.
        await ola.asks("Til dagsorden")
        state = await hall.state()
        await hall.says(
            "interrupt_speech",
            request_id=waiting(state, SpeechKind.POINT_OF_ORDER),
            current_id=state.current_speech_id,
        )
        await hall.passes(40)
        await chair.ends_speech()
        await chair.calls_next()
        await kari.is_told("Du har ordet")
        await hall.passes(30)

        # A speech called too early is taken back.
        await chair.calls_next()
        await hall.passes(90)
        await chair.calls_next()
        await hall.passes(3)
        await chair.undoes()
        await ola.is_told("Du har ordet")
        await hall.passes(30)
        await deputy.takes_hand("Innlegg", FROM_THE_HALL)
        await chair.calls_next()
        await liv.is_told("Du har ordet")
        await hall.passes(150)

        # The line: proposed, last call, drawn.
        await hall.says("propose_closing_list", item_id=elvebakken)
        await kari.asks()
        await hall.says("call_last", item_id=elvebakken)
        await siri.asks()
        await hall.passes(61)
        await chair.draws_line()
        await ola.cannot("Innlegg", "Strek er satt")
        await hall.sound(DEPUTY, OLA)

        await chair.calls_next()
        await hall.passes(60)
        await chair.takes_break()
        await hall.passes(600)
        await chair.goes_on_after_break()
        state = await hall.state()
        await hall.says("confirm_attendance", present=[one for one in state.present if one != hall.ids[SIRI]])
        await chair.starts_clock()
        await hall.passes(60)
        await observer.can_only_read()

        # The chair speaks from the floor, and the deputy leads.
        await chair.hands_over_to(DEPUTY)
        await deputy.takes_hand("Innlegg", CHAIR)
        await deputy.calls_next()
        await hall.passes(100)
        await deputy.calls_next()
        await hall.passes(170)
        await deputy.gives_more_time()
        await hall.passes(35)
        await deputy.ends_speech()
        await deputy.hands_over_to(CHAIR)

        await chair.votes_unanimously()
        await hall.says("record_decision", item_id=elvebakken, outcome="adopted", text="Planen vedtas.")
        await chair.goes_on()
        await hall.passes(600)
        await chair.adjourns()
        await hall.sound(CHAIR, PER)
