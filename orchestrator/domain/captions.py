"""What was said and when, and how it is written for players (WebVTT); pure."""

import html
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Said:
    """What was said, by the clock on the wall. ``voice``: who, as the room knew them; None: not known."""

    start: datetime
    end: datetime
    text: str
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """What is said, in milliseconds after the beginning of a recording or transcript."""

    start: int
    end: int
    text: str
    voice: str | None = None


def to_vtt(said: Iterable[Cue]) -> str:
    """Valid WebVTT with voice tags."""
    blocks = ["WEBVTT\n"]
    for cue in said:
        text = html.escape(cue.text, quote=False)
        voice = f"<v {html.escape(cue.voice, quote=False)}>" if cue.voice else ""
        blocks.append(f"{_stamp(cue.start)} --> {_stamp(cue.end)}\n{voice}{text}{'</v>' if voice else ''}\n")
    return "\n".join(blocks)


def _stamp(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"
