"""Playlists, as functions of what is listed (RFC 8216; EVENT while live, VOD for the recording)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal

from orchestrator.streaming.index import Segment, follows
from orchestrator.streaming.segments import TARGET_DURATION
from orchestrator.streaming.times import rfc3339

DATE_EVERY = 60.0
"""Seconds between PROGRAM-DATE-TIME tags inside a continuous run: enough to hold a drifting encoder."""
DRIFT = 0.25
"""Seconds by which summed durations may leave the wall clock before it is told anew."""


def playlist(
    segments: Sequence[Segment],
    *,
    kind: Literal["EVENT", "VOD"],
    ended: bool,
    withdrawn: Collection[str] = (),
) -> str:
    """The media playlist that lists `segments` in this order.

    A withdrawn one keeps its place in a live playlist, whose lines may never go, as a gap.
    """
    # Version 8 is EXT-X-GAP's.
    lines = ["#EXTM3U", "#EXT-X-VERSION:8", f"#EXT-X-TARGETDURATION:{TARGET_DURATION}"]
    lines += ["#EXT-X-MEDIA-SEQUENCE:0", f"#EXT-X-PLAYLIST-TYPE:{kind}"]
    if all(segment.keyframe for segment in segments):
        lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
    before: Segment | None = None
    told: datetime | None = None  # what the last PROGRAM-DATE-TIME and the durations since say
    since_told = 0.0
    for segment in segments:
        joined = continues(before, segment)
        if not joined and before is not None:
            lines.append("#EXT-X-DISCONTINUITY")
        if before is None or before.init != segment.init:
            lines.append(f'#EXT-X-MAP:URI="{segment.init}"')
        drift = 0.0 if told is None else abs((segment.at - told).total_seconds())
        if not joined or told is None or since_told >= DATE_EVERY or drift > DRIFT:
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{rfc3339(segment.at)}")
            told, since_told = segment.at, 0.0
        if segment.name in withdrawn:
            lines.append("#EXT-X-GAP")
        lines += [f"#EXTINF:{seconds(segment.duration)},", segment.name]
        told += timedelta(seconds=segment.duration)
        since_told += segment.duration
        before = segment
    if ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def continues(before: Segment | None, segment: Segment) -> bool:
    """Whether `segment` continues `before` without a discontinuity."""
    return follows(
        before,
        kind=segment.kind,
        init=segment.init,
        connection=segment.connection,
        start=segment.start,
    )


def seconds(value: float) -> str:
    """A duration exact to the microsecond, without useless zeros."""
    return f"{value:.6f}".rstrip("0").rstrip(".")
