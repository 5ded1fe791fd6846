"""What is measured of a source while it is received, and what that tells IT support."""

from collections import deque
from collections.abc import Callable, Iterator

from orchestrator.streaming.packaging import Packaging
from orchestrator.streaming.status import SourceWarning
from orchestrator.streaming.ts import TransportStream

AVERAGED_OVER = 4.0
"""Seconds that bit rate and frame rate are averaged over."""

REMEMBERED_FOR = 600.0
"""Seconds that an incident is told."""

QUIETEST = -50.0
"""dBFS that speech is never below for long; it should lie above -35."""


class Incidents:
    """What happened lately, by code."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._seen: deque[tuple[float, str]] = deque(maxlen=1000)

    def add(self, code: str) -> None:
        """It happened now."""
        self._seen.append((self._now(), code))

    def warnings(self) -> Iterator[SourceWarning]:
        """Each code of the last ten minutes, and how many times."""
        recent = [code for at, code in self._seen if self._now() - at < REMEMBERED_FOR]
        for code in dict.fromkeys(recent):
            yield SourceWarning(code, {"times": recent.count(code)})


class Rates:
    """Bits and frames per second of one connection; None until there is something to compare."""

    def __init__(self, stream: TransportStream, now: Callable[[], float]) -> None:
        self._stream, self._now = stream, now
        self._seen: deque[tuple[float, int, int]] = deque([(now(), stream.bytes, stream.pictures)])

    def measure(self) -> None:
        """Look; call it whenever something came."""
        now = self._now()
        if now - self._seen[-1][0] > AVERAGED_OVER / 8:
            self._seen.append((now, self._stream.bytes, self._stream.pictures))
        while now - self._seen[0][0] > AVERAGED_OVER and len(self._seen) > 1:
            self._seen.popleft()

    @property
    def bits_per_second(self) -> float | None:
        """Of everything that comes, picture and sound and what carries them."""
        return None if (rate := self._rate(1)) is None else rate * 8

    @property
    def frames_per_second(self) -> float | None:
        """Pictures as they come."""
        return self._rate(2)

    def _rate(self, which: int) -> float | None:
        first, last = self._seen[0], self._seen[-1]
        return (last[which] - first[which]) / (last[0] - first[0]) if last[0] > first[0] else None


def warnings_about(
    packaging: Packaging, stream: TransportStream, level: float | None
) -> Iterator[SourceWarning]:
    """What IT should put right at the encoder or here, given what comes now."""
    video, audio = packaging.input
    chosen = packaging.plan
    if packaging.keyframes_far_apart:
        seconds = round(max(stream.keyframe_interval or 0.0, stream.since_keyframe), 1)
        yield SourceWarning("keyframes_far_apart", {"seconds": seconds})
    elif not chosen.copy_video:
        yield SourceWarning("picture_converted", {"codec": video.codec})
    if audio is None:
        yield SourceWarning("no_sound")
    elif packaging.sound_missing:
        yield SourceWarning("sound_stopped")
    elif not chosen.copy_audio:
        yield SourceWarning("sound_converted", {"codec": audio.codec})
    if level is not None and level < QUIETEST and not packaging.sound_missing:
        yield SourceWarning("sound_too_low", {"dbfs": round(level)})
    if packaging.restarts:
        yield SourceWarning("packager_restarted", {"times": packaging.restarts})
    if packaging.too_slow:
        yield SourceWarning("machine_too_slow")


class StandingStill:
    """Whether pictures come but their times do not ascend: an encoder began anew behind a relay."""

    PATIENCE = 5.0
    LEAST = 1.0

    def __init__(self, stream: TransportStream, now: Callable[[], float]) -> None:
        self._stream, self._now = stream, now
        self._mark = (now(), stream.pictures, stream.last_time)

    def __call__(self) -> bool:
        """Whether it has been so for the last five seconds."""
        at, pictures, time = self._mark
        if self._now() - at < self.PATIENCE:
            return False
        stream = self._stream
        self._mark = (self._now(), stream.pictures, stream.last_time)
        if stream.last_time is None or time is None or stream.pictures - pictures < self.PATIENCE:
            return False
        return abs(stream.last_time - time) < self.LEAST
