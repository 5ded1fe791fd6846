"""Real encoders over real SRT: what comes in, what does not, and what IT is told."""

import asyncio
import contextlib
import os
import signal
import socket
from itertools import pairwise
from pathlib import Path

import pytest

from orchestrator.streaming.ffmpeg import running
from tests.streaming.collector import decode_errors, until
from tests.streaming.encoder import Encoder, EncoderRefusedError, free_port
from tests.streaming.receiving import Receiving, receiving

pytestmark = pytest.mark.story


def state(received: Receiving) -> str:
    return received.ingest.status.state


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


async def test_what_an_encoder_sends_is_handed_on_unbroken(tmp_path: Path) -> None:
    async with receiving(tmp_path) as received:
        assert state(received) == "waiting"
        async with Encoder(received.port):
            await until(lambda: received.seconds() > 5)
            await until(received.ingest.preview)
            await until(lambda: received.ingest.status.sound_dbfs)
            status = received.ingest.status
        await until(lambda: received.sink.losses)
        assert state(received) == "lost"
    taken = received.sink.taken
    assert status.state == "receiving"
    assert (status.width, status.height, status.video_codec, status.audio_codec) == (640, 360, "h264", "aac")
    assert status.video_copied
    assert status.audio_copied
    assert status.keyframe_interval == pytest.approx(2, abs=0.05)
    assert status.frames_per_second == pytest.approx(25, abs=3)
    assert 100_000 < (status.bits_per_second or 0) < 3_000_000
    assert -30 < (status.sound_dbfs or 0) < -15
    assert status.warnings == ()
    assert taken[0].fragment.keyframe
    for before, after in pairwise(taken):
        assert after.fragment.start == pytest.approx(before.fragment.end, abs=0.002)
        assert after.captured_at > before.captured_at
        assert after.init is before.init
    assert decode_errors(received.sink.bytes(taken[0].init), tmp_path) == ""


async def test_a_wrong_passphrase_gets_nothing_in_and_is_told(tmp_path: Path) -> None:
    async with receiving(tmp_path) as received:
        await until((tmp_path / "private/receiver.pid").exists)
        await asyncio.sleep(0.5)
        with pytest.raises(EncoderRefusedError):
            async with Encoder(received.port, "feil-setning-her", patience=2):
                pass
        assert "wrong_passphrase" in received.warnings
        assert not received.sink.taken
        async with Encoder(received.port):
            await until(lambda: received.sink.taken)


async def test_the_passphrase_is_seen_neither_in_the_process_list_nor_on_disk_for_others(
    tmp_path: Path,
) -> None:
    async with receiving(tmp_path) as received, Encoder(received.port) as encoder:
        await until(lambda: received.sink.taken)
        for stage in ("receiver", "packager", "preview"):
            assert "hemmelig" not in command_of(received.pid(stage))
        assert "hemmelig" in command_of(encoder.pid)
        for file in (tmp_path / "private").iterdir():
            assert file.stat().st_mode & 0o077 == 0 or b"hemmelig" not in file.read_bytes()
        assert (tmp_path / "private").stat().st_mode & 0o077 == 0


async def test_a_source_that_sends_rubbish_is_told_and_a_good_one_still_comes_in(tmp_path: Path) -> None:
    async with receiving(tmp_path) as received:
        await until((tmp_path / "private/receiver.pid").exists)
        await asyncio.sleep(0.5)
        rubbish = tmp_path / "rubbish"
        rubbish.write_bytes(os.urandom(400_000))
        passphrase = "passphrase=en-hemmelig-setning&pbkeylen=16"
        to = f"srt://127.0.0.1:{received.port}?mode=caller&{passphrase}&transtype=live"
        args = [
            "-f",
            "data",
            "-readrate",
            "1",
            "-i",
            str(rubbish),
            "-map",
            "0",
            "-c",
            "copy",
            "-f",
            "data",
            to,
        ]
        async with running(args) as sender:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(sender.wait(), 8)
        await until(lambda: "not_understood" in received.warnings)
        assert not received.sink.taken
        async with Encoder(received.port, patience=20):
            await until(lambda: received.sink.taken, 30)


