"""What products tell the running service: believed only under the secret they share with it."""

from uuid import UUID

import pytest

from orchestrator.domain.rooms import Room
from orchestrator.roomkeeping.subscriptions import client_state
from orchestrator.rooms.provider import Guest, Present
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
    services, here = web_service.running.services, web_service.town.organisation_id
    room = Room(room_id=UUID(room_name.rpartition("_")[2]), name="Plenum", provider="livekit")
    standing = await services.rooms.standing(room.room_id)
    assert await services.presence.now(here, room, standing) == ()
    await services.rooms.join(here, room.room_id, Guest("ola", "Ola Vik", "participant"))
    product.calls.clear()
    body = body_of("participant_joined", room=room_name)
    answer = await web_service.browser().ask(
        "POST", "/hooks/livekit", data=body, headers={"Authorization": signed(body)}
    )
    assert answer.status == 204
    await services.rooms.settled()
    assert product.calls == ["create", "apply", "verify"]
    assert await services.presence.now(here, room, standing) == (Present("ola", "Ola Vik", "participant"),)


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


# Teams

SECRETS: dict[str, str] = {"tenant_id": "t", "client_id": "c", "secret": "s", "organizer": "o"}
MADE = "users('o')/onlineMeetings('MSo1')/recordings('r')"


@pytest.fixture
async def in_teams(web_service: Web) -> Web:
    services = web_service.running.services
    await services.room_accounts.put(web_service.town.organisation_id, "teams", SECRETS)
    return web_service


async def delivered(web: Web, delivery: object) -> int:
    return (await web.browser().post("/hooks/teams", delivery)).status


def notice(web: Web, secret: str | None = None, **more: object) -> dict[str, object]:
    ours = client_state(web.running.services.key, web.town.organisation_id)
    return {"subscriptionId": "s1", "clientState": secret or ours, **more}


async def noted(web: Web) -> list[tuple[str, str]]:
    unread = await web.running.services.room_news.unread()
    return sorted((one.kind, one.what) for one in unread)


async def test_graph_hears_its_own_words_when_it_asks_whether_the_address_is_ours(in_teams: Web) -> None:
    token = "Validation: Testing reachability Request-Id: å/1+2"
    answer = await in_teams.browser().ask("POST", "/hooks/teams", params={"validationToken": token})
    assert (answer.status, answer.text) == (200, token)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    script = {"validationToken": "<script>alert(1)</script>"}
    answer = await in_teams.browser().ask("POST", "/hooks/teams", params=script)
    assert "<" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_graph_tells_is_noted_once_and_answered_at_once(in_teams: Web) -> None:
    lifecycle = ("missed", "subscriptionRemoved", "reauthorizationRequired")
    notices = [notice(in_teams, resource=MADE)] * 2
    notices += [notice(in_teams, lifecycleEvent=event) for event in lifecycle]
    for _ in range(2):
        assert await delivered(in_teams, {"value": notices}) == 202
    assert await noted(in_teams) == [("made", "MSo1"), ("missed", ""), ("removed", ""), ("renew", "s1")]


async def test_a_notice_of_a_subscription_that_is_not_ours_is_taken_and_changes_nothing(
    in_teams: Web,
) -> None:
    of_another = client_state(in_teams.running.services.key, in_teams.towns[1].organisation_id)
    for secret in ("guessed", of_another):
        assert await delivered(in_teams, {"value": [notice(in_teams, secret, resource=MADE)]}) == 202
    assert await noted(in_teams) == []


async def test_whoever_guesses_at_the_secret_is_slowed_down(in_teams: Web) -> None:
    answers = {
        await delivered(in_teams, {"value": [notice(in_teams, "guessed", resource=MADE)]}) for _ in range(25)
    }
    assert answers == {202, 429}
    assert await delivered(in_teams, {"value": [notice(in_teams, resource=MADE)]}) == 202


@pytest.mark.parametrize(
    ("body", "status"), [(b"[]", 422), (b'{"value": "x"}', 422), (b"{", 400), (b"null", 422)]
)
async def test_what_is_no_delivery_is_refused_in_words(in_teams: Web, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    answer = await in_teams.browser().ask("POST", "/hooks/teams", data=body, headers=headers)
    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("application/problem+json")


async def test_a_municipality_without_an_account_in_teams_has_no_such_address(in_teams: Web) -> None:
    answer = await in_teams.browser(1).ask("POST", "/hooks/teams", params={"validationToken": "x"})
    assert answer.status == 404
