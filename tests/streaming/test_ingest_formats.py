"""Whatever an encoder sends, what goes on is H.264 and AAC that every browser plays."""

import asyncio
import re
import time
from itertools import pairwise
from pathlib import Path

import pytest

from orchestrator.streaming.ffmpeg import running
from orchestrator.streaming.media import Init
from orchestrator.streaming.packager import Plan, plan
from orchestrator.streaming.probe import Audio, Video
from orchestrator.streaming.source import PullLimits
from tests.streaming.collector import Collector, decode_errors, described, until
from tests.streaming.encoder import PASSPHRASE, Encoder
from tests.streaming.film import encode, transport_stream
from tests.streaming.receiving import receiving

pytestmark = pytest.mark.story

H264 = Video("h264", "High", "yuv420p", 1280, 720, 25.0)
AAC = Audio("aac", "LC", 48_000, 2)


def chosen(
    video: Video = H264, audio: Audio | None = AAC, *, far: bool = False, missing: bool = False
) -> Plan:
    return plan(video, audio, keyframes_far_apart=far, sound_missing=missing)


def test_what_browsers_play_is_copied() -> None:
    assert chosen() == Plan(copy_video=True, copy_audio=True, silence=False)


@pytest.mark.parametrize(
    "video",
    [
        Video("hevc", "Main", "yuv420p", 1280, 720, 25.0),
        Video("mpeg2video", "Main", "yuv420p", 720, 576, 25.0),
        Video("h264", "High 4:2:2", "yuv422p", 1280, 720, 25.0),
        Video("h264", "High 10", "yuv420p10le", 1280, 720, 25.0),
        Video("h264", "High", "yuv420p", 1279, 720, 25.0),
    ],
)
def test_other_pictures_are_made_anew(video: Video) -> None:
    assert not chosen(video).copy_video
    assert chosen(video).copy_audio


@pytest.mark.parametrize(
    "audio",
    [
        Audio("aac", "LC", 44_100, 2),
        Audio("aac", "LC", 48_000, 1),
        Audio("aac", "HE-AAC", 48_000, 2),
        Audio("mp2", "", 48_000, 2),
    ],
)
def test_other_sounds_are_made_anew(audio: Audio) -> None:
    assert not chosen(audio=audio).copy_audio
    assert chosen(audio=audio).copy_video


def test_missing_sound_is_silence_and_distant_keyframes_are_made_anew() -> None:
    assert chosen(audio=None).silence
    assert chosen(missing=True).silence
    assert not chosen(far=True).copy_video


def playable(sink: Collector, init: Init, tmp_path: Path) -> str:
    """The film in ffmpeg's words, once it has been decoded without complaint."""
    assert decode_errors(sink.bytes(init), tmp_path) == ""
    said = described(sink.bytes(init), tmp_path)
    assert "Video: h264" in said
    assert re.search("yuvj?420p", said)
    assert "Audio: aac (LC)" in said
    assert "48000 Hz, stereo" in said
    return said


@pytest.mark.parametrize(
    ("video_args", "audio_args"),
    [
        (("-c:v", "mpeg2video", "-b:v", "2M", "-g", "15"), ("-c:a", "mp2", "-ar", "44100")),
        (
            (
                "-c:v",
                "libx265",
                "-preset",
                "ultrafast",
                "-x265-params",
                "log-level=error:keyint=50:bframes=0",
            ),
            ("-c:a", "aac", "-ac", "1", "-ar", "44100"),
        ),
    ],
    ids=["mpeg2", "hevc"],
)
async def test_other_codecs_are_converted(
    tmp_path: Path, video_args: tuple[str, ...], audio_args: tuple[str, ...]
) -> None:
    async with receiving(tmp_path) as received:
        encoder = Encoder(received.port, size=(320, 180), video_args=video_args, audio_args=audio_args)
        async with encoder:
            await until(lambda: received.seconds() > 5, 30)
            status = received.ingest.status
            assert set(received.warnings) >= {"picture_converted", "sound_converted"}
    assert (status.video_copied, status.audio_copied) == (False, False)
    playable(received.sink, received.sink.inits[-1], tmp_path)
    keyframes = [c.fragment.start for c in received.sink.taken if c.fragment.keyframe]
    assert all(later - earlier <= 2.1 for earlier, later in pairwise(keyframes))


async def test_without_sound_there_is_silence(tmp_path: Path) -> None:
    async with receiving(tmp_path) as received:
        async with Encoder(received.port, audio=None):
            await until(lambda: received.seconds() > 4)
            assert "no_sound" in received.warnings
            assert received.ingest.status.video_copied
        await until(lambda: received.sink.losses)
    playable(received.sink, received.sink.inits[0], tmp_path)
    for captured in received.sink.taken:
        assert captured.fragment.latest - captured.fragment.end < 0.2


