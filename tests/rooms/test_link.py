import pytest

from orchestrator.rooms.link import LinkRooms
from orchestrator.rooms.provider import Guest, RoomProvider, RoomSpec, RoomTrouble
from tests.rooms.contract import MEMBER, RoomContract, spec_of


class Elsewhere:
    """A product that we know nothing of."""

    async def rooms_made(self) -> int:
        return 0

    async def come_in(self, rooms: RoomProvider, spec: RoomSpec, guest: Guest) -> None:
        raise AssertionError("nobody can be let in from here")

    async def inside(self) -> set[str]:
        return set()

    async def could_speak(self, guest: Guest) -> bool:
        return True

    async def meddle(self) -> None:
        pass


class TestLink(RoomContract):
    @pytest.fixture
    def rooms(self) -> RoomProvider:
        return LinkRooms()

    @pytest.fixture
    def product(self) -> Elsewhere:
        return Elsewhere()


@pytest.mark.parametrize("url", [None, "", "http://rooms.example/x", "javascript:alert(1)", "https://"])
async def test_only_an_https_address_is_a_room(url: str | None) -> None:
    with pytest.raises(RoomTrouble) as trouble:
        await LinkRooms().create(spec_of(url=url), None)
    assert trouble.value.lasting


async def test_a_link_that_was_changed_in_the_plan_is_another_room() -> None:
    rooms = LinkRooms()
    ref = await rooms.create(spec_of(), None)
    assert await rooms.verify(ref, spec_of(url="https://rooms.example/other")) == ("url",)
    assert (await rooms.join(ref, spec_of(), MEMBER)).url == "https://rooms.example/plenum"
