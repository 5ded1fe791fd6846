"""Bring the database's tables up to date: numbered .sql files, applied once each, never edited afterwards."""

import hashlib
from importlib import resources

import asyncpg

from orchestrator.store.pool import Connection, Pool

_LOCK = 0x6D696772617465  # "migrate"


class MigrationError(Exception):
    """The database does not fit this program; says why, in words."""


def migrations() -> dict[str, str]:
    """The text of every migration by its name, in order."""
    files = (
        file for file in resources.files(f"{__package__}.migrations").iterdir() if file.name.endswith(".sql")
    )
    return {
        file.name.removesuffix(".sql"): file.read_text("utf-8")
        for file in sorted(files, key=lambda f: f.name)
    }


async def migrate(dsn: str, known: dict[str, str] | None = None) -> list[str]:
    """Apply what is pending and return its names. Several at once take turns. Raises MigrationError."""
    known = migrations() if known is None else known
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        await connection.execute(
            "create table if not exists migration "
            "(name text primary key, digest text not null, applied_at timestamptz not null default now())"
        )
        names = await _pending(connection, known)
        for name in names:
            async with connection.transaction():
                await connection.execute(known[name])
                await connection.execute(
                    "insert into migration (name, digest) values ($1, $2)", name, _digest(known[name])
                )
        return names
    finally:
        await connection.close()


async def pending(pool: Pool) -> list[str]:
    """The names of the migrations this database still lacks. Raises MigrationError."""
    async with pool.acquire() as connection:
        if await connection.fetchval("select to_regclass('migration')") is None:
            return list(migrations())
        return await _pending(connection, migrations())


async def _pending(connection: Connection, known: dict[str, str]) -> list[str]:
    applied = {
        row["name"]: row["digest"] for row in await connection.fetch("select name, digest from migration")
    }
    if newer := sorted(applied.keys() - known.keys()):
        raise MigrationError(
            f"the database was made by a newer version of the program: it has {', '.join(newer)}"
        )
    if edited := [name for name, text in known.items() if applied.get(name, _digest(text)) != _digest(text)]:
        raise MigrationError(
            f"edited after it was applied: {', '.join(edited)}; write a new migration instead"
        )
    return [name for name in known if name not in applied]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
