"""The doors of the digital rooms over a running service: who is let in where, and what is told to whom."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from livekit import api

from orchestrator.domain.roles import Role
from orchestrator.rooms.provider import Guest, RoomProvider
from orchestrator.web.pages.scene_reading import read_scene
from tests.rooms.livekit_server import KEY, SECRET, LivekitServer, Twirp, livekit_server
from tests.rooms.livekit_visitor import LivekitProduct
from tests.rooms.memory import MemoryRooms
from tests.web.client import Web
from tests.web.pages.council import words

ASKED: Final = {"Accept": "application/json"}
ELSEWHERE = "https://rooms.example/very-secret-7461/19%3ameeting%40thread"


async def planned(web: Web, provider: str = "teams", *, ahead: float = 0, **room: object) -> str:
    """A conference with a session that begins ``ahead`` hours from now; the address of its room's door."""
    town, services = web.town, web.running.services
    start = town.node.clock.now() + timedelta(hours=ahead)
    times = {"starts_at": start, "ends_at": start + timedelta(hours=1)}
    meeting_id = await town.plans_meeting("dialog", kind="conference", body_id=None, **times)
    room_id = uuid4()
    plan = {"room_id": room_id, "name": "Plenum", "provider": provider} | room
    await town.says(meeting_id, "plan_room", room=plan)
    await town.plans_session(meeting_id, room_id=room_id, source_id=None, **times)
    services.rooms.want(room_id)
    await services.rooms.settled()
    return f"/mote/dialog/rom/{room_id}"


@pytest.fixture
def product(web_service: Web) -> MemoryRooms:
    """A product that holds observers mute, in the place of others."""
    made = MemoryRooms()

    async def reach(_: UUID) -> RoomProvider:
        return made

    for name in ("livekit", "teams", "embedded"):
        web_service.running.services.rooms._providers._makers[name] = reach  # type: ignore[attr-defined]
    return made


async def test_a_participant_comes_in_by_two_taps_and_the_way_in_is_in_no_page(
    web_service: Web, product: MemoryRooms
) -> None:
    path = await planned(web_service)
    person = web_service.town.people[0]
    browser = await web_service.logged_in(Role.PARTICIPANT, person_id=person)
    page = await browser.get(path)
    assert page.status == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "Gå inn i rommet «Plenum»" in words(page.text)
    assert "secret" not in page.text
    answer = await browser.submit(path)
    assert answer.status == 303
    assert answer.headers["Location"].startswith("https://rooms.example/secret-")
    (room,) = product.rooms.values()
    assert room.inside[str(person)] == Guest(str(person), "Kari Nordli", "participant")


async def test_whoever_is_not_logged_in_comes_in_as_an_observer_and_is_known_when_they_come_back(
    web_service: Web, product: MemoryRooms
) -> None:
    path = await planned(web_service)
    for browser in (web_service.browser(), web_service.browser()):
        for _ in range(2):
            way = await browser.submit(path, headers={"Accept": "application/json"})
            assert way.json["role"] == "observer"
    (room,) = product.rooms.values()
    assert {guest.role for guest in room.inside.values()} == {"observer"}
    assert len(room.inside) == 2


async def test_who_leads_is_a_host_and_a_member_of_another_meeting_an_observer(
    web_service: Web, product: MemoryRooms
) -> None:
    path = await planned(web_service)
    elsewhere = await web_service.town.plans_meeting("annet")
    asked = {"Accept": "application/json"}
    chair = await web_service.logged_in(Role.CHAIR)
    assert (await chair.submit(path, headers=asked)).json["role"] == "host"
    person = web_service.town.people[0]
    other = await web_service.logged_in(Role.PARTICIPANT, person_id=person, meeting_id=elsewhere)
    assert (await other.submit(path, headers=asked)).json["role"] == "observer"


async def test_who_loses_their_link_is_out_of_the_room_within_two_seconds(
    web_service: Web, product: MemoryRooms
) -> None:
    path, person = await planned(web_service), web_service.town.people[0]
    link_id, way = await web_service.link(Role.PARTICIPANT, person_id=person)
    member = web_service.browser()
    await member.submit(way)
    assert (await member.submit(path)).status == 303
    (room,) = product.rooms.values()
    assert str(person) in room.inside
    await web_service.machine().ask("DELETE", f"/api/v1/links/{link_id}")
    async with asyncio.timeout(2):
        while str(person) in room.inside:
            await asyncio.sleep(0.02)


