"""Real sound and picture through a real LiveKit server, if there is one: who has no right is not heard."""

import asyncio
from collections.abc import AsyncGenerator, Generator

import aioice.ice
import pytest

from orchestrator.rooms.livekit import LivekitRooms
from tests.clock import FakeClock
from tests.rooms.contract import CHAIR, MEMBER, OBSERVER, spec_of
from tests.rooms.livekit_contract import opened
from tests.rooms.livekit_media import Media
from tests.rooms.livekit_real import RealLivekit, real_livekit
from tests.rooms.livekit_visitor import LivekitProduct

pytestmark = pytest.mark.livekit


@pytest.fixture(scope="module")
def real() -> Generator[RealLivekit]:
    yield from real_livekit()


@pytest.fixture
async def product(real: RealLivekit) -> AsyncGenerator[LivekitProduct]:
    product = LivekitProduct(real.account)
    yield product
    await product.aclose()


@pytest.fixture
async def rooms(product: LivekitProduct) -> AsyncGenerator[LivekitRooms]:
    rooms = LivekitRooms(product.account, FakeClock())
    yield rooms
    await rooms.aclose()


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda **_: ["127.0.0.1"])


FLOOR = frozenset({MEMBER.identity})


async def sends_more(talker: Media) -> None:
    """Return when about a second has been sent."""
    before = await talker.sent()
    async with asyncio.timeout(20):
        while await talker.sent() < before + 100:
            await asyncio.sleep(0.02)


async def hears_more(listener: Media) -> None:
    before = listener.frames
    async with asyncio.timeout(20):
        while listener.frames < before + 50:
            await asyncio.sleep(0.02)


async def test_an_observer_who_sends_anyway_is_heard_by_nobody(
    rooms: LivekitRooms, product: LivekitProduct
) -> None:
    spec = spec_of(speakers=FLOOR)
    ref = await opened(rooms, spec)
    for guest in (CHAIR, OBSERVER, MEMBER):
        await product.come_in(rooms, spec, guest)
    async with (
        Media(product.visitors[CHAIR.identity]) as listener,
        Media(product.visitors[OBSERVER.identity]) as intruder,
        Media(product.visitors[MEMBER.identity]) as speaker,
    ):
        await intruder.talk()
        await sends_more(intruder)
        assert listener.frames == 0
        assert [one.microphone or one.camera for one in await rooms.present(ref)] == [False] * 3
        await speaker.talk()
        await hears_more(listener)
        people = await product.people(ref)
        assert [len(people[guest.identity].tracks) for guest in (OBSERVER, MEMBER)] == [0, 2]


async def test_who_loses_the_floor_and_sends_on_is_heard_no_more(
    rooms: LivekitRooms, product: LivekitProduct
) -> None:
    ref = await opened(rooms, spec_of())
    for guest in (CHAIR, MEMBER):
        await product.come_in(rooms, spec_of(), guest)
    async with (
        Media(product.visitors[CHAIR.identity]) as listener,
        Media(product.visitors[MEMBER.identity]) as speaker,
    ):
        await rooms.apply(ref, spec_of(speakers=FLOOR))
        await speaker.talk()
        await hears_more(listener)
        await rooms.apply(ref, spec_of())
        await sends_more(speaker)  # what was under way has arrived
        heard = listener.frames
        await sends_more(speaker)
        assert listener.frames == heard


async def test_who_waits_hears_nothing_until_let_in_and_nothing_after_being_put_out(
    rooms: LivekitRooms, product: LivekitProduct
) -> None:
    spec = spec_of(lobby=True, speakers=FLOOR)
    ref = await opened(rooms, spec)
    await product.come_in(rooms, spec, MEMBER)
    await product.sit_down(await rooms.join(ref, spec, OBSERVER), OBSERVER)
    async with (
        Media(product.visitors[OBSERVER.identity]) as observer,
        Media(product.visitors[MEMBER.identity]) as speaker,
    ):
        await speaker.talk()
        await sends_more(speaker)
        assert observer.frames == 0
        await rooms.admit(ref, spec, OBSERVER.identity)
        await hears_more(observer)
        await rooms.apply(ref, spec_of(door="locked", speakers=FLOOR, inside=FLOOR))
        await sends_more(speaker)
        heard = observer.frames
        await sends_more(speaker)
        assert observer.frames == heard
