"""What ffmpeg says of its input, read from its log (there is no ffprobe in every build)."""

import asyncio
import re
from dataclasses import dataclass, field

_INPUT = re.compile(r"^Input #0,")
_OUTPUT = re.compile(r"^(Output #0,|Stream mapping:)")
_STREAM = re.compile(r"^\s*Stream #0:(\d+)\S*: (Video|Audio): (.*)$")
_SIZE = re.compile(r"\b(\d{2,5})x(\d{2,5})\b")
_RATE = re.compile(r"\b(\d+(?:\.\d+)?)(k?) (fps|tbr)\b")
_SAMPLE_RATE = re.compile(r"\b(\d+) Hz\b")
_CHANNELS = {"mono": 1, "stereo": 2, "2.1": 3, "quad": 4, "4.0": 4, "5.0": 5, "5.1": 6, "7.1": 8}
_OUTSIDE_BRACKETS = re.compile(r",\s*(?![^()\[\]]*[)\]])")


@dataclass(frozen=True, slots=True)
class Video:
    """A picture as it comes; 0 or "" is what ffmpeg could not tell."""

    codec: str
    profile: str
    pixels: str
    width: int
    height: int
    frame_rate: float


@dataclass(frozen=True, slots=True)
class Audio:
    """A sound as it comes; 0 is what ffmpeg could not tell."""

    codec: str
    profile: str
    sample_rate: int
    channels: int


@dataclass(slots=True)
class Probe:
    """Fed with stderr line by line; `known` is set once ffmpeg has described its whole input."""

    video: Video | None = None
    audio: Audio | None = None
    known: asyncio.Event = field(default_factory=asyncio.Event)
    _inside: bool = field(default=False)

    def line(self, line: str) -> None:
        """Take one line."""
        if _INPUT.match(line):
            self._inside = True
        elif _OUTPUT.match(line) and self._inside:
            self._inside = False
            self.known.set()
        elif self._inside and (found := _STREAM.match(line)):
            _, kind, description = found.groups()
            if kind == "Video" and self.video is None and "attached pic" not in description:
                self.video = parse_video(description)
            elif kind == "Audio" and self.audio is None:
                self.audio = parse_audio(description)


def parse_video(description: str) -> Video:
    """From `h264 (High) ([27][0][0][0] / 0x001B), yuv420p(tv), 1280x720 [SAR 1:1], 25 fps`."""
    codec, profile, parts = _parse(description)
    size = next((found for part in parts if (found := _SIZE.match(part))), None)
    rates = {name: float(number) * (1000 if kilo else 1) for number, kilo, name in _RATE.findall(description)}
    return Video(
        codec,
        profile,
        pixels=parts[0].partition("(")[0].strip() if parts and not _SIZE.match(parts[0]) else "",
        width=int(size[1]) if size else 0,
        height=int(size[2]) if size else 0,
        frame_rate=rates.get("fps") or rates.get("tbr") or 0.0,
    )


def parse_audio(description: str) -> Audio:
    """From `aac (LC) ([15][0][0][0] / 0x000F), 48000 Hz, stereo, fltp, 128 kb/s`."""
    codec, profile, parts = _parse(description)
    rate = _SAMPLE_RATE.search(description)
    channels = 0
    for part in parts:
        layout = part.partition("(")[0].strip()
        if layout in _CHANNELS:
            channels = _CHANNELS[layout]
        elif counted := re.match(r"(\d+) channels", layout):
            channels = int(counted[1])
    return Audio(codec, profile, int(rate[1]) if rate else 0, channels)


def _parse(description: str) -> tuple[str, str, list[str]]:
    head, *parts = _OUTSIDE_BRACKETS.split(description)
    codec, _, rest = head.partition(" ")
    profile = re.match(r"\(([^()/]*)\)", rest)
    return codec.rstrip(","), profile[1] if profile else "", parts
