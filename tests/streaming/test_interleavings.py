"""Whatever happens in whatever order, no fragment from a shut moment is ever public, and history is legal."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.streaming.legality import check_history, check_version
from tests.streaming.world import World

MEMORY = Path("/dev/shm")  # noqa: S108 (there syncing costs nothing)
Act = Callable[[World], Awaitable[None]]


def run(halves: int) -> Act:
    async def act(world: World) -> None:
        await world.run(halves / 2)

    act.__qualname__ = f"run({halves})"
    return act


def turn(session: int, what: str, ago: float) -> Act:
    async def act(world: World) -> None:
        world.sessions[session % len(world.sessions)].turn(what, ago)

    act.__qualname__ = f"turn({session}, {what}, {ago})"
    return act


async def log_goes(world: World) -> None:
    world.log_answers = False


async def log_comes(world: World) -> None:
    world.log_answers = True


async def kill(world: World) -> None:
    world.kill()


async def encoder_goes(world: World) -> None:
    world.encoder = None
    await world.desk.lost()


async def encoder_comes(world: World) -> None:
    world.reconnect("other" if world.connection % 2 else "camera")


async def arrive_without_a_step(world: World) -> None:
    await world.tick(step=False)
    await world.tick()


async def old_read(world: World) -> None:
    """A read that began before the last events, and answers after time has passed."""
    uses = world.desk._settled
    await world.tick()
    if uses is not None:
        world.desk.learn(uses)


turns = st.builds(
    turn,
    st.integers(0, 1),
    st.sampled_from(["open", "open", "close", "reopen", "reopen", "adjourn"]),
    st.sampled_from([0.0, 0.3, 0.9]),
)
acts = st.one_of(
    st.integers(1, 40).map(run),
    turns,
    turns,
    st.sampled_from(
        [log_goes, log_comes, kill, encoder_goes, encoder_comes, arrive_without_a_step, old_read]
    ),
)


def inside(start: datetime, end: datetime, world: World) -> bool:
    uses = [session.use() for session in world.sessions]
    users = [use for use in uses if use.uses(start, end)]
    return bool(users) and all(any(each.contains(start, end) for each in use.public) for use in users)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    script=st.lists(acts, min_size=3, max_size=25),
    sessions=st.integers(1, 2),
    spread=st.sampled_from([0.0, 0.7, 5.0]),
    delay=st.sampled_from([0.0, 3.0]),
    gop=st.sampled_from([1, 4, 7, 20]),
)
def test_nothing_from_a_shut_moment_is_ever_public(
    script: list[Act], sessions: int, spread: float, delay: float, gop: int
) -> None:
    async def play(data: Path) -> World:
        world = World(data, sessions=sessions, spread=spread, delay=delay, gop=gop)
        world.session.turn("open")
        for act in script:
            await act(world)
        await log_comes(world)
        await world.run(20)
        return world

    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as data:
        world = asyncio.run(play(Path(data)))
        around = timedelta(seconds=spread)
        for start, end in world.public_media().values():
            assert inside(start - around, end + around, world)
        assert not [path for path in world.purged if path.endswith(".m4s")]
        for playlists in world.history.values():
            for name, history in playlists.items():
                if name == "recording.m3u8":
                    check_version(history[-1][1])
                else:
                    check_history(history)
