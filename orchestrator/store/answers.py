"""The answers given to requests with an ``Idempotency-Key``, so that a repeated request is done once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from orchestrator.store.pool import Pool

KEPT = timedelta(hours=24)
ABANDONED = timedelta(minutes=1)
"""After this long an unanswered request is taken to have died, and may be made again."""


class KeyReused(Exception):
    """The key was used for another request."""


class InProgress(Exception):
    """The first request with this key is still being answered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered."""

    status: int
    content_type: str
    body: bytes


async def claim(
    pool: Pool, organisation_id: UUID, key: str, fingerprint: bytes, now: datetime
) -> Answer | None:
    """The answer given before, or None: the request is ours to do, then ``remember`` or ``release`` it.

    ``fingerprint`` is a hash of who asks and for what. Raises KeyReused, InProgress.
    """
    await pool.execute("delete from answer where begun_at < $1", now - KEPT)
    ours = await pool.fetchval(
        "insert into answer (organisation_id, key, fingerprint, begun_at) values ($1, $2, $3, $4) "
        "on conflict (organisation_id, key) do update set begun_at = excluded.begun_at "
        "where answer.status is null and answer.begun_at < $5 and answer.fingerprint = excluded.fingerprint "
        "returning true",
        *(organisation_id, key, fingerprint, now, now - ABANDONED),
    )
    if ours:
        return None
    row = await pool.fetchrow(
        "select fingerprint, status, content_type, body from answer where organisation_id = $1 and key = $2",
        *(organisation_id, key),
    )
    if row is None or (row["status"] is None and row["fingerprint"] == fingerprint):
        raise InProgress
    if row["fingerprint"] != fingerprint:
        raise KeyReused
    return Answer(row["status"], row["content_type"], row["body"])


async def remember(pool: Pool, organisation_id: UUID, key: str, answer: Answer) -> None:
    """Keep the answer for whoever repeats the request within a day."""
    await pool.execute(
        "update answer set status = $3, content_type = $4, body = $5 where organisation_id = $1 and key = $2",
        *(organisation_id, key, answer.status, answer.content_type, answer.body),
    )


async def release(pool: Pool, organisation_id: UUID, key: str) -> None:
    """The request came to nothing and may be made again."""
    await pool.execute(
        "delete from answer where organisation_id = $1 and key = $2 and status is null", organisation_id, key
    )
