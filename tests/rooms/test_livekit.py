"""The contract on a fake server, and on a real one: `livekit-server` on PATH, or LIVEKIT_URL."""

import asyncio
import dataclasses
import sys
from collections.abc import AsyncGenerator, Generator
from dataclasses import replace
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from livekit import api

from orchestrator.rooms.livekit import LivekitRooms, room_name, room_named
from orchestrator.rooms.livekit_account import LivekitAccount
from orchestrator.rooms.livekit_grants import TOKEN_LASTS
from orchestrator.rooms.livekit_hooks import RoomHook, hook_of
from orchestrator.rooms.provider import Guest, RoomSpec, RoomTrouble
from tests.clock import START, FakeClock
from tests.rooms.contract import CHAIR, MEMBER, OBSERVER, OTHER, TOWN, spec_of
from tests.rooms.livekit_contract import LivekitContract, opened
from tests.rooms.livekit_real import RealLivekit, real_livekit
from tests.rooms.livekit_server import LivekitServer, Twirp, livekit_server
from tests.rooms.livekit_visitor import LivekitProduct

GUEST = Guest("member-3", "Anne Lie", "participant")


@pytest.fixture
async def server() -> AsyncGenerator[LivekitServer]:
    async with livekit_server() as server:
        yield server


@pytest.fixture
async def product(server: LivekitServer) -> AsyncGenerator[LivekitProduct]:
    product = LivekitProduct(server.account)
    yield product
    await product.aclose()


@pytest.fixture
async def rooms(product: LivekitProduct) -> AsyncGenerator[LivekitRooms]:
    rooms = LivekitRooms(product.account, FakeClock())
    yield rooms
    await rooms.aclose()


class TestLivekit(LivekitContract):
    pass


@pytest.fixture(scope="session")
def real() -> Generator[RealLivekit]:
    yield from real_livekit()


@pytest.mark.livekit
class TestRealLivekit(LivekitContract):
    @pytest.fixture
    async def product(self, real: RealLivekit) -> AsyncGenerator[LivekitProduct]:
        product = LivekitProduct(real.account)
        yield product
        await product.aclose()

    async def test_it_tells_who_came_and_went(
        self, real: RealLivekit, rooms: LivekitRooms, product: LivekitProduct
    ) -> None:
        if real.hooks_port is None:
            pytest.skip("where its hooks go is not for us to say")
        told = asyncio.Queue[RoomHook]()

        async def take(request: web.Request) -> web.Response:
            hook = hook_of(await request.read(), request.headers["Authorization"], real.account)
            if hook and hook.room_id == spec.room_id:
                told.put_nowait(hook)
            return web.Response()

        spec = spec_of("A room of its own")
        app = web.Application()
        app.router.add_post("/", take)
        async with TestServer(app, port=real.hooks_port), asyncio.timeout(20):
            ref = await opened(rooms, spec)
            await product.come_in(rooms, spec, MEMBER)
            await rooms.close(ref)
            ids = (spec.organisation_id, spec.room_id)
            heard = [await told.get() for _ in range(2)]
        assert sorted(heard, key=lambda hook: hook.happened) == [
            RoomHook(*ids, "ended", None, 0),
            RoomHook(*ids, "left", MEMBER.identity, 0),
        ]


async def test_a_way_in_says_where_and_until_when(rooms: LivekitRooms, server: LivekitServer) -> None:
    join = await rooms.join(await opened(rooms, spec_of()), spec_of(), MEMBER)
    assert (join.url, join.expires_at) == (server.url, START + TOKEN_LASTS)


async def test_a_speaker_is_demoted_before_the_next_is_given_the_floor(
    rooms: LivekitRooms, product: LivekitProduct, server: LivekitServer
) -> None:
    ref = await opened(rooms, spec_of())
    for guest in (OTHER, MEMBER):
        await product.come_in(rooms, spec_of(), guest)
    await rooms.apply(ref, spec_of(speakers=frozenset({MEMBER.identity})))
    server.asked.clear()
    await rooms.apply(ref, spec_of(speakers=frozenset({OTHER.identity})))
    changes = [asked for _, asked in server.asked if isinstance(asked, api.UpdateParticipantRequest)]
    assert [(one.identity, one.permission.can_publish) for one in changes] == [
        (MEMBER.identity, False),
        (OTHER.identity, True),
    ]
    assert all(one.permission.can_subscribe for one in changes)


