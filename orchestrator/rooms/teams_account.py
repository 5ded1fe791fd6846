"""What a municipality gives us so that we may make rooms in its Teams."""

from dataclasses import dataclass, field
from uuid import UUID


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
