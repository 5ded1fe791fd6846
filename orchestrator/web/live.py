"""Pages that follow a session: fragments of HTML over SSE, rendered once per view and language for everyone.

A page that follows is registered in ``routes.VIEWS`` under its name in the address (``leder`` for /mote/…/leder)
with its fragments and the roles that may see it. Its stream is ``/direkte/{session_id}/{view}``.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from orchestrator.domain.roles import Role
from orchestrator.web.look import Site


@dataclass(frozen=True)
class Moment:
    """What is to be rendered: one view of one session (null: of the organisation) in one language."""

    app: web.Application
    site: Site
    organisation_id: UUID
    session_id: UUID | None
    language: str


Fragments = Callable[[Moment], Awaitable[Mapping[str, str]]]
"""The replaceable parts of a page by element id, with nothing personal in them."""


@dataclass(frozen=True)
class View:
    """A page that follows: who may, what changes on it, and how often (seconds) if not only when something happens."""

    roles: frozenset[Role]
    fragments: Fragments
    every: float | None = None


async def stream(request: web.Request) -> web.StreamResponse:
    """/direkte/{session_id}/{view}: ``time``, then a ``fragment`` whenever one changes, ``goto`` when access ends."""
    raise web.HTTPNotFound