async def test_when_doors_close_observers_are_out_within_two_seconds_and_no_way_leads_in_meanwhile(
    web_service: Web, product: MemoryRooms
) -> None:
    path, town = await planned(web_service), web_service.town
    (row,) = await web_service.running.services.views.sessions_in(UUID(path.rpartition("/")[2]))
    item_id, closing = uuid4(), {"closing_id": str(uuid4())}
    basis = {"section": "§ 11-5", "paragraph": "2", "letter": ""}
    says = web_service.machine().says
    await says(row.session_id, "open_session")
    await says(row.session_id, "add_item", item_id=str(item_id), title="Personalsak", kind="report_item")
    await says(row.session_id, "call_roll", present=[str(id_) for id_ in town.people])
    await says(row.session_id, "propose_closing", item_ids=[str(item_id)], legal_basis=basis, **closing)
    await says(row.session_id, "record_closing_vote", unanimous=True, **closing)
    observer = web_service.browser()
    assert (await observer.submit(path)).status == 303
    (room,) = product.rooms.values()
    assert [one.role for one in room.inside.values()] == ["observer"]
    await says(row.session_id, "close_doors", **closing)
    assert (await observer.submit(path)).status == 409, "at once: the log is asked, not the room"
    async with asyncio.timeout(2):
        while room.inside:
            await asyncio.sleep(0.02)


async def test_before_it_opens_the_door_says_so_to_all_but_who_leads(
    web_service: Web, product: MemoryRooms
) -> None:
    path = await planned(web_service, ahead=5)
    page = await web_service.browser().get(path)
    assert "Rommet er ikke åpnet ennå" in words(page.text)
    assert '<form method="post" action="/mote/dialog/rom' not in page.text
    assert (await web_service.browser().submit(path)).status == 409
    chair = await web_service.logged_in(Role.CHAIR)
    assert (await chair.submit(path)).status == 303


async def test_strangers_at_the_door_learn_nothing_of_a_session_that_is_not_public(
    web_service: Web, product: MemoryRooms
) -> None:
    path = await planned(web_service, ahead=5)
    row = await web_service.town.node.views.meeting_by_slug(web_service.town.organisation_id, "dialog")
    assert row
    start = row.starts_at + timedelta(hours=2)
    times = {"starts_at": start, "ends_at": start + timedelta(hours=1)}
    await web_service.town.plans_session(
        row.meeting_id,
        title="Drøfting av oppsigelser",
        room_id=path.rpartition("/")[2],
        public=False,
        **times,
    )
    assert "oppsigelser" not in (await web_service.browser().get(path)).text
    assert "oppsigelser" in (await (await web_service.logged_in(Role.CHAIR)).get(path)).text


async def test_who_is_kept_out_is_told_whether_the_room_is_shut_or_its_doors_are_closed(
    web_service: Web, product: MemoryRooms
) -> None:
    early = await web_service.browser().submit(await planned(web_service, ahead=5), headers=ASKED)
    assert (early.status, early.json["rule"]) == (409, "room_not_open")
    town, rooms = web_service.town, web_service.running.services.rooms
    meeting_id, room_id, item_id = await town.plans_meeting(), uuid4(), uuid4()
    room = {"room_id": room_id, "name": "Salen", "provider": "livekit"}
    await town.says(meeting_id, "plan_room", room=room)
    session_id = await town.plans_session(meeting_id, room_id=room_id)
    await town.says(session_id, "add_item", item_id=item_id, title="Personalsak")
    await town.says(session_id, "open_session")
    await town.says(session_id, "call_roll", present=town.people)
    await town.says(session_id, "open_item", item_id=item_id)
    closing: dict[str, Any] = {"closing_id": uuid4()}
    basis = {"section": "11-5"}
    await town.says(session_id, "propose_closing", item_ids=[item_id], legal_basis=basis, **closing)
    await town.says(session_id, "record_closing_vote", unanimous=True, **closing)
    await town.says(session_id, "close_doors", **closing)
    rooms.want(room_id)
    await rooms.settled()
    shut = await web_service.browser().submit(f"/mote/kommunestyret/rom/{room_id}", headers=ASKED)
    assert (shut.status, shut.json["rule"]) == (409, "room_locked")


