"""What a room's own product has written down of what was said comes out through the gate, as recordings do.

What was not public is dropped before anything is kept. What cannot be laid beside the clock is not kept at
all: nobody could tell which of it was said behind closed doors.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from orchestrator.domain.captions import Cue, Said
from orchestrator.rooms.teams_artifacts import Artifact
from orchestrator.streaming.gate import Settled, Verdict, judge
from orchestrator.streaming.imported import NOTICEABLE, SPREAD, StillOpenError


class UnplacedError(Exception):
    """When what it holds was said is not known, or not all of it lies within the time it is said to cover."""


def public_lines(
    artifact: Artifact, cues: Sequence[Cue], settled: Settled
) -> Mapping[UUID, tuple[Said, ...]]:
    """What was said in each session while it was public, by the session's id.

    Raises UnplacedError, and StillOpenError where the log cannot tell yet.
    """
    covered = (artifact.ends_at - artifact.starts_at).total_seconds()
    if covered <= 0 or any(cue.end > (covered + NOTICEABLE) * 1000 for cue in cues):
        raise UnplacedError
    spread = timedelta(seconds=SPREAD)
    found: dict[UUID, list[Said]] = {use.session_id: [] for use in settled.sessions}
    for cue in cues:
        start, end = (artifact.starts_at + timedelta(milliseconds=at) for at in (cue.start, cue.end))
        verdict = judge(start - spread, end + spread, settled)
        if verdict is Verdict.UNKNOWN:
            raise StillOpenError
        if verdict is Verdict.PUBLIC:
            for use in settled.sessions:
                if use.uses(start, end):
                    found[use.session_id].append(Said(start, end, cue.text, cue.voice))
    return {session_id: tuple(lines) for session_id, lines in found.items()}
