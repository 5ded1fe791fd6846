"""IT reads of rooms that nobody here knows, and has just those taken away that it has seen."""

import asyncio
import re
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.roles import Role
from orchestrator.rooms.provider import RoomProvider
from tests.rooms.contract import spec_of
from tests.rooms.memory import MemoryRooms
from tests.web.client import Answer, Client, Web
from tests.web.pages.council import words

JSON = {"Accept": "application/json"}
PATH = "/drift/ukjente-rom"


@dataclass
class Unknown:
    """Two rooms that a municipality's product has and nobody here knows of."""

    web: Web
    product: MemoryRooms
    it: Client
    rooms: list[UUID]

    async def makes(self) -> UUID:
        room_id = uuid4()
        await self.product.create(
            spec_of(room_id=room_id, organisation_id=self.web.town.organisation_id), None
        )
        return room_id

    async def noted(self, *room_ids: UUID) -> None:
        services = self.web.running.services
        here, now = self.web.town.organisation_id, services.clock.now()
        await services.unknown_rooms.note(here, "livekit", room_ids, now)


async def presses(client: Client, *rooms: object, headers: dict[str, str] | None = None) -> Answer:
    form = [("room", str(room)) for room in rooms]
    return await client.ask("POST", PATH, data=form, headers=JSON if headers is None else headers)


@pytest.fixture
async def unknown(web_service: Web) -> Unknown:
    product, services = MemoryRooms(), web_service.running.services

    async def reach(_: UUID) -> RoomProvider:
        return product

    services.rooms._providers._makers["livekit"] = reach  # type: ignore[attr-defined]
    await services.room_accounts.put(web_service.town.organisation_id, "livekit", {"secret": "hemmelig"})
    made = Unknown(web_service, product, await web_service.logged_in(Role.IT_SUPPORT), [])
    made.rooms = [await made.makes(), await made.makes()]
    await made.noted(*made.rooms)
    return made


async def test_a_press_takes_away_what_the_page_listed_and_nothing_found_later(unknown: Unknown) -> None:
    page = (await unknown.it.get("/drift")).text
    assert "I LiveKit er det 2 rom som ingen her kjenner. Enten er databasen" in words(page)
    assert 'data-urgent="0"' in page
    listed = re.findall(r'name="room" value="([^"]+)"', page)
    assert {UUID(one) for one in listed} == set(unknown.rooms)
    later = await unknown.makes()
    await unknown.noted(*unknown.rooms, later)
    answer = await presses(unknown.it, *listed, headers={})
    assert (answer.status, answer.headers["Location"]) == (303, "/drift")
    async with asyncio.timeout(10):
        while len(unknown.product.rooms) > 1:
            await asyncio.sleep(0.05)
    assert set(unknown.product.rooms) == {later}
    async with asyncio.timeout(10):
        while "tas bort nå" in (page := (await unknown.it.get("/drift")).text):
            await asyncio.sleep(0.05)
    assert "I LiveKit er det 1 rom som ingen her kjenner." in words(page)


async def test_nobody_else_has_them_taken_away(unknown: Unknown) -> None:
    chair = await unknown.web.logged_in(Role.CHAIR)
    secretary = await unknown.web.logged_in(Role.SECRETARY)
    other = await unknown.web.logged_in(Role.IT_SUPPORT, which=1)
    assert (await presses(unknown.web.browser(), *unknown.rooms)).status == 401
    assert (await presses(chair, *unknown.rooms)).status == 403
    assert (await presses(secretary, *unknown.rooms)).status == 403
    assert (await presses(other, *unknown.rooms)).status == 404
    assert "ingen her kjenner" not in (await other.get("/drift")).text
    unknown.it.origin = "https://et-annet-sted.example"
    assert (await presses(unknown.it, *unknown.rooms)).status == 403
    assert await unknown.web.running.services.unknown_rooms.asked() == []
    assert set(unknown.product.rooms) == set(unknown.rooms)


async def test_what_is_no_room_or_is_not_unknown_is_refused(unknown: Unknown) -> None:
    answer = await presses(unknown.it, unknown.rooms[0], "alle")
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "room")
    assert (await presses(unknown.it)).status == 404
    assert (await presses(unknown.it, uuid4())).status == 404
    assert await unknown.web.running.services.unknown_rooms.asked() == []
