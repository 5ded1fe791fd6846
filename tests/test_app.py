import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from pydantic import SecretStr

from orchestrator.app import CannotListenError, service, until
from orchestrator.settings import PREFIX, Settings
from orchestrator.side_tasks import SideTaskEnded, SideTasks
from orchestrator.store.migrate import MigrationError, migrations
from orchestrator.store.pool import Pool, open_pool
from orchestrator.store.secrets import new_key
from tests.clock import FakeClock
from tests.postgres import Database
from tests.town import KEY, Node, Town, founded


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    return Settings(
        dsn=SecretStr(database.dsn),
        secret_key=SecretStr(new_key()),
        data_dir=tmp_path / "data",
        port=0,
        min_free_bytes=0,
        srt_host="127.0.0.1",
    )


async def test_the_service_starts_answers_and_stops(settings: Settings) -> None:
    before = asyncio.all_tasks()
    async with service(settings) as running:
        base = f"http://127.0.0.1:{running.port}"
        async with aiohttp.ClientSession() as client:
            async with client.get(f"{base}/healthz") as answer:
                assert answer.status == 200
            async with client.get(f"{base}/readyz") as answer:
                assert answer.status == 200
    assert asyncio.all_tasks() - before == set()


async def test_an_outdated_schema_is_refused(settings: Settings, pool: Pool) -> None:
    await pool.execute("delete from migration where name = $1", list(migrations())[-1])
    with pytest.raises(MigrationError, match="orchestrator migrate"):
        async with service(settings):
            pass