async def test_silence_from_the_encoder_is_told(tmp_path: Path) -> None:
    async with receiving(tmp_path) as received, Encoder(received.port, audio="silent"):
        await until(lambda: "sound_too_low" in received.warnings)
        assert received.ingest.status.audio_copied


async def test_keyframes_eight_seconds_apart_are_told_and_made_anew_without_a_new_connection(
    tmp_path: Path,
) -> None:
    async with receiving(tmp_path) as received, Encoder(received.port, size=(320, 180), gop=200):
        await until(lambda: "keyframes_far_apart" in received.warnings)
        assert received.ingest.status.connections == 1
        await until(lambda: received.seconds() > 16, 40)
        assert received.warnings["keyframes_far_apart"]["seconds"] == pytest.approx(8, abs=0.1)
        assert received.ingest.status.connections == 1
        assert not received.ingest.status.video_copied
        assert received.ingest.status.audio_copied
    taken = received.sink.taken
    assert len(received.sink.inits) == 2
    keyframes = [c.fragment.start for c in taken if c.fragment.keyframe and c.init is taken[-1].init]
    assert len(keyframes) >= 3
    assert all(later - earlier <= 2.1 for earlier, later in pairwise(keyframes))
    for before, after in pairwise(taken):
        assert (
            -0.11 < (after.captured_at - before.captured_at).total_seconds() - before.fragment.duration < 2.5
        )


async def test_another_resolution_in_the_middle_of_a_connection_gives_a_new_init(tmp_path: Path) -> None:
    film = tmp_path / "film.ts"
    film.write_bytes(
        transport_stream(seconds=6.0, size="320x180")
        + transport_stream(seconds=6.0, size="640x360", begin=6.0)
    )
    async with receiving(tmp_path) as received:
        async with Encoder(received.port, film=film):
            await until(lambda: len(received.sink.inits) > 1 and received.seconds() > 10)
        assert received.ingest.status.connections == 1
    assert [(init.width, init.height) for init in received.sink.inits] == [(320, 180), (640, 360)]
    for init in received.sink.inits:
        playable(received.sink, init, tmp_path)
    gaps = [
        (after.captured_at - before.captured_at).total_seconds() - before.fragment.duration
        for before, after in pairwise(received.sink.taken)
    ]
    assert max(gaps) < 1.3


async def test_sound_that_stops_is_told_and_replaced_by_silence(tmp_path: Path) -> None:
    async with receiving(tmp_path) as received:
        async with Encoder(received.port, size=(320, 180), audio="sine=sample_rate=48000:duration=5"):
            await until(lambda: "sound_stopped" in received.warnings)
            await until(lambda: len(received.sink.inits) == 2)
            before = received.seconds()
            await until(lambda: received.seconds() > before + 3)
        assert received.ingest.status.connections == 1
    for init in received.sink.inits:
        playable(received.sink, init, tmp_path)
    for captured in received.sink.taken[:-1]:  # the last is cut short with its encoder
        if captured.init is received.sink.inits[1]:
            assert captured.fragment.latest - captured.fragment.end < 0.2


async def test_what_a_transport_stream_cannot_carry_is_converted_on_the_way_in(tmp_path: Path) -> None:
    film = tmp_path / "camera.mkv"
    args = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=25", "-f", "lavfi", "-i", "sine=sample_rate=8000"]
    args += ["-t", "5", "-c:v", "mjpeg", "-c:a", "pcm_alaw", "-y", str(film)]
    encode(args)
    async with receiving(tmp_path, url=f"file://{film}", limits=PullLimits(directory=tmp_path)) as received:
        await until(lambda: received.sink.losses, 30)
    playable(received.sink, received.sink.inits[0], tmp_path)


async def test_an_encoder_whose_time_begins_anew_behind_a_relay_is_connected_anew(tmp_path: Path) -> None:
    first, second = (
        transport_stream(seconds=40.0, size="160x90"),
        transport_stream(seconds=12.0, size="160x90"),
    )
    film = first[len(first) * 3 // 4 // 188 * 188 :] + second
    async with receiving(tmp_path) as received, asyncio.TaskGroup() as group:
        relaying = group.create_task(relay(film, 22.0, received.port))
        await until(lambda: received.ingest.status.connections == 1)
        await until(lambda: "time_stood_still" in received.warnings or received.seconds() > 18, 40)
        relaying.cancel()


async def relay(film: bytes, seconds: float, port: int) -> None:
    """Send bytes as they are, at an even pace."""
    to = f"srt://127.0.0.1:{port}?mode=caller&passphrase={PASSPHRASE}&pbkeylen=16"
    args = ["-f", "data", "-i", "pipe:0", "-map", "0", "-c", "copy", "-f", "data", "-flush_packets", "1", to]
    piece = 188 * 7
    began = time.monotonic()
    async with running(args, feed=True) as child:
        for at in range(0, len(film), piece):
            child.stdin.write(film[at : at + piece])
            await child.stdin.drain()
            await asyncio.sleep(max(0.0, began + at / len(film) * seconds - time.monotonic()))
