"""What goes wrong in a live meeting is survived, told to IT in words, and costs no more than it must."""

import asyncio
import os
import random
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestrator.store.embedded import EmbeddedPostgres
from orchestrator.store.migrate import migrate
from orchestrator.streaming.ffmpeg import running
from tests.postgres import Database
from tests.stories.camera import Camera, filming
from tests.stories.clerk import Clerk
from tests.stories.council import PASSPHRASE, Council, council
from tests.stories.processes import children_of, command_of
from tests.stories.watching import Viewer, decoded, lost, recorded, runs, watching
from tests.streaming.encoder import Encoder, EncoderRefusedError
from tests.streaming.validators import complaints

ONE_SEGMENT = 6.0
"""Seconds: what a fault may cost besides what could not be received or stored."""
GIB = 1 << 30

pytestmark = [pytest.mark.story, pytest.mark.timeout(180)]


@dataclass
class Live:
    """An open meeting that is filmed and watched. ``how``: what the next connection's encoder is given."""

    hall: Council
    camera: Camera
    viewer: Viewer
    how: dict[str, Any]

    async def adjourns(self) -> list[float]:
        """The meeting ends; when each recorded frame was taken. All that was published is legal."""
        await self.hall.says("adjourn_session")
        seen = await recorded(self.hall)
        await asyncio.sleep(0.5)
        self.viewer.check()
        assert complaints([self.viewer.latest, await self.hall.published("recording.m3u8")]) == []
        return seen

    async def shows_slate(self) -> bool:
        """Whether there is a slate in what the live playlist lists."""
        films = [(await decoded(self.hall, run)).frames[0] for run in runs(self.viewer.latest)]
        return None in films


@asynccontextmanager
async def live(database: Database, data: Path, settings: dict[str, str] | None = None) -> AsyncIterator[Live]:
    async with council(database, data, settings=settings, delay_ms=200) as hall:
        how: dict[str, Any] = {"gop": 25}
        port = await hall.source_port()
        async with filming(lambda: hall.encoder(port, **how)) as camera:
            hall.shows(1, 0)
            await hall.says("open_session")
            await hall.says("call_roll", present=[str(person) for person in hall.town.people])
            await hall.says("open_item", item_id=hall.items[0])
            await hall.published("live.m3u8")
            async with watching(hall) as viewer:
                await asyncio.sleep(4)
                yield Live(hall, camera, viewer, how)


async def told_to_it(hall: Council, words: str, within: float = 20.0) -> None:
    """IT's page says so, soon."""
    give_up = time.monotonic() + within
    while words not in (page := await hall.drift()):
        assert time.monotonic() < give_up, f"IT is not told «{words}»:\n{page}"
        await asyncio.sleep(0.2)


async def test_an_encoder_comes_back_with_another_resolution(database: Database, tmp_path: Path) -> None:
    async with live(database, tmp_path) as one:
        larger = ("-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "main", "-bf", "2", "-g", "25")
        one.how |= {"video_args": ("-vf", "scale=960:540", "-pix_fmt", "yuv420p", *larger), "patience": 30.0}
        gone = time.time()
        one.camera.pull_the_cable()
        await told_to_it(one.hall, "Mistet kontakten")
        back = await one.camera.connection(2)
        await told_to_it(one.hall, "960×540")
        await asyncio.sleep(9)
        seen = await one.adjourns()
    assert len({segment.init for run in runs(one.viewer.latest) for segment in run}) == 3  # and the slate's
    assert lost(seen, seen[0], gone) < ONE_SEGMENT
    assert lost(seen, back, seen[-1]) < ONE_SEGMENT
    assert seen[-1] > back + 3
    before, after = lost(seen, gone - 4, gone), lost(seen, back, seen[-1])
    print(f"encoder away {back - gone:.1f} s; of what it sent lost {before:.1f} s and {after:.1f} s")  # noqa: T201


async def test_every_ffmpeg_is_killed_and_comes_back(database: Database, tmp_path: Path) -> None:
    async with live(database, tmp_path) as one:
        began = time.time()
        for part in ("mjpeg", "pipe:1 mp4", "input.ffconcat"):
            (victim,) = [pid for pid in children_of(one.hall.server.pid) if kind_of(pid) == part]
            killed = time.time()
            os.kill(victim, signal.SIGKILL)
            if part == "pipe:1 mp4":
                await told_to_it(one.hall, "Mottaket er startet på nytt")
            if part == "input.ffconcat":
                back = await one.camera.connection(2)
            else:
                await asyncio.sleep(5)
                assert len(one.camera.connected) == 1, f"without {part} the encoder had to reconnect"
        await asyncio.sleep(9)
        seen = await one.adjourns()
    in_all = lost(seen, began, killed), lost(seen, killed, seen[-1])
    print(f"ffmpeg killed: lost {in_all[0]:.1f} s, and {in_all[1]:.1f} s with the receiver")  # noqa: T201
    assert in_all[0] < ONE_SEGMENT
    assert in_all[1] < back - killed + ONE_SEGMENT
    assert seen[-1] > back + 3


def kind_of(pid: int) -> str:
    """Which of a source's three a process is."""
    command = command_of(pid)
    for what in ("mjpeg", "input.ffconcat"):
        if what in command:
            return what
    return "pipe:1 mp4" if "frag_keyframe" in command else ""


async def test_a_full_disk_stops_media_and_nothing_else(database: Database, tmp_path: Path) -> None:
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    if free < 12 * GIB:
        pytest.fail("this test needs 12 GiB of free disk to fill some of it")
    async with live(database, tmp_path, {"ORCHESTRATOR_MIN_FREE_BYTES": str(free - 3 * GIB)}) as one:
        began = time.time()
        with filled(tmp_path / "somebody-elses", 6 * GIB):
            await told_to_it(one.hall, "Disken er nesten full")
            await one.hall.says(
                "request_floor", request_id=one.hall.items[0], person_id=one.hall.town.people[0]
            )
            await asyncio.sleep(10)
            assert await one.shows_slate()
        room = time.time()
        await asyncio.sleep(9)
        assert "Disken er nesten full" not in await one.hall.drift()
        seen = await one.adjourns()
    print(f"disk full for {room - began:.1f} s, lost {lost(seen, began, seen[-1]):.1f} s")  # noqa: T201
    assert lost(seen, seen[0], began) < 1
    assert lost(seen, room, seen[-1]) < ONE_SEGMENT
    assert not [at for at in seen if began + 2 < at < room - 2], "the disk was not full"


@contextmanager
def filled(path: Path, size: int) -> Iterator[None]:
    """Somebody else takes so many bytes of the disk."""
    try:
        with path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)
        yield
    finally:
        path.unlink()


