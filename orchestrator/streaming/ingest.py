"""One source, received for as long as the service runs: connections come and go, the ingest stays."""

import asyncio
import dataclasses
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from orchestrator.backoff import Backoff
from orchestrator.clock import Clock
from orchestrator.streaming.ffmpeg import Child, FfmpegMissingError, running
from orchestrator.streaming.leftovers import end_leftover
from orchestrator.streaming.media import Captured, MediaSink
from orchestrator.streaming.meters import Incidents, Rates, StandingStill, warnings_about
from orchestrator.streaming.packaging import Packaging
from orchestrator.streaming.preview import Preview
from orchestrator.streaming.probe import Probe
from orchestrator.streaming.proxy import checking_proxy
from orchestrator.streaming.receiver import (
    Conversion,
    listener_url,
    needed_conversion,
    receiver_args,
    secrets,
    write_input,
)
from orchestrator.streaming.source import PullLimits, SourceConfig, SourceRefusedError, vet_url
from orchestrator.streaming.status import SourceStatus, SourceWarning, State
from orchestrator.streaming.ts import TransportStream

AGAIN_AFTER = 0.2
"""Seconds before we listen again when an encoder that sent media has gone."""

_LISTENING_AFTER = 2.0  # seconds after which a listener that has not ended has its port
_TOLD_WITHIN = 5.0
_log = logging.getLogger(__name__)


class _ConvertError(Exception):
    """The source sends what a transport stream cannot carry: receive again, converting."""


