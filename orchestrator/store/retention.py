"""What is written beside the log is deleted some days after its session, as its municipality chooses."""

from datetime import datetime
from typing import Literal

from orchestrator.store.pool import Pool


async def delete_old(
    pool: Pool, table: Literal["chat_line", "reason", "room_attendance"], now: datetime
) -> int:
    """Delete what belongs to sessions that ended longer ago than that; how many rows.

    A session that nobody adjourned ended when it was to; no row goes before it is that old itself.
    """
    rows = await pool.fetch(
        f"delete from {table} using organisation where organisation.id = {table}.organisation_id "  # noqa: S608
        "and greatest(written_at, (select coalesce(adjourned_at, ends_at) from session_view "
        f"where session_view.session_id = {table}.session_id)) "
        "< $1::timestamptz - make_interval(days => organisation.chat_days) returning 1",
        now,
    )
    return len(rows)
