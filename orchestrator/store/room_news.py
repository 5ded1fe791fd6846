"""What a product has told of its rooms and nobody has acted on yet, and whether it is to tell us at all."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.store.pool import Pool

Kind = Literal["made", "missed", "renew", "removed", "asked"]
"""made: something in the meeting that the product calls ``what``. missed: something, somewhere.
renew, removed: the subscription ``what``, or one. asked: by IT, in the room ``what``."""


@dataclass(frozen=True, slots=True)
class News:
    """One piece of it; told again before it is acted on, it is the same."""

    organisation_id: UUID
    kind: Kind
    what: str
    told_at: datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """That an organisation's product tells ``url``, until after ``renew_at``."""

    organisation_id: UUID
    url: str
    renew_at: datetime


class RoomNews:
    """Writes, reads and forgets them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put(self, organisation_id: UUID, told: Collection[tuple[Kind, str]], now: datetime) -> None:
        """Note what has been told."""
        await self._pool.execute(
            "insert into room_news (organisation_id, kind, what, told_at) "
            "select distinct $1::uuid, kind, what, $4::timestamptz from unnest($2::text[], $3::text[]) "
            "as one (kind, what) "
            "on conflict (organisation_id, kind, what) do update set told_at = excluded.told_at",
            *(organisation_id, [kind for kind, _ in told], [what for _, what in told], now),
        )

    async def unread(self) -> Sequence[News]:
        """What has been told, the oldest first."""
        return [News(**row) for row in await self._pool.fetch("select * from room_news order by told_at")]

    async def forget(self, news: Collection[News]) -> None:
        """It has been acted on; what was told again meanwhile stays."""
        await self._pool.execute(
            "delete from room_news using unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) "
            "as one (organisation_id, kind, what, told_at) where room_news.organisation_id = "
            "one.organisation_id and room_news.kind = one.kind and room_news.what = one.what "
            "and room_news.told_at = one.told_at",
            [one.organisation_id for one in news],
            [one.kind for one in news],
            [one.what for one in news],
            [one.told_at for one in news],
        )

    async def subscriptions(self) -> Sequence[Subscription]:
        """Those there are, or are to be."""
        return [Subscription(**row) for row in await self._pool.fetch("select * from room_subscription")]

    async def put_subscription(self, one: Subscription) -> None:
        """Note it in the place of what was noted."""
        await self._pool.execute(
            "insert into room_subscription (organisation_id, url, renew_at) values ($1, $2, $3) "
            "on conflict (organisation_id) do update set (url, renew_at) = (excluded.url, excluded.renew_at)",
            *(one.organisation_id, one.url, one.renew_at),
        )

    async def end_subscription(self, organisation_id: UUID) -> None:
        """There is none any more."""
        await self._pool.execute("delete from room_subscription where organisation_id = $1", organisation_id)
