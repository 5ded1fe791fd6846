"""The database is killed and restarted under way: what was acknowledged is there, in order, once."""

import asyncio
import os
import signal
from collections.abc import Callable
from uuid import uuid4

from orchestrator.store.embedded import EmbeddedPostgres
from orchestrator.store.events import EventStore, TooLate, VersionConflict
from orchestrator.store.listener import Listener
from orchestrator.store.migrate import migrate
from orchestrator.store.pool import UNAVAILABLE, open_pool
from tests.store.examples import append, note_of


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.005)


async def test_acknowledged_appends_survive_kill_9_of_the_database(lasting_server: EmbeddedPostgres) -> None:
    dsn = await lasting_server.start()
    await migrate(dsn)
    acknowledged: list[list[str]] = [[] for _ in range(4)]
    crashes = 3

    async def write(number: int, stop: asyncio.Event) -> None:
        stream, count = f"session/{number}", 0
        while not stop.is_set():
            note, command_id = f"{number} {count}", uuid4()
            while True:
                try:
                    version = len(acknowledged[number])
                    await append(pool, stream, version, [note], command_id)
                    break
                except (TooLate, VersionConflict):
                    pass  # an append that was not acknowledged is asked for again under the same id
                except UNAVAILABLE:
                    await asyncio.sleep(0.02)
            acknowledged[number].append(note)
            count += 1

    async with open_pool(dsn) as pool:
        stop = asyncio.Event()
        writers = [asyncio.create_task(write(number, stop)) for number in range(4)]
        for _ in range(crashes):
            before = sum(map(len, acknowledged))
            await until(lambda: sum(map(len, acknowledged)) >= before + 40)  # noqa: B023
            assert lasting_server.pid is not None
            os.kill(lasting_server.pid, signal.SIGKILL)
            await until(lambda: lasting_server.pid is None)
            assert await lasting_server.restart_if_dead()
        stop.set()
        async with asyncio.timeout(30):
            await asyncio.gather(*writers)
        for number in range(4):
            stream = await EventStore(pool).read_stream(f"session/{number}")
            assert [note_of(recorded) for recorded in stream] == acknowledged[number]


async def test_listener_and_pool_come_back_after_a_restart(lasting_server: EmbeddedPostgres) -> None:
    dsn = await lasting_server.start()
    await migrate(dsn)
    async with open_pool(dsn) as pool, Listener(dsn) as listener:
        await listener.connected.wait()
        position = (await append(pool, "meeting/a", 0, ["one"]))[0].log_position
        await listener.wait(0)
        waiting = asyncio.create_task(listener.wait(position))
        await lasting_server.stop()
        await asyncio.sleep(0.3)
        assert not listener.connected.is_set()
        assert await lasting_server.start() == dsn
        await asyncio.wait_for(waiting, 6)
        await asyncio.wait_for(listener.connected.wait(), 6)
        waiting = asyncio.create_task(listener.wait(position))
        await asyncio.sleep(0)
        await append(pool, "meeting/a", 1, ["two"])
        await asyncio.wait_for(waiting, 1)
        assert len(await EventStore(pool).read_log(position, 10)) == 1