class Ingest:
    """Receives one source and hands its media to `sink`.

    `private_dir` is the source's own and readable by nobody else. `bind`: the address that an SRT
    listener listens on.
    """

    def __init__(
        self,
        config: SourceConfig,
        sink: MediaSink,
        *,
        clock: Clock,
        private_dir: Path,
        limits: PullLimits = PullLimits(),  # noqa: B008 - frozen
        bind: str = "0.0.0.0",  # noqa: S104 - encoders come from elsewhere; a passphrase is demanded
    ) -> None:
        self._config = config
        self._sink = sink
        self._clock = clock
        self._dir = private_dir
        self._limits = limits
        self._bind = bind
        self._preview = Preview(private_dir / "preview.pid")
        self._state: State = "waiting"
        self._since = clock.now()
        self._reason: str | None = None
        self._detail = ""
        self._connections = 0
        self._packaging: Packaging | None = None
        self._stream: TransportStream | None = None
        self._rates: Rates | None = None
        self._last_at: datetime | None = None
        self._conversion = Conversion()
        self._incidents = Incidents(clock.monotonic)
        self._receiving = False

    def preview(self) -> bytes | None:
        """The latest private picture (JPEG), if there is one and it may be seen."""
        return self._preview.picture

    def allow_preview(self, allowed: bool) -> None:  # noqa: FBT001 - it is a switch
        """Off behind closed doors: the picture is forgotten at once and no new one made."""
        self._preview.allow(allowed)

    @property
    def since_keyframe(self) -> float:
        """Seconds of media since the last keyframe, which a preview that is allowed again begins with."""
        return self._stream.since_keyframe if self._stream else 0.0

    @property
    def status(self) -> SourceStatus:
        """What IT sees now."""
        status = SourceStatus(
            state=self._state,
            since=self._since,
            reason=self._reason,
            detail=self._detail,
            connections=self._connections,
            last_fragment_at=self._last_at,
            warnings=tuple(self._warnings()),
        )
        if not self._packaging or not self._stream or not self._rates:
            return status
        video, audio = self._packaging.input
        return dataclasses.replace(
            status,
            bits_per_second=self._rates.bits_per_second,
            frames_per_second=self._rates.frames_per_second,
            keyframe_interval=self._stream.keyframe_interval,
            width=video.width or None,
            height=video.height or None,
            video_codec=video.codec,
            audio_codec=audio.codec if audio else None,
            video_copied=self._packaging.plan.copy_video,
            audio_copied=self._packaging.plan.copy_audio if audio else None,
            sound_dbfs=self._preview.sound_dbfs,
        )

    async def run(self) -> None:
        """Receive until cancelled; whatever fails is told in `status` and tried again."""
        backoff = Backoff()
        while True:
            began = self._clock.monotonic()
            self._receiving = False
            try:
                await asyncio.to_thread(self._prepare)
                await self._receive_once()
            except _ConvertError:
                continue
            except SourceRefusedError as error:
                self._now("failed", "url_refused", str(error))
            except FfmpegMissingError as error:
                self._now("failed", "ffmpeg_missing", str(error))
            except TimeoutError:
                _log.warning("the receiver did not say what comes")
            except OSError as error:
                self._now("failed", "disk", error.strerror or "")
            except Exception:  # noqa: BLE001 - a mistake of ours must not end the source for good
                _log.exception("receiving failed")
                self._now("failed", "internal")
            lived = self._clock.monotonic() - began
            await asyncio.sleep(AGAIN_AFTER if self._receiving else backoff.after(lived))

    def _prepare(self) -> None:
        self._dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("receiver", "packager", "preview"):
            if end_leftover(self._dir / f"{name}.pid"):
                _log.info("ended a %s that an earlier service left behind", name)

    async def _receive_once(self) -> None:
        """One life of the receiver: at most one connection of an encoder."""
        if self._config.kind == "srt":
            await self._receive(listener_url(self._config.port or 0, self._bind), None)
            return
        url = await vet_url(self._config.url.get_secret_value() if self._config.url else "", self._limits)
        if url.startswith(("http://", "https://")):
            async with checking_proxy(self._limits) as proxy:
                await self._receive(url, proxy)
        else:
            await self._receive(url, None)

    async def _receive(self, url: str, proxy: str | None) -> None:
        probe = Probe()
        input_list = self._dir / "input.ffconcat"
        write_input(input_list, self._config, url, proxy)
        try:
            async with running(
                receiver_args(input_list, url, self._conversion),
                secrets=secrets(self._config),
                on_line=lambda line: self._heard(line, probe),
                pid_file=self._dir / "receiver.pid",
            ) as receiver:
                first = await self._first(receiver)
                if first:
                    await self._connected(receiver, first, probe)
                else:
                    await receiver.wait()
                    self._explain(list(receiver.said))
        finally:
            input_list.unlink(missing_ok=True)

    async def _first(self, receiver: Child) -> bytes:
        """The first media, however long that takes; a listener that stays up has got its port."""
        reading = asyncio.create_task(receiver.read())
        try:
            done, _ = await asyncio.wait({reading}, timeout=_LISTENING_AFTER)
            if not done and self._config.kind == "srt":
                self._now("lost" if self._connections else "waiting")
            return await reading
        finally:
            reading.cancel()

    async def _connected(self, receiver: Child, first: bytes, probe: Probe) -> None:
        """Media comes: package it, watch it, until it ends."""
        async with asyncio.timeout(_TOLD_WITHIN):  # ffmpeg says so before it writes anything
            await probe.known.wait()
        if needed_conversion(probe) != Conversion() and self._conversion == Conversion():
            self._conversion = needed_conversion(probe)
            raise _ConvertError
        if probe.video is None:
            self._now("failed", "no_picture")
            return
        self._receiving = True
        self._connections += 1
        self._now("receiving")
        self._stream = stream = TransportStream(self._clock.monotonic)
        self._packaging = packaging = Packaging(
            connection=self._connections,
            probe=probe,
            stream=stream,
            sink=self._sink,
            clock=self._clock,
            delay=self._config.delay_ms / 1000,
            pid_file=self._dir / "packager.pid",
            delivered=self._delivered,
        )
        self._rates = Rates(stream, self._clock.monotonic)
        watching = asyncio.create_task(
            self._preview.watch(stream.from_keyframe, has_sound=probe.audio is not None)
        )
        package = asyncio.create_task(packaging.run())
        try:
            await self._pass_on(receiver, first, package)
            packaging.end()
            await package
        finally:
            for task in (watching, package):
                task.cancel()
            await asyncio.gather(watching, package, return_exceptions=True)
            self._packaging = self._stream = self._rates = None
            self._now("lost")
            await self._sink.lost()

    async def _pass_on(self, receiver: Child, chunk: bytes, package: asyncio.Task[None]) -> None:
        stream, packaging, rates = self._stream, self._packaging, self._rates
        if not stream or not packaging or not rates:
            return
        standing_still = StandingStill(stream, self._clock.monotonic)
        while chunk and not package.done():
            data = stream.feed(chunk)
            packaging.write(data)
            self._preview.offer(data)
            rates.measure()
            if standing_still():
                self._incidents.add("time_stood_still")
                return
            chunk = await receiver.read()

    def _delivered(self, _: Captured) -> None:
        self._last_at = self._clock.now()

    def _heard(self, line: str, probe: Probe) -> None:
        probe.line(line)
        if "BADSECRET" in line and "rejected" in line:
            self._incidents.add("wrong_passphrase")

    def _explain(self, said: list[str]) -> None:
        """Why the receiver ended before any media came, from its own words."""
        text = " ".join(said).lower()
        if "already in use" in text or "bind" in text:
            self._now("failed", "port_in_use", str(self._config.port))
        elif self._config.kind == "srt" or "invalid data" in text:
            self._incidents.add("not_understood")
            self._now("failed", "not_understood")
        else:
            self._now("failed", "unreachable", said[-1] if said else "")
        _log.warning("receiver ended: %s", " | ".join(said[-3:]))

    def _now(self, state: State, reason: str | None = None, detail: str = "") -> None:
        if (state, reason, detail) != (self._state, self._reason, self._detail):
            self._state, self._reason, self._detail = state, reason, detail
            self._since = self._clock.now()

    def _warnings(self) -> Iterator[SourceWarning]:
        yield from self._incidents.warnings()
        if self._packaging and self._stream:
            yield from warnings_about(self._packaging, self._stream, self._preview.sound_dbfs)
