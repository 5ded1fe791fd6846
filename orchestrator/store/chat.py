"""The lines of the chats: kept apart from the log, so that they can be deleted and are gone in time.

Whoever adds or takes away says so on the channel ``chat`` (see ``listener``), by the session's id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from orchestrator.domain.roles import Role
from orchestrator.store.pool import Pool
from orchestrator.store.retention import delete_old

SHOWN = 200
"""So many of the latest lines are read at once."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. ``author``: a person's id, else one made of a login or token. Deleted, it has no ``text``.

    ``deleted_as``: the role of somebody else who deleted it.
    """

    line_id: UUID
    organisation_id: UUID
    session_id: UUID
    item_id: UUID | None
    behind_doors: bool
    author: UUID
    person_id: UUID | None
    role: Role
    text: str | None
    answer: Mapping[str, Any] | None
    written_at: datetime
    deleted_at: datetime | None = None
    deleted_as: Role | None = None
    place: int = 0


class ChatLines:
    """Writes, reads and deletes lines. Another organisation's are not found."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, line: Line) -> Line | None:
        """The line as it is kept: the first of two with one id. None: that one stands in another session."""
        await self._pool.execute(
            "with added as (insert into chat_line (line_id, organisation_id, session_id, item_id, "
            "behind_doors, author, person_id, role, text, answer, written_at) "
            "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (line_id) do nothing "
            "returning session_id) select pg_notify('chat', session_id::text) from added",
            *(line.line_id, line.organisation_id, line.session_id, line.item_id, line.behind_doors),
            *(line.author, line.person_id, line.role, line.text),
            *(line.answer and dict(line.answer), line.written_at),
        )
        return await self.line(line.organisation_id, line.session_id, line.line_id)

    async def line(self, organisation_id: UUID, session_id: UUID, line_id: UUID) -> Line | None:
        """The line with this id in this session."""
        row = await self._pool.fetchrow(
            "select * from chat_line where organisation_id = $1 and session_id = $2 and line_id = $3",
            *(organisation_id, session_id, line_id),
        )
        return _line(row) if row else None

    async def lines(
        self, organisation_id: UUID, session_id: UUID, after: int = 0, limit: int = SHOWN
    ) -> list[Line]:
        """In order: the latest above place ``after``, or the first above it when that is asked for."""
        rows = await self._pool.fetch(
            "select * from chat_line where organisation_id = $1 and session_id = $2 and place > $3 "
            "order by case when $3::bigint = 0 then -place else place end limit $4",
            *(organisation_id, session_id, after, limit),
        )
        return sorted((_line(row) for row in rows), key=lambda line: line.place)

    async def delete(
        self, organisation_id: UUID, session_id: UUID, line_id: UUID, now: datetime, by: Role | None = None
    ) -> bool:
        """Take a line's words out of the database; its place is left. False: no such line.

        ``by``: in which role, when somebody else's line is deleted.
        """
        return (
            await self._pool.fetchval(
                "with gone as (update chat_line set text = null, answer = null, "
                "deleted_as = case when deleted_at is null then $5 else deleted_as end, "
                "deleted_at = coalesce(deleted_at, $4) "
                "where organisation_id = $1 and session_id = $2 and line_id = $3 returning session_id) "
                "select pg_notify('chat', session_id::text) is not null from gone",
                *(organisation_id, session_id, line_id, now, by),
            )
            or False
        )

    async def purge(self, now: datetime) -> int:
        """Delete what is older than its municipality keeps it; how many lines."""
        return await delete_old(self._pool, "chat_line", now)


def _line(row: asyncpg.Record) -> Line:
    deleted_as = row["deleted_as"] and Role(row["deleted_as"])
    return Line(**{**row, "role": Role(row["role"]), "deleted_as": deleted_as})