async def test_what_is_as_it_should_be_is_left_alone(
    rooms: LivekitRooms, product: LivekitProduct, server: LivekitServer
) -> None:
    ref = await opened(rooms, spec_of())
    for guest in (CHAIR, MEMBER, OBSERVER):
        await product.come_in(rooms, spec_of(), guest)
    server.asked.clear()
    await rooms.apply(ref, spec_of())
    assert [method for method, _ in server.asked] == ["ListRooms", "ListParticipants"]


async def test_who_cannot_be_put_out_keeps_nobody_else_in_and_gives_nobody_the_floor(
    rooms: LivekitRooms, product: LivekitProduct, server: LivekitServer
) -> None:
    before = spec_of(speakers=frozenset({MEMBER.identity}))
    ref = await opened(rooms, before)
    for guest in (CHAIR, MEMBER, GUEST, OBSERVER, OTHER):
        await product.come_in(rooms, before, guest)
    server.cannot_remove = {OBSERVER.identity}
    three = (CHAIR, MEMBER, GUEST)
    inside = frozenset(guest.identity for guest in three)
    locked = spec_of(door="locked", inside=inside, speakers=frozenset({GUEST.identity}))
    with pytest.raises(RoomTrouble, match="unavailable"):
        await rooms.apply(ref, locked)
    assert await product.inside() == {*inside, OBSERVER.identity}
    assert [await product.could_speak(guest) for guest in three] == [True, False, False]
    assert await rooms.verify(ref, locked) == ("metadata", "inside", "rights")


async def test_a_host_shuts_a_microphone(rooms: LivekitRooms, product: LivekitProduct) -> None:
    spec = spec_of(open_microphones=True)
    ref = await opened(rooms, spec)
    await product.come_in(rooms, spec, MEMBER)
    await product.visitors[MEMBER.identity].publishes()
    await product.visitors[MEMBER.identity].publishes(api.TrackSource.CAMERA)
    assert [(one.microphone, one.camera) for one in await rooms.present(ref)] == [(True, True)]
    await rooms.mute(ref, MEMBER.identity)
    assert [(one.microphone, one.camera) for one in await rooms.present(ref)] == [(False, True)]


@pytest.mark.parametrize(("spec", "stays"), [(spec_of(), True), (spec_of(door="locked"), False)])
async def test_a_recorder_is_in_only_while_the_doors_are_open(
    rooms: LivekitRooms, product: LivekitProduct, spec: RoomSpec, *, stays: bool
) -> None:
    ref = await opened(rooms, spec_of())
    token = api.AccessToken(product.account.key, product.account.secret).with_kind("egress")
    grants = api.VideoGrants(room_join=True, room=ref.id, can_publish=False, hidden=True, recorder=True)
    product.visitors["EG_1"] = await product.connect(token.with_identity("EG_1").with_grants(grants).to_jwt())
    assert await rooms.present(ref) == ()
    await rooms.apply(ref, spec)
    assert ("EG_1" in await product.inside()) is stays
    assert await rooms.verify(ref, spec) == ()


async def test_a_server_that_makes_rooms_by_itself_is_told_of() -> None:
    async with livekit_server(auto_create=True) as server:
        rooms = LivekitRooms(server.account, FakeClock())
        assert await rooms.verify(await opened(rooms, spec_of()), spec_of()) == ("auto_create",)
        await rooms.aclose()


@pytest.mark.parametrize(
    ("failure", "code", "lasting"),
    [
        (Twirp(429, "resource_exhausted"), "throttled", False),
        (Twirp(503, "unavailable"), "unavailable", False),
        (Twirp(500, "internal"), "unavailable", False),
        (Twirp(400, "invalid_argument"), "refused", True),
    ],
)
async def test_what_the_server_answers_is_told_apart(
    rooms: LivekitRooms, server: LivekitServer, failure: Twirp, code: str, *, lasting: bool
) -> None:
    ref = await opened(rooms, spec_of())
    server.failing = failure
    for asked in (rooms.create(spec_of(), ref), rooms.apply(ref, spec_of()), rooms.verify(ref, spec_of())):
        with pytest.raises(RoomTrouble) as trouble:
            await asked
        assert (trouble.value.code, trouble.value.lasting) == (code, lasting)
    server.failing = None


