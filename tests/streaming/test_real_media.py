"""A real encoder over real SRT, through ingest and desk to files that players read."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from orchestrator.clock import WallClock
from orchestrator.streaming.desk import Desk
from orchestrator.streaming.ffmpeg import find_ffmpeg
from orchestrator.streaming.gate import Settled
from orchestrator.streaming.index import Index, Segment
from orchestrator.streaming.ingest import Ingest
from orchestrator.streaming.slates import SlateBook
from orchestrator.streaming.source import SourceConfig
from orchestrator.streaming.storage import LocalStorage
from tests.streaming import burnt
from tests.streaming.collector import until
from tests.streaming.encoder import PASSPHRASE, Encoder, free_port
from tests.streaming.legality import check_version
from tests.streaming.validators import complaints
from tests.streaming.world import Session

pytestmark = [pytest.mark.story, pytest.mark.timed, pytest.mark.timeout(180)]

SIZE = (480, 270)
SPREAD = 0.5
"""Seconds."""


class Hall:
    """One session on one source, for real."""

    def __init__(self, storage: LocalStorage, clock: WallClock, port: int) -> None:
        self.storage, self.port = storage, port
        self.session = Session(clock)
        assert self.session.broadcast_id
        self.broadcast: UUID = self.session.broadcast_id
        self.turned: dict[str, datetime] = {}
        self._clock = clock
        self.wake: Callable[[], None] = lambda: None

    async def read(self) -> Settled:
        return Settled(self._clock.now(), (self.session.use(),))

    def turn(self, what: str) -> None:
        self.session.turn(what)
        self.turned[what] = self.session.turns[-1][0]
        self.wake()

    @property
    def segments(self) -> list[Segment]:
        """Everything listed so far."""
        return Index(self.storage.index_path(self.broadcast)).parts[1].segments

    def media(self) -> float:
        """Seconds of media in the live playlist."""
        return sum(each.duration for each in self.segments if each.kind == "media")

    def path(self, name: str) -> Path:
        return self.storage.path(self.broadcast, name)

    def frames(self, segment: Segment) -> list[datetime]:
        """The times of day burnt into the pictures of a segment."""
        width, height = SIZE
        data = self.path(segment.init).read_bytes() + self.path(segment.name).read_bytes()
        command = [
            *(find_ffmpeg(), "-v", "error", "-xerror", "-i", "pipe:0", "-an"),
            *("-vf", f"scale={width}:{height}", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"),
        ]
        done = subprocess.run(command, input=data, capture_output=True, check=True)
        assert done.stderr == b""
        size = width * height
        pictures = [done.stdout[at : at + size] for at in range(0, len(done.stdout), size)]
        return [datetime.fromtimestamp(burnt.read(picture, SIZE) / 1000, UTC) for picture in pictures]


@asynccontextmanager
async def hall(tmp_path: Path, *, spread: float = SPREAD) -> AsyncIterator[Hall]:
    clock, port = WallClock(), free_port()
    storage = LocalStorage(tmp_path / "public", tmp_path / "private")
    slates = SlateBook(tmp_path / "slates", name="Nordfjord kommune")
    await slates.prepare()
    hall = Hall(storage, clock, port)
    source_id = uuid4()
    desk = Desk(
        source_id,
        storage=storage,
        slates=slates,
        clock=clock,
        read_settled=hall.read,
        spread=spread,
    )
    hall.wake = desk.wake
    config = SourceConfig(id=source_id, name="Salen", kind="srt", port=port, passphrase=SecretStr(PASSPHRASE))
    ingest = Ingest(
        config, desk, clock=clock, private_dir=storage.source_directory(source_id), bind="127.0.0.1"
    )
    running = [asyncio.create_task(desk.run()), asyncio.create_task(ingest.run())]
    try:
        yield hall
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def encoder(port: int) -> Encoder:
    return Encoder(port, size=SIZE, frames=lambda _number, _time: burnt.time_of_day(SIZE))


async def test_the_public_sees_what_was_public_at_the_time_that_it_was(tmp_path: Path) -> None:
    """Doors closed twice, once across a new connection; then the recording, at once."""
    async with hall(tmp_path) as it:
        async with encoder(it.port):
            await asyncio.sleep(4)
            it.turn("open")
            await until(lambda: it.path("live.m3u8").exists() and it.media() > 6, 30)
            it.turn("close")
            closed = it.turned["close"]
            await asyncio.sleep(6)
        async with encoder(it.port):
            await asyncio.sleep(4)
            it.turn("reopen")
            reopened, shown = it.turned["reopen"], it.media()
            await until(lambda: it.media() > shown + 8, 30)
            began = asyncio.get_running_loop().time()
            it.turn("adjourn")
            await until(lambda: it.path("recording.m3u8").exists())
            assert asyncio.get_running_loop().time() - began < 1.0
        adjourned = it.turned["adjourn"]

        public = [(it.turned["open"], closed), (reopened, adjourned)]
        media = [segment for segment in it.segments if segment.kind == "media"]
        assert len({segment.connection for segment in media}) == 2
        furthest = timedelta()
        for segment in media:
            for number, seen in enumerate(it.frames(segment)):
                assert any(start <= seen <= end for start, end in public), "a frame from a shut moment"
                told = segment.at + timedelta(seconds=number / 25)
                furthest = max(furthest, abs(told - seen))
        assert furthest < timedelta(seconds=0.5)
        for segment in it.segments:
            if segment.kind == "slate":
                assert len(it.frames(segment)) == round(segment.duration * 25)

        live, recording = it.path("live.m3u8").read_text(), it.path("recording.m3u8").read_text()
        assert complaints([live, recording]) == []
        assert check_version(live).ended
        in_recording = check_version(recording).segments
        assert [each.uri for each in in_recording] == [segment.name for segment in media]

        assert complaints_of_a_player(it.path("recording.m3u8")) == ""


def complaints_of_a_player(playlist: Path) -> str:
    command = [find_ffmpeg(), "-v", "error", "-allowed_extensions", "ALL"]
    command += ["-i", str(playlist), "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr
