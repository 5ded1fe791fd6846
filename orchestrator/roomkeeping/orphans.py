"""Rooms that a product has and nobody here knows of: told to IT, and taken away when IT decides so.

A database that was restored does not know of the rooms made since; but neither does a copy of it, started
elsewhere with the same accounts, know of the rooms that are in use. Nothing here can tell one from the other.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import groupby
from typing import Final, NamedTuple, get_args
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.roomkeeping.keeper import Providers
from orchestrator.rooms.provider import ProviderName, RoomProvider, RoomRef, RoomTrouble
from orchestrator.store.pool import UNAVAILABLE
from orchestrator.store.room_accounts import RoomAccounts
from orchestrator.store.secrets import WrongKey
from orchestrator.store.unknown_rooms import UnknownRoom, UnknownRooms

log = logging.getLogger(__name__)

EVERY: Final = 3600.0
"""Seconds between looks; the first is at start."""
PAUSE: Final = 60.0
"""Seconds after which to see what IT has asked for though nobody told of it."""


class Orphans:
    """Looks for them. What is planned, or was asked for, is the keeper's affair (keeper.py)."""

    def __init__(
        self, *, providers: Providers, accounts: RoomAccounts, unknown: UnknownRooms, clock: Clock
    ) -> None:
        self._providers, self._accounts = providers, accounts
        self._unknown, self._clock = unknown, clock
        self._stirred = asyncio.Event()

    def stir(self) -> None:
        """IT may have asked for something."""
        self._stirred.set()

    async def run(self) -> None:
        """Look until cancelled, and do what IT asks for."""
        swept = float("-inf")
        while True:
            self._stirred.clear()
            try:
                await self.take_away()
                if self._clock.monotonic() - swept >= EVERY:
                    await self.sweep()
                    swept = self._clock.monotonic()
            except UNAVAILABLE as error:
                log.warning("unknown rooms wait for the database: %s", type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE):
                    await self._stirred.wait()

    async def sweep(self) -> None:
        """Note all that are found; of a product that cannot be asked what was found stays noted."""
        for organisation_id, product in await self._accounts.all():
            try:
                there = await self._there(organisation_id, product)
            except (RoomTrouble, WrongKey) as trouble:
                log.warning("unknown rooms in %s cannot be looked for: %s", product, trouble)
                continue
            # Read after the product has answered: what is asked for is written down before it is made.
            found = await self._unknown.note(organisation_id, product, there.refs, self._clock.now())
            for room_id in found:
                log.warning("a room in %s is known to nobody here: %s", product, room_id)

    async def take_away(self) -> None:
        """Close and delete what IT has asked for; what cannot be done is IT's to ask for again."""
        asked = groupby(await self._unknown.asked(), key=lambda one: (one.organisation_id, one.provider))
        for (organisation_id, product), rooms in asked:
            try:
                await self._take_away(await self._there(organisation_id, product), rooms)
            except (RoomTrouble, WrongKey) as trouble:
                code = trouble.code if isinstance(trouble, RoomTrouble) else "not_configured"
                log.warning("unknown rooms in %s cannot be taken away: %s", product, code)
                await self._unknown.fail(organisation_id, product, code)

    async def _take_away(self, there: "_There", rooms: Iterable[UnknownRoom]) -> None:
        for one in rooms:
            ref = there.refs.get(one.room_id)
            # Read just before: it may have become known since, or another process may have done it.
            if not await self._unknown.is_asked(one):
                continue
            if ref is not None:
                log.warning("a room in %s is taken away as IT asked: %s", one.provider, one.room_id)
                await there.provider.close(ref)
                await there.provider.delete(ref)
            await self._unknown.forget(one)

    async def _there(self, organisation_id: UUID, name: str) -> "_There":
        """All that a product has. Raises RoomTrouble, WrongKey."""
        product = next((one for one in get_args(ProviderName) if one == name), None)
        if product is None:
            raise RoomTrouble("not_installed", name, lasting=True)
        provider = await self._providers.of(organisation_id, product)
        return _There(provider, dict(await provider.all_of(organisation_id)))


class _There(NamedTuple):
    provider: RoomProvider
    refs: Mapping[UUID, RoomRef]
