"""The rooms that meetings have planned: rows made from the log by the projector; see views.py."""

from collections.abc import Collection
from dataclasses import astuple, dataclass
from uuid import UUID

from orchestrator.store.pool import Connection


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room as planned, and the meeting it belongs to. Its plan is in the meeting's stream."""

    room_id: UUID
    meeting_id: UUID
    organisation_id: UUID
    name: str
    provider: str


async def put_room(connection: Connection, row: RoomView) -> None:
    """Write the row; a room that another meeting has planned stays that meeting's."""
    await connection.execute(
        "insert into room_view (room_id, meeting_id, organisation_id, name, provider) "
        "values ($1, $2, $3, $4, $5) on conflict (room_id) do update set "
        "(name, provider) = (excluded.name, excluded.provider) "
        "where room_view.meeting_id = excluded.meeting_id",
        *astuple(row),
    )


async def remove_rooms(connection: Connection, room_ids: Collection[UUID]) -> None:
    """These rooms are wanted no more; what was made of them is taken away by whoever keeps the rooms."""
    if room_ids:
        await connection.execute("delete from room_view where room_id = any($1)", list(room_ids))
