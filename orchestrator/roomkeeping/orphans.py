"""Rooms that a product has and nobody here remembers, after a database was restored, say: taken away."""

import asyncio
import logging
from typing import Final, get_args
from uuid import UUID

from orchestrator.roomkeeping.keeper import Providers
from orchestrator.rooms.provider import ProviderName, RoomProvider, RoomTrouble
from orchestrator.store.pool import UNAVAILABLE
from orchestrator.store.room_accounts import RoomAccounts
from orchestrator.store.rooms import RoomStates
from orchestrator.store.secrets import WrongKey
from orchestrator.store.views import Views

log = logging.getLogger(__name__)

EVERY: Final = 3600.0
"""Seconds between looks; the first is at start."""


class Orphans:
    """Looks for them. What is planned, or was asked for, is the keeper's affair (keeper.py)."""

    def __init__(
        self, *, providers: Providers, accounts: RoomAccounts, views: Views, rooms: RoomStates
    ) -> None:
        self._providers, self._accounts = providers, accounts
        self._views, self._rooms = views, rooms

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.sweep()
            except UNAVAILABLE as error:
                log.warning("orphaned rooms wait for the database: %s", type(error).__name__)
            await asyncio.sleep(EVERY)

    async def sweep(self) -> None:
        """Take away all that are found; a product that cannot be asked is asked next time."""
        for organisation_id, name in await self._accounts.all():
            product = next((one for one in get_args(ProviderName) if one == name), None)
            if product is None:
                continue
            try:
                await self._of(organisation_id, await self._providers.of(organisation_id, product))
            except (RoomTrouble, WrongKey) as trouble:
                log.warning("orphaned rooms in %s cannot be looked for: %s", product, trouble)

    async def _of(self, organisation_id: UUID, provider: RoomProvider) -> None:
        for room_id, ref in await provider.all_of(organisation_id):
            # Read after the product has answered: what is asked for is written down before it is made.
            if await self._views.room(room_id) or await self._rooms.standing(room_id):
                continue
            log.warning("a room in %s is known to nobody here and is taken away: %s", provider.name, room_id)
            await provider.close(ref)
            await provider.delete(ref)
