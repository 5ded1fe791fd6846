"""Transcripts as Teams writes them, read so that clean WebVTT can be made of them; pure."""

import html
import re
from collections.abc import Iterator

from orchestrator.domain.captions import Cue

_TIMING = re.compile(r"^\s*(?P<start>-?[\d:.-]+)\s*-->\s*(?P<end>-?[\d:.-]+)")
_STAMP = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,2}):)?(\d{1,2})(?:\.(\d{1,9}))?")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+(?P<name>[^>]*)>(?P<text>.*?)(?=</v>|<v[.\s]|\Z)", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


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
