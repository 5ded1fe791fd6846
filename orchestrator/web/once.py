"""A request with an Idempotency-Key is done once, however often it is sent."""

import hashlib
from collections.abc import Awaitable, Callable

from aiohttp import web

from orchestrator.store import answers
from orchestrator.store.answers import Answer
from orchestrator.web.auth import Login
from orchestrator.web.context import SERVICES, VAULT, organisation_id
from orchestrator.web.problems import invalid

LONGEST_KEY = 200


def key_of(request: web.Request, login: Login) -> str | None:
    """The key, if one was sent; everybody has their own. 422 for one that is no key."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise invalid("Idempotency-Key", f"must be 1 to {LONGEST_KEY} printable characters")
    return key and f"{login.sender} {key}"


async def once(request: web.Request, login: Login, do: Callable[[], Awaitable[web.Response]]) -> web.Response:
    """Answer with ``do()``, or with what it answered before: kept a day, encrypted, as it may be secret.

    Raises KeyReused (422) for a key of another request, InProgress (409).
    """
    key = key_of(request, login)
    if key is None:
        return await do()
    services, here = request.app[SERVICES], organisation_id(request)
    asked = b"\x00".join((login.sender.encode(), request.path.encode(), await request.read()))
    fingerprint = hashlib.sha256(asked).digest()
    known = await answers.claim(services.pool, here, key, fingerprint, services.clock.now())
    vault = request.app[VAULT]
    if known is not None:
        body = vault.decrypt(known.body.decode())
        return web.Response(text=body, status=known.status, content_type=known.content_type)
    try:
        response = await do()
    except BaseException:
        await answers.release(services.pool, here, key)
        raise
    answer = Answer(response.status, response.content_type, vault.encrypt(response.text or "").encode())
    await answers.remember(services.pool, here, key, answer)
    return response
