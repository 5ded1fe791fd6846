"""From a segment's last sample to its place in the playlist, with a real encoder over SRT.

``python -m tests.bench.listing`` prints one line of JSON. The source's spread is 0 here; of what is
measured, one second is the gate's (a read begun that long after capture), and a spread adds itself.
"""

import asyncio
import json
import statistics
import tempfile
from pathlib import Path

from tests.streaming.collector import until
from tests.streaming.test_real_media import encoder, hall

SECONDS = 40.0


async def measure(seconds: float = SECONDS) -> dict[str, float]:
    """Seconds from capture to listing: median and longest."""
    with tempfile.TemporaryDirectory() as directory:
        async with hall(Path(directory), spread=0.0) as it, encoder(it.port):
            it.turn("open")
            await until(lambda: it.path("live.m3u8").exists() and it.media() > seconds, seconds + 40)
            after = [
                (segment.listed_at - segment.captured_to).total_seconds()
                for segment in it.segments
                if segment.kind == "media"
            ]
    return {
        "segments": len(after),
        "captured_to_listed_s_median": round(statistics.median(after), 2),
        "captured_to_listed_s_max": round(max(after), 2),
    }


if __name__ == "__main__":
    print(json.dumps({"bench": "listing"} | asyncio.run(measure())))
