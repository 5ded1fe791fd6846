"""Which products each organisation's rooms may be in, and the one connection to each."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.rooms.link import LinkRooms
from orchestrator.rooms.livekit import LivekitRooms
from orchestrator.rooms.livekit_account import LivekitAccount
from orchestrator.rooms.provider import ProviderName, RoomProvider, RoomTrouble
from orchestrator.rooms.teams import TeamsRooms
from orchestrator.rooms.teams_account import TeamsAccount

AccountOf = Callable[[UUID, str], Awaitable[Mapping[str, Any] | None]]
"""The settings by which an organisation reaches a product."""
Maker = Callable[[UUID], Awaitable[RoomProvider]]
"""Connects to a product for one organisation. Raises RoomTrouble: not_configured, not_installed."""


def makers(account: AccountOf, clock: Clock) -> Mapping[ProviderName, Maker]:
    """The products that this program knows, each connected to when it is first asked for."""

    async def livekit(organisation_id: UUID) -> RoomProvider:
        return LivekitRooms(LivekitAccount.of(await account(organisation_id, "livekit")), clock)

    async def teams(organisation_id: UUID) -> RoomProvider:
        return TeamsRooms(TeamsAccount.of(await account(organisation_id, "teams")))

    return {"livekit": livekit, "teams": teams}


class RoomProviders:
    """Made when first asked for; let go of all at once."""

    def __init__(self, makers: Mapping[ProviderName, Maker]) -> None:
        self._makers = makers
        self._link = LinkRooms()
        self._made: dict[tuple[UUID, ProviderName], RoomProvider] = {}

    async def of(self, organisation_id: UUID, product: ProviderName) -> RoomProvider:
        """The product as this organisation reaches it. Raises RoomTrouble."""
        if product == "link":
            return self._link
        maker = self._makers.get(product)
        if maker is None:
            raise RoomTrouble("not_installed", product, lasting=True)
        key = (organisation_id, product)
        if key not in self._made:
            self._made[key] = await maker(organisation_id)
        return self._made[key]

    def forget(self, organisation_id: UUID, product: ProviderName) -> RoomProvider | None:
        """Connect anew next time: its account was changed. What is given back is to be closed."""
        return self._made.pop((organisation_id, product), None)

    async def aclose(self) -> None:
        """Let go of every connection."""
        for provider in set(self._made.values()):
            await provider.aclose()
        self._made.clear()
