import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import pytest

from orchestrator.store import postmaster, unprivileged
from orchestrator.store.embedded import EmbeddedError, EmbeddedPostgres, embedded_database, programs
from tests.postgres import QUICK

SERVE = """
import asyncio, sys
from pathlib import Path
from orchestrator.store.embedded import embedded_database

async def main():
    async with embedded_database(Path(sys.argv[1]), {"fsync": "off"}) as dsn:
        print(dsn, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


async def ask(dsn: str, question: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def listening(pid: int) -> list[str]:
    """The TCP addresses on which the process listens."""
    sockets = {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return [line[1] for line in lines if f"socket:[{line[9]}]" in sockets]


async def in_another_process(directory: Path) -> tuple[asyncio.subprocess.Process, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVE, str(directory)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    return process, (await process.stdout.readline()).decode().strip()


async def leave(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    assert await process.wait() == 0


async def test_it_starts_stops_and_starts_again_on_the_same_data(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres" / "cluster"
    async with embedded_database(tmp_path / "postgres", QUICK) as first:
        await ask(first, "create table kept as select 7 as number")
        pid = postmaster.running(cluster)
        assert pid is not None
        assert listening(pid) == []
    assert postmaster.running(cluster) is None
    async with embedded_database(tmp_path / "postgres", QUICK) as second:
        assert second == first
        assert await ask(second, "select number from kept") == 7


async def test_nobody_comes_in_without_the_password(tmp_path: Path) -> None:
    async with embedded_database(tmp_path / "postgres", QUICK) as dsn:
        password = (tmp_path / "postgres" / "password").read_text()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(dsn.replace(password, "wrong"), "select 1")
        assert (tmp_path / "postgres" / "password").stat().st_mode & 0o077 == 0


async def test_two_starters_share_one_server_and_the_last_one_stops_it(tmp_path: Path) -> None:
    servers = [EmbeddedPostgres(tmp_path / "postgres", QUICK) for _ in range(2)]
    dsn, same = await asyncio.gather(*(server.start() for server in servers))
    assert dsn == same
    await servers[0].stop()
    assert await ask(dsn, "select 1") == 1
    await servers[1].stop()
    assert servers[0].pid is None


async def test_two_processes_share_one_server(tmp_path: Path) -> None:
    (first, dsn), (second, same) = await asyncio.gather(
        *(in_another_process(tmp_path / "p") for _ in range(2))
    )
    assert dsn == same
    await leave(first)
    assert await ask(dsn, "select 1") == 1
    await leave(second)
    assert postmaster.running(tmp_path / "p" / "cluster") is None


async def test_the_server_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    process, dsn = await in_another_process(tmp_path / "p")
    started = await ask(dsn, "select pg_postmaster_start_time()")
    process.kill()
    await process.wait()
    async with embedded_database(tmp_path / "p", QUICK) as same:
        assert await ask(same, "select pg_postmaster_start_time()") == started
    assert postmaster.running(tmp_path / "p" / "cluster") is None


async def test_a_killed_server_is_started_again(tmp_path: Path) -> None:
    async with embedded_database(tmp_path / "postgres", QUICK) as dsn:
        pid = postmaster.running(tmp_path / "postgres" / "cluster")
        assert pid is not None
        busy = await asyncpg.connect(dsn)  # its process outlives the server for a moment
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(20):
            while True:
                try:
                    assert await ask(dsn, "select 1") == 1
                    break
                except (OSError, asyncpg.PostgresError):
                    await asyncio.sleep(0.05)
        busy.terminate()
        assert postmaster.running(tmp_path / "postgres" / "cluster") not in {None, pid}


async def test_a_killed_server_is_started_again_at_the_next_start(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres", QUICK)
    await server.start()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    await server.stop()
    async with embedded_database(tmp_path / "postgres", QUICK) as dsn:
        assert await ask(dsn, "select 1") == 1


async def test_a_server_that_hangs_is_ended_and_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.store.embedded.TAKE_OVER_TIMEOUT", 1.0)
    monkeypatch.setattr(
        "orchestrator.store.postmaster._PATIENCE", ((signal.SIGINT, 0.2), (signal.SIGKILL, 5.0))
    )
    server = EmbeddedPostgres(tmp_path / "postgres", QUICK)
    await server.start()
    hanging = server.pid
    assert hanging is not None
    os.kill(hanging, signal.SIGSTOP)
    async with embedded_database(tmp_path / "postgres", QUICK) as dsn:
        assert await ask(dsn, "select 1") == 1
        assert server.pid not in {None, hanging}
        await server.stop()


async def test_a_number_left_behind_that_is_another_process_now_is_no_server(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres", QUICK)
    await server.start()
    await server.stop()
    left = f"{os.getpid()}\n{server.cluster}\n1700000000\n5432\n{server.cluster}\n\n1 1\nready\n"
    for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        (server.cluster / name).write_text(left)
    assert server.pid is None
    async with embedded_database(tmp_path / "postgres", QUICK) as dsn:
        assert await ask(dsn, "select 1") == 1


async def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "cluster.new").mkdir(parents=True)
    (tmp_path / "postgres" / "cluster.new" / "PG_VERSION").write_text("18\n")
    (tmp_path / "postgres" / "password").write_text("old")
    async with embedded_database(tmp_path / "postgres", QUICK) as dsn:
        assert await ask(dsn, "select 1") == 1


async def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path: Path) -> None:
    directory = tmp_path / ("long" * 20) / ("path" * 20)
    async with embedded_database(directory, QUICK) as dsn:
        assert await ask(dsn, "select 1") == 1
        assert len(dsn.partition("?host=")[2]) < 100


async def test_a_socket_directory_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    server = EmbeddedPostgres(tmp_path / ("long" * 20) / ("path" * 20), QUICK)
    sockets = server._socket_directory()
    sockets.mkdir()
    os.chown(sockets, 12345, 12345)
    try:
        with pytest.raises(EmbeddedError, match="somebody else"):
            await server.start()
    finally:
        sockets.rmdir()


@pytest.mark.parametrize("settings", [{"shared_buffers": "nonsense"}])
async def test_a_server_that_cannot_start_says_why(tmp_path: Path, settings: Mapping[str, str]) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres", settings)
    with pytest.raises(EmbeddedError, match="shared_buffers"):
        await server.start()


async def test_data_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    (tmp_path / "cluster" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match="PostgreSQL 9"):
        await EmbeddedPostgres(tmp_path).start()


async def test_statements_do_not_reach_the_servers_log(tmp_path: Path) -> None:
    async with embedded_database(tmp_path / "postgres", QUICK) as dsn:
        for statement in ("select 'whispered' from nowhere", "select 'whispered'::int"):
            with pytest.raises(asyncpg.PostgresError):
                await ask(dsn, statement)
        await ask(dsn, "create table one as select 'whispered' as word")
        await ask(dsn, "create unique index on one (word)")
        with pytest.raises(asyncpg.UniqueViolationError):
            await ask(dsn, "insert into one values ('whispered')")
    text = (tmp_path / "postgres" / "cluster" / "server.log").read_text()
    assert "ERROR" in text
    assert text.count("whispered") == 1, "only in the message that names a bad value"


def test_a_closed_directory_is_passed_by_the_narrowest_right() -> None:
    assert unprivileged.reachable(Path("/tmp/anything"))  # noqa: S108
    assert unprivileged.passage() in {None, unprivileged.CAP_DAC_READ_SEARCH, unprivileged.CAP_DAC_OVERRIDE}


async def test_root_is_given_up_for_good(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("we are not root")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "readable").write_text("found\n")
    (closed / "readable").chmod(0o644)
    check = f"id -u; id -G; cat {closed}/readable; echo x > {closed}/written || echo refused"
    for capability, found in ((str(unprivileged.passage()), ["found"]), ("-", [])):
        process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-I",
                unprivileged.__file__,
                "65534",
                "65534",
                capability,
                "/bin/sh",
                "-c",
                check,
            ),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        output, _ = await process.communicate()
        assert output.decode().split() == ["65534", "65534", *found, "refused"]


def test_the_programs_are_there() -> None:
    assert {"initdb", "pg_ctl", "postgres", "pg_dump"} <= {program.name for program in programs().iterdir()}