async def test_a_wrong_key_is_refused_for_good(server: LivekitServer) -> None:
    rooms = LivekitRooms(
        replace(server.account, secret="another secret, also long enough for it"), FakeClock()
    )
    with pytest.raises(RoomTrouble) as trouble:
        await rooms.create(spec_of(), None)
    assert (trouble.value.code, trouble.value.lasting) == ("refused", True)
    await rooms.aclose()


async def test_a_server_out_of_reach_is_asked_again_later(server: LivekitServer) -> None:
    rooms = LivekitRooms(replace(server.account, url="http://127.0.0.1:9"), FakeClock())
    with pytest.raises(RoomTrouble) as trouble:
        await rooms.create(spec_of(), None)
    assert (trouble.value.code, trouble.value.lasting) == ("unavailable", False)
    await rooms.aclose()


@pytest.mark.parametrize("settings", [None, {}, {"url": "wss://rooms.fjellvik.example", "key": "key"}])
def test_an_account_with_something_missing_is_none(settings: dict[str, str] | None) -> None:
    with pytest.raises(RoomTrouble) as trouble:
        LivekitAccount.of(settings)
    assert (trouble.value.code, trouble.value.lasting) == ("not_configured", True)


def test_an_account_is_read_as_it_is_kept() -> None:
    account = LivekitAccount("wss://rooms.fjellvik.example", "key", "secret")
    assert LivekitAccount.of(dataclasses.asdict(account)) == account


@pytest.mark.parametrize(
    ("url", "key", "secret"),
    [
        ("http://rooms.fjellvik.example", "key", "secret"),
        ("ws://rooms.fjellvik.example", "key", "secret"),
        ("ftp://rooms.fjellvik.example", "key", "secret"),
        ("wss://", "key", "secret"),
        ("wss://rooms.fjellvik.example", "", "secret"),
        ("wss://rooms.fjellvik.example", "key", ""),
    ],
)
def test_an_account_that_would_give_tokens_away_is_none(url: str, key: str, secret: str) -> None:
    with pytest.raises(RoomTrouble, match="not_configured"):
        LivekitAccount(url, key, secret)


def test_browsers_are_told_of_its_host_and_no_more() -> None:
    account = LivekitAccount("https://name:word@rooms.fjellvik.example:7443/livekit", "key", "secret")
    assert account.sockets == "wss://rooms.fjellvik.example:7443"
    assert LivekitAccount("ws://127.0.0.1:7880", "key", "secret").sockets == "ws://127.0.0.1:7880"


def test_an_account_keeps_its_secret_to_itself() -> None:
    assert "hemmelig" not in repr(LivekitAccount("wss://rooms.fjellvik.example", "key", "hemmelig"))


def test_a_library_that_is_not_installed_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "orchestrator.rooms.livekit_client", raising=False)
    monkeypatch.setitem(sys.modules, "livekit", None)
    with pytest.raises(RoomTrouble) as trouble:
        LivekitRooms(LivekitAccount("wss://rooms.fjellvik.example", "key", "secret"), FakeClock())
    assert (trouble.value.code, trouble.value.lasting) == ("not_installed", True)


async def test_only_rooms_of_the_organisation_are_its_own(
    rooms: LivekitRooms, product: LivekitProduct
) -> None:
    ref = await opened(rooms, spec_of())
    for name in ("lunch", room_name(UUID(int=5), UUID(int=6)), f"{TOWN}_", ref.id.upper()):
        await product.api.room.create_room(api.CreateRoomRequest(name=name))
    assert await rooms.all_of(TOWN) == ((spec_of().room_id, ref),)
    assert room_named(ref.id) == (TOWN, spec_of().room_id)
