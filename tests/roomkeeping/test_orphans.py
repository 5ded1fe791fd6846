from uuid import uuid4

from orchestrator.roomkeeping.orphans import Orphans
from orchestrator.roomkeeping.providers import RoomProviders
from orchestrator.rooms.provider import RoomProvider, RoomTrouble
from orchestrator.store.pool import Pool
from orchestrator.store.room_accounts import RoomAccounts
from orchestrator.store.rooms import RoomStanding, RoomStates
from orchestrator.store.secrets import Vault
from tests.rooms.contract import spec_of
from tests.rooms.memory import MemoryRooms
from tests.town import KEY, Node, founded


async def test_only_rooms_that_nobody_here_knows_of_are_taken_away(pool: Pool) -> None:
    node, product, vault = Node(pool), MemoryRooms(), Vault(KEY)
    town, accounts, rooms = await founded(node), RoomAccounts(pool, vault), RoomStates(pool, vault)
    here = town.organisation_id
    planned, asked, orphan, anothers = [uuid4() for _ in range(4)]
    plan = {"room_id": planned, "name": "Plenum", "provider": "livekit"}
    await town.says(await town.plans_meeting(), "plan_room", room=plan)
    await rooms.put(RoomStanding(asked, here, "asked", node.clock.now()))
    for room_id in (planned, asked, orphan):
        await product.create(spec_of(room_id=room_id, organisation_id=here), None)
    await product.create(spec_of(room_id=anothers, organisation_id=uuid4()), None)

    async def reach(_: object) -> RoomProvider:
        return product

    providers = RoomProviders({"livekit": reach})
    orphans = Orphans(providers=providers, accounts=accounts, views=node.views, rooms=rooms)
    await orphans.sweep()
    assert orphan in product.rooms, "without an account there is nobody to ask"
    await accounts.put(here, "livekit", {"secret": "hemmelig"})
    product.troubles = [RoomTrouble("unavailable")]
    for _ in range(2):
        await orphans.sweep()
    assert set(product.rooms) == {planned, asked, anothers}


async def test_an_account_is_kept_as_nobody_can_read_it(pool: Pool) -> None:
    town, accounts = await founded(Node(pool)), RoomAccounts(pool, Vault(KEY))
    await accounts.put(town.organisation_id, "livekit", {"secret": "hemmelig"})
    assert "hemmelig" not in await pool.fetchval("select settings from room_account")
    assert await accounts.get(town.organisation_id, "livekit") == {"secret": "hemmelig"}
    assert await accounts.all() == [(town.organisation_id, "livekit")]
