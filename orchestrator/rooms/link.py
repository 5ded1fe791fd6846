"""Any other product, by a URL that somebody has made there. Nothing in it is ours to set or to read back."""

from urllib.parse import urlsplit
from uuid import UUID

from orchestrator.rooms.provider import (
    CAPABILITIES,
    Guest,
    Join,
    Present,
    ProviderName,
    RoomRef,
    RoomSpec,
    RoomTrouble,
)


class LinkRooms:
    """Rooms elsewhere. Observers are never given the link: nothing would keep them from speaking."""

    name: ProviderName = "link"
    can = CAPABILITIES["link"]

    async def create(self, spec: RoomSpec, known: RoomRef | None) -> RoomRef:
        """The link as planned; only https leads anybody anywhere."""
        url = spec.url or ""
        if urlsplit(url).scheme != "https" or not urlsplit(url).hostname:
            raise RoomTrouble("not_configured", "the room's address must begin with https://", lasting=True)
        return RoomRef("link", spec.organisation_id, str(spec.room_id), url)

    async def apply(self, ref: RoomRef, spec: RoomSpec) -> None:
        """Nothing can be set from here."""

    async def verify(self, ref: RoomRef, spec: RoomSpec) -> tuple[str, ...]:
        """Only that the link is the planned one."""
        return () if ref.join_url == spec.url else ("url",)

    async def join(self, ref: RoomRef, spec: RoomSpec, guest: Guest) -> Join:
        """The link, for those who may speak in the meeting."""
        if guest.role == "observer" or not spec.may_be_in(guest.identity, guest.role) or not ref.join_url:
            raise RoomTrouble("not_allowed_in")
        return Join(ref.join_url)

    async def present(self, ref: RoomRef) -> tuple[Present, ...]:
        """It does not tell."""
        return ()

    async def close(self, ref: RoomRef) -> None:
        """Our pages show the link no longer."""

    async def delete(self, ref: RoomRef) -> None:
        """It was never ours."""

    async def all_of(self, organisation_id: UUID) -> tuple[tuple[UUID, RoomRef], ...]:
        """None of them were made by us."""
        return ()

    async def aclose(self) -> None:
        """Nothing is held."""
