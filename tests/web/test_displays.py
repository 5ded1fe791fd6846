"""Screens over a running service: in by their own link, out when it is revoked, no more than the public."""

import asyncio
import re
import time
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from orchestrator.domain.roles import MAY_SEND, Role
from orchestrator.rehearsals import session_id_in
from tests.town import ITEM
from tests.web.client import Client, Web

SCREENS = ("storskjerm", "navneskilt")


async def screen(web: Web) -> tuple[Client, UUID, UUID]:
    """A screen that came in by its link, the link, and the session."""
    session_id, _ = await web.town.debates()
    meeting_id = (await web.machine().get(f"/api/v1/sessions/{session_id}")).json["meeting_id"]
    made = await web.machine().post(f"/api/v1/meetings/{meeting_id}/links", {"role": "display"})
    assert made.status == 201
    address, _, secret = made.json["url"].partition("#")
    assert address.endswith("/mote/kommunestyret/storskjerm")
    assert made.json["lower_third_url"].endswith(f"/mote/kommunestyret/navneskilt#{secret}")
    client = web.browser()
    answer = await client.submit("/inn", {"secret": secret})
    assert answer.status == 204, answer.text
    return client, UUID(made.json["id"]), session_id


async def test_a_screen_sees_the_public_view_and_no_other_page_or_api(web_service: Web) -> None:
    client, _, session_id = await screen(web_service)
    for name in SCREENS:
        assert "data-live-url" in (await client.get(f"/mote/kommunestyret/{name}")).text
    state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
    meeting = f"/api/v1/meetings/{state['meeting_id']}"
    session = f"/api/v1/sessions/{session_id}"
    lists = [f"/api/v1/{name}" for name in ("people", "bodies", "sources")]
    pages = ["/mote/kommunestyret/leder", "/drift", "/planlegg", "/drift/skjermer/kommunestyret"]
    for path in (session, f"{session}/events", meeting, f"{meeting}/links", *lists, *pages):
        assert (await client.get(path)).status == 403, path
    sent = await client.post(f"{session}/commands", {"type": "stop_broadcast"})
    assert sent.status == 403


def test_a_screen_may_send_nothing() -> None:
    assert not [command for command, roles in MAY_SEND.items() if Role.DISPLAY in roles]


async def test_without_a_login_every_screens_address_is_the_same_way_in(web_service: Web) -> None:
    await web_service.town.debates()
    stranger = web_service.browser()
    for name in SCREENS:
        answers = [await stranger.get(f"/mote/{slug}/{name}") for slug in ("kommunestyret", "finnes-ikke")]
        assert [answer.status for answer in answers] == [200, 200]
        bare = [re.sub(r'content="[^"]+"', "", answer.text) for answer in answers]
        assert bare[0] == bare[1]
        assert "data-live-url" not in bare[0]


async def test_nobody_elses_link_lets_a_script_in(web_service: Web) -> None:
    _, path = await web_service.link(Role.CHAIR, reusable=False)
    client = web_service.browser()
    assert (await client.submit("/inn", {"secret": path.rpartition("/")[2]})).status == 404
    assert client.cookies == {}
    assert (await client.submit(path)).status == 303, "and the link is not used up"


async def test_a_revoked_screen_is_out_within_two_seconds(web_service: Web) -> None:
    client, link_id, session_id = await screen(web_service)
    async with client.stream(f"/direkte/{session_id}/navneskilt") as events:
        await events.until("shown")
        began = time.monotonic()
        await web_service.machine().ask("DELETE", f"/api/v1/links/{link_id}")
        assert (await events.until("goto", within=2)).data == ""
        assert time.monotonic() - began < 2
    assert "data-live-url" not in (await client.get("/mote/kommunestyret/navneskilt")).text


async def test_a_screen_of_one_municipality_or_meeting_sees_no_other(web_service: Web) -> None:
    client, _, _ = await screen(web_service)
    theirs, _ = await web_service.towns[1].debates()
    assert (await client.get(f"/direkte/{theirs}/storskjerm")).status == 404
    await web_service.town.plans_meeting("et-annet")
    assert "data-live-url" not in (await client.get("/mote/et-annet/storskjerm")).text
    client.host = web_service.machine(1).host
    assert "data-live-url" not in (await client.get("/mote/kommunestyret/storskjerm")).text


