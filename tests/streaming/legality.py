"""Whether the history of a live playlist is legal: what no validator sees, because it looks at one version.

`history` is every version in order, each with the moment (seconds) at which it could be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

MAY_CHANGE = {"#EXT-X-ENDLIST", "#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-GAP"}


@dataclass
class Listed:
    """One segment of a parsed playlist."""

    uri: str
    duration: float
    init: str
    discontinuity: bool
    date: datetime | None
    lines: tuple[str, ...]


@dataclass
class Parsed:
    header: list[str] = field(default_factory=list)
    segments: list[Listed] = field(default_factory=list)
    ended: bool = False

    @property
    def target_duration(self) -> int:
        return next(int(line.split(":")[1]) for line in self.header if "TARGETDURATION" in line)


def parse(text: str) -> Parsed:
    """Read a playlist as this service writes them; anything unexpected is an AssertionError."""
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    assert text.endswith("\n"), "a playlist cut off"
    parsed, waiting, init = Parsed(), list[str](), ""
    for line in lines:
        if line == "#EXT-X-ENDLIST":
            parsed.ended = True
        elif line.startswith(
            ("#EXTM3U", "#EXT-X-VERSION", "#EXT-X-TARGETD", "#EXT-X-MEDIA-S", "#EXT-X-PLAY", "#EXT-X-INDEP")
        ):
            assert not parsed.segments, f"{line} after a segment"
            parsed.header.append(line)
        elif line.startswith("#"):
            waiting.append(line)
        else:
            assert line, "an empty line"
            tags = dict(tag.partition(":")[::2] for tag in waiting)
            init = tags.get("#EXT-X-MAP", init)
            date = tags.get("#EXT-X-PROGRAM-DATE-TIME")
            parsed.segments.append(
                Listed(
                    uri=line,
                    duration=float(tags["#EXTINF"].rstrip(",")),
                    init=init,
                    discontinuity="#EXT-X-DISCONTINUITY" in tags,
                    date=datetime.fromisoformat(date) if date else None,
                    lines=(*(tag for tag in waiting if tag not in MAY_CHANGE), line),
                )
            )
            waiting = []
    assert not waiting, "tags without a segment"
    return parsed


def check_version(text: str) -> Parsed:
    """One version on its own: durations, dates and discontinuities."""
    parsed = parse(text)
    latest: datetime | None = None
    since_date = 0.0
    for number, segment in enumerate(parsed.segments):
        assert 0 < segment.duration <= parsed.target_duration, f"EXTINF {segment.duration}"
        assert segment.init, "a segment without EXT-X-MAP"
        if number == 0:
            assert segment.date, "the first segment has no date"
            assert not segment.discontinuity
        elif segment.init != parsed.segments[number - 1].init:
            assert segment.discontinuity, "EXT-X-MAP changes without EXT-X-DISCONTINUITY"
        if segment.discontinuity:
            assert segment.date, "EXT-X-DISCONTINUITY without EXT-X-PROGRAM-DATE-TIME"
        if segment.date:
            assert latest is None or segment.date >= latest, "the date goes back"
            latest, since_date = segment.date, 0.0
        since_date += segment.duration
        assert since_date < 60 + parsed.target_duration + 1, "no date for over a minute"
    return parsed


def check_history(history: Sequence[tuple[float, str]], *, stalls_allowed: bool = False) -> None:
    """The rules between versions: append-only, constant target duration, never longer than 1.5 of it."""
    before: Parsed | None = None
    grown = 0.0
    for moment, text in history:
        parsed = check_version(text)
        if before is not None:
            fixed = [line for line in before.header if line not in MAY_CHANGE]
            assert fixed == [line for line in parsed.header if line not in MAY_CHANGE], "the header changed"
            assert len(parsed.segments) >= len(before.segments), "segments were removed"
            for old, new in zip(before.segments, parsed.segments, strict=False):
                assert old.lines == new.lines, f"{old.uri} changed"
            assert not before.ended or parsed.ended, "EXT-X-ENDLIST was removed"
            if before.ended:
                assert len(parsed.segments) == len(before.segments), "segments after EXT-X-ENDLIST"
        if before is None or len(parsed.segments) > len(before.segments):
            if before is not None and not stalls_allowed:
                limit = 1.5 * parsed.target_duration
                assert moment - grown <= limit, f"no segment for {moment - grown:.1f} s"
            grown = moment
        before = parsed
