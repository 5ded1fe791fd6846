"""A recording made elsewhere, brought in afterwards: the public sees of it what was public at the time."""

import tracemalloc
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestrator.streaming import imported
from orchestrator.streaming.gate import Settled
from orchestrator.streaming.imported import Film, Importer, StillOpenError
from orchestrator.streaming.index import Index, Segment
from orchestrator.streaming.storage import DiskFullError, LocalStorage
from orchestrator.streaming.survey import NotAFilmError, survey
from tests.clock import START, FakeClock
from tests.streaming.legality import check_version
from tests.streaming.recorded import RATE, record, seen_in
from tests.streaming.world import SOURCE, Session

SPREAD = 1.0
FRAME = timedelta(seconds=1 / RATE)


class Afterwards:
    """Half a minute that was recorded, from START on, and the sessions that used the room meanwhile."""

    def __init__(self, path: Path, turns: dict[float, str]) -> None:
        self.path, self.clock, self.free = path, FakeClock(), 10**12
        self.storage = LocalStorage(
            path / "public", path / "private", min_free_bytes=10**9, free_bytes=lambda: self.free
        )
        self.sessions = [Session(self.clock)]
        self.reads = 0
        self.before_read: Callable[[], None] = lambda: None
        self.hold(self.sessions[0], turns)

    def hold(self, session: Session, turns: dict[float, str]) -> None:
        """What happened in a session: by the second."""
        session.turns += [(START + timedelta(seconds=at), what) for at, what in turns.items()]
        latest = max(at for one in self.sessions for at, _ in one.turns)
        self.clock.jump((latest - self.clock.now()).total_seconds() + 60)

    async def read(self) -> Settled:
        self.reads += 1
        self.before_read()
        return Settled(self.clock.now(), tuple(one.use() for one in self.sessions))

    def importer(self) -> Importer:
        return Importer(SOURCE, storage=self.storage, clock=self.clock, read_settled=self.read, spread=SPREAD)

    def film(self, seconds: float = 30, **how: Any) -> Film:
        path = record(self.path / "recording", START, seconds, **how)
        return Film(path, "r1", START, START + timedelta(seconds=seconds))

    async def bring_in(self, film: Film) -> None:
        await self.importer().bring_in(film, await survey(film.path))

    def seen(self, number: int = 0) -> list[datetime]:
        broadcast = self.sessions[number].broadcast_id
        assert broadcast
        playlist = self.storage.path(broadcast, "recording.m3u8")
        if not playlist.exists():
            return []
        assert check_version(playlist.read_text()).ended
        seen = seen_in(playlist)
        assert sorted(set(seen)) == seen, "a picture is shown twice, or out of turn"
        return seen

    def segments(self) -> list[Segment]:
        broadcast = self.sessions[0].broadcast_id
        assert broadcast
        return Index(self.storage.index_path(broadcast)).parts[1].segments

    def unpublished(self) -> list[str]:
        return [one.name for one in self.storage.source_directory(SOURCE).glob("*.m4s")]


WITH_CLOSED_DOORS = {2.0: "open", 10.0: "close", 18.0: "reopen", 26.0: "adjourn"}


def all_within(seen: list[datetime], *stretches: tuple[float, float]) -> bool:
    """Whether all that is seen lies in these seconds, and nearly all of each is seen (keyframes: 2 s)."""
    spans = [(START + timedelta(seconds=a), START + timedelta(seconds=b)) for a, b in stretches]
    inside = [[moment for moment in seen if a <= moment <= b] for a, b in spans]
    full = all(
        here
        and here[0] <= a + timedelta(seconds=SPREAD + 2.1)
        and here[-1] >= b - timedelta(seconds=SPREAD + 1.3)
        for here, (a, b) in zip(inside, spans, strict=True)
    )
    return full and sum(map(len, inside)) == len(seen)


@pytest.mark.parametrize(
    "how",
    [{}, {"sound": False}, {"gop": 300}, {"codec": "mpeg4"}],
    ids=["copied", "without_sound", "keyframes_far_apart", "another_codec"],
)
async def test_what_is_behind_closed_doors_is_not_in_the_recording(
    tmp_path: Path, how: dict[str, Any]
) -> None:
    it = Afterwards(tmp_path, WITH_CLOSED_DOORS)
    await it.bring_in(it.film(**how))
    seen = it.seen()
    assert all_within(seen, (2, 10), (18, 26)), " ".join(f"{one:%S.%f}"[:4] for one in seen)
    assert it.unpublished() == []
    assert not [one for one in it.segments() if one.kind == "slate"]
    for segment in it.segments():
        assert min(abs(segment.at - moment) for moment in seen) <= FRAME, "the place in time is another"
    live = it.storage.public.glob("*/live*.m3u8")
    assert not list(live), "nothing of it was live"