async def test_a_port_that_another_has_is_said_in_words(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = settings.model_copy(update={"port": other.getsockname()[1]})
        with pytest.raises(CannotListenError, match=r"the web server cannot listen on .*in use"):
            async with service(taken):
                pass


async def test_a_node_without_the_web_listens_nowhere(settings: Settings) -> None:
    async with service(settings, "media") as running:
        assert running.port == 0


async def test_a_scheduler_opens_what_is_to_begin_by_itself(settings: Settings, pool: Pool) -> None:
    async with service(settings, "scheduler") as running:
        town = await founded(Node(pool))
        session_id = await town.plans_session(await town.plans_meeting(), by_itself=True)
        async with asyncio.timeout(20):
            while not (await town.node.commands.session(town.organisation_id, session_id)).parts:
                await asyncio.sleep(0.05)
        assert running.port == 0
    recorded = await town.node.events.read_stream(f"session/{session_id}")
    assert [one.event.type for one in recorded if one.actor == "schedule"] == ["session_opened"]


async def test_readiness_tells_what_is_wrong(settings: Settings, pool: Pool) -> None:
    async with service(settings, "scheduler") as running:
        readiness = running.services.readiness
        assert (await readiness()).ready
        await pool.execute("delete from migration where name = $1", list(migrations())[-1])
        assert "schema" in (await readiness()).problems


async def test_when_a_side_task_dies_the_service_stops_with_its_error() -> None:
    async def dies() -> None:
        await asyncio.sleep(0)
        raise ValueError("av en grunn")

    before = asyncio.all_tasks()

    async def serves() -> None:
        async with SideTasks() as side_tasks:
            side_tasks.start("one that lives", asyncio.Event().wait())
            side_tasks.start("the one that dies", dies())
            await until(asyncio.Event(), side_tasks)

    with pytest.raises(SideTaskEnded, match=r"the one that dies.*av en grunn"):
        await serves()
    assert asyncio.all_tasks() - before == set()


async def test_a_service_that_is_asked_to_stop_does() -> None:
    asked = asyncio.Event()
    asked.set()
    async with SideTasks() as side_tasks:
        side_tasks.start("one that lives", asyncio.Event().wait())
        await until(asked, side_tasks)


async def test_a_source_runs_from_when_it_is_added_until_it_is_removed(settings: Settings) -> None:
    settings = settings.model_copy(update={"secret_key": SecretStr(KEY)})
    async with service(settings, "media") as running:
        town = await founded(Node(running.services.pool))
        sources, directory = running.services.sources, town.node.directory
        sources.look()
        await _becomes(lambda: sources.reception(town.source_id) is not None)
        reception = sources.reception(town.source_id)
        assert reception is not None
        assert reception.source.state == "waiting"
        assert sources.preview(town.source_id) is None
        before = sources._running[town.source_id]
        source = await directory.source(town.organisation_id, town.source_id)
        assert source is not None
        await directory.put_source(source.model_copy(update={"spread_ms": 700}))
        sources.look()
        await _becomes(lambda: sources._running[town.source_id] is not before)
        after = sources._running[town.source_id]
        assert after.desk is before.desk, "media that waits to be judged is not lost"
        assert after.desk.spread == 0.7
        await directory.delete_source(town.organisation_id, town.source_id)
        sources.look()
        await _becomes(lambda: sources.reception(town.source_id) is None)


async def test_no_picture_is_seen_behind_closed_doors_or_while_nothing_is_known(settings: Settings) -> None:
    settings = settings.model_copy(update={"secret_key": SecretStr(KEY)})
    async with service(settings, "media") as running:
        town = await founded(Node(running.services.pool))
        sources = running.services.sources
        sources.look()
        await _becomes(lambda: sources.reception(town.source_id) is not None)
        preview = sources._running[town.source_id].ingest._preview
        seen: list[bool] = [preview._allowed]
        session_id, item_id = await town.debates()
        await sources._read(town.source_id)
        seen.append(preview._allowed)
        await _close_doors(town, session_id, item_id)
        await sources._read(town.source_id)
        seen.append(preview._allowed)
        await town.says(session_id, "open_doors", closing_id=session_id)
        await sources._read(town.source_id)
        seen.append(preview._allowed)
        # What arrives first after the doors were opened was taken before: not until the spread (5 s) is over.
        opened = sources._uses.doors_opened_at(town.source_id)
        assert opened is not None
        sources._clock = FakeClock(opened + timedelta(seconds=4.9))
        await sources._read(town.source_id)
        seen.append(preview._allowed)
        sources._clock = FakeClock(opened + timedelta(seconds=5))
        await sources._read(town.source_id)
        seen.append(preview._allowed)
        assert seen == [False, True, False, False, False, True]


async def _close_doors(town: Town, session_id: UUID, item_id: UUID) -> None:
    closing: dict[str, Any] = {"closing_id": session_id}
    await town.says(
        session_id,
        "propose_closing",
        **closing,
        item_ids=[item_id],
        legal_basis={"section": "kommuneloven § 11-5", "paragraph": "2", "letter": "a"},
    )
    await town.says(session_id, "record_closing_vote", **closing, unanimous=True)
    await town.says(session_id, "close_doors", **closing)


async def _becomes(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.02)


# Processes of their own

PLANS_UNTIL_KILLED = """
import asyncio, sys
from typing import Any
from uuid import UUID
from orchestrator.store.pool import open_pool
from tests.town import Node, Town

async def main(dsn, organisation_id, body_id):
    async with open_pool(dsn) as pool:
        town = Town(Node(pool), UUID(organisation_id), UUID(body_id))
        for number in range(10_000):
            print(await town.plans_meeting(f"mote-{number}"), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_what_was_acknowledged_survives_a_killed_process(database: Database, pool: Pool) -> None:
    town = await founded(Node(pool))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PLANS_UNTIL_KILLED, database.dsn),
        *(str(town.organisation_id), str(town.body_id)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    acknowledged = [UUID((await process.stdout.readline()).decode().strip()) for _ in range(5)]
    process.kill()
    acknowledged += [UUID(line) for line in (await process.stdout.read()).decode().split()]
    await process.wait()
    node = Node(pool)
    await node.projector.catch_up()
    for meeting_id in acknowledged:
        state = await node.commands.meeting(town.organisation_id, meeting_id)
        row = await node.views.meeting(town.organisation_id, meeting_id)
        assert state.status == "published"
        assert row is not None
        assert row.version == state.version == 2
    versions = [
        (recorded.stream, recorded.version) for recorded in await node.events.read_log(0, limit=100_000)
    ]
    assert len(versions) == len(set(versions))


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """The service as a process, once it says that it is ready."""
    assert settings.dsn is not None
    assert settings.secret_key is not None
    environment = {
        **os.environ,
        f"{PREFIX}DSN": settings.dsn.get_secret_value(),
        f"{PREFIX}SECRET_KEY": settings.secret_key.get_secret_value(),
        f"{PREFIX}DATA_DIR": str(settings.data_dir),
        f"{PREFIX}PORT": "0",
        f"{PREFIX}MIN_FREE_BYTES": "0",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "orchestrator", "serve"), env=environment, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(60):
            while (line := await process.stderr.readline()) and b'"ready"' not in line:
                pass
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_asked_to_stop_the_process_ends_well(settings: Settings) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        async with served(settings) as process:
            process.send_signal(number)
            assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_a_killed_service_starts_again_on_what_it_left(settings: Settings, database: Database) -> None:
    async with served(settings) as process:
        process.kill()
    async with open_pool(database.dsn) as pool:
        await (await founded(Node(pool))).plans_meeting("etterpa")
    async with served(settings) as process:
        assert process.returncode is None
