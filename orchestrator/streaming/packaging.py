"""One encoder connection's media through the packager: planned, watched, restarted where it must be."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.backoff import Backoff
from orchestrator.clock import Clock
from orchestrator.streaming.boxes import BadMediaError
from orchestrator.streaming.capture import CaptureTime
from orchestrator.streaming.ffmpeg import Child, running
from orchestrator.streaming.fragments import Fragmenter, ParametersChangedError
from orchestrator.streaming.media import Captured, Fragment, Init, MediaSink
from orchestrator.streaming.packager import FARTHEST_KEYFRAMES, Plan, packager_args, plan
from orchestrator.streaming.probe import Audio, Probe, Video
from orchestrator.streaming.ts import TransportStream

LAST_WORDS = 1.0
"""Seconds that the packager has to finish what it was given when the encoder has gone."""

SOUND_MISSING = 3.0
"""Seconds without sound that was announced, after which silence is put in."""

_TOLERANCE = 0.25
_LEAST_WAITING = 1 << 20
_TOO_SLOW = 4.0  # seconds of media waiting for the packager
_OVERLAP = 0.1

_log = logging.getLogger(__name__)


class Packaging:
    """Feeds the packager and hands what comes out to the sink, each fragment with its capture time."""

    def __init__(
        self,
        *,
        connection: int,
        probe: Probe,
        stream: TransportStream,
        sink: MediaSink,
        clock: Clock,
        delay: float,
        pid_file: Path,
        delivered: Callable[[Captured], None],
    ) -> None:
        if probe.video is None:
            raise ValueError("a connection without a picture is not packaged")
        self._connection = connection
        self._video: Video = probe.video
        self._audio: Audio | None = probe.audio
        self._stream = stream
        self._sink = sink
        self._clock = clock
        self._delay = delay
        self._pid_file = pid_file
        self._delivered = delivered
        self._child: Child | None = None
        self._changed = asyncio.Event()
        self._ended = False
        self._reached = 0.0  # wall-clock time up to which media was delivered
        self._began = clock.monotonic()
        self.keyframes_far_apart = False
        self.sound_missing = False
        self.too_slow = False
        self.restarts = 0
        self.init: Init | None = None

    @property
    def plan(self) -> Plan:
        """How this connection's media is packaged, as far as is known."""
        return plan(
            self._video,
            self._audio,
            keyframes_far_apart=self.keyframes_far_apart,
            sound_missing=self.sound_missing,
        )

    @property
    def input(self) -> tuple[Video, Audio | None]:
        """What comes from the encoder."""
        return self._video, self._audio

    def write(self, data: bytes) -> None:
        """Pass media on; never waits: what the packager cannot keep up with is given up instead."""
        self._look()
        if self._child is None:
            return
        self._child.stdin.write(data)
        lived = max(1.0, self._clock.monotonic() - self._began)
        most = max(_LEAST_WAITING, _TOO_SLOW * self._stream.bytes / lived)
        if self._child.stdin.transport.get_write_buffer_size() > most:
            self.too_slow = True
            self._changed.set()

    def end(self) -> None:
        """The encoder has gone: let the packager finish."""
        self._ended = True
        if self._child is not None:
            self._child.stdin.close()
        self._changed.set()

    async def run(self) -> None:
        """Package until `end`; a packager that dies or no longer fits is replaced at once."""
        backoff = Backoff(first=0.1, most=5.0)
        while not self._ended:
            began = self._clock.monotonic()
            if not await self._package(self.plan):
                self.restarts += 1
                await asyncio.sleep(backoff.after(self._clock.monotonic() - began))

    async def _package(self, chosen: Plan) -> bool:
        """One run of the packager; False if it failed, True if it was stopped or has finished."""
        self._changed.clear()
        probe = Probe()
        told = False

        def line(said: str) -> None:
            nonlocal told
            probe.line(said)
            if probe.known.is_set() and not told:
                told = True
                self._learn(probe, chosen)

        args = packager_args(chosen)
        async with running(args, feed=True, on_line=line, pid_file=self._pid_file) as child:
            self._child = child
            child.stdin.write(self._stream.from_keyframe())
            reading = asyncio.create_task(self._deliver(child))
            try:
                await self._until_changed(reading)
                return self._outcome(reading, child)
            finally:
                self._child = None
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _until_changed(self, reading: asyncio.Task[None]) -> None:
        changed = asyncio.create_task(self._changed.wait())
        try:
            await asyncio.wait({reading, changed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
        if self._ended:
            await asyncio.wait({reading}, timeout=LAST_WORDS)

    def _outcome(self, reading: asyncio.Task[None], child: Child) -> bool:
        if self._ended or not reading.done():
            return True
        error = reading.exception()
        if isinstance(error, ParametersChangedError):
            return True
        if error is not None and not isinstance(error, BadMediaError):
            raise error
        _log.warning("packager ended: %s; %s", error or "by itself", " | ".join(list(child.said)[-3:]))
        return False

    async def _deliver(self, child: Child) -> None:
        """Everything from one packager to the sink, from the first keyframe that was not delivered yet."""
        fragmenter, capture = Fragmenter(), CaptureTime(self._delay)
        init: Init | None = None
        held: list[tuple[Fragment, float]] = []
        begun = False
        changed: ParametersChangedError | None = None
        while not changed:
            chunk = await child.read()
            at = self._clock.now().timestamp()
            try:
                for media in fragmenter.feed(chunk):
                    if isinstance(media, Init):
                        init = media
                    elif media.has_picture:
                        capture.arrived(media, at)
                        held.append((media, at))
            except ParametersChangedError as error:
                changed = error
            if init is None or not (changed or not chunk or capture.settled(at)):
                continue
            for fragment, arrived in held:
                moments = capture.place(fragment, arrived)
                begun = begun or (fragment.keyframe and moments.captured_at >= self._reached - _OVERLAP)
                if begun:
                    captured = Captured(
                        self._connection,
                        init,
                        fragment,
                        captured_from=_utc(moments.captured_from),
                        captured_to=_utc(moments.captured_to),
                        captured_at=_utc(moments.captured_at),
                    )
                    self.init = init
                    await self._sink.take(captured)
                    self._delivered(captured)
                    self._reached = moments.captured_at + fragment.duration
            held.clear()
            if not chunk:
                return
        raise changed

    def _learn(self, probe: Probe, chosen: Plan) -> None:
        """The packager begins at a keyframe, so it knows what the receiver could not tell yet."""
        if probe.video is None:
            return
        self._video = probe.video
        if probe.audio is not None and self._audio is not None:
            self._audio = probe.audio
        if self.plan != chosen:
            self._changed.set()

    def _look(self) -> None:
        """Whether what comes still fits the plan."""
        stream, chosen = self._stream, self.plan
        apart = max(stream.keyframe_interval or 0.0, stream.since_keyframe)
        if apart > FARTHEST_KEYFRAMES + _TOLERANCE:
            self.keyframes_far_apart = True
        if self._audio is not None:
            silent_for = self._clock.monotonic() - (stream.sound_at or self._began)
            self.sound_missing = silent_for > SOUND_MISSING
        if self.plan != chosen:
            self._changed.set()


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
