"""What IT has decided of something that is due: another time, now, never; and what is done."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from orchestrator.store.pool import Pool


@dataclass(frozen=True, slots=True)
class Mark:
    """A decision about one thing that is due. ``at``: instead of its own time."""

    target_id: UUID
    kind: str
    organisation_id: UUID
    at: datetime | None = None
    skipped: bool = False
    done_at: datetime | None = None
    decided_by: str = ""


_COLUMNS = tuple(field.name for field in fields(Mark))


class Marks:
    """Reads and writes them. Every change is told on the channel ``rooms`` with the target's id."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, target_ids: Collection[UUID]) -> Mapping[tuple[UUID, str], Mark]:
        """The marks of these targets, by target and kind."""
        rows = await self._pool.fetch(
            f"select {', '.join(_COLUMNS)} from due_mark where target_id = any($1)",  # noqa: S608  (of this file)
            list(target_ids),
        )
        return {(row["target_id"], row["kind"]): Mark(**row) for row in rows}

    async def done(self, target_ids: Collection[UUID], kind: str) -> frozenset[UUID]:
        """Those of these targets for which it has been done."""
        marks = await self.of(target_ids) if target_ids else {}
        return frozenset(id_ for (id_, one), mark in marks.items() if one == kind and mark.done_at)

    async def put(self, mark: Mark) -> None:
        """Write a decision over what was decided before; what has been done stays done."""
        await self._pool.execute(
            "with put as (insert into due_mark (target_id, kind, organisation_id, at, skipped, done_at, "
            "decided_by, base_at) values ($1, $2, $3, $4, $5, $6, $7, due_base($1, $2)) "
            "on conflict (target_id, kind) do update set (at, skipped, done_at, decided_by, base_at) = "
            "(excluded.at, excluded.skipped, coalesce(due_mark.done_at, excluded.done_at), "
            "excluded.decided_by, excluded.base_at) returning target_id) "
            "select pg_notify('rooms', target_id::text) from put",
            *(mark.target_id, mark.kind, mark.organisation_id, mark.at, mark.skipped, mark.done_at),
            mark.decided_by,
        )

    async def claim(self, mark: Mark) -> bool:
        """Note that something is done now; False if it was done before. Of several at once one gets True."""
        return (
            await self._pool.fetchval(
                "with claimed as (insert into due_mark as known (target_id, kind, organisation_id, at, "
                "skipped, done_at, decided_by) values ($1, $2, $3, $4, $5, $6, $7) on conflict (target_id, "
                "kind) do update set done_at = excluded.done_at where known.done_at is null "
                "returning target_id), "
                "told as (select pg_notify('rooms', target_id::text) from claimed) "
                "select count(*) = 1 from told",
                *(mark.target_id, mark.kind, mark.organisation_id, mark.at, mark.skipped, mark.done_at),
                mark.decided_by,
            )
            or False
        )

    async def slide(self, now: datetime) -> None:
        """Move what IT has set a time for, and is still to come, as far as its session or room has moved."""
        await self._pool.execute(
            "with slid as (update due_mark set at = at + (due_base(target_id, kind) - base_at), "
            "base_at = due_base(target_id, kind) where at > $1 and done_at is null "
            "and base_at <> due_base(target_id, kind) returning target_id) "
            "select pg_notify('rooms', target_id::text) from slid",
            now,
        )
