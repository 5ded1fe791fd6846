"""Who is asking and what they may do: a browser's logins by cookie, or a machine's token; never both.

    login = await current(request)                                   # None: an observer
    actor = await require(request, state.meeting_id, LEADS)          # else 401 or 403
    handled = await services.commands.handle(…, actor, sender=login.sender)

A browser may have used several links, say as chair of one meeting and participant of another. Each is a
login of its own on the server, with its own secret in the one cookie, and ends on its own.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from orchestrator.domain.roles import Actor, Role


@dataclass(frozen=True)
class Grant:
    """What one link or token gives: roles in one meeting, or (null) in every meeting of the organisation."""

    id: UUID
    roles: frozenset[Role]
    meeting_id: UUID | None = None
    person_id: UUID | None = None
    link_id: UUID | None = None


@dataclass(frozen=True)
class Login:
    """Somebody who is not an observer: what all their links here give them, the newest first."""

    organisation_id: UUID
    grants: tuple[Grant, ...]
    machine: bool = False
    rights: frozenset[str] = frozenset()

    def actor(self, meeting_id: UUID | None) -> Actor:
        """Who they are in this meeting (null: in the organisation, apart from any meeting)."""
        here = [grant for grant in self.grants if grant.meeting_id in (None, meeting_id)]
        roles = frozenset(role for grant in here for role in grant.roles)
        return Actor(roles, next((grant.person_id for grant in here if grant.person_id), None))

    @property
    def sender(self) -> str:
        """Who is noted in the log: an id, never a name."""
        return f"{'token' if self.machine else 'login'}/{self.grants[0].id}"


async def current(request: web.Request) -> Login | None:
    """Who is asking; None for an observer. A token that does not hold is 401."""
    raise NotImplementedError


async def require(request: web.Request, meeting_id: UUID | None, roles: Collection[Role]) -> Actor:
    """Who they are in this meeting, if they have one of ``roles`` there; else 401 (nobody) or 403."""
    raise NotImplementedError
