"""The layout page over a running service: who finds it, what it says, and what it may talk with."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import SecretStr
from yarl import URL

from orchestrator.roomkeeping.layout import layout_of
from orchestrator.store.records import Source
from tests.rooms.livekit_server import livekit_server
from tests.town import ITEM
from tests.web.client import Web
from tests.web.pages.council import words

WAY = "url=wss%3A%2F%2Flivekit.fjellvik.example&token=not-one&layout="


async def filmed(web: Web, **room: Any) -> tuple[UUID, UUID, str]:
    """A debate in a room on a LiveKit server that has a source; the session, the room and its layout page."""
    town, room_id, item_id = web.town, uuid4(), uuid4()
    now = town.node.clock.now()
    times: dict[str, Any] = {"starts_at": now, "ends_at": now + timedelta(hours=3)}
    meeting_id = await town.plans_meeting(**times)
    plan = {"room_id": room_id, "name": "Salen", "provider": "livekit", "source_id": town.source_id}
    await town.says(meeting_id, "plan_room", room=plan | room)
    session_id = await town.plans_session(meeting_id, room_id=room_id, **times)
    await town.says(session_id, "add_item", item_id=item_id, **ITEM)
    await town.says(session_id, "open_session")
    await town.says(session_id, "call_roll", present=town.people)
    await town.says(session_id, "open_item", item_id=item_id)
    return session_id, room_id, await layout_path(web, room_id)


async def layout_path(web: Web, room_id: UUID) -> str:
    services = web.running.services
    source = await services.directory.source(web.town.organisation_id, web.town.source_id)
    assert source
    return layout_of(room_id, source, host=services.settings.encoder_host, key=services.key).path


async def speaks(web: Web, session_id: UUID, person: int, current: UUID | None = None) -> UUID:
    """Somebody is given the floor."""
    request, says = uuid4(), web.machine().says
    await says(session_id, "request_floor", request_id=str(request), person_id=str(web.town.people[person]))
    await says(
        session_id, "start_speech", request_id=str(request), current_id=str(current) if current else None
    )
    return request


async def closes_doors(web: Web, session_id: UUID) -> None:
    state = (await web.machine().get(f"/api/v1/sessions/{session_id}")).json
    closing, says = str(uuid4()), web.machine().says
    basis = {"section": "kommuneloven § 11-5", "paragraph": "3", "letter": "a"}
    items = [state["current_item_id"]]
    await says(session_id, "propose_closing", closing_id=closing, item_ids=items, legal_basis=basis)
    await says(session_id, "record_closing_vote", closing_id=closing, unanimous=True)
    await says(session_id, "close_doors", closing_id=closing)


async def test_the_egress_service_is_given_the_address_of_this_very_page(web_service: Web) -> None:
    async with livekit_server() as server:
        account = {"url": server.url, "key": server.account.key, "secret": server.account.secret}
        town = web_service.town
        await web_service.running.services.room_accounts.put(town.organisation_id, "livekit", account)
        _, _, path = await filmed(web_service)
        async with asyncio.timeout(30):
            while not server.egresses:
                await asyncio.sleep(0.05)
        (sent,) = server.egresses.values()
        address = URL(sent.room_composite.custom_base_url)
        assert (address.host, address.path_qs) == ("fjellvik.example", path)
        assert (await web_service.browser().get(path)).status == 200


async def test_it_says_who_speaks_in_which_case_to_whoever_has_its_address(web_service: Web) -> None:
    session_id, _, path = await filmed(web_service)
    await speaks(web_service, session_id, 0)
    answer = await web_service.browser().get(f"{path}?{WAY}", headers={"Accept-Language": "en"})
    assert answer.status == 200
    assert re.search(rf'data-floor="{web_service.town.people[0]}" data-shows', answer.text)
    assert "Kari Nordli" in words(answer.text)
    assert "Sak 47/26" in words(answer.text)
    assert answer.headers["Content-Language"] == "nb", "the municipality's, whatever the egress's browser has"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "not-one" not in answer.text.replace("&amp;", "&").split("<main")[1]


async def test_behind_closed_doors_it_names_nobody(web_service: Web) -> None:
    session_id, _, path = await filmed(web_service)
    await speaks(web_service, session_id, 0)
    browser = web_service.browser()
    async with browser.stream(f"{path}/direkte") as stream:
        first = {(await stream.until("fragment")).json["id"] for _ in range(3)}
        assert first == {"scene", "plate", "pulse"}
        await closes_doors(web_service, session_id)
        scene = ""
        while "Møtet er lukket" not in scene:
            event = (await stream.until("fragment")).json
            scene = event["html"] if event["id"] == "scene" else scene
        assert "data-shows" not in scene
    page = (await browser.get(f"{path}?{WAY}")).text
    assert 'data-floor=""' in page
    assert "data-shows" not in page
    assert not [name for name in ("Kari Nordli", ITEM["title"], "47/26") if name in page]


async def test_its_policy_lets_it_talk_with_us_and_the_server_in_its_address_alone(web_service: Web) -> None:
    _, _, path = await filmed(web_service)

    async def may_talk_with(url: str) -> str:
        answer = await web_service.browser().get(f"{path}?token=x&url={url}")
        found = re.search("connect-src ([^;]*)", answer.headers["Content-Security-Policy"])
        assert found
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        return found[1]

    secure = await may_talk_with("wss%3A%2F%2Flivekit.fjellvik.example%3A7443%2Fx")
    assert secure == "'self' wss://livekit.fjellvik.example:7443 https://livekit.fjellvik.example:7443"
    assert await may_talk_with("ws://127.0.0.1:7880") == "'self' ws://127.0.0.1:7880 http://127.0.0.1:7880"
    for nonsense in (
        "",
        "livekit",
        "javascript:alert(1)",
        "wss://a%3Bscript-src%20*/",
        "wss://[x",
        "wss://a:b",
    ):
        assert await may_talk_with(nonsense) == "'self'"


async def test_nobody_else_finds_it(web_service: Web) -> None:
    _, room_id, path = await filmed(web_service)
    assert (await web_service.browser(1).get(path)).status == 404, "another municipality"
    for wrong in (
        path[:-1],
        f"{path}A",
        path.replace(str(room_id), str(uuid4())),
        f"/rom/x/bilde/{path[-22:]}",
    ):
        for address in (wrong, f"{wrong}/direkte"):
            assert (await web_service.browser().get(address)).status == 404


async def test_its_address_is_another_when_the_source_is(web_service: Web) -> None:
    _, room_id, path = await filmed(web_service)
    directory, town = web_service.running.services.directory, web_service.town
    source = await directory.source(town.organisation_id, town.source_id)
    assert source
    await directory.put_source(source.model_copy(update={"port": 20055}))
    assert (await web_service.browser().get(path)).status == 404
    assert (await web_service.browser().get(await layout_path(web_service, room_id))).status == 200


def test_what_is_secret_in_an_address_is_written_so_that_it_arrives_and_is_in_no_repr() -> None:
    source = Source(
        id=uuid4(),
        organisation_id=uuid4(),
        name="Salen",
        slug="salen",
        kind="srt",
        port=20055,
        passphrase=SecretStr("a&b=c/ d-hemmelig"),
    )
    layout = layout_of(uuid4(), source, host="::1", key=b"key")
    assert layout.output == "srt://[::1]:20055?passphrase=a%26b%3Dc%2F%20d-hemmelig&pbkeylen=16"
    assert "hemmelig" not in repr(layout)
    assert layout.proof not in repr(layout)
