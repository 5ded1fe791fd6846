"""What one viewer fetches besides the media: playlist and timeline bytes in an hour of watching live.

``python -m tests.bench.bytes`` prints a line of JSON for the first and the eighth hour of a meeting.
Compressed bodies only, without headers; every fetch finds something new (the worst case).
"""

import asyncio
import json
import tempfile
from pathlib import Path

from tests.bench.adjourn import long_broadcast

PLAYLIST_EVERY = 6.0
"""Seconds: players fetch the playlist once in a target duration."""
TIMELINE_EVERY = 4.0
"""Seconds: the page fetches the timeline; nothing is new more often than segments are listed."""


async def measure(hour: int) -> dict[str, float]:
    """Kilobytes in that hour of a meeting: the mean of the sizes at its beginning and end."""
    sizes: dict[str, list[int]] = {"live.m3u8": [], "timeline.json": []}
    for hours in (hour - 1 or 0.05, hour):
        with tempfile.TemporaryDirectory() as directory:
            world = await long_broadcast(Path(directory), hours)
            for name, found in sizes.items():
                found.append(world.storage.path(world.broadcast, f"{name}.gz").stat().st_size)
    playlist, timeline = (sum(found) / 2 / 1000 for found in sizes.values())
    return {
        "hour": hour,
        "playlist_kb": round(playlist, 1),
        "timeline_kb": round(timeline, 1),
        "playlist_kb_per_viewer_hour": round(playlist * 3600 / PLAYLIST_EVERY),
        "timeline_kb_per_viewer_hour": round(timeline * 3600 / TIMELINE_EVERY),
    }


if __name__ == "__main__":
    for hour in (1, 8):
        print(json.dumps({"bench": "bytes"} | asyncio.run(measure(hour))))
