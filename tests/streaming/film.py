"""Small real films, made once per run."""

import subprocess
from functools import cache

from orchestrator.streaming.ffmpeg import find_ffmpeg
from orchestrator.streaming.packager import Plan, packager_args


@cache
def transport_stream(
    *,
    seconds: float = 4.0,
    size: str = "320x180",
    gop: int = 25,
    b_frames: int = 0,
    sound: bool = True,
    begin: float = 0.0,
) -> bytes:
    """H.264 and AAC as a receiver passes it on."""
    args = ["-f", "lavfi", "-i", f"testsrc=size={size}:rate=25"]
    if sound:
        args += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-c:a", "aac", "-ac", "2"]
    args += ["-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    args += ["-bf", str(b_frames), "-g", str(gop), "-keyint_min", str(gop), "-sc_threshold", "0"]
    args += ["-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0", "-pes_payload_size", "0"]
    args += ["-output_ts_offset", str(begin), "pipe:1"]
    return encode(args)


@cache
def fragmented(*, b_frames: int = 0, gop: int = 25, size: str = "320x180") -> bytes:
    """The same through the packager's own settings."""
    copied = Plan(copy_video=True, copy_audio=True, silence=False)
    return encode(packager_args(copied), transport_stream(b_frames=b_frames, gop=gop, size=size))


def encode(args: list[str], given: bytes = b"") -> bytes:
    """What ffmpeg makes of these arguments, on its stdout."""
    command = [find_ffmpeg(), "-hide_banner", "-nostdin", *args]
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout
