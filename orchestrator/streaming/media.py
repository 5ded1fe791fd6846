"""What flows from ingest to the gate: parameters, fragments, and when they were captured."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, repr=False)
class Init:
    """One `ftyp` + `moov`: the parameters that every fragment after it is decoded with.

    A new connection, or parameters that change within one, gives a new `Init`
    (compare by identity or by `data`); the codecs are RFC 6381 strings for CODECS.
    """

    data: bytes
    width: int
    height: int
    video_codec: str
    audio_codec: str


@dataclass(frozen=True, slots=True, repr=False)
class Fragment:
    """One `moof` + `mdat` of at most about 0.5 s, with its exact place in media time.

    `start` is when in seconds its video begins (a keyframe's presentation time; after it the order of
    decoding counts, which follows on without gaps) and `duration` the sum of its video samples;
    `earliest` and `latest` bound every sample in it as presented, sound included.
    `keyframe`: the first video sample is a sync sample, so a segment may begin here.
    """

    data: bytes
    start: float
    duration: float
    keyframe: bool
    earliest: float
    latest: float
    has_picture: bool = True
    """Sound alone (while the picture stands still) is never handed to a sink: it has no place of its own."""

    @property
    def end(self) -> float:
        """Presentation seconds at which its last video sample ends."""
        return self.start + self.duration


@dataclass(frozen=True, slots=True, repr=False)
class Captured:
    """A fragment and the wall-clock time its samples were captured (UTC).

    `captured_from` is the best estimate of when the first sample, sound included, was captured.
    `captured_to` is when the last one was, and later than `captured_from` plus the fragment's
    length while that is uncertain (after a stall): the gate must find the whole range public.
    `captured_at` is the estimate for `fragment.start`: what the playlist's times are made from.
    """

    connection: int
    init: Init
    fragment: Fragment
    captured_from: datetime
    captured_to: datetime
    captured_at: datetime


class MediaSink(Protocol):
    """Whoever takes the captured media of one source, fragment by fragment, in order."""

    async def take(self, captured: Captured) -> None:
        """Take one fragment; the packager waits meanwhile, so return soon."""
        ...

    async def lost(self) -> None:
        """The encoder has gone: nothing more comes from this connection."""
        ...
