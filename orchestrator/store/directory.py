"""Municipalities, and the bodies, people and sources of each. Another municipality's are not found."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import SecretStr

from orchestrator.store.pool import Pool
from orchestrator.store.records import Body, Contact, Organisation, Person, Source
from orchestrator.store.secrets import Vault


class NotFound(LookupError):
    """There is no such thing in this organisation."""


class Taken(Exception):
    """Another one already has this value; ``field`` says of what."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is taken")
        self.field = field


class Directory:
    """Reads and writes what belongs to an organisation. Lists are in Norwegian alphabetical order."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool = pool
        self._vault = vault

    # Organisations

    async def organisation(self, organisation_id: UUID) -> Organisation | None:
        """The organisation with this id."""
        row = await self._pool.fetchrow(f"{_ORGANISATION} where id = $1", organisation_id)
        return Organisation(**row) if row else None

    async def organisation_by_host(self, host: str) -> Organisation | None:
        """The one this host name (with or without a port) belongs to; else the only one, if there is one."""
        row = await self._pool.fetchrow(
            f"{_ORGANISATION} join organisation_host on organisation_id = id where host = $1",
            _host_name(host),
        )
        if row is not None:
            return Organisation(**row)
        rows = await self._pool.fetch(f"{_ORGANISATION} limit 2")
        return Organisation(**rows[0]) if len(rows) == 1 else None

    async def organisations(self) -> list[Organisation]:
        """All of them."""
        rows = await self._pool.fetch(_ORGANISATION)
        return sorted((Organisation(**row) for row in rows), key=lambda one: alphabetical(one.name))

    async def put_organisation(self, one: Organisation) -> None:
        """Add it, or change the one with its id. Raises Taken (slug, hosts)."""
        async with self._pool.acquire() as connection, connection.transaction():
            try:
                await connection.execute(
                    "insert into organisation "
                    "(id, name, slug, language, colour, logo_url, welcome, keep_unpublished, "
                    "statistics_public, chat_days, recording_days) "
                    "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
                    "on conflict (id) do update set "
                    "(name, slug, language, colour, logo_url, welcome, keep_unpublished, statistics_public, "
                    "chat_days, recording_days) = (excluded.name, excluded.slug, excluded.language, "
                    "excluded.colour, excluded.logo_url, excluded.welcome, excluded.keep_unpublished, "
                    "excluded.statistics_public, excluded.chat_days, excluded.recording_days)",
                    *(one.id, one.name, one.slug, one.language, one.colour, one.logo_url, one.welcome),
                    *(one.keep_unpublished, one.statistics_public, one.chat_days, one.recording_days),
                )
                await connection.execute("delete from organisation_host where organisation_id = $1", one.id)
                await connection.executemany(
                    "insert into organisation_host (host, organisation_id) values ($1, $2)",
                    [(_host_name(host), one.id) for host in one.hosts],
                )
            except asyncpg.UniqueViolationError as error:
                raise _taken(error) from error

    # Bodies

    async def body(self, organisation_id: UUID, body_id: UUID) -> Body | None:
        """The body with this id."""
        row = await self._pool.fetchrow(
            "select * from body where organisation_id = $1 and id = $2", organisation_id, body_id
        )
        return Body(**row) if row else None

    async def bodies(self, organisation_id: UUID) -> list[Body]:
        """All bodies."""
        rows = await self._pool.fetch("select * from body where organisation_id = $1", organisation_id)
        return sorted((Body(**row) for row in rows), key=lambda body: alphabetical(body.name))

    async def put_body(self, body: Body) -> None:
        """Add it, or change the one with its id. Raises Taken (slug), NotFound."""
        await self._put(
            "insert into body (id, organisation_id, name, slug, recording_public, language, rules) "
            "values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do update set "
            "(name, slug, recording_public, language, rules) = (excluded.name, excluded.slug, "
            "excluded.recording_public, excluded.language, excluded.rules) "
            "where body.organisation_id = excluded.organisation_id returning id",
            *(body.id, body.organisation_id, body.name, body.slug, body.recording_public, body.language),
            body.rules and body.rules.model_dump(mode="json"),
        )

    async def delete_body(self, organisation_id: UUID, body_id: UUID) -> None:
        """Remove a body; meetings that name it keep its id. Raises NotFound."""
        await self._put(
            "delete from body where organisation_id = $1 and id = $2 returning id", organisation_id, body_id
        )

    # People

    async def person(self, organisation_id: UUID, person_id: UUID) -> Person | None:
        """The person with this id."""
        return (await self.people(organisation_id, [person_id])).get(person_id)

    async def people(self, organisation_id: UUID, ids: Collection[UUID] | None = None) -> dict[UUID, Person]:
        """People by id: all, or those among ``ids`` who exist here."""
        rows = await self._pool.fetch(
            "select id, organisation_id, name, group_name, group_short, title, gender, help_phone "
            "from person "
            "where organisation_id = $1 and ($2::uuid[] is null or id = any($2))",
            *(organisation_id, None if ids is None else list(ids)),
        )
        found = sorted((Person(**row) for row in rows), key=lambda person: alphabetical(person.name))
        return {person.id: person for person in found}

    async def contact(self, organisation_id: UUID, person_id: UUID) -> Contact | None:
        """How to reach a person; never for the public."""
        return (await self.contacts(organisation_id, [person_id])).get(person_id)

    async def contacts(self, organisation_id: UUID, ids: Collection[UUID]) -> dict[UUID, Contact]:
        """How to reach those among ``ids`` who exist here, likewise."""
        rows = await self._pool.fetch(
            "select id, email, phone from person where organisation_id = $1 and id = any($2)",
            *(organisation_id, list(ids)),
        )
        return {row["id"]: Contact(email=row["email"], phone=row["phone"]) for row in rows}

    async def put_person(self, person: Person, contact: Contact | None = None) -> None:
        """Add a person, or change the one with this id; no ``contact`` leaves that alone. Raises NotFound."""
        await self._put(
            "insert into person "
            "(id, organisation_id, name, group_name, group_short, title, email, phone, gender, help_phone) "
            "values ($1, $2, $3, $4, $5, $6, coalesce($7, ''), coalesce($8, ''), $9, $10) on conflict (id) "
            "do update set (name, group_name, group_short, title, email, phone, gender, help_phone) = "
            "(excluded.name, excluded.group_name, excluded.group_short, excluded.title, "
            "coalesce($7, person.email), coalesce($8, person.phone), excluded.gender, excluded.help_phone) "
            "where person.organisation_id = excluded.organisation_id returning id",
            *(person.id, person.organisation_id, person.name, person.group_name, person.group_short),
            *(
                person.title,
                contact and contact.email,
                contact and contact.phone,
                person.gender,
                person.help_phone,
            ),
        )

    async def delete_person(self, organisation_id: UUID, person_id: UUID) -> None:
        """Erase a person; what they did stays in the log under an id that names nobody. Raises NotFound."""
        await self._put(
            "delete from person where organisation_id = $1 and id = $2 returning id",
            organisation_id,
            person_id,
        )

    # Sources

    async def source(self, organisation_id: UUID, source_id: UUID) -> Source | None:
        """The source with this id."""
        row = await self._pool.fetchrow(
            "select * from source where organisation_id = $1 and id = $2", organisation_id, source_id
        )
        return self._source(row) if row else None

    async def sources(self, organisation_id: UUID) -> list[Source]:
        """All sources of an organisation."""
        return [source for source in await self.all_sources() if source.organisation_id == organisation_id]

    async def all_sources(self) -> list[Source]:
        """Every source of the installation, for what receives them. Raises WrongKey."""
        rows = await self._pool.fetch("select * from source")
        return sorted((self._source(row) for row in rows), key=lambda source: alphabetical(source.name))

    async def put_source(self, source: Source) -> None:
        """Add it, or change the one with its id. Raises Taken (slug, port), NotFound."""
        passphrase = source.passphrase and self._vault.encrypt(source.passphrase.get_secret_value())
        await self._put(
            "insert into source "
            "(id, organisation_id, name, slug, kind, port, passphrase, url, delay_ms, spread_ms) "
            "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do update set "
            "(name, slug, kind, port, passphrase, url, delay_ms, spread_ms) = (excluded.name, excluded.slug, "
            "excluded.kind, excluded.port, excluded.passphrase, excluded.url, excluded.delay_ms, "
            "excluded.spread_ms) where source.organisation_id = excluded.organisation_id returning id",
            *(
                source.id,
                source.organisation_id,
                source.name,
                source.slug,
                source.kind,
                source.port,
                passphrase,
            ),
            *(source.url and self._vault.encrypt(source.url), source.delay_ms, source.spread_ms),
        )

    async def delete_source(self, organisation_id: UUID, source_id: UUID) -> None:
        """Remove a source; nothing can come in through it any more. Raises NotFound."""
        await self._put(
            "delete from source where organisation_id = $1 and id = $2 returning id",
            organisation_id,
            source_id,
        )

    def _source(self, row: asyncpg.Record) -> Source:
        values: dict[str, Any] = dict(row)
        passphrase, url = values.pop("passphrase"), values.pop("url")
        return Source(
            **values,
            passphrase=passphrase and SecretStr(self._vault.decrypt(passphrase)),
            url=url and self._vault.decrypt(url),
        )

    async def _put(self, statement: str, *values: object) -> None:
        try:
            if await self._pool.fetchval(statement, *values) is None:
                raise NotFound
        except asyncpg.UniqueViolationError as error:
            raise _taken(error) from error


_ORGANISATION = (
    "select organisation.*, "
    "array(select host from organisation_host where organisation_id = id order by host) as hosts "
    "from organisation"
)


def alphabetical(name: str) -> str:
    """A key that sorts as Norwegian does: æ, ø and å last, in that order."""
    return name.casefold().translate(_ORDER)


_ORDER = str.maketrans({"æ": "{a", "ä": "{a", "ø": "{b", "ö": "{b", "å": "{c", "é": "e", "ü": "y"})


def _taken(error: asyncpg.UniqueViolationError) -> Taken:
    """Unique constraints are named after table and field; ``<table>_pkey`` is the id."""
    constraint = error.constraint_name or ""
    return Taken(constraint.rpartition("_")[2].replace("pkey", "id"))


def _host_name(host: str) -> str:
    """The name alone, in lower case: ``Moter.Example.no:8080`` is ``moter.example.no``."""
    host = host.strip().lower()
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0].rstrip(".")
