"""Which products each organisation's rooms may be in, and the one connection to each."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.rooms.link import LinkRooms
from orchestrator.rooms.livekit import LivekitRooms
from orchestrator.rooms.livekit_account import LivekitAccount
from orchestrator.rooms.provider import ProviderName, RoomProvider, RoomTrouble
from orchestrator.rooms.teams import TeamsRooms
from orchestrator.rooms.teams_account import TeamsAccount
from orchestrator.settings import Settings

if TYPE_CHECKING:
    from orchestrator.rooms.embedded.provider import EmbeddedRooms

SOCKET: Final = "/rom"
"""The address at which pages converse with the rooms of this process."""
AccountOf = Callable[[UUID, str], Awaitable[Mapping[str, Any] | None]]
"""The settings by which an organisation reaches a product."""
Maker = Callable[[UUID], Awaitable[RoomProvider]]
"""Connects to a product for one organisation. Raises RoomTrouble: not_configured, not_installed."""


def makers(
    account: AccountOf, clock: Clock, inside: RoomProvider | None = None
) -> Mapping[ProviderName, Maker]:
    """The products that this program knows, each connected to when it is first asked for.

    ``inside``: the rooms of this process, if it has any.
    """

    async def livekit(organisation_id: UUID) -> RoomProvider:
        return LivekitRooms(LivekitAccount.of(await account(organisation_id, "livekit")), clock)

    async def teams(organisation_id: UUID) -> RoomProvider:
        return TeamsRooms(TeamsAccount.of(await account(organisation_id, "teams")))

    async def embedded(_: UUID) -> RoomProvider:
        if inside is None:
            raise RoomTrouble("not_installed", "embedded rooms", lasting=True)
        return inside

    return {"livekit": livekit, "teams": teams, "embedded": embedded}


def embedded_rooms(settings: Settings, clock: Clock, key: bytes) -> "EmbeddedRooms | None":
    """The rooms of this process; None where what they need is not installed (the extra «demo»)."""
    try:
        from orchestrator.rooms.embedded.provider import EmbeddedRooms  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    here = settings.room_addresses or (() if settings.base_url else ("127.0.0.1",))
    return EmbeddedRooms(clock, key, socket=SOCKET, addresses=here)


class RoomProviders:
    """Made when first asked for; let go of all at once."""

    def __init__(self, makers: Mapping[ProviderName, Maker]) -> None:
        self._makers = makers
        self._link = LinkRooms()
        self._making = asyncio.Lock()
        self._made: dict[tuple[UUID, ProviderName], RoomProvider] = {}

    async def of(self, organisation_id: UUID, product: ProviderName) -> RoomProvider:
        """The product as this organisation reaches it. Raises RoomTrouble."""
        if product == "link":
            return self._link
        maker = self._makers.get(product)
        if maker is None:
            raise RoomTrouble("not_installed", product, lasting=True)
        key = (organisation_id, product)
        async with self._making:
            if key not in self._made:
                self._made[key] = await maker(organisation_id)
        return self._made[key]

    async def aclose(self) -> None:
        """Let go of every connection."""
        for provider in set(self._made.values()):
            await provider.aclose()
        self._made.clear()
