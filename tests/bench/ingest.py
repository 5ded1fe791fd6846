"""What receiving one source costs in processor cores, beside plain `ffmpeg -f hls` in the same run.

    python -m tests.bench.ingest [seconds]

Prints one JSON object per line. `cores`: processor seconds per second, of each process and in all;
`service` is our own Python.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from orchestrator.streaming.ffmpeg import running
from tests.streaming.collector import until
from tests.streaming.encoder import Encoder, free_port
from tests.streaming.film import encode
from tests.streaming.receiving import receiving

TICKS = os.sysconf("SC_CLK_TCK")
STAGES = ("receiver", "packager", "preview")


async def measure(seconds: float = 20.0) -> AsyncIterator[dict[str, object]]:
    """Copied, converted (keyframes 8 s apart), and plain ffmpeg, each for so many seconds."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for case, gop in (("copied", 50), ("converted", 200)):
            film = directory / f"{case}.ts"
            film.write_bytes(_film(seconds + 25, gop))
            yield {"case": case} | await _ours(directory / case, film, seconds, converted=gop > 100)
        yield {"case": "plain ffmpeg -f hls"} | await _plain(directory, directory / "copied.ts", seconds)


async def _ours(directory: Path, film: Path, seconds: float, *, converted: bool) -> dict[str, object]:
    async with receiving(directory) as received, Encoder(received.port, film=film):
        await until(lambda: received.seconds() > 3 and received.ingest.preview())
        if converted:
            await until(lambda: received.ingest.status.video_copied is False)
            before = received.seconds()
            await until(lambda: received.seconds() > before + 2)
        pids = {stage: received.pid(stage) for stage in STAGES} | {"service": os.getpid()}
        cores = await _cores(pids, seconds)
        status = received.ingest.status
        last = received.sink.taken[-1]
        return {
            "cores": cores,
            "megabits_per_second": round((status.bits_per_second or 0) / 1e6, 2),
            "picture": f"{last.init.width}x{last.init.height}",
        }


async def _plain(directory: Path, film: Path, seconds: float) -> dict[str, object]:
    port = free_port()
    url = f"srt://127.0.0.1:{port}?mode=listener&passphrase=en-hemmelig-setning&pbkeylen=16"
    args = ["-f", "mpegts", "-i", url, "-c", "copy", "-bsf:a", "aac_adtstoasc", "-f", "hls"]
    args += [
        "-hls_time",
        "4",
        "-hls_list_size",
        "0",
        "-hls_segment_type",
        "fmp4",
        str(directory / "live.m3u8"),
    ]
    async with running(args) as child, Encoder(port, film=film):
        await until((directory / "init.mp4").exists)
        return {"cores": await _cores({"ffmpeg": child.pid}, seconds)}


async def _cores(pids: dict[str, int], seconds: float) -> dict[str, float]:
    began, before = time.monotonic(), {name: _used(pid) for name, pid in pids.items()}
    await asyncio.sleep(seconds)
    took = time.monotonic() - began
    cores = {name: round((_used(pid) - before[name]) / took, 4) for name, pid in pids.items()}
    return cores | {"all": round(sum(cores.values()), 4)}


def _used(pid: int) -> float:
    """Processor seconds that a process has used (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _film(seconds: float, gop: int) -> bytes:
    """720p at about 2.5 Mbit/s, as an encoder in a hall sends it."""
    picture = "testsrc2=size=1280x720:rate=25"
    args = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
    args += [
        "-t",
        str(seconds),
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-b:v",
        "2500k",
        "-maxrate",
        "2500k",
    ]
    args += ["-bufsize", "2500k", "-pix_fmt", "yuv420p", "-g", str(gop), "-keyint_min", str(gop)]
    args += ["-sc_threshold", "0", "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-f", "mpegts", "pipe:1"]
    return encode(args)


async def main(seconds: float) -> None:
    """Measure and print."""
    async for line in measure(seconds):
        print(json.dumps({"bench": "ingest"} | line), flush=True)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0))
