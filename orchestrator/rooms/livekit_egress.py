"""The picture and sound of a LiveKit room into a source of ours, through LiveKit's egress service.

It opens our layout page in a browser of its own, with `?url=…&token=…` added, and sends what the page shows
from the moment it writes START_RECORDING to the console.
"""

from urllib.parse import urlsplit

from orchestrator.rooms.livekit import LivekitRooms, unless_gone
from orchestrator.rooms.provider import RoomRef, RoomTrouble


async def start(rooms: LivekitRooms, ref: RoomRef, layout_url: str, output_url: str) -> str:
    """Have the room sent to ``output_url``, once; the id of the sending.

    What is sent already is known by its layout page alone, as LiveKit does not tell the secrets in an address
    again: ``layout_url`` must name the source, and a changed secret needs `stop` first.
    """
    if urlsplit(output_url).scheme not in ("srt", "rtmp", "rtmps"):
        raise RoomTrouble("not_configured", "the source takes neither SRT nor RTMP", lasting=True)
    running = await rooms.client.sendings(ref.id)
    if layout_url not in running.values():
        await rooms.client.send(ref.id, layout_url, output_url)
        running = await rooms.client.sendings(ref.id)
    wanted = [id_ for id_, layout in running.items() if layout == layout_url]
    if not wanted:
        raise RoomTrouble("unavailable", "the sending ended at once")
    kept = min(wanted)  # two of us may have begun at the same time, and both keep the same one
    for id_ in running.keys() - {kept}:
        await unless_gone(rooms.client.end_sending(id_))
    return kept


async def stop(rooms: LivekitRooms, ref: RoomRef) -> None:
    """End all that is sent from the room."""
    for id_ in await rooms.client.sendings(ref.id):
        await unless_gone(rooms.client.end_sending(id_))
