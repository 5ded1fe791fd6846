"""An hour of a contested case in a council of 43, in a minute: after every step all screens agree."""

from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.domain.roles import Role
from tests.postgres import Database
from tests.stories.debate import CHAIR, DEPUTY, KARI, LIV, OLA, PER, SECRETARY, SIRI, council_of_43
from tests.stories.hands import Keyboard, Pointer

pytestmark = [pytest.mark.story, pytest.mark.browser, pytest.mark.timeout(400)]

FROM_THE_HALL = "Egil Brekke"


@pytest.mark.parametrize("hands", [Pointer, Keyboard])
async def test_all_screens_agree_through_a_contested_case(  # noqa: PLR0915 - an evening is long
    database: Database, tmp_path: Path, hands: type[Pointer] | type[Keyboard]
) -> None:
    async with council_of_43(database, tmp_path, hands) as hall:
        chair = await hall.console(CHAIR)
        deputy = await hall.console(DEPUTY, Role.DEPUTY)
        secretary = await hall.desk()
        kari, ola, siri, per, liv = [await hall.phone(name) for name in (KARI, OLA, SIRI, PER, LIV)]
        await hall.looks("hall", "hall display", "storskjerm")
        await hall.looks("plate", "lower third", "navneskilt")
        observer = await hall.observes()

        began = hall.clock.now()
        await chair.opens_meeting()
        await secretary.calls_roll()
        await chair.presses("Godkjenn …", "Godkjenn")
        await chair.opens_item()
        await hall.passes(300)

        # Before the case: one steps down, and his substitute takes the seat.
        await per.may_be_partial("Sak 72/26")
        await chair.goes_on()
        await chair.presses(f"{PER} (SV) har gjort rede for seg")
        await secretary.calls_in(LIV)
        await chair.decides_partial(PER, "forvaltningsloven § 6 andre ledd")
        await per.cannot("Innlegg", "inhabil")

        # Speeches, replies and the rejoinder after them.
        await kari.asks()
        await ola.asks_in_chat("Innlegg, takk!")
        await liv.asks()
        await chair.calls_next()
        await kari.is_told("Du har ordet")
        await hall.passes(60)
        await ola.asks("Replikk")
        await siri.asks("Replikk")
        await kari.cannot("Replikk", "Du har ordet selv")
        await hall.passes(100)
        await hall.sound(CHAIR, KARI, SIRI)
        await kari.presses("Jeg er ferdig")
        await chair.calls_next()
        await hall.passes(55)
        await chair.calls_next()
        await hall.passes(90)
        await chair.calls_next()
        await hall.passes(50)

        # A point of order interrupts, and the speaker goes on with the time that was left.
        await ola.asks("Til dagsorden")
        await chair.lets_in(OLA)
        await hall.passes(110)
        await chair.ends_speech()
        await chair.calls_next()
        await kari.is_told("Du har ordet")
        await hall.passes(120)

        # A speech called too early is taken back.
        await chair.calls_next()
        await hall.passes(170)
        await chair.calls_next()
        await hall.passes(3)
        await chair.undoes()
        await ola.is_told("Du har ordet")
        await hall.passes(140)
        await deputy.takes_hand("Innlegg", FROM_THE_HALL)
        await chair.calls_next()
        await liv.is_told("Du har ordet")
        await hall.passes(170)

        # The line: proposed, last call, drawn.
        await siri.proposes_line()
        await kari.asks()
        await chair.calls_last()
        await siri.asks()
        await hall.passes(61)
        await chair.draws_line()
        await ola.cannot("Innlegg", "Strek er satt")
        await hall.sound(DEPUTY, OLA, SECRETARY)

        await chair.calls_next()
        await hall.passes(150)
        await chair.takes_break()
        await hall.passes(960)
        await chair.goes_on_after_break()
        await secretary.takes_attendance_without(SIRI)
        await chair.starts_clock()
        await hall.passes(120)
        await observer.can_only_read()

        # The chair speaks from the floor, and the deputy leads.
        await chair.hands_over_to(DEPUTY)
        await deputy.takes_hand("Innlegg", CHAIR)
        await deputy.calls_next()
        await hall.passes(160)
        await deputy.calls_next()
        await hall.passes(170)
        await deputy.gives_more_time()
        await hall.passes(35)
        await deputy.ends_speech()
        await deputy.hands_over_to(CHAIR)

        await chair.votes_unanimously()
        await secretary.records_decision("Planen vedtas.")
        await chair.goes_on()
        await hall.passes(600)
        await chair.adjourns()
        await hall.sound(CHAIR, DEPUTY, SECRETARY, PER, LIV)
        assert hall.clock.now() - began >= timedelta(hours=1)
