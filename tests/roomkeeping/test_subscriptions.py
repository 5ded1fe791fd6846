"""Teams tells the running service of what it has made, for as long as a municipality has rooms there."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import AnyHttpUrl, SecretStr

from orchestrator.app import service
from orchestrator.roomkeeping.providers import RoomProviders
from orchestrator.roomkeeping.subscriptions import HOOK, Subscriptions, client_state, hook_url
from orchestrator.rooms.provider import RoomProvider, RoomTrouble
from orchestrator.rooms.teams import TeamsRooms
from orchestrator.rooms.teams_subscriptions import LIFETIME, RENEWED_BEFORE
from orchestrator.settings import Settings
from orchestrator.store.fetch_troubles import FetchTroubles
from orchestrator.store.pool import Pool
from orchestrator.store.records import Organisation
from orchestrator.store.room_accounts import RoomAccounts
from orchestrator.store.room_news import RoomNews
from orchestrator.store.rooms import RoomStanding, RoomStates
from orchestrator.store.secrets import Vault
from tests.postgres import Database
from tests.rooms.graph import ORGANIZER, FakeGraph, Fault, fake_graph
from tests.rooms.graph_shapes import GraphRefusal
from tests.rooms.test_teams import rooms_in
from tests.streaming.collector import until
from tests.town import KEY, Node, founded
from tests.web.client import HOSTS, Web, serving

ADDRESS = f"https://{HOSTS[0]}"


@dataclass
class Told:
    """A service that Microsoft can reach, and a municipality with one room in Teams."""

    web: Web
    graph: FakeGraph
    product: TeamsRooms
    room_id: UUID
    meeting_id: UUID
    base_url: str = ADDRESS

    def subscriptions(self) -> Subscriptions:
        """As another process would have it: nothing remembered."""
        services = self.web.running.services

        async def reach(_: UUID) -> RoomProvider:
            return self.product

        return Subscriptions(
            providers=RoomProviders({"teams": reach}),
            rooms=RoomStates(services.pool, Vault(KEY)),
            news=services.room_news,
            troubles=services.fetch_troubles,
            directory=services.directory,
            settings=services.settings.model_copy(update={"base_url": self.base_url}),
            key=services.key,
            clock=self.graph.clock,
        )

    async def look(self, subscriptions: Subscriptions | None = None) -> list[dict[str, Any]]:
        """What subscriptions there are once all is as wanted."""
        subscriptions = subscriptions or self.subscriptions()
        await subscriptions.sweep()
        await subscriptions.settled()
        return self.alive()

    def alive(self) -> list[dict[str, Any]]:
        return self.graph.subscriptions._alive()

    async def troubles(self) -> list[str]:
        services = self.web.running.services
        return [one.code for one in await services.fetch_troubles.of(self.web.town.organisation_id)]


@pytest.fixture
async def told(database: Database, tmp_path: Path) -> AsyncIterator[Told]:
    async with (
        fake_graph() as graph,
        aclosing(rooms_in(graph)) as product,
        serving(database, tmp_path, role="web", base_url=ADDRESS) as web,
    ):
        graph.subscriptions.reach[HOSTS[0]] = web.address
        town, services = web.town, web.running.services
        account = {"tenant_id": "t", "client_id": "c", "secret": "s", "organizer": "o"}
        await services.room_accounts.put(town.organisation_id, "teams", account)
        meeting_id, room_id = await town.plans_meeting(), uuid4()
        room = {"room_id": room_id, "name": "Salen", "provider": "teams", "recorded": True}
        await town.says(meeting_id, "plan_room", room=room)
        now = graph.clock.now()
        await services.room_states.put(RoomStanding(room_id, town.organisation_id, "asked", now))
        yield Told(web, graph, product, room_id, meeting_id)


async def test_a_room_in_teams_makes_teams_tell_us_for_as_long_as_it_is_there(told: Told) -> None:
    made = {one["id"]: one["notificationUrl"] for one in await told.look()}
    assert list(made.values()) == [f"{ADDRESS}{HOOK}"] * 2
    asked = len(told.graph.requests)
    assert {one["id"] for one in await told.look()} == made.keys()
    assert len(told.graph.requests) == asked, "nothing is asked before it is time"
    told.graph.clock.advance((LIFETIME - RENEWED_BEFORE).total_seconds() + 60)
    renewed = await told.look()
    assert {one["id"] for one in renewed} == made.keys()
    ends = (told.graph.clock.now() + LIFETIME).isoformat()[:16]
    assert all(one["expirationDateTime"][:16] == ends for one in renewed)
    await told.web.town.says(told.meeting_id, "remove_room", room_id=told.room_id)
    assert await told.look() == []
    assert await told.web.running.services.room_news.subscriptions() == []


async def test_whenever_it_is_killed_there_are_never_two_of_a_kind(told: Told) -> None:
    for cut in ("before", "after"):
        for skip in range(4):
            told.graph.faults = [Fault("subscriptions", cut=cut, skip=skip)]
            await told.look()
            told.graph.faults = []
            assert len(await told.look()) == 2
            assert await told.troubles() == []
            await RoomNews(told.web.running.services.pool).end_subscription(told.web.town.organisation_id)
            told.graph.subscriptions.made.clear()


async def test_what_is_removed_or_asks_to_be_renewed_is_seen_to_by_what_teams_says(told: Told) -> None:
    first, second = (one["id"] for one in await told.look())
    deliver = told.graph.subscriptions.deliver
    assert await deliver(first, lifecycle="reauthorizationRequired") == 202
    told.graph.clock.advance(60)
    await told.look()
    ends = {one["id"]: one["expirationDateTime"][:16] for one in told.alive()}
    assert ends[first] > ends[second]
    assert await deliver(second, lifecycle="subscriptionRemoved") == 202
    del told.graph.subscriptions.made[second]
    assert len(await told.look()) == 2
    left = await told.web.running.services.room_news.unread()
    assert [one.kind for one in left] == ["missed"], "what was missed is looked for by whoever fetches"


async def test_trouble_is_kept_for_it_until_it_heals(told: Told) -> None:
    subscriptions = told.subscriptions()
    told.graph.faults = [Fault("subscriptions", GraphRefusal(503, "ServiceUnavailable"))]
    assert await told.look(subscriptions) == []
    assert await told.troubles() == ["unavailable"]
    assert await told.look(subscriptions) == [], "it waits before it tries again"
    told.graph.clock.advance(61)
    assert len(await told.look(subscriptions)) == 2
    assert await told.troubles() == []


async def test_where_microsoft_cannot_reach_us_nothing_is_asked_and_it_is_told(told: Told) -> None:
    old = await told.look()
    assert len(old) == 2
    elsewhere = replace(told, base_url="http://127.0.0.1:8080")
    assert await elsewhere.look() == []
    asked = len(told.graph.requests)
    assert await elsewhere.look() == []
    assert len(told.graph.requests) == asked
    assert await told.troubles() == ["no_address"]
    assert len(await told.look()) == 2
    assert await told.troubles() == []


@pytest.mark.parametrize(
    "address",
    ["http://moter.fjellvik.example", "https://localhost:8443", "https://10.0.0.7", "https://moter.local"],
)
def test_an_address_that_microsoft_cannot_reach_is_none(address: str) -> None:
    assert hook_url(address) is None


async def test_an_account_that_is_gone_does_not_hold_on_to_what_was_subscribed(told: Told) -> None:
    await told.look()
    await told.web.town.says(told.meeting_id, "remove_room", room_id=told.room_id)

    async def gone(_: UUID) -> RoomProvider:
        raise RoomTrouble("not_configured", lasting=True)

    subscriptions = told.subscriptions()
    subscriptions._providers = RoomProviders({"teams": gone})
    await told.look(subscriptions)
    assert await told.web.running.services.room_news.subscriptions() == []
    assert await FetchTroubles(told.web.running.services.pool).of(told.web.town.organisation_id) == []


async def test_a_running_service_hears_teams_and_subscribes_by_itself(
    database: Database, pool: Pool, tmp_path: Path
) -> None:
    town = await founded(Node(pool))
    here = Organisation(id=town.organisation_id, name="Fjellvik", slug="fjellvik", hosts=(HOSTS[0],))
    await town.node.directory.put_organisation(here)
    meeting_id, room_id = await town.plans_meeting(), uuid4()
    room = {"room_id": room_id, "name": "Salen", "provider": "teams"}
    await town.says(meeting_id, "plan_room", room=room)
    await town.plans_session(meeting_id, room_id=room_id, source_id=None)
    settings = Settings(
        dsn=SecretStr(database.dsn),
        secret_key=SecretStr(KEY),
        data_dir=tmp_path,
        port=0,
        min_free_bytes=0,
        base_url=AnyHttpUrl(ADDRESS),
    )
    async with fake_graph() as graph:
        account = {"tenant_id": "t", "client_id": "c", "secret": "s", "organizer": ORGANIZER}
        account["base_url"] = f"{graph.url}/v1.0"
        await RoomAccounts(pool, Vault(KEY)).put(here.id, "teams", account)
        graph.clock.jump((datetime.now(UTC) - graph.clock.now()).total_seconds())
        async with service(settings) as running:
            graph.subscriptions.reach[HOSTS[0]] = f"http://127.0.0.1:{running.port}"
            ours = client_state(KEY.encode(), here.id)
            notice = {"subscriptionId": "s", "clientState": ours, "lifecycleEvent": "subscriptionRemoved"}
            assert await graph.subscriptions.send(f"{ADDRESS}{HOOK}", {"value": [notice]}) == 202
            await until(lambda: len(graph.subscriptions.made) == 2, 100)  # the SDK is slow to load
