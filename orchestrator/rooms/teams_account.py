"""What a municipality gives us so that we may make rooms in its Teams."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

from orchestrator.rooms.provider import RoomTrouble

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class TeamsAccount:
    """An application registered in the municipality's tenant, and the user in whose name it holds meetings.

    The organizer needs an application access policy; nobody needs to log in as them.
    RoomTrouble("not_configured") if something is missing.
    """

    tenant_id: str
    client_id: str
    secret: str = field(repr=False)
    organizer: str
    """The user's object id."""
    base_url: str | None = None
    """Of a fake Graph on this machine, which is asked without credentials."""

    @classmethod
    def of(cls, settings: Mapping[str, Any] | None) -> Self:
        """As it is kept: tenant_id, client_id, secret, organizer."""
        given = settings or {}
        names = ("tenant_id", "client_id", "secret", "organizer")
        needed = {name: str(given.get(name, "")) for name in names}
        return cls(**needed, base_url=given.get("base_url"))

    def __post_init__(self) -> None:
        if not all((self.tenant_id, self.client_id, self.secret, self.organizer)):
            raise RoomTrouble("not_configured", "tenant_id, client_id, secret or organizer", lasting=True)
        if self.base_url and urlsplit(self.base_url).hostname not in LOOPBACK:
            raise RoomTrouble("not_configured", "base_url is for tests on one machine", lasting=True)