async def test_an_observer_is_offered_the_stream_where_nothing_would_keep_them_mute(web_service: Web) -> None:
    path, town = await planned(web_service, "link", url=ELSEWHERE), web_service.town
    page = await web_service.browser().get(path)
    assert "Det som skjer her, sendes ikke." in words(page.text)
    row = await town.node.views.meeting_by_slug(town.organisation_id, "dialog")
    assert row
    room_id = path.rpartition("/")[2]
    filmed = await town.plans_session(row.meeting_id, title="Debatt", room_id=room_id)
    page = await web_service.browser().get(path)
    assert f'href="/program/dialog/sesjon/{filmed}">Følg sendingen av Debatt' in page.text
    answer = await web_service.browser().submit(path)
    assert answer.status == 409
    assert ELSEWHERE not in page.text + answer.text + repr(answer.headers)
    member = await web_service.logged_in(Role.PARTICIPANT, person_id=web_service.town.people[0])
    assert (await member.submit(path)).headers["Location"] == ELSEWHERE


async def test_a_room_is_found_in_its_own_meeting_and_municipality_alone(
    web_service: Web, product: MemoryRooms
) -> None:
    path = await planned(web_service)
    await web_service.town.plans_meeting("annet")
    assert (await web_service.browser().get(path.replace("/dialog/", "/annet/"))).status == 404
    assert (await web_service.browser(1).get(path)).status == 404
    assert (await web_service.browser().get("/mote/dialog/rom/tull")).status == 404


async def test_the_members_room_is_made_in_what_there_is(web_service: Web) -> None:
    path = await planned(web_service, "link", url=ELSEWHERE)
    services, here = web_service.running.services, web_service.town.organisation_id
    (row,) = await services.views.sessions_in(UUID(path.rpartition("/")[2]))

    async def closable() -> str | None:
        room = (await read_scene(services, here, row.session_id)).room
        return room.closable if room else ""

    assert await closable() is None, "neither rooms of this process nor a LiveKit server"
    made = MemoryRooms()

    async def reach(_: UUID) -> RoomProvider:
        return made

    services.rooms._providers._makers["livekit"] = reach  # type: ignore[attr-defined]
    assert await closable() == "livekit"


async def test_a_product_that_fails_shows_no_way_in(web_service: Web, product: MemoryRooms) -> None:
    product.troubles = [RuntimeError("not what anybody expected")]
    path = await planned(web_service)
    product.troubles = []
    page = await web_service.browser().get(path)
    assert page.status == 200


@pytest.fixture
async def server(web_service: Web) -> AsyncIterator[LivekitServer]:
    """A LiveKit server that is the municipality's."""
    async with livekit_server() as server:
        account = {"url": server.url, "key": KEY, "secret": SECRET}
        here = web_service.town.organisation_id
        await web_service.running.services.room_accounts.put(here, "livekit", account)
        yield server


async def test_a_livekit_room_has_our_own_page_which_alone_may_talk_with_its_server(
    web_service: Web, server: LivekitServer
) -> None:
    path = await planned(web_service, "livekit")
    for browser, role in (
        (web_service.browser(), "observer"),
        (await web_service.logged_in(Role.PARTICIPANT, person_id=web_service.town.people[0]), "participant"),
    ):
        page = await browser.get(path)
        assert f'data-line="livekit" data-role="{role}"' in page.text
        assert "livekit-client.js" in page.text
        assert server.url.replace("http", "ws") in page.headers["Content-Security-Policy"]
        assert page.headers["Permissions-Policy"].startswith("camera=(self), microphone=(self)")
        assert server.url not in page.text
        way = (await browser.submit(path, headers=ASKED)).json
        assert (way["url"], way["role"]) == (server.url, role)
    elsewhere = await web_service.browser().get("/program/dialog")
    assert "ws://" not in elsewhere.headers["Content-Security-Policy"]


async def test_before_one_goes_in_our_rooms_page_says_what_is_on_and_where_the_floor_is_asked_for(
    web_service: Web, product: MemoryRooms
) -> None:
    path, town = await planned(web_service, "embedded"), web_service.town
    row = await town.node.views.meeting_by_slug(town.organisation_id, "dialog")
    assert row
    (on,) = await town.node.views.sessions_of(town.organisation_id, row.meeting_id)
    later = town.node.clock.now() + timedelta(hours=3)
    times = {"starts_at": later, "ends_at": later + timedelta(hours=1)}
    room_id = path.rpartition("/")[2]
    await town.plans_session(row.meeting_id, title="Avslutning", room_id=room_id, source_id=None, **times)
    member = await web_service.logged_in(Role.PARTICIPANT, person_id=town.people[0])
    for browser in (member, web_service.browser()):
        page = (await browser.get(path)).text
        assert on.title in words(page)
        assert "Avslutning" not in words(page)
        asks = f'href="/mote/dialog/deltaker?sesjon={on.session_id}"' in page
        assert asks == (browser is member)


