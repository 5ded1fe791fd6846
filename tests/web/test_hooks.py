"""What LiveKit tells the running service: believed only under the account's signature, and then looked at."""

import pytest

from tests.rooms.livekit_server import KEY, SECRET, signed
from tests.rooms.memory import MemoryRooms
from tests.rooms.test_livekit_hooks import body_of
from tests.web.client import Web
from tests.web.pages.test_room_routes import planned, product

__all__ = ["product"]
ACCOUNT = {"url": "wss://livekit.example", "key": KEY, "secret": SECRET}


@pytest.fixture
async def room_name(web_service: Web, product: MemoryRooms) -> str:
    """What LiveKit calls the room of a conference of today."""
    path = await planned(web_service, "livekit")
    town, services = web_service.town, web_service.running.services
    await services.room_accounts.put(town.organisation_id, "livekit", ACCOUNT)
    return f"{town.organisation_id}_{path.rpartition('/')[2]}"


async def test_who_came_makes_us_look_at_the_room_at_once(
    web_service: Web, product: MemoryRooms, room_name: str
) -> None:
    product.calls.clear()
    body = body_of("participant_joined", room=room_name)
    answer = await web_service.browser().ask(
        "POST", "/hooks/livekit", data=body, headers={"Authorization": signed(body)}
    )
    assert answer.status == 204
    await web_service.running.services.rooms.settled()
    assert product.calls == ["create", "apply", "verify"]


async def test_what_is_not_signed_by_us_is_refused_and_changes_nothing(
    web_service: Web, product: MemoryRooms, room_name: str
) -> None:
    product.calls.clear()
    body = body_of("participant_joined", room=room_name)
    forged = signed(body, secret="another secret, also long enough for it")
    for headers in ({"Authorization": forged}, {}):
        answer = await web_service.browser().ask("POST", "/hooks/livekit", data=body, headers=headers)
        assert answer.status == 401
    await web_service.running.services.rooms.settled()
    assert product.calls == []


async def test_a_municipality_without_an_account_has_no_such_address(web_service: Web) -> None:
    answer = await web_service.browser(1).ask("POST", "/hooks/livekit", data=b"{}")
    assert answer.status == 404
