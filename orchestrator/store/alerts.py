"""Urgent problems: each is one row from when it begins until it is over, however many processes see it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from orchestrator.store.pool import Pool

Kind = Literal["room_not_ready", "source_silent", "doors_not_confirmed"]

SAME_WITHIN = timedelta(minutes=10)
"""What comes back so soon is the same problem: a bad line must not tell its news every minute."""


@dataclass(frozen=True, slots=True)
class Urgent:
    """Something that IT must look at now. ``target_id``: the room or source; ``trouble``: a code, if any."""

    organisation_id: UUID
    kind: Kind
    target_id: UUID
    name: str
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """An urgent problem as it is kept. ``acknowledged_by``: the id of a link or token, never a name."""

    id: UUID
    organisation_id: UUID
    kind: Kind
    target_id: UUID
    name: str
    trouble: str | None
    opened_at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    ended_at: datetime | None


class Alerts:
    """Reads and writes them. Every change is told on the channel ``rooms`` with the target's id."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def open(self, urgent: Urgent, now: datetime) -> None:
        """It is a problem now; nothing changes if that is known, and what just ended is opened again."""
        await self._pool.execute(
            "with again as (update alert set ended_at = null where id = (select id from alert "
            "where kind = $3 and target_id = $4 and ended_at > $8 order by ended_at desc limit 1) and not "
            "exists (select from alert where kind = $3 and target_id = $4 and ended_at is null) "
            "returning target_id), made as (insert into alert (id, organisation_id, kind, target_id, name, "
            "trouble, opened_at) select $1, $2, $3, $4, $5, $6, $7 where not exists (select from again) "
            "on conflict do nothing returning target_id) "
            "select pg_notify('rooms', target_id::text) from (table again union all table made) changed",
            *(uuid4(), urgent.organisation_id, urgent.kind, urgent.target_id, urgent.name, urgent.trouble),
            *(now, now - SAME_WITHIN),
        )

    async def end(self, ids: Collection[UUID], now: datetime) -> None:
        """These are problems no more."""
        await self._pool.execute(
            "with ended as (update alert set ended_at = $2 where id = any($1) and ended_at is null "
            "returning target_id) select pg_notify('rooms', target_id::text) from ended",
            *(list(ids), now),
        )

    async def opened(self, organisation_id: UUID | None = None) -> Sequence[Alert]:
        """Those that are not over, of an organisation or of all, the latest first."""
        rows = await self._pool.fetch(
            "select * from alert where ended_at is null and ($1::uuid is null or organisation_id = $1) "
            "order by opened_at desc, id",
            organisation_id,
        )
        return [Alert(**row) for row in rows]

    async def alert(self, alert_id: UUID) -> Alert | None:
        """The one with this id, over or not."""
        row = await self._pool.fetchrow("select * from alert where id = $1", alert_id)
        return Alert(**row) if row else None

    async def acknowledge(self, organisation_id: UUID, alert_id: UUID, by: str, now: datetime) -> bool:
        """Somebody has seen it; False: there is no such alert. The first to say so is who is remembered."""
        return (
            await self._pool.fetchval(
                "with seen as (update alert set acknowledged_by = coalesce(acknowledged_by, $3), "
                "acknowledged_at = coalesce(acknowledged_at, $4) where organisation_id = $1 and id = $2 "
                "returning target_id) select pg_notify('rooms', target_id::text) is not null from seen",
                *(organisation_id, alert_id, by, now),
            )
            or False
        )

    # Telling

    async def lease(
        self, alert_id: UUID, channel: str, now: datetime, until: datetime, *, again: timedelta
    ) -> bool:
        """Take it upon oneself to tell this; False: told less than ``again`` ago, or another is at it."""
        return (
            await self._pool.fetchval(
                "insert into alert_telling as known (alert_id, channel, leased_until) values ($1, $2, $4) "
                "on conflict (alert_id, channel) do update set leased_until = $4 "
                "where (known.told_at is null or known.told_at <= $5) "
                "and (known.leased_until is null or known.leased_until <= $3) returning true",
                *(alert_id, channel, now, until, now - again),
            )
            or False
        )

    async def release(self, alert_id: UUID, channel: str, told_at: datetime | None) -> None:
        """It is told, or (null) is to be told by whoever comes first."""
        await self._pool.execute(
            "update alert_telling set leased_until = null, told_at = $3 where alert_id = $1 and channel = $2",
            *(alert_id, channel, told_at),
        )

    async def told(self, alert_ids: Collection[UUID], since: datetime) -> frozenset[tuple[UUID, str]]:
        """What has been told after ``since``, as (alert, channel)."""
        rows = await self._pool.fetch(
            "select alert_id, channel from alert_telling where alert_id = any($1) and told_at > $2",
            *(list(alert_ids), since),
        )
        return frozenset((row["alert_id"], row["channel"]) for row in rows)
