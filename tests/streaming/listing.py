"""Listed segments, made up: for playlists, recordings and timelines without media."""

from datetime import datetime, timedelta
from typing import Any

from orchestrator.streaming.index import Index, Segment
from tests.clock import START


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def segment(since: float, **changes: Any) -> Segment:
    """Four seconds of media captured `since` seconds after the start, unless changed."""
    duration = changes.get("duration", 4.0)
    fields: dict[str, Any] = {
        "part": 1,
        "kind": "media",
        "name": f"s{since:g}.m4s",
        "init": "camera.mp4",
        "connection": 1,
        "start": since,
        "duration": duration,
        "keyframe": True,
        "at": at(since),
        "captured_from": at(since),
        "captured_to": at(since + duration),
        "spread": 5.0,
        "live": True,
        "recording": True,
        "reason": None,
        "listed_at": at(since + duration + 7),
    }
    return Segment(**(fields | changes))


def slate(since: float, **changes: Any) -> Segment:
    return segment(
        since,
        **{
            "kind": "slate",
            "name": f"slate{since:g}.m4s",
            "init": "slate.mp4",
            "connection": 0,
            "recording": False,
            "reason": "closed",
            **changes,
        },
    )


def fill(index: Index, *segments: Segment) -> None:
    """List them, in parts that begin as needed."""
    for each in segments:
        if each.part not in index.parts:
            index.begin(each.part, each.at)
        index.list(each)
