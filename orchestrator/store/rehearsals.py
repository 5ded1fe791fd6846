"""Deleting rehearsals: the one way in which events ever leave the log."""

from uuid import UUID

import asyncpg

from orchestrator.store.pool import Pool


class NotARehearsal(Exception):
    """Its own first event does not call it a rehearsal: it is never deleted."""


class RoomsStand(Exception):
    """A room of it stands in its product still; what leads to it would be forgotten."""


async def delete_rehearsal(pool: Pool, meeting_id: UUID) -> int:
    """Delete a rehearsal and every row that names it, its sessions or its rooms; how many events that were.

    Whoever holds its streams in memory is told on the channel ``deleted``. Raises NotARehearsal, RoomsStand.
    """
    try:
        events: int = await pool.fetchval("select delete_rehearsal($1)", meeting_id)
    except asyncpg.PostgresError as error:
        match error.sqlstate:
            case "RH001":
                raise NotARehearsal(meeting_id) from None
            case "RH002":
                raise RoomsStand(meeting_id) from None
        raise
    return events
