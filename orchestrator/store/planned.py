"""Which planned sessions something is due in, found by index however many there are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from orchestrator.store.pool import Pool
from orchestrator.store.views import SessionView

DECIDED_FOR = timedelta(days=1)
"""So long what IT has decided is tried; then it is plain that it cannot be done."""

_OLD_AT = "(adjourned_at + make_interval(hours => 24 * recording_days))"
_RECORDINGS = (
    "select session.* from session_view session "
    "join organisation on organisation.id = session.organisation_id "
    "left join due_mark mark on mark.target_id = session_id and mark.kind = 'delete_recording' "
    "where status = 'adjourned' and (recording_published or recording_deleted_at is not null) "
    "and recording_days is not null and (source_id is not null or exists (select from due_mark fetched "
    "where fetched.target_id = room_id and fetched.kind = 'fetch_artifacts' and fetched.done_at is not null))"
)


class Planned:
    """Reads the views by the clock.

    ``before``, ``after``: something is due that long before a session's start, or after its end.
    """

    def __init__(self, pool: Pool, before: Sequence[timedelta], after: Sequence[timedelta]) -> None:
        self._pool = pool
        self._offsets = (list(before), list(after))

    async def next_moment(self, now: datetime) -> datetime | None:
        """The first moment after ``now`` at which anything may be due."""
        moment: datetime | None = await self._pool.fetchval(
            "select min(moment) from ("
            "  select (select min(starts_at) from session_view"
            "    where status <> 'cancelled' and starts_at > $1::timestamptz + before) - before as moment"
            "  from unnest($2::interval[]) before"
            "  union all select (select min(coalesce(adjourned_at, ends_at)) from session_view"
            "    where status <> 'cancelled'"
            "    and coalesce(adjourned_at, ends_at) > $1::timestamptz - after) + after"
            "  from unnest($3::interval[]) after"
            "  union all select min(at) from due_mark where at > $1) moments",
            *(now, *self._offsets),
        )
        return moment

    async def touched(
        self, since: datetime, until: datetime, organisation_id: UUID | None = None
    ) -> list[SessionView]:
        """The sessions in which anything may be due after ``since`` and no later than ``until``."""
        rows = await self._pool.fetch(
            "select session.* from unnest($3::interval[]) before join session_view session"
            "  on session.starts_at > $1::timestamptz + before"
            "  and session.starts_at <= $2::timestamptz + before"
            "  where status <> 'cancelled' and ($5::uuid is null or organisation_id = $5) "
            "union select session.* from unnest($4::interval[]) after join session_view session"
            "  on coalesce(adjourned_at, ends_at) > $1::timestamptz - after"
            "  and coalesce(adjourned_at, ends_at) <= $2::timestamptz - after"
            "  where status <> 'cancelled' and ($5::uuid is null or organisation_id = $5) "
            "union select session.* from due_mark mark join session_view session"
            "  on session.session_id = mark.target_id"
            "  where at > $1 and at <= $2 and ($5::uuid is null or session.organisation_id = $5) "
            "union select session.* from due_mark mark join session_view session"
            "  on session.room_id = mark.target_id"
            "  where at > $1 and at <= $2 and ($5::uuid is null or session.organisation_id = $5)",
            *(since, until, *self._offsets, organisation_id),
        )
        return [SessionView(**row) for row in rows]

    async def to_turn(self, now: datetime, line: UUID | None = None) -> list[SessionView]:
        """The sessions that may have to be adjourned or opened by themselves: those that go on first.

        ``line``: only those on this source, or this session if it has none.
        """
        rows = await self._pool.fetch(
            "select session.* from session_view session join meeting_view meeting using (meeting_id) "
            "where session_id in ("
            "  select session_id from session_view"
            "    where by_itself and status = 'planned' and starts_at <= $1 and ends_at > $1"
            "  union all select session_id from session_view"
            "    where by_itself and status in ('open', 'break', 'closed_doors') and ends_at <= $1"
            "  union all select target_id from due_mark where kind in ('open_session', 'adjourn_session')"
            "    and done_at is null and not skipped and at <= $1 and at > $1::timestamptz - $3::interval) "
            "and session.status not in ('adjourned', 'cancelled') "
            "and (meeting.status = 'published' or session.status <> 'planned') "
            "and ($2::uuid is null or coalesce(session.source_id, session_id) = $2) "
            "order by session.status = 'planned', session.starts_at, session_id",
            *(now, line, DECIDED_FOR),
        )
        return [SessionView(**row) for row in rows]

    async def to_note(
        self, kind: Literal["remind", "warm_source"], before: timedelta, now: datetime
    ) -> list[SessionView]:
        """The planned sessions for which this is to be noted as done now, ``before`` their start."""
        rows = await self._pool.fetch(
            "select session.* from session_view session join meeting_view meeting using (meeting_id) "
            "left join due_mark mark on mark.target_id = session_id and mark.kind = $2 "
            "where session_id in ("
            "  select session_id from session_view"
            "    where status <> 'cancelled' and starts_at > $1"
            "    and starts_at <= $1::timestamptz + $3::interval"
            "  union all select target_id from due_mark"
            "    where kind = $2 and at <= $1 and at > $1::timestamptz - $4::interval) "
            "and session.status = 'planned' and session.starts_at > $1 and meeting.status = 'published' "
            "and mark.done_at is null and mark.skipped is not true and (mark.at is null or mark.at <= $1) "
            "and case $2 when 'remind' then session.kind <> 'break' else source_id is not null end",
            *(now, kind, before, DECIDED_FOR),
        )
        return [SessionView(**row) for row in rows]

    async def recordings_to_delete(self, now: datetime) -> list[SessionView]:
        """The sessions whose published recording has become older than its organisation keeps it."""
        rows = await self._pool.fetch(
            f"{_RECORDINGS} and recording_published and mark.skipped is not true "
            f"and coalesce(mark.at, {_OLD_AT}) <= $1",
            now,
        )
        return [SessionView(**row) for row in rows]

    async def recordings_old(
        self, since: datetime, until: datetime, organisation_id: UUID
    ) -> list[SessionView]:
        """The sessions whose recording is to go, or went, from ``since`` until ``until``."""
        rows = await self._pool.fetch(
            f"{_RECORDINGS} and session.organisation_id = $3 "
            f"and coalesce(mark.at, {_OLD_AT}) >= $1 and coalesce(mark.at, {_OLD_AT}) < $2",
            *(since, until, organisation_id),
        )
        return [SessionView(**row) for row in rows]

    async def on_source(self, source_id: UUID) -> list[SessionView]:
        """The sessions on a source that go on or are to come, by start; not those of drafts."""
        rows = await self._pool.fetch(
            "select session.* from session_view session join meeting_view meeting using (meeting_id) "
            "where source_id = $1 and session.status not in ('adjourned', 'cancelled') "
            "and (meeting.status = 'published' or session.status <> 'planned') "
            "order by session.starts_at, session_id",
            source_id,
        )
        return [SessionView(**row) for row in rows]
