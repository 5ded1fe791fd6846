"""The demo's encoder: a process of its own that sends real H.264 and AAC over SRT, like a camera."""

import argparse
import asyncio
import contextlib
import json
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from orchestrator.demo import picture
from orchestrator.demo.stage import Stage
from orchestrator.streaming.ffmpeg import find_ffmpeg

FRAMES_PER_SECOND = 5
"""Drawn pictures a second; ffmpeg repeats them up to 25."""

_OSLO = ZoneInfo("Europe/Oslo")


def command(url: str) -> list[str]:
    """The encoder's command line: keyframes every 2 s, quiet room sound."""
    return [
        find_ffmpeg(), "-hide_banner", "-loglevel", "error", "-nostdin",
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{picture.WIDTH}x{picture.HEIGHT}",
        "-framerate", str(FRAMES_PER_SECOND), "-i", "pipe:0",
        "-f", "lavfi", "-i", "anoisesrc=color=brown:amplitude=0.15:sample_rate=48000",
        "-r", "25", "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-pix_fmt", "yuv420p",
        "-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-b:v", "1500k",
        "-c:a", "aac", "-b:a", "96k", "-ac", "2", "-f", "mpegts", url,
    ]  # fmt: skip


async def film(url: str) -> None:
    """Send pictures to ``url`` until the standard input, which says what is on stage, is closed."""
    stage = Stage()
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    reader = asyncio.create_task(_read(lines))
    try:
        while not reader.done():
            encoder = await asyncio.create_subprocess_exec(
                *command(url), stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
            )
            try:
                stage = await _send(encoder, lines, stage, reader)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    encoder.kill()
                await encoder.wait()
                if encoder.stdin is not None:
                    encoder.stdin.close()
                    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                        await encoder.stdin.wait_closed()
            await asyncio.sleep(0.5)
    finally:
        reader.cancel()


async def _read(lines: "asyncio.Queue[bytes]") -> None:
    stream = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), sys.stdin)
    while line := await stream.readline():
        lines.put_nowait(line)


async def _send(
    encoder: asyncio.subprocess.Process,
    lines: "asyncio.Queue[bytes]",
    stage: Stage,
    reader: "asyncio.Task[None]",
) -> Stage:
    """Pictures in real time until the encoder ends (nobody listens yet) or there is no more to film."""
    assert encoder.stdin is not None
    loop = asyncio.get_running_loop()
    start, number = loop.time(), 0
    drawn, raw = None, b""
    while encoder.returncode is None and not reader.done():
        while not lines.empty():
            stage = Stage(**json.loads(lines.get_nowait()))
        now = datetime.now(_OSLO).replace(microsecond=0)
        if drawn != (stage, now):
            drawn, raw = (stage, now), await asyncio.to_thread(picture.frame, stage, now)
        try:
            encoder.stdin.write(raw)
            await encoder.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            break
        number += 1
        await asyncio.sleep(max(0.0, start + number / FRAMES_PER_SECOND - loop.time()))
    return stage


def main() -> None:
    """Film until the standard input is closed."""
    parser = argparse.ArgumentParser(description="A camera in a fictional council hall, sending over SRT.")
    parser.add_argument("url", help="srt://host:port?passphrase=…")
    asyncio.run(film(parser.parse_args().url))


if __name__ == "__main__":
    main()
