"""Who was in a session's room, as the room's own product tells; it makes nobody present."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.store.pool import Pool
from orchestrator.store.retention import delete_old


@dataclass(frozen=True, slots=True)
class Stay:
    """Once that somebody came and left. ``person_id``: None for one whom we do not know, with a number.

    ``by_name``: known by the name alone, which anybody could write.
    """

    person_id: UUID | None
    visitor: int
    by_name: bool
    came_at: datetime
    left_at: datetime


class RoomAttendance:
    """Writes, reads and deletes it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put(
        self, organisation_id: UUID, session_id: UUID, stays: Sequence[Stay], ended_at: datetime
    ) -> None:
        """Keep this in the place of what was kept of the session; nothing of who has been erased."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("delete from room_attendance where session_id = $1", session_id)
            await connection.execute(
                "insert into room_attendance (organisation_id, session_id, person_id, visitor, by_name, "
                "came_at, left_at, written_at) "
                "select $1, $2, one.*, $8 from unnest($3::uuid[], $4::int[], $5::bool[], $6::timestamptz[], "
                "$7::timestamptz[]) as one (person_id) where one.person_id is null or exists "
                "(select from person where id = one.person_id and organisation_id = $1)",
                *(organisation_id, session_id),
                [one.person_id for one in stays],
                [one.visitor for one in stays],
                [one.by_name for one in stays],
                [one.came_at for one in stays],
                [one.left_at for one in stays],
                ended_at,
            )

    async def of(self, organisation_id: UUID, session_id: UUID) -> Sequence[Stay]:
        """Who was there, in order of coming."""
        rows = await self._pool.fetch(
            "select person_id, visitor, by_name, came_at, left_at from room_attendance "
            "where organisation_id = $1 and session_id = $2 order by came_at, left_at",
            *(organisation_id, session_id),
        )
        return [Stay(**row) for row in rows]

    async def purge(self, now: datetime) -> int:
        """Delete what is older than its municipality keeps it, which is as long as a chat; how many."""
        return await delete_old(self._pool, "room_attendance", now)
