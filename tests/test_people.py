from orchestrator.people import FRESH_SECONDS
from orchestrator.store.pool import Pool
from tests.clock import FakeClock
from tests.town import Node, founded


async def test_names_are_read_again_when_they_are_no_longer_fresh(pool: Pool) -> None:
    clock = FakeClock()
    town = await founded(Node(pool, clock))
    people, kari = town.node.people, town.people[0]
    before = await people.names(town.organisation_id)
    assert before[kari].name == "Kari Nordli"
    await town.node.directory.delete_person(town.organisation_id, kari)
    assert await people.names(town.organisation_id) is before
    clock.advance(FRESH_SECONDS)
    assert kari not in await people.names(town.organisation_id)


async def test_unchanged_names_stay_the_same_object(pool: Pool) -> None:
    clock = FakeClock()
    town = await founded(Node(pool, clock))
    before = await town.node.people.names(town.organisation_id)
    clock.advance(FRESH_SECONDS)
    assert await town.node.people.names(town.organisation_id) is before


async def test_names_of_one_organisation_are_not_anothers(pool: Pool) -> None:
    town = await founded(Node(pool))
    other = await founded(town.node, "naboby")
    assert not (await town.node.people.names(other.organisation_id)).keys() & set(town.people)
