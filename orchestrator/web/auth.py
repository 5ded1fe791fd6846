"""Who is asking and what they may do: a browser's logins by cookie, or a machine's token; never both.

login = await current(request)                                   # None: an observer
actor = await require(request, state.meeting_id, LEADS)          # else 401 or 403
handled = await services.commands.handle(…, actor, sender=login.sender)

A browser may have used several links, say as chair of one meeting and participant of another. Each is a
login of its own on the server, with its own secret in the one cookie, and ends on its own.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import web

from orchestrator.domain.roles import Actor, Role
from orchestrator.web.context import SERVICES, organisation_id
from orchestrator.web.limits import LIMITS
from orchestrator.web.origins import client_address, is_https
from orchestrator.web.problems import Problem

MOST_LINKS = 6
"""So many links one browser may be on at once; the one used first gives way."""

COOKIE_SECONDS: Final = 400 * 86_400
"""As long as browsers allow; how long a login holds is decided on the server."""

CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}


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
    """Somebody who is not an observer: what all their links give them here, the newest first."""

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

    @property
    def ids(self) -> frozenset[str]:
        """Whatever can end it: the ids that the channel ``access`` may name."""
        return frozenset(str(id_) for grant in self.grants for id_ in (grant.id, grant.link_id) if id_)


LOGIN: Final = web.RequestKey("login", Login)
_ASKED: Final = web.RequestKey("asked", bool)


async def current(request: web.Request) -> Login | None:
    """Who is asking; None for an observer. A token that does not hold is 401."""
    if _ASKED not in request:
        request[_ASKED] = True
        if (login := await look_up(request)) is not None:
            request[LOGIN] = login
    return request.get(LOGIN)


async def look_up(request: web.Request) -> Login | None:
    """As ``current``, asked of the database anew: for streams that stay open."""
    authorization = request.headers.get("Authorization")
    if authorization is not None:
        return await _machine(request, authorization)
    grants = tuple([grant for _, grant in await logins(request)])
    return Login(organisation_id(request), grants) if grants else None


async def _machine(request: web.Request, authorization: str) -> Login:
    scheme, _, secret = authorization.partition(" ")
    here = organisation_id(request)
    token = None
    if scheme.lower() == "bearer" and secret:
        token = await request.app[SERVICES].access.token_by_secret(here, secret.strip())
    if token is None:
        request.app[LIMITS].failures.take(client_address(request))
        raise Problem(401, "the token does not hold here", headers=CHALLENGE)
    return Login(here, (Grant(token.id, token.roles),), machine=True, rights=token.rights)


async def logins(request: web.Request) -> list[tuple[str, Grant]]:
    """Every login in the cookie that still holds here, with its secret, the newest first."""
    services = request.app[SERVICES]
    now = services.clock.now()
    found = []
    for secret in request.cookies.get(cookie_name(request), "").split(".")[:MOST_LINKS]:
        login = (
            await services.access.login_by_cookie(organisation_id(request), secret, now) if secret else None
        )
        if login is not None:
            grant = Grant(login.id, login.roles, login.meeting_id, login.person_id, login.link_id)
            found.append((secret, grant))
    return found


def cookie_name(request: web.Request) -> str:
    """With TLS the browser itself holds the cookie to this very host (``__Host-``)."""
    return "__Host-login" if is_https(request) else "login"


def set_logins(request: web.Request, response: web.StreamResponse, secrets: Collection[str]) -> None:
    """Leave these logins with the browser; with none the cookie goes."""
    secure = is_https(request)
    if not secrets:
        response.del_cookie(cookie_name(request), path="/", secure=secure, httponly=True, samesite="Lax")
        return
    response.set_cookie(
        cookie_name(request),
        ".".join(secrets),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=secure,
        max_age=COOKIE_SECONDS,
    )


async def require_login(request: web.Request) -> Login:
    """Whoever is asking, who must not be an observer: else 401."""
    login = await current(request)
    if login is None:
        raise Problem(401, "log in, or send a token", headers=CHALLENGE)
    return login


async def require(request: web.Request, meeting_id: UUID | None, roles: Collection[Role]) -> Actor:
    """Who they are in this meeting, if they have one of ``roles`` there; else 401 (nobody) or 403."""
    actor = (await require_login(request)).actor(meeting_id)
    if not actor.roles & frozenset(roles):
        raise Problem(403, "your role does not allow this here", rule="not_your_role")
    return actor
