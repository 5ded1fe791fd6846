"""The first arrow: a command becomes events in the log, decided on the state as it is."""

from dataclasses import dataclass
from uuid import UUID

from orchestrator.domain.base import Command
from orchestrator.domain.codec import StreamKind
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.roles import Actor
from orchestrator.domain.state import SessionState
from orchestrator.store.events import Recorded


class UnknownStream(LookupError):  # noqa: N818
    """There is no such meeting or session in this organisation (404)."""


class PreconditionFailed(Exception):  # noqa: N818
    """The stream is not at the version that If-Match names (412)."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the stream is at version {version}")
        self.version = version


class UnknownReference(Exception):  # noqa: N818
    """A field names something that this organisation does not have (422)."""

    def __init__(self, field: str, id: UUID | str, message: str = "does not exist") -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.id = id
        self.message = message


@dataclass(frozen=True)
class Handled:
    """What a command led to; no events if it was true already."""

    version: int
    events: tuple[Recorded, ...]


class Commands:
    """Handles commands of every stream."""

    async def handle(
        self,
        organisation_id: UUID,
        kind: StreamKind,
        id: UUID,
        command: Command,
        actor: Actor,
        *,
        if_match: int | None = None,
        key: UUID | str | None = None,
        sender: str = "",
    ) -> Handled:
        """Decide and append; answered only when the views show it.

        Raises Refused (409; Forbidden is 403), UnknownStream, PreconditionFailed, UnknownReference, and what
        store.pool.UNAVAILABLE names when the database is away (503; ask again with the same ``key``).
        ``sender`` is who is noted in the log: a login's or token's id, never a name.
        """
        raise NotImplementedError

    async def meeting(self, organisation_id: UUID, id: UUID) -> MeetingState:
        """The meeting as of now. Raises UnknownStream."""
        raise NotImplementedError

    async def session(self, organisation_id: UUID, id: UUID) -> SessionState:
        """The session as of now. Raises UnknownStream."""
        raise NotImplementedError
