"""Who may come in: personal links, the logins they lead to, and tokens for machines.

Times are given by the caller. Whatever ends is told on the channel ``access`` (see ``listener``), so that
open streams end too.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import asyncpg

from orchestrator.domain.roles import Role
from orchestrator.store.pool import Pool
from orchestrator.store.secrets import digest, new_secret

Right = Literal["bodies", "people", "sources", "links"]
"""What a token may read and change without a role in any meeting."""
LOGIN_IDLE = timedelta(days=30)
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Link:
    """A personal way in. ``meeting_id`` null: every meeting of the organisation."""

    id: UUID
    organisation_id: UUID
    meeting_id: UUID | None
    person_id: UUID | None
    roles: frozenset[Role]
    label: str
    reusable: bool
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Login:
    """A logged-in browser. What it may do is what its link says now."""

    id: UUID
    link_id: UUID
    organisation_id: UUID
    meeting_id: UUID | None
    person_id: UUID | None
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Token:
    """A machine's way in, bound to one organisation. ``roles`` say which commands, ``rights`` what else."""

    id: UUID
    organisation_id: UUID
    name: str
    roles: frozenset[Role]
    rights: frozenset[str]


class Access:
    """Makes, recognises and revokes links, logins and tokens. A secret is given out once, kept as a hash."""

    def __init__(self, pool: Pool, login_idle: timedelta = LOGIN_IDLE) -> None:
        """A login that is not used for ``login_idle`` ends."""
        self._pool = pool
        self._login_idle = login_idle

    # Links

    async def create_link(
        self,
        organisation_id: UUID,
        roles: Collection[Role],
        now: datetime,
        *,
        meeting_id: UUID | None = None,
        person_id: UUID | None = None,
        label: str = "",
        reusable: bool = True,
        expires_at: datetime | None = None,
    ) -> tuple[UUID, str]:
        """A new link's id and secret."""
        link_id, secret = uuid4(), new_secret()
        await self._pool.execute(
            "insert into link (id, organisation_id, meeting_id, person_id, roles, label, secret_hash, "
            "reusable, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            *(
                link_id,
                organisation_id,
                meeting_id,
                person_id,
                sorted(roles),
                label,
                digest(secret),
                reusable,
            ),
            *(now, expires_at),
        )
        return link_id, secret

    async def use_link(
        self, organisation_id: UUID, secret: str, now: datetime, *, only: Role | None = None
    ) -> str | None:
        """Log in: a login's secret for the cookie; None if the link does not hold (any more).

        ``only``: nor if it gives any other role than this.
        """
        cookie = new_secret()
        login_id = await self._pool.fetchval(
            "with used as (update link set used_at = $3 where organisation_id = $1 and secret_hash = $2 "
            "and revoked_at is null and (expires_at is null or expires_at > $3) "
            "and (reusable or used_at is null) and ($6::text is null or roles = array[$6]) returning id) "
            "insert into login (id, link_id, secret_hash, created_at, last_seen_at) "
            "select $4, id, $5, $3, $3 from used returning id",
            *(organisation_id, digest(secret), now, uuid4(), digest(cookie), only),
        )
        return cookie if login_id else None

    async def links(self, organisation_id: UUID, meeting_id: UUID | None = None) -> list[Link]:
        """The links of an organisation, or of one meeting, oldest first."""
        return await self._links("($2::uuid is null or meeting_id = $2)", organisation_id, meeting_id)

    async def links_into(self, organisation_id: UUID, meeting_id: UUID) -> list[Link]:
        """The links that lead into a meeting: its own, and those into every meeting; oldest first."""
        return await self._links("(meeting_id is null or meeting_id = $2)", organisation_id, meeting_id)

    async def _links(self, which: str, organisation_id: UUID, meeting_id: UUID | None) -> list[Link]:
        rows = await self._pool.fetch(
            "select id, organisation_id, meeting_id, person_id, roles, label, reusable, created_at, "  # noqa: S608
            "expires_at, used_at, revoked_at from link "
            f"where organisation_id = $1 and {which} order by created_at, id",
            *(organisation_id, meeting_id),
        )
        return [Link(**{**row, "roles": _roles(row)}) for row in rows]

    async def change_roles(
        self, organisation_id: UUID, link_id: UUID, roles: Collection[Role], now: datetime
    ) -> bool:
        """Give a link other roles and end its logins: whoever is on it comes in anew; False: no such link."""
        return await self._end_logins(
            "update link set roles = $4 where organisation_id = $1 and id = $2 and revoked_at is null "
            "returning id",
            *(organisation_id, link_id, now, sorted(roles)),
        )

    async def revoke_link(self, organisation_id: UUID, link_id: UUID, now: datetime) -> bool:
        """End a link and all its logins; False: no such link, or revoked before."""
        return await self._end_logins(
            "update link set revoked_at = $3 where organisation_id = $1 and id = $2 and revoked_at is null "
            "returning id",
            *(organisation_id, link_id, now),
        )

    async def _end_logins(self, changed: str, *values: object) -> bool:
        return (
            await self._pool.fetchval(
                f"with changed as ({changed}), ended as (update login set revoked_at = $3 "  # noqa: S608
                "from changed where link_id = changed.id and login.revoked_at is null) "
                "select pg_notify('access', changed.id::text) is not null from changed",
                *values,
            )
            or False
        )

    # Logins

    async def login_by_cookie(self, organisation_id: UUID, secret: str, now: datetime) -> Login | None:
        """The login this cookie belongs to, unless it or its link ended, or it was not used for too long."""
        row = await self._pool.fetchrow(
            "select login.id, link_id, organisation_id, meeting_id, person_id, roles, last_seen_at "
            "from login join link on link.id = link_id "
            "where login.secret_hash = $2 and organisation_id = $1 and login.revoked_at is null "
            "and link.revoked_at is null and last_seen_at > $3",
            *(organisation_id, digest(secret), now - self._login_idle),
        )
        if row is None:
            return None
        if now - row["last_seen_at"] > _SEEN_EVERY:
            await self._pool.execute("update login set last_seen_at = $2 where id = $1", row["id"], now)
        return _login(row)

    async def holds(self, login_id: UUID, now: datetime) -> bool:
        """Whether a login seen before still holds: asked for open streams after news may have been missed."""
        return (
            await self._pool.fetchval(
                "select exists (select from login join link on link.id = link_id where login.id = $1 "
                "and login.revoked_at is null and link.revoked_at is null and last_seen_at > $2)",
                *(login_id, now - self._login_idle),
            )
            or False
        )

    async def log_out(self, secret: str, now: datetime) -> None:
        """End one login."""
        await self._pool.execute(
            "with ended as (update login set revoked_at = $2 where secret_hash = $1 and revoked_at is null "
            "returning id) select pg_notify('access', id::text) from ended",
            *(digest(secret), now),
        )

    # Tokens

    async def create_token(
        self,
        organisation_id: UUID,
        name: str,
        now: datetime,
        *,
        roles: Collection[Role] = (),
        rights: Collection[Right] = (),
    ) -> tuple[UUID, str]:
        """A new token's id and secret."""
        token_id, secret = uuid4(), new_secret()
        await self._pool.execute(
            "insert into token (id, organisation_id, name, roles, rights, secret_hash, created_at) "
            "values ($1, $2, $3, $4, $5, $6, $7)",
            *(token_id, organisation_id, name, sorted(roles), sorted(rights), digest(secret), now),
        )
        return token_id, secret

    async def token_by_secret(self, organisation_id: UUID, secret: str) -> Token | None:
        """The token with this secret, if it holds here."""
        row = await self._pool.fetchrow(
            "select id, organisation_id, name, roles, rights from token "
            "where secret_hash = $2 and organisation_id = $1 and revoked_at is null",
            *(organisation_id, digest(secret)),
        )
        return Token(**{**row, "roles": _roles(row), "rights": frozenset(row["rights"])}) if row else None

    async def revoke_token(self, organisation_id: UUID, token_id: UUID, now: datetime) -> bool:
        """End a token; False: no such token, or revoked before."""
        return (
            await self._pool.fetchval(
                "with ended as (update token set revoked_at = $3 where organisation_id = $1 and id = $2 "
                "and revoked_at is null returning id) "
                "select pg_notify('access', id::text) is not null from ended",
                *(organisation_id, token_id, now),
            )
            or False
        )


def _roles(row: asyncpg.Record) -> frozenset[Role]:
    return frozenset(Role(role) for role in row["roles"])


def _login(row: asyncpg.Record) -> Login:
    return Login(
        id=row["id"],
        link_id=row["link_id"],
        organisation_id=row["organisation_id"],
        meeting_id=row["meeting_id"],
        person_id=row["person_id"],
        roles=_roles(row),
    )
