"""The picture and sound of a LiveKit room into a source of ours, through LiveKit's egress service.

It opens our layout page in a browser of its own, with `?url=…&token=…&layout=` added, and sends what the page
shows from the moment it writes START_RECORDING to the console until it writes END_RECORDING.
"""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from orchestrator.rooms.livekit import LivekitRooms, unless_gone
from orchestrator.rooms.provider import RoomRef, RoomTrouble

if TYPE_CHECKING:
    from orchestrator.rooms.livekit_client import Sending


async def start(rooms: LivekitRooms, ref: RoomRef, layout_url: str, output_url: str) -> "Sending":
    """Have the room sent to ``output_url``, once; whatever else it is sent by has been ended by then.

    What is sent already is known by its layout page alone, as LiveKit need not tell the secrets in an address
    again: ``layout_url`` must be another when ``output_url`` is.
    """
    if urlsplit(output_url).scheme not in ("srt", "rtmp", "rtmps"):
        raise RoomTrouble("not_configured", "the source takes neither SRT nor RTMP", lasting=True)
    if ours := await _kept(rooms, ref, layout_url):
        return ours
    await rooms.client.send(ref.id, layout_url, output_url)
    if ours := await _kept(rooms, ref, layout_url):
        return ours
    raise RoomTrouble("sends_nothing", "the sending ended at once")


async def _kept(rooms: LivekitRooms, ref: RoomRef, layout_url: str) -> "Sending | None":
    """The one sending by this page; others are ended, as a source takes only one at a time."""
    running = await rooms.client.sendings(ref.id)
    # Two of us may have begun at the same time, and both keep the same one.
    kept = min((one for one in running if one.layout == layout_url), key=lambda one: one.id, default=None)
    for one in running:
        if one is not kept:
            await unless_gone(rooms.client.end_sending(one.id))
    return kept


async def stop(rooms: LivekitRooms, ref: RoomRef) -> None:
    """End all that is sent from the room."""
    for one in await rooms.client.sendings(ref.id):
        await unless_gone(rooms.client.end_sending(one.id))