async def test_it_hands_out_screens_links_and_nobody_elses(web_service: Web) -> None:
    await web_service.town.debates()
    it = await web_service.logged_in(Role.IT_SUPPORT)
    made = await it.submit("/drift/skjermer/kommunestyret", {"label": "Salen"})
    assert made.status == 200
    assert re.search(r"/mote/kommunestyret/navneskilt#[\w-]+", made.text)
    again = await it.get("/drift/skjermer/kommunestyret")
    assert "Salen" in again.text
    assert "navneskilt#" not in again.text
    found = re.search(r'action="(/drift/skjermer/[^"]+/trekk)"', again.text)
    assert found
    assert (await it.submit(found[1])).status == 303
    assert "Salen" not in (await it.get("/drift/skjermer/kommunestyret")).text
    rows = await web_service.running.services.access.links(web_service.town.organisation_id)
    meeting_id = next(link.meeting_id for link in rows if link.meeting_id)
    refused = await it.post(f"/api/v1/meetings/{meeting_id}/links", {"role": "chair"})
    assert refused.status == 403
    assert (await it.post(f"/api/v1/meetings/{meeting_id}/links", {"role": "display"})).status == 201


async def test_it_of_one_meeting_comes_to_its_screens_and_to_no_others(web_service: Web) -> None:
    meeting_id = await web_service.town.plans_meeting()
    await web_service.town.plans_meeting("et-annet")
    _, path = await web_service.link(Role.IT_SUPPORT, meeting_id=meeting_id)
    helper = web_service.browser()
    home = (await helper.submit(path)).headers["Location"]
    assert home == "/drift/skjermer/kommunestyret"
    page = await helper.get(home)
    assert page.status == 200
    assert "Tilbake til drift" not in page.text
    assert (await helper.submit(home, {"label": "Salen"})).status == 200
    for other in ("/drift", "/drift/skjermer/et-annet", "/drift/skjermer/finnes-ikke"):
        assert (await helper.get(other)).status == 403


async def test_a_screen_shows_the_rehearsal_in_its_hall_and_says_that_it_is_one(web_service: Web) -> None:
    town, services = web_service.town, web_service.running.services
    here, start = town.organisation_id, town.node.clock.now() + timedelta(days=7)
    times: dict[str, Any] = {"starts_at": start, "ends_at": start + timedelta(hours=3)}
    meeting_id = await town.plans_meeting(**times)
    hall = await town.plans_session(meeting_id, **times)
    elsewhere = await town.plans_session(meeting_id, source_id=None, **times)
    item_id = uuid4()
    await town.says(hall, "add_item", item_id=item_id, **ITEM)
    slug = await services.rehearsals.rehearse(here, meeting_id, start - timedelta(days=1))
    row = await services.views.meeting_by_slug(here, slug)
    assert row
    session_id = session_id_in(row.meeting_id, hall)
    screen = await web_service.logged_in(Role.DISPLAY)

    async def shown(of: UUID, address: str = "kommunestyret") -> list[bool]:
        answers = [await screen.get(f"/mote/{address}/{name}?sesjon={of}") for name in SCREENS]
        assert [answer.status for answer in answers] == [200, 200]
        return ["Kari Nordli" in answer.text and "Generalprøve" in answer.text for answer in answers]

    assert await shown(hall) == [False, False]
    await town.says(session_id, "open_session")
    await town.says(session_id, "call_roll", present=town.people)
    await town.says(session_id, "open_item", item_id=uuid5(session_id, f"item/{item_id}"))
    speech_id = uuid4()
    await town.says(session_id, "request_floor", request_id=speech_id, person_id=town.people[0])
    await town.says(session_id, "call_next_speaker", request_id=speech_id, current_id=None)
    assert await shown(hall) == [True, True]
    assert await shown(session_id, slug) == [True, True], "its own screens too"
    assert await shown(elsewhere) == [False, False], "it is not rehearsed there"
    await town.says(hall, "open_session")
    assert await shown(hall) == [False, False], "the meeting itself goes before"


async def test_the_pulse_comes_though_nothing_happens(web_service: Web) -> None:
    client, _, session_id = await screen(web_service)
    async with client.stream(f"/direkte/{session_id}/navneskilt") as events:
        await events.until("shown")
        async with asyncio.timeout(15):
            while (await events.until("fragment")).json["id"] != "pulse":
                pass


async def test_the_speaker_list_alone_shows_who_waits_and_for_what(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    machine, person = web_service.machine(), web_service.town.people[2]
    request = "5b0c8c4e-52a5-4c8e-b3b5-222222222222"
    fields = {"request_id": request, "person_id": str(person), "kind": "point_of_order"}
    await machine.says(session_id, "request_floor", **fields)
    page = await web_service.browser().get("/mote/kommunestyret/talerliste")
    assert page.status == 200
    assert "Siri Moen (SP)" in page.text
    assert "til dagsorden" in page.text
    assert (await web_service.browser().get("/mote/finnes-ikke/talerliste")).status == 404
