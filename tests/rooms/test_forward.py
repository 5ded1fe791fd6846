"""What one listener is sent of those who publish, one after another."""

from collections.abc import AsyncIterator

import pytest

from orchestrator.rooms.embedded.feed import Feed
from orchestrator.rooms.embedded.forward import MOST_WAITING, Outlet
from orchestrator.rooms.embedded.tasks import Tasks
from tests.clock import FakeClock

WHOLE, PART = b"\x10whole", b"\x11part"


class Camera(Feed):
    """A feed that a test films with."""

    def __init__(self, identity: str, tasks: Tasks) -> None:
        super().__init__(identity, "camera", allowed=lambda _, __: True, lost=lambda _: None, tasks=tasks)
        self.asked = 0

    def ask_for_keyframe(self) -> None:
        self.asked += 1

    def films(self, data: bytes, taken: int) -> None:
        self._took("video", data, taken)


@pytest.fixture
async def cameras() -> AsyncIterator[list[Camera]]:
    tasks = Tasks()
    cameras = [Camera(name, tasks) for name in ("Ola", "Siri")]
    yield cameras
    for camera in cameras:
        await camera.close()
    await tasks.all_ended()


async def waiting(outlet: Outlet) -> list[tuple[bytes, int]]:
    return [(bytes(one), one.pts) for one in [await outlet.recv() for _ in range(outlet._frames.qsize())]]


async def test_a_picture_begins_with_a_whole_frame_which_is_asked_for_until_it_comes(
    cameras: list[Camera],
) -> None:
    outlet = Outlet("video", FakeClock())
    outlet.follow(cameras[0])
    for number in range(3):
        cameras[0].films(PART, 3000 * number)
    assert (await waiting(outlet), cameras[0].asked) == ([], 3)
    cameras[0].films(WHOLE, 9000)
    cameras[0].films(PART, 12000)
    (first, at), (second, later) = await waiting(outlet)
    assert (first, second, later - at, cameras[0].asked) == (WHOLE, PART, 3000, 3)


async def test_the_next_publishers_pictures_go_on_in_time_where_the_last_ones_ended(
    cameras: list[Camera],
) -> None:
    clock = FakeClock()
    outlet = Outlet("video", clock)
    outlet.follow(cameras[0])
    cameras[0].films(WHOLE, 5_000_000)
    ((_, last),) = await waiting(outlet)
    clock.advance(2)
    outlet.follow(cameras[1])
    cameras[0].films(WHOLE, 5_180_000)
    cameras[1].films(WHOLE, 70)
    ((data, taken),) = await waiting(outlet)
    assert (data, taken - last) == (WHOLE, 2 * 90_000)


async def test_a_listener_who_takes_nothing_misses_pictures_and_holds_up_nobody(
    cameras: list[Camera],
) -> None:
    slow, quick = (Outlet("video", FakeClock()) for _ in range(2))
    taken = []
    for outlet in (slow, quick):
        outlet.follow(cameras[0])
    for number in range(2 * MOST_WAITING):
        cameras[0].films(PART if number else WHOLE, 3000 * number)
        taken += await waiting(quick)
    assert len(taken) == 2 * MOST_WAITING
    assert len(await waiting(slow)) == MOST_WAITING
    cameras[0].films(PART, 1_000_000)
    assert await waiting(slow) == []
    cameras[0].films(WHOLE, 1_003_000)
    assert [data for data, _ in await waiting(slow)] == [WHOLE]


async def test_nothing_more_comes_of_a_feed_that_was_shut(cameras: list[Camera]) -> None:
    outlet = Outlet("video", FakeClock())
    outlet.follow(cameras[0])
    cameras[0].shut()
    cameras[0].films(WHOLE, 0)
    assert await waiting(outlet) == []
    assert (cameras[0].passed.total(), cameras[0].refused.total()) == (0, 1)