async def test_postgresql_is_killed_and_restarted_in_a_live_meeting(
    lasting_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    dsn = await lasting_server.start()
    await migrate(dsn)
    async with live(Database(dsn, "orchestrator"), tmp_path / "data") as one:
        hall, clerk = one.hall, Clerk(one.hall)
        proposing = asyncio.create_task(clerk.writes_proposals(hall.items[0]))
        await asyncio.sleep(1)
        assert lasting_server.pid is not None
        away = time.time()
        os.kill(lasting_server.pid, signal.SIGKILL)
        await asyncio.sleep(1)
        async with hall.http.get(f"{hall.server.address}/healthz") as answer:
            assert answer.status == 200
        async with hall.http.get(f"{hall.server.address}/readyz") as answer:
            assert answer.status == 503
        await asyncio.sleep(9)
        assert await lasting_server.restart_if_dead()
        back = time.time()
        sent = len(clerk.answers)
        await asyncio.sleep(9)
        assert len(clerk.answers) > sent
        clerk.sent_home = True
        await proposing
        assert await one.shows_slate()
        seen = await one.adjourns()
        log = await hall.events()
    put = [event["proposal_id"] for event in log if event["type"] == "proposal_put"]
    assert put == [answer["events"][0]["proposal_id"] for answer in clerk.answers]
    assert clerk.again > 0
    print(f"database away {back - away:.1f} s, lost {lost(seen, seen[0], seen[-1]):.1f} s of the recording")  # noqa: T201
    assert lost(seen, seen[0], seen[-1]) < 1, (
        "what was filmed while the database was away belongs in the recording"
    )


async def test_rubbish_is_told_and_hinders_nobody(database: Database, tmp_path: Path) -> None:
    chance = random.Random(1)  # noqa: S311 - the same every time
    async with council(database, tmp_path, delay_ms=200) as hall:
        port = await hall.source_port()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anybody:
            for length in (1, 16, 64, 1316, 1500):
                anybody.sendto(chance.randbytes(length), ("127.0.0.1", port))
        noise = ("-re", "-f", "lavfi", "-i", "nullsrc=s=128x128:r=25,geq=lum='random(1)*255':cb=128:cr=128")
        out = f"srt://127.0.0.1:{port}?mode=caller&passphrase={PASSPHRASE}&pbkeylen=16&pkt_size=1316"
        async with running([*noise, "-f", "rawvideo", out]):
            await told_to_it(hall, "verken bilde eller lyd")
        hall.shows(1, 0)
        await hall.says("open_session")
        how: dict[str, Any] = {"video_args": BROKEN}
        async with filming(lambda: hall.encoder(port, gop=25, **how)) as camera, watching(hall) as viewer:
            await asyncio.sleep(8)
            how.clear()
            camera.pull_the_cable()
            back = await camera.connection(2)
            await asyncio.sleep(9)
            async with hall.http.get(f"{hall.server.address}/readyz") as answer:
                assert answer.status == 200
            await hall.says("adjourn_session")
            text = await hall.published("recording.m3u8")
            await asyncio.sleep(0.5)
            viewer.check()
            assert complaints([viewer.latest, text]) == []
            last = await decoded(hall, runs(text)[-1])
            assert None not in last.frames
            assert len(last.frames) / 25 > 9 - ONE_SEGMENT, (
                f"the encoder was back {time.time() - back:.1f} s ago"
            )


BROKEN = (
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-tune",
    "zerolatency",
    "-pix_fmt",
    "yuv420p",
    "-g",
    "25",
)


async def test_a_wrong_passphrase_is_refused_told_and_not_logged(database: Database, tmp_path: Path) -> None:
    wrong = "feil-passord-fra-i-fjor"
    async with council(database, tmp_path) as hall:
        port = await hall.source_port()
        with pytest.raises(EncoderRefusedError):
            async with Encoder(port, wrong, patience=3.0):
                pass
        await told_to_it(hall, "Feil passord")
        async with hall.encoder(port, gop=25):
            await told_to_it(hall, "Mottar")
            with pytest.raises(EncoderRefusedError):
                async with Encoder(port, wrong, patience=3.0):
                    pass
            await hall.says("open_session")
            await hall.published("live.m3u8")
            assert "Mottar" in await hall.drift()
        log = hall.server.log.read_text()
    assert wrong not in log
    assert PASSPHRASE not in log
