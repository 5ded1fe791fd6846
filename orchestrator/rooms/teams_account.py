"""What a municipality gives us so that we may make rooms in its Teams."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from orchestrator.rooms.provider import RoomTrouble


@dataclass(frozen=True, slots=True)
class TeamsAccount:
    """An application registered in the municipality's tenant, and the user in whose name it holds meetings.

    The organizer needs an application access policy; nobody needs to log in as them.
    """

    organisation_id: UUID
    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)
    organizer: str
    """The user's object id."""
    base_url: str | None = None
    """Of a fake Graph on this machine, which is asked without credentials."""

    @classmethod
    def of(cls, organisation_id: UUID, settings: Mapping[str, Any] | None) -> Self:
        """As it is kept, by the fields' names. RoomTrouble("not_configured") if something is missing."""
        given = settings or {}
        if missing := [name for name in _NEEDED if not given.get(name)]:
            raise RoomTrouble("not_configured", f"Teams needs {', '.join(missing)}", lasting=True)
        tenant, client, secret, organizer = (str(given[name]) for name in _NEEDED)
        return cls(organisation_id, tenant, client, secret, organizer, given.get("base_url"))


_NEEDED = ("tenant_id", "client_id", "client_secret", "organizer")
