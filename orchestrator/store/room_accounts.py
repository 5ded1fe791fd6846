"""How each municipality reaches a product that its rooms are in. Encrypted; never shown again."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from orchestrator.store.pool import Pool
from orchestrator.store.secrets import Vault


class RoomAccounts:
    """Reads and writes them."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool = pool
        self._vault = vault

    async def get(self, organisation_id: UUID, provider: str) -> dict[str, Any] | None:
        """The settings as they were put; None: there are none. Raises WrongKey."""
        kept = await self._pool.fetchval(
            "select settings from room_account where organisation_id = $1 and provider = $2",
            *(organisation_id, provider),
        )
        if kept is None:
            return None
        found: dict[str, Any] = json.loads(self._vault.decrypt(kept))
        return found

    async def put(self, organisation_id: UUID, provider: str, settings: Mapping[str, Any]) -> None:
        """Add them, or put them in the place of those there."""
        await self._pool.execute(
            "insert into room_account (organisation_id, provider, settings) values ($1, $2, $3) "
            "on conflict (organisation_id, provider) do update set settings = excluded.settings",
            *(organisation_id, provider, self._vault.encrypt(json.dumps(settings))),
        )

    async def delete(self, organisation_id: UUID, provider: str) -> None:
        """The product can be reached no more."""
        await self._pool.execute(
            "delete from room_account where organisation_id = $1 and provider = $2",
            *(organisation_id, provider),
        )

    async def all(self) -> list[tuple[UUID, str]]:
        """Which organisations reach which products."""
        rows = await self._pool.fetch("select organisation_id, provider from room_account order by 1, 2")
        return [(row["organisation_id"], row["provider"]) for row in rows]

    async def configured(self, organisation_id: UUID) -> frozenset[str]:
        """Which products there are settings for."""
        rows = await self._pool.fetch(
            "select provider from room_account where organisation_id = $1", organisation_id
        )
        return frozenset(row["provider"] for row in rows)
