"""The first ffmpeg: holds the encoder's connection and passes its media on, whatever it is.

It stays up while the packager behind it changes, so an encoder never has to reconnect for our sake.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from orchestrator.streaming.probe import Probe
from orchestrator.streaming.source import SourceConfig

ENCODER_GONE = 4
"""Seconds without a byte after which an encoder's connection is given up."""

PROBE = 1_000_000
"""Microseconds of media that ffmpeg looks at before it passes anything on."""

_CARRIED_VIDEO = {"h264", "hevc", "mpeg2video", "mpeg1video", "mpeg4"}
_CARRIED_AUDIO = {"aac", "mp2", "mp3", "ac3", "eac3", "opus"}

_OPENS = {  # protocols and containers, by the URL's scheme
    "srt": ("srt,udp", "mpegts"),
    "rtsp": ("rtsp,rtp,tcp,udp,tls", "rtsp,rtp,sdp"),
    "rtmp": ("rtmp,tcp", "flv,live_flv"),
    "http": ("http,https,httpproxy,tcp,tls,crypto", "hls,mpegts,mov,flv,live_flv,aac"),
    "https": ("http,https,httpproxy,tcp,tls,crypto", "hls,mpegts,mov,flv,live_flv,aac"),
    "": ("file", "mpegts,mov,flv,matroska"),
}


@dataclass(frozen=True, slots=True)
class Conversion:
    """What the receiver itself must convert, because a transport stream cannot carry it."""

    video: bool = False
    audio: bool = False


def needed_conversion(probe: Probe) -> Conversion:
    """Old cameras send MJPEG and G.711: those do not fit."""
    return Conversion(
        video=probe.video is not None and probe.video.codec not in _CARRIED_VIDEO,
        audio=probe.audio is not None and probe.audio.codec not in _CARRIED_AUDIO,
    )


def listener_url(port: int, bind: str) -> str:
    """Where we wait for an encoder."""
    host = f"[{bind}]" if ":" in bind else bind
    return f"srt://{host}:{port}?mode=listener"


def write_input(path: Path, config: SourceConfig, url: str, http_proxy: str | None) -> None:
    """Write the list file that ffmpeg opens: there the passphrase is not seen in the process list.

    `url` has been vetted. Readable by us only.
    """
    scheme = urlsplit(url).scheme
    protocols, containers = _OPENS[scheme]
    options = {
        "analyzeduration": str(PROBE),
        "probesize": "5000000",
        "protocol_whitelist": protocols,
        "format_whitelist": containers,
    }
    if config.passphrase and config.kind == "srt":
        options |= {"passphrase": config.passphrase.get_secret_value(), "pbkeylen": "16"}
    if scheme == "srt":
        options["timeout"] = str(ENCODER_GONE * 1_000_000)
    elif scheme == "rtsp":
        options |= {"rtsp_transport": "tcp", "timeout": "10000000"}
    elif scheme in {"http", "https"}:
        options |= {"rw_timeout": "10000000"} | ({"http_proxy": http_proxy} if http_proxy else {})
    elif scheme == "rtmp":
        options["rw_timeout"] = "10000000"
    lines = ["ffconcat version 1.0", f"file {_quoted(url)}"]
    lines += [f"option {name} {_quoted(value)}" for name, value in options.items()]
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def receiver_args(input_list: Path, url: str, conversion: Conversion) -> list[str]:
    """The arguments of ffmpeg: from the list file to a transport stream on stdout."""
    protocols, containers = _OPENS[urlsplit(url).scheme]
    pace = ["-readrate", "1"] if not urlsplit(url).scheme else []
    video = (
        ["libx264", "-preset", "veryfast", "-tune", "zerolatency", "-g", "50", "-pix_fmt", "yuv420p"]
        if conversion.video
        else ["copy"]
    )
    audio = ["aac", "-ar", "48000", "-ac", "2"] if conversion.audio else ["copy"]
    return [
        *("-loglevel", "info", "-protocol_whitelist", f"file,{protocols}"),
        *("-format_whitelist", f"concat,{containers}", "-safe", "0", *pace),
        *("-f", "concat", "-i", str(input_list)),
        *("-map", "0:v:0?", "-map", "0:a:0?", "-dn", "-sn", "-c:v", *video, "-c:a", *audio),
        *("-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0", "-pes_payload_size", "0"),
        # Sound that stops must not hold the picture back for longer than this.
        *("-max_interleave_delta", "400000", "-flush_packets", "1", "pipe:1"),
    ]


def secrets(config: SourceConfig) -> list[str]:
    """What must never be seen in a log: the passphrase, and a URL's user and query."""
    found = [config.passphrase.get_secret_value()] if config.passphrase else []
    if config.url:
        parts = urlsplit(config.url.get_secret_value())
        user, at, _ = parts.netloc.rpartition("@")
        asked = {parts.query, urlencode(parse_qsl(parts.query))}  # as written, and as `vet_url` writes it
        found += [f"//{user}{at}"] if user else []
        found += [f"?{query}" for query in asked if query]
        found += [parts.password or "", *parse_qs(parts.query).get("passphrase", [])]
    return [secret for secret in found if secret]


def _quoted(value: str) -> str:
    """As ffmpeg-utils(1) "Quoting and escaping" says; control characters never come here."""
    return "'" + value.replace("'", "'\\''") + "'"