async def test_an_embedded_rooms_page_talks_with_nobody_else_and_loads_no_library(
    web_service: Web, product: MemoryRooms
) -> None:
    page = await web_service.browser().get(await planned(web_service, "embedded"))
    assert 'data-line="embedded"' in page.text
    assert "livekit-client" not in page.text
    assert "ws://" not in page.headers["Content-Security-Policy"]


async def test_hosts_let_in_mute_and_put_out_with_requests_of_our_own(
    web_service: Web, server: LivekitServer
) -> None:
    path = await planned(web_service, "livekit", lobby=True, open_microphones=True)
    person = web_service.town.people[0]
    member = await web_service.logged_in(Role.PARTICIPANT, person_id=person)
    chair = await web_service.logged_in(Role.CHAIR)
    about = {"identity": str(person)}
    product = LivekitProduct(server.account)
    visitor = await product.connect((await member.submit(path, headers=ASKED)).json["token"])
    assert not await visitor.publishes()
    assert (await chair.submit(f"{path}/slipp-inn", about)).status == 204
    assert await visitor.publishes()
    (seat,) = (room.seats[str(person)] for room in server.rooms.values())
    assert [track.muted for track in seat.info.tracks] == [False]
    assert (await chair.submit(f"{path}/demp", about)).status == 204
    assert [track.muted for track in seat.info.tracks] == [True]
    assert (await chair.submit(f"{path}/ta-ut", about)).status == 204
    assert (await visitor.hear("leave")).leave.reason == api.DisconnectReason.PARTICIPANT_REMOVED
    assert str(person) not in {id_ for room in server.rooms.values() for id_ in room.seats}
    await visitor.go()
    await product.session.close()


async def test_only_hosts_decide_who_is_in_the_room_and_hosts_stay(
    web_service: Web, server: LivekitServer
) -> None:
    path = await planned(web_service, "livekit")
    person = web_service.town.people[0]
    chair, about = await web_service.logged_in(Role.CHAIR), {"identity": str(person)}
    member = await web_service.logged_in(Role.PARTICIPANT, person_id=person)
    asked = len(server.asked)
    for act in ("slipp-inn", "demp", "ta-ut"):
        assert (await web_service.browser().submit(f"{path}/{act}", about)).status == 401
        assert (await member.submit(f"{path}/{act}", about)).status == 403
        stolen = {"Origin": "https://elsewhere.example"} | ASKED
        assert (await chair.submit(f"{path}/{act}", about, headers=stolen)).status == 403
        for wrong in ({}, {"identity": ""}, {"identity": "x" * 101}):
            refused = await chair.submit(f"{path}/{act}", wrong, headers=ASKED)
            assert refused.status == 422
            assert refused.json["errors"][0]["field"] == "identity"
    assert (await chair.submit(f"{path}/kast-ut", about)).status == 404
    assert len(server.asked) == asked
    product = LivekitProduct(server.account)
    visitor = await product.connect((await chair.submit(path, headers=ASKED)).json["token"])
    (seats,) = (room.seats for room in server.rooms.values())
    (itself,) = seats
    refused = await chair.submit(f"{path}/ta-ut", {"identity": itself}, headers=ASKED)
    assert (refused.status, refused.json["rule"]) == (409, "room_refused")
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert set(seats) == {itself}
    server.failing = Twirp(503, "unavailable")
    assert (await chair.submit(f"{path}/demp", {"identity": itself}, headers=ASKED)).status == 503
    await visitor.go()
    await product.session.close()


async def test_what_hosts_do_in_a_room_elsewhere_is_done_there(
    web_service: Web, product: MemoryRooms
) -> None:
    path = await planned(web_service)
    chair = await web_service.logged_in(Role.CHAIR)
    assert (await chair.submit(f"{path}/demp", {"identity": "somebody"})).status == 404