async def test_what_is_killed_anywhere_goes_on_and_lists_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imported, "STEP", 7)
    it = Afterwards(tmp_path, WITH_CLOSED_DOORS)
    film = it.film()
    await it.bring_in(film)
    whole = it.seen()

    class Killed(Exception):
        pass

    def dies() -> None:
        if again.reads == 3 + killed:
            raise Killed

    again, killed = Afterwards(tmp_path / "again", WITH_CLOSED_DOORS), 0
    again.before_read = dies
    while True:
        again.reads = 0
        try:
            await again.bring_in(film)
            break
        except Killed:
            killed += 1
    assert killed > 5
    assert again.seen() == whole
    listed, again.before_read = len(again.segments()), lambda: None
    await again.bring_in(film)
    assert len(again.segments()) == listed
    assert again.unpublished() == []


async def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imported, "STEP", 7)
    it = Afterwards(tmp_path, WITH_CLOSED_DOORS)
    film = it.film()

    def fills() -> None:
        it.free = 0 if it.reads == 4 else 10**12

    it.before_read = fills
    with pytest.raises(DiskFullError):
        await it.bring_in(film)
    await it.bring_in(film)
    assert all_within(it.seen(), (2, 10), (18, 26))


async def test_a_room_that_several_used_is_public_only_where_all_allow_it(tmp_path: Path) -> None:
    it = Afterwards(tmp_path, {0.0: "open", 30.0: "adjourn"})
    it.sessions.append(Session(it.clock))
    it.hold(it.sessions[1], {8.0: "open", 12.0: "close", 20.0: "adjourn"})
    await it.bring_in(it.film())
    assert all_within(it.seen(0), (0, 12), (20, 30))
    assert all_within(it.seen(1), (8, 12))


async def test_while_a_session_is_open_nothing_is_brought_in(tmp_path: Path) -> None:
    it = Afterwards(tmp_path, {2.0: "open", 10.0: "close"})
    with pytest.raises(StillOpenError):
        await it.bring_in(it.film())
    assert not list(it.storage.public.iterdir())


async def test_a_film_that_is_shorter_than_its_time_is_public_only_where_every_place_in_it_is(
    tmp_path: Path,
) -> None:
    it = Afterwards(tmp_path, {2.0: "open", 30.0: "close", 31.0: "adjourn"})
    film = it.film(26)
    stood_still = Film(film.path, film.id, film.starts_at, film.ends_at + timedelta(seconds=8))
    await it.bring_in(stood_still)
    assert all_within(it.seen(), (2, 22))


async def test_a_correction_of_the_log_takes_back_what_it_shuts(tmp_path: Path) -> None:
    it = Afterwards(tmp_path, {0.0: "open", 30.0: "adjourn"})
    await it.bring_in(it.film())
    assert all_within(it.seen(), (0, 30))
    it.sessions[0].turns.insert(1, (START + timedelta(seconds=20), "close"))
    await it.importer().refresh()
    assert max(it.seen()) < START + timedelta(seconds=20)


async def test_however_slowly_a_film_is_made_a_correction_meanwhile_takes_back_what_it_shuts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imported, "STEP", 10**6)
    it = Afterwards(tmp_path, {0.0: "open", 30.0: "adjourn"})
    public: list[int] = []

    def slowly() -> float:
        it.clock.advance(0.1)
        return FakeClock.monotonic(it.clock)

    def corrected() -> None:
        public.append(len(list(it.storage.public.glob("*/*.m4s"))))
        if len(public) == 5:
            it.sessions[0].turns.insert(1, (START + timedelta(seconds=1), "close"))

    monkeypatch.setattr(it.clock, "monotonic", slowly)
    it.before_read = corrected
    await it.bring_in(it.film())
    assert public[4] > 0
    assert public[5] == 0
    assert it.seen() == []


async def test_what_is_no_film_says_so(tmp_path: Path) -> None:
    it = Afterwards(tmp_path, WITH_CLOSED_DOORS)
    bad = tmp_path / "recording"
    bad.write_bytes(b"<html>Sign in</html>" * 1000)
    with pytest.raises(NotAFilmError):
        await it.bring_in(Film(bad, "r", START, START + timedelta(seconds=30)))


async def test_a_film_is_never_whole_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imported, "STEP", 7)
    it = Afterwards(tmp_path, {0.0: "open", 30.0: "adjourn"})
    film = it.film(gop=1, snow=True)
    size = film.path.stat().st_size
    tracemalloc.start()
    try:
        await it.bring_in(film)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < size / 2
