"""Transcripts as Teams writes them, made into WebVTT that players take; pure."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_TIMING = re.compile(r"^\s*(?P<start>-?[\d:.-]+)\s*-->\s*(?P<end>-?[\d:.-]+)")
_STAMP = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,2}):)?(\d{1,2})(?:\.(\d{1,9}))?")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+(?P<name>[^>]*)>(?P<text>.*?)(?=</v>|<v[.\s]|\Z)", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Cue:
    """What was said, in milliseconds after the transcript began; `voice` is who, as the room knew them."""

    start: int
    end: int
    text: str
    voice: str | None = None


def cues(vtt: str) -> tuple[Cue, ...]:
    """What is said in a transcript, in order.

    Timestamps such as ``0:0:5.320`` and negative ones are read; what lies before the beginning is left out,
    as are notes, styles, and whatever cannot be understood.
    """
    found: list[Cue] = []
    for block in re.split(r"\n[ \t]*(?:\n|\Z)", re.sub(r"\r\n?", "\n", vtt.lstrip("\ufeff"))):
        lines = block.split("\n")
        at = next((number for number, line in enumerate(lines) if _TIMING.match(line)), None)
        timing = _TIMING.match(lines[at]) if at is not None else None
        if at is None or timing is None:
            continue
        start, end = _milliseconds(timing["start"]), _milliseconds(timing["end"])
        if start is None or end is None or end <= max(start, 0):
            continue
        payload = " ".join(line.strip() for line in lines[at + 1 :])
        found += [Cue(max(start, 0), end, text, voice) for voice, text in _said(payload)]
    return tuple(sorted(found, key=lambda cue: cue.start))


def to_vtt(said: Iterable[Cue]) -> str:
    """Valid WebVTT with voice tags."""
    blocks = ["WEBVTT\n"]
    for cue in said:
        text = html.escape(cue.text, quote=False)
        voice = f"<v {html.escape(cue.voice, quote=False)}>" if cue.voice else ""
        blocks.append(f"{_stamp(cue.start)} --> {_stamp(cue.end)}\n{voice}{text}{'</v>' if voice else ''}\n")
    return "\n".join(blocks)


def _said(payload: str) -> Iterator[tuple[str | None, str]]:
    voices = [(one["name"], one["text"]) for one in _VOICE.finditer(payload)] or [("", payload)]
    for name, raw in voices:
        text = " ".join(html.unescape(_TAG.sub("", raw)).split())
        voice = " ".join(html.unescape(name).split())
        if text:
            yield voice or None, text


def _milliseconds(stamp: str) -> int | None:
    match = _STAMP.fullmatch(stamp.replace("-", "", 1))
    if match is None:
        return None
    hours, minutes, seconds, fraction = match.groups()
    total = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)
    milliseconds = total * 1000 + int((fraction or "").ljust(3, "0")[:3])
    return -milliseconds if "-" in stamp else milliseconds


def _stamp(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"
