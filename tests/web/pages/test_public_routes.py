"""The public pages as a citizen's browser gets them."""

import re
from typing import Any
from uuid import UUID, uuid4

from orchestrator.store.due import Mark, Marks
from tests.town import ITEM, Town
from tests.web.client import Web
from tests.web.pages.council import words

BASIS = {"section": "forvaltningsloven § 6", "paragraph": "1"}


async def test_a_case_can_be_shared_from_the_moment_it_is_opened(web_service: Web) -> None:
    await web_service.town.debates()
    page = (await web_service.browser().get("/mote/kommunestyret")).text
    assert 'href="/mote/kommunestyret?sak=47-26"' in page


async def test_who_came_late_is_linked_to_the_second_it_happened(web_service: Web) -> None:
    town = web_service.town
    session_id, _ = await town.debates()
    await town.says(session_id, "record_departure", person_id=town.people[1])
    await town.says(session_id, "record_arrival", person_id=town.people[1])
    page = (await web_service.browser().get("/mote/kommunestyret/protokoll")).text
    (line,) = re.findall(r"<li>(Ola Vik.*)</li>", page)
    assert line.count('href="/mote/kommunestyret?t=') == 3


async def test_what_the_room_recorded_is_to_be_watched_once_it_has_been_fetched(web_service: Web) -> None:
    town = web_service.town
    meeting_id, room_id = await town.plans_meeting(), uuid4()
    room = {"room_id": room_id, "name": "Salen", "provider": "teams", "recorded": True}
    await town.says(meeting_id, "plan_room", room=room)
    session_id = await town.plans_session(meeting_id, room_id=room_id, source_id=None)
    await town.says(session_id, "open_session")
    await town.says(session_id, "adjourn_session")
    seen = []
    for _ in range(2):
        seen.append("<video" in (await pages(web_service))[0])
        now = town.node.clock.now()
        await Marks(town.node.pool).claim(Mark(room_id, "fetch_artifacts", town.organisation_id, done_at=now))
    assert seen == [False, True]


async def test_a_meeting_whose_recording_was_deleted_says_so_instead_of_a_player(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    await web_service.town.says(session_id, "adjourn_session")
    assert "<video" in (await pages(web_service))[0]
    await web_service.town.says(session_id, "delete_recording")
    page = (await pages(web_service))[0]
    assert "<video" not in page
    assert "Opptaket er slettet etter kommunens regler." in page
    assert "/mote/kommunestyret" not in (await web_service.browser().get("/")).text


async def test_a_case_list_is_promised_only_while_there_may_come_one(web_service: Web) -> None:
    town = web_service.town
    session_id = await town.plans_session(await town.plans_meeting())
    assert "Sakslisten er ikke klar ennå" in words((await pages(web_service))[0])
    await town.says(session_id, "open_session")
    await town.says(session_id, "adjourn_session")
    page = words((await pages(web_service))[0])
    assert "Ingen saksliste Dette møtet har ingen saker." in page
    assert "ikke klar ennå" not in page


async def pages(web_service: Web) -> list[str]:
    """The meeting's page and its protocol, as anybody reads them."""
    browser = web_service.browser()
    return [(await browser.get(f"/mote/kommunestyret{part}")).text for part in ("", "/protokoll")]


async def questions(town: Town, session_id: UUID, item_id: UUID, person: int) -> None:
    """The body finds one of them disqualified in the item."""
    question: dict[str, Any] = {"question_id": uuid4()}
    await town.says(
        session_id, "raise_impartiality", item_id=item_id, person_id=town.people[person], **question
    )
    decision: dict[str, Any] = {"outcome": "disqualified", "legal_basis": BASIS, "unanimous": True}
    await town.says(session_id, "decide_impartiality", **question, **decision)


async def test_the_protocol_tells_of_attendance_agenda_and_impartiality(web_service: Web) -> None:
    town = web_service.town
    session_id = await town.plans_session(await town.plans_meeting())
    item_id, late = uuid4(), uuid4()
    await town.says(session_id, "add_item", item_id=item_id, **ITEM)
    await town.says(session_id, "report_absence", person_id=town.people[3])
    await town.says(session_id, "open_session")
    await town.says(session_id, "call_roll", present=town.people[:2])
    await town.says(session_id, "record_arrival", person_id=town.people[2])
    await town.says(session_id, "ask_leave", person_id=town.people[1])
    await town.says(session_id, "grant_leave", person_id=town.people[1])
    await town.says(session_id, "add_item", item_id=late, title="Ny sak")
    await town.says(session_id, "postpone_item", item_id=late, unanimous=True)
    await town.says(session_id, "approve_agenda", unanimous=True)
    await town.says(session_id, "hand_over_chair", person_id=town.people[1])
    await town.says(session_id, "reorder_agenda", item_id=item_id, unanimous=True)
    await town.says(session_id, "open_item", item_id=item_id)
    await questions(town, session_id, item_id, 0)
    page, protocol = (words(html) for html in await pages(web_service))
    assert "Per Haug (SP): meldt forfall" in protocol
    assert "Ola Vik (SP), permisjon innvilget kl." in protocol
    assert "Innkalling og saksliste ble godkjent (enstemmig)." in protocol
    assert "Rekkefølgen på sakslisten ble endret (enstemmig)." in protocol
    assert "Ola Vik fra kl." in protocol
    assert "Utsatt (enstemmig)" in protocol
    assert "Utsatt Ny sak" in page
    for shown in (page, protocol):
        assert "Kari Nordli (SP): Inhabil , forvaltningsloven § 6 første ledd (enstemmig)." in shown


async def test_what_was_decided_of_impartiality_behind_closed_doors_is_on_no_public_page(
    web_service: Web,
) -> None:
    town = web_service.town
    session_id, item_id = await town.debates()
    closing: dict[str, Any] = {"closing_id": uuid4()}
    await town.says(
        session_id, "propose_closing", item_ids=[item_id], legal_basis={"section": "11-5"}, **closing
    )
    await town.says(session_id, "record_closing_vote", unanimous=True, **closing)
    await town.says(session_id, "close_doors", **closing)
    await questions(town, session_id, item_id, 0)
    for html in await pages(web_service):
        assert "Inhabil" not in html
        assert "forvaltningsloven" not in html
    await town.says(session_id, "open_doors", **closing)
    for html in await pages(web_service):
        assert "Inhabil" not in html
        assert "forvaltningsloven" not in html
        assert "bak lukkede dører, er ikke offentlig" in html
