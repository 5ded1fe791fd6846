"""ffmpeg that sends a film of ours into a source of ours: H.264 and AAC over SRT, as an encoder would."""

from collections.abc import Sequence
from typing import Final

KEYFRAME_EVERY: Final = 2
"""Seconds."""
LATENCY: Final = 50
"""Milliseconds that SRT has for sending anew what was lost; on one machine nothing is."""
_BITS_PER_PIXEL: Final = 0.07


def sender_args(
    *, size: tuple[int, int], pictures: int, host: str, port: int, passphrase: str
) -> Sequence[str]:
    """The arguments of ffmpeg, from a NUT film on stdin; ``pictures`` a second.

    The passphrase is among them, and so in the process list: unlike an input, an output has no list file that
    could hold it, and what ffmpeg's preset files say does not reach the protocol. Mount /proc with hidepid=2
    where others have accounts. It is an option and not in the address, where an & would end it.
    """
    width, height = size
    bits = str(int(width * height * pictures * _BITS_PER_PIXEL))
    address = f"[{host}]" if ":" in host else host
    return [
        *("-loglevel", "error", "-protocol_whitelist", "pipe,srt,udp", "-fflags", "nobuffer"),
        *("-analyzeduration", "0", "-f", "nut", "-i", "pipe:0", "-map", "0:v:0", "-map", "0:a:0"),
        *("-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-pix_fmt", "yuv420p"),
        *("-g", str(KEYFRAME_EVERY * pictures), "-keyint_min", str(KEYFRAME_EVERY * pictures)),
        *("-sc_threshold", "0", "-b:v", bits, "-maxrate", bits, "-bufsize", bits),
        *("-c:a", "aac", "-b:a", "96k", "-ac", "2"),
        *("-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0", "-flush_packets", "1"),
        *("-mode", "caller", "-passphrase", passphrase, "-pbkeylen", "16", "-latency", str(LATENCY * 1000)),
        f"srt://{address}:{port}",
    ]
