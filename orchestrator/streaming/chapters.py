"""chapters.vtt: the cases as chapters of the recording (WebVTT)."""

from collections.abc import Iterable

from orchestrator.domain.timeline import Entry
from orchestrator.streaming.recording import RecordingTime

JOINED = 0.5
"""Two stretches of one case that lie this close in the recording, in seconds, are one chapter."""
SHORTEST = 0.001
"""WebVTT counts milliseconds, and a cue must end after it starts."""


def chapters(entries: Iterable[Entry], recording: RecordingTime) -> str:
    """One cue for each stretch of the recording in which a case was treated, in order.

    What was cut out (closed doors, breaks) splits no chapter, and a case of which nothing was
    recorded has none.
    """
    cues: list[tuple[float, float, Entry]] = []
    for entry in entries:
        if entry.kind != "item":
            continue
        start = recording.at_or_after(entry.start)
        end = recording.length if entry.end is None else recording.at_or_before(entry.end)
        if end - start < SHORTEST:
            continue
        if cues and cues[-1][2].id == entry.id and start - cues[-1][1] < JOINED:
            cues[-1] = (cues[-1][0], end, entry)
        else:
            cues.append((start, end, entry))
    blocks = [f"{_time(start)} --> {_time(end)}\n{_title(entry)}\n" for start, end, entry in cues]
    return "\n".join(["WEBVTT\n", *blocks])


def _title(entry: Entry) -> str:
    text = " ".join(f"{entry.number or ''} {entry.title or ''}".split())
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"
