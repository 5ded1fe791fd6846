"""What came out of a meeting, held against when it was shut: frame by frame, sound by sound."""

import math
import time
from datetime import datetime
from itertools import pairwise
from typing import Any

from tests.stories.coded import Shown, seconds_between, stamp
from tests.stories.council import Council
from tests.stories.crawler import Crawler
from tests.stories.decoded import WINDOW, Decoded, decode
from tests.stories.watching import init_name, runs

SPREAD = 1.0
AT_ONCE = 2.0
"""Seconds in which the preview must have ceased."""
MOST_LOST = 2.5
"""Seconds that each public stretch may lose: up to the next keyframe, and a fragment at its end."""
NOTICED = 0.4
"""Seconds that the source's delay, set by hand, may be off; the spread covers it."""

BEFORE, PUBLIC, STOPPED, BREAK, CLOSED, RECONNECTED, AFTER = 1, 2, 3, 4, 5, 6, 7
"""What the picture says: which stretch of the meeting it was taken in."""


def shut(events: list[dict[str, Any]], *only: str) -> list[tuple[float, float]]:
    """When the meeting was not public, or shut for these reasons only, from its events alone."""
    now_open, reasons = bool(only), set[str]()
    begins = {"doors_closed": "doors", "broadcast_stopped": "stop", "break_started": "break"}
    ends = {"doors_opened": "doors", "broadcast_resumed": "stop", "break_ended": "break"}
    intervals, since = [], -math.inf
    for event in events:
        was = now_open and not reasons
        if only and event["type"] in begins and event["type"] not in only:
            continue
        if not only and event["type"] in ("session_opened", "session_adjourned"):
            now_open = event["type"] == "session_opened"
        reasons |= {begins[event["type"]]} if event["type"] in begins else set()
        reasons -= {ends[event["type"]]} if event["type"] in ends else set()
        public, at = now_open and not reasons, datetime.fromisoformat(event["at"]).timestamp()
        if public and not was:
            intervals.append((since, at))
        elif was and not public:
            since = at
    return intervals if only else [*intervals, (since, math.inf)]


def distance(frame: Shown, stretch: tuple[float, float], now: float) -> float:
    """Seconds from a frame to a stretch that was shut; 0 or less inside it."""
    at = now + seconds_between(stamp(now), frame.stamp)
    return max(stretch[0] - at, at - stretch[1])


async def all_media(crawler: Crawler) -> dict[str, Decoded]:
    """Everything decoded: what was listed in its order, and what else ever lay in the public directory."""
    parts, decoded = crawler.segments, {}
    for name, versions in crawler.playlists.items():
        for run in runs(versions[-1][1]):
            media = [parts[segment.uri] for segment in run if segment.uri in parts]
            decoded[f"{name} {run[0].uri}"] = await decode(parts[init_name(run[0])], *media)
    inits = [path.read_bytes() for path in crawler.evidence.glob("*.mp4")]
    for path in crawler.evidence.glob("*.m4s"):
        for number, init in enumerate(inits):
            decoded[f"{path.name} {number}"] = await decode(init, path.read_bytes())
    return decoded


def check_pictures(decoded: dict[str, Decoded], closed: list[tuple[float, float]]) -> float:
    """No frame from a stretch that was shut, nor nearer to it than the spread; the nearest, in seconds."""
    now, nearest = time.time(), math.inf
    for name, media in decoded.items():
        frames = [frame for frame in media.frames if frame is not None]
        assert len(frames) in (0, len(media.frames)), f"{name}: neither film nor slate"
        for frame in frames:
            away = min(distance(frame, stretch, now) for stretch in closed)
            assert frame.item == PUBLIC, (
                f"{name}: a frame of stretch {frame.item}, {away:.2f} s from its edge"
            )
            assert away > 0, f"{name}: a frame from {-away:.2f} s inside a stretch that was shut"
            nearest = min(nearest, away)
    assert nearest > SPREAD - NOTICED, f"a frame {nearest:.2f} s from a stretch that was shut"
    return nearest


def check_sounds(decoded: dict[str, Decoded], closed: list[tuple[float, float]], hall: Council) -> None:
    """Sound is from when its picture was taken, and none from a stretch that was shut; slates are silent."""
    for name, media in decoded.items():
        first = media.frames[0] if media.frames else None
        if first is None:
            assert set(media.sounds) <= {None}, f"{name}: a slate that is heard"
            continue
        seen = hall.began + seconds_between(stamp(hall.began), first.stamp)
        for number, sound in enumerate(media.sounds):
            if sound is None:  # the encoder's first moments
                continue
            # It is not told which connection it is from: the one that fits best.
            heard = [hall.began + sound + waited for waited in hall.waited]
            at = min(heard, key=lambda moment: abs(moment - seen - number * WINDOW))
            assert abs(at - seen - number * WINDOW) < 2 * SPREAD, f"{name}: sound without its picture"
            away = min(max(start - at, at - end) for start, end in closed)
            assert away > 0, f"{name}: sound from {-away:.2f} s inside a stretch that was shut"


def check_previews(previews: list[tuple[float, Shown | None]], closed: list[tuple[float, float]]) -> None:
    """IT's own preview stops when the doors are closed, and what is seen afterwards is not from inside."""
    assert previews
    for asked, shown in previews:
        opened = max((asked - end for _, end in closed if end < asked), default=math.inf)
        age = math.nan if shown is None else seconds_between(shown.stamp, stamp(asked))
        inside = shown is not None and shown.item in (CLOSED, RECONNECTED)
        assert not inside, f"the preview shows what was inside {age:.1f} s ago; open for {opened:.1f} s"
        for start, end in closed:
            assert not start + AT_ONCE < asked < end, "there is a preview behind closed doors"


def check_not_late(crawler: Crawler, decoded: dict[str, Decoded]) -> None:
    """When the service says that media was taken is true within the spread: else this machine is too slow."""
    for name, versions in crawler.playlists.items():
        for run in runs(versions[-1][1]):
            first = decoded[f"{name} {run[0].uri}"].frames[0]
            assert run[0].date is not None
            said = run[0].date.timestamp()
            off = 0.0 if first is None else -seconds_between(stamp(said), first.stamp)
            assert abs(off) < SPREAD, f"the encoder or this machine is {off:.1f} s late: more than the spread"


def check_coverage(decoded: dict[str, Decoded], closed: list[tuple[float, float]], text: str) -> None:
    """What is public is seen, and while it is shut the live playlist goes on with slates."""
    now = time.time()
    seen = {
        now + seconds_between(stamp(now), frame.stamp)
        for media in decoded.values()
        for frame in media.frames
        if frame is not None
    }
    for (_, start), (end, _) in pairwise(closed):
        inside = [at for at in seen if start < at < end]
        after, before = min(inside, default=end) - start, end - max(inside, default=start)
        print(f"public for {end - start:.2f} s: seen from {after:.2f} s after to {before:.2f} s before")  # noqa: T201
        assert len(inside) >= 25 * (end - start - 2 * SPREAD - MOST_LOST), "too little is seen"
    films = [decoded[f"live.m3u8 {run[0].uri}"].frames[0] is not None for run in runs(text)]
    assert films.count(False) >= len(closed) - 2, f"slates are missing: {films}"
