"""timeline.json: which case and speaker each moment belongs to, and where the moment is found.

Static, beside the playlist: it costs the service the same for one viewer and for a million.
"""

import json
from collections.abc import Iterable

from orchestrator.domain.timeline import Entry, NextSpeaker
from orchestrator.streaming.index import Index
from orchestrator.streaming.recording import stretches
from orchestrator.streaming.times import rfc3339


def timeline(
    index: Index,
    entries: Iterable[Entry],
    next_speakers: Iterable[NextSpeaker],
    *,
    recording: bool,
    captions: bool = False,
) -> str:
    """The JSON document. `recording`, `captions`: whether recording.m3u8, captions.vtt are public.

    Offsets in seconds.
    """
    newest = index.parts[max(index.parts)]
    document = {
        "version": 1,
        "state": "live" if newest.ended_at is None else "ended",
        "live": newest.playlist,
        "recording": "recording.m3u8" if recording else None,
        "captions": "captions.vtt" if captions else None,
        "stretches": [
            {
                "start": rfc3339(stretch.start),
                "end": rfc3339(stretch.end),
                "live_offset": _rounded(stretch.live_offset),
                "recording_offset": _rounded(stretch.recording_offset),
            }
            for stretch in stretches(index, released=recording)
        ],
        "entries": [
            {
                "kind": entry.kind,
                "id": entry.id,
                "start": rfc3339(entry.start),
                "end": rfc3339(entry.end) if entry.end else None,
                "title": entry.title,
                "number": entry.number,
                "person": entry.person,
                "group": entry.group,
            }
            for entry in entries
        ],
        "next": [each.model_dump(mode="json") for each in next_speakers],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def _rounded(offset: float | None) -> float | None:
    return None if offset is None else round(offset, 3)