async def test_an_encoder_that_comes_back_with_another_resolution_gets_a_new_init(tmp_path: Path) -> None:
    async with receiving(tmp_path) as received:
        async with Encoder(received.port, size=(640, 360)) as first:
            await until(lambda: received.seconds() > 2)
            first.kill()
            await until(lambda: received.sink.losses, 10)
        before = len(received.sink.taken)
        async with Encoder(received.port, size=(320, 240)):
            await until(lambda: len(received.sink.taken) > before + 2)
            assert received.ingest.status.connections == 2
    assert [(init.width, init.height) for init in received.sink.inits] == [(640, 360), (320, 240)]
    assert [captured.connection for captured in received.sink.taken][:: len(received.sink.taken) - 1] == [
        1,
        2,
    ]
    for init in received.sink.inits:
        assert decode_errors(received.sink.bytes(init), tmp_path) == ""


@pytest.mark.parametrize("stage", ["receiver", "packager", "preview"])
async def test_any_stage_killed_costs_only_moments(tmp_path: Path, stage: str) -> None:
    async with receiving(tmp_path) as received, contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(Encoder(received.port))
        await until(lambda: received.seconds() > 3 and (tmp_path / f"private/{stage}.pid").exists())
        os.kill(received.pid(stage), signal.SIGKILL)
        killed_at, before = received.sink.taken[-1].captured_at, len(received.sink.taken)
        if stage == "receiver":  # the encoder's connection dies with it
            await until(lambda: received.sink.losses)
            await stack.enter_async_context(Encoder(received.port))
        await until(lambda: len(received.sink.taken) > before + 4)
    after = received.sink.taken[before + 4]
    assert (after.captured_at - killed_at).total_seconds() < 10
    for earlier, later in pairwise(received.sink.taken):
        assert later.captured_at >= earlier.captured_at
    gaps = [
        (later.captured_at - earlier.captured_at).total_seconds()
        for earlier, later in pairwise(received.sink.taken)
    ]
    assert max(gaps) < {"receiver": 8.0, "packager": 3.5, "preview": 0.7}[stage]


async def test_a_stalled_network_moves_no_times(tmp_path: Path) -> None:
    async with receiving(tmp_path) as received, Encoder(received.port) as encoder:
        await until(lambda: received.seconds() > 3)
        encoder.freeze()
        await asyncio.sleep(2)
        encoder.thaw()
        await until(lambda: received.seconds() > 8)
    assert received.ingest.status.connections == 1
    for before, after in pairwise(received.sink.taken):
        media = after.fragment.start - before.fragment.start
        assert (after.captured_at - before.captured_at).total_seconds() == pytest.approx(media, abs=0.05)


async def test_an_encoder_that_falls_silent_is_given_up_within_five_seconds(tmp_path: Path) -> None:
    async with receiving(tmp_path) as received, Encoder(received.port) as encoder:
        await until(lambda: received.seconds() > 2)
        encoder.freeze()
        await until(lambda: received.sink.losses, 8)
        encoder.thaw()


async def test_previews_stop_behind_closed_doors(tmp_path: Path) -> None:
    async with receiving(tmp_path) as received, Encoder(received.port):
        await until(received.ingest.preview)
        picture = received.ingest.preview()
        assert picture is not None
        assert picture.startswith(b"\xff\xd8")
        received.ingest.allow_preview(False)
        assert received.ingest.preview() is None
        before = received.seconds()
        await until(lambda: received.seconds() > before + 5)
        assert received.ingest.preview() is None
        await until(lambda: received.ingest.status.sound_dbfs)
        received.ingest.allow_preview(True)
        await until(received.ingest.preview)


async def test_a_port_that_is_taken_is_told_and_used_when_it_is_free(tmp_path: Path) -> None:
    async with receiving(tmp_path) as received:
        pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        taken = holder.getsockname()[1]
        async with receiving(tmp_path, port=taken) as received:
            await until(lambda: received.ingest.status.reason == "port_in_use")
            assert received.ingest.status.state == "failed"
            holder.close()
            await until(lambda: received.ingest.status.state == "waiting")
            async with Encoder(taken, patience=20):
                await until(lambda: received.sink.taken)


async def test_a_receiver_left_behind_by_a_killed_service_is_ended(tmp_path: Path) -> None:
    private, port = tmp_path / "private", free_port()
    private.mkdir(mode=0o700)
    left = ["-f", "mpegts", "-i", f"srt://127.0.0.1:{port}?mode=listener", "-c", "copy", "-f", "null", "-"]
    async with running(left, pid_file=private / "receiver.pid") as child:
        await asyncio.sleep(1)
        async with receiving(tmp_path, port=port) as received:
            async with asyncio.timeout(20):
                await child.wait()
            async with Encoder(port):
                await until(lambda: received.sink.taken)
