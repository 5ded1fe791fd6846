from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from orchestrator.roomkeeping.orphans import Orphans
from orchestrator.roomkeeping.providers import RoomProviders
from orchestrator.rooms.provider import RoomProvider, RoomRef, RoomTrouble
from orchestrator.store.pool import Pool
from orchestrator.store.room_accounts import RoomAccounts
from orchestrator.store.rooms import RoomStanding, RoomStates
from orchestrator.store.secrets import Vault
from orchestrator.store.unknown_rooms import UnknownRooms
from tests.rooms.contract import spec_of
from tests.rooms.memory import MemoryRooms
from tests.town import KEY, Node, Town, founded


class Product(MemoryRooms):
    """``away``: it does not answer. ``on_close``: what happens meanwhile."""

    away = False
    on_close: Callable[[], Awaitable[None]] | None = None

    async def all_of(self, organisation_id: UUID) -> tuple[tuple[UUID, RoomRef], ...]:
        if self.away:
            raise RoomTrouble("unavailable")
        return await super().all_of(organisation_id)

    async def close(self, ref: RoomRef) -> None:
        await super().close(ref)
        if self.on_close:
            await self.on_close()


@dataclass
class Restored:
    """A municipality whose product has rooms that its database knows nothing of."""

    town: Town
    product: Product
    rooms: RoomStates
    accounts: RoomAccounts
    unknown: UnknownRooms
    orphans: Orphans
    orphan: UUID

    @property
    def here(self) -> UUID:
        return self.town.organisation_id

    async def one_more(self) -> UUID:
        room_id = uuid4()
        await self.product.create(spec_of(room_id=room_id, organisation_id=self.here), None)
        return room_id

    async def told(self) -> list[UUID]:
        return [one.room_id for one in await self.unknown.of(self.here)]

    async def press(self, *room_ids: UUID) -> bool:
        return await self.unknown.ask(self.here, room_ids, self.town.node.clock.now())


@pytest.fixture
async def restored(pool: Pool) -> Restored:
    node, product, vault = Node(pool), Product(), Vault(KEY)
    town, accounts = await founded(node), RoomAccounts(pool, vault)
    await accounts.put(town.organisation_id, "livekit", {"secret": "hemmelig"})

    async def reach(_: object) -> RoomProvider:
        return product

    unknown = UnknownRooms(pool)
    orphans = Orphans(
        providers=RoomProviders({"livekit": reach}), accounts=accounts, unknown=unknown, clock=node.clock
    )
    made = Restored(town, product, RoomStates(pool, vault), accounts, unknown, orphans, uuid4())
    made.orphan = await made.one_more()
    return made


async def test_what_nobody_here_knows_is_told_once_and_stays_as_it_is(restored: Restored) -> None:
    town, product = restored.town, restored.product
    planned, asked = await restored.one_more(), await restored.one_more()
    await product.create(spec_of(room_id=uuid4(), organisation_id=uuid4()), None)
    plan = {"room_id": planned, "name": "Plenum", "provider": "livekit"}
    await town.says(await town.plans_meeting(), "plan_room", room=plan)
    await restored.rooms.put(RoomStanding(asked, restored.here, "asked", town.node.clock.now()))
    await restored.orphans.sweep()
    (first,) = await restored.unknown.of(restored.here)
    assert (first.room_id, first.provider, first.asked_at) == (restored.orphan, "livekit", None)
    await restored.orphans.sweep()
    await restored.orphans.take_away()
    assert list(await restored.unknown.of(restored.here)) == [first]
    assert len(product.rooms) == 4
    assert not {"close", "delete"} & set(product.calls)


async def test_without_an_account_there_is_nobody_to_ask(restored: Restored) -> None:
    await restored.orphans.sweep()
    assert await restored.told() == [restored.orphan]
    await restored.accounts.delete(restored.here, "livekit")
    assert await restored.told() == []
    await restored.orphans.sweep()
    assert await restored.told() == []


async def test_it_is_told_no_more_once_it_is_known_or_gone(restored: Restored) -> None:
    town, gone = restored.town, await restored.one_more()
    await restored.orphans.sweep()
    assert set(await restored.told()) == {restored.orphan, gone}
    plan = {"room_id": restored.orphan, "name": "Plenum", "provider": "livekit"}
    await town.says(await town.plans_meeting(), "plan_room", room=plan)
    assert await restored.told() == [gone], "known at once"
    assert not await restored.press(restored.orphan)
    del restored.product.rooms[gone]
    await restored.orphans.sweep()
    assert await restored.told() == []
    assert await town.node.pool.fetchval("select count(*) from unknown_room") == 0


async def test_a_product_that_cannot_be_asked_keeps_what_was_found(restored: Restored) -> None:
    await restored.orphans.sweep()
    restored.product.away = True
    await restored.orphans.sweep()
    assert await restored.told() == [restored.orphan]
    assert await restored.press(restored.orphan)
    await restored.orphans.take_away()
    restored.product.away = False
    (one,) = await restored.unknown.of(restored.here)
    assert (one.asked_at, one.trouble) == (None, "unavailable")
    await restored.orphans.take_away()
    assert restored.orphan in restored.product.rooms, "a press that failed is not carried out later"
    assert await restored.press(restored.orphan)
    await restored.orphans.take_away()
    assert not restored.product.rooms


async def test_a_press_takes_away_just_what_was_listed(restored: Restored) -> None:
    await restored.orphans.sweep()
    assert await restored.press(restored.orphan, uuid4())
    later = await restored.one_more()
    await restored.orphans.sweep()
    await restored.orphans.take_away()
    assert restored.product.calls[-2:] == ["close", "delete"]
    assert set(restored.product.rooms) == {later}
    await restored.orphans.take_away()
    await restored.orphans.sweep()
    assert set(restored.product.rooms) == {later}
    assert await restored.told() == [later]


async def test_what_becomes_known_after_the_press_is_left_alone(restored: Restored) -> None:
    second = await restored.one_more()
    await restored.orphans.sweep()
    assert await restored.press(restored.orphan, second)
    kept = max(restored.orphan, second)  # the later of the two to be taken away

    async def asked_for() -> None:
        now = restored.town.node.clock.now()
        await restored.rooms.put(RoomStanding(kept, restored.here, "asked", now))

    restored.product.on_close = asked_for
    await restored.orphans.take_away()
    assert set(restored.product.rooms) == {kept}


async def test_another_municipality_asks_for_nothing_here(restored: Restored) -> None:
    await restored.orphans.sweep()
    other = await founded(restored.town.node, "skogvik")
    assert await restored.unknown.of(other.organisation_id) == []
    assert not await restored.unknown.ask(
        other.organisation_id, [restored.orphan], restored.town.node.clock.now()
    )
    await restored.orphans.take_away()
    assert restored.orphan in restored.product.rooms


async def test_an_account_is_kept_as_nobody_can_read_it(pool: Pool) -> None:
    town, accounts = await founded(Node(pool)), RoomAccounts(pool, Vault(KEY))
    await accounts.put(town.organisation_id, "livekit", {"secret": "hemmelig"})
    assert "hemmelig" not in await pool.fetchval("select settings from room_account")
    assert await accounts.get(town.organisation_id, "livekit") == {"secret": "hemmelig"}
    assert await accounts.all() == [(town.organisation_id, "livekit")]
