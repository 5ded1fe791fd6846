"""captions.vtt: what was said, as captions of the recording (WebVTT)."""

from collections.abc import Collection, Iterable

from orchestrator.domain.captions import Cue, Said, to_vtt
from orchestrator.streaming.recording import RecordingTime

CUT = 0.1
"""Seconds: what is so much shorter in the recording than it was to say has a cut in it."""


def captions(said: Iterable[Said], recording: RecordingTime, names: Collection[str]) -> str | None:
    """What can be heard in the recording from beginning to end, word for word; None if that is nothing.

    So whatever lies at an edge of what was cut out is left out whole. ``names``: of those whom the public
    knows to have spoken, whose voices are named.
    """
    cues = []
    for one in said:
        start, end = recording.at_or_after(one.start), recording.at_or_before(one.end)
        if (one.end - one.start).total_seconds() - (end - start) > CUT:
            continue
        voice = one.voice if one.voice in names else None
        cues.append(Cue(round(start * 1000), round(end * 1000), one.text, voice))
    return to_vtt(cues) if cues else None
