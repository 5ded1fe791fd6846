"""A desk through whole broadcasts, half a second at a time: what viewers get, when, and what never."""

import asyncio
import errno
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.domain.timeline import Entry
from orchestrator.streaming.gate import Settled
from orchestrator.streaming.index import Segment
from orchestrator.streaming.keeper import EncryptedKeeper
from tests.streaming.legality import check_history, check_version
from tests.streaming.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, spread=1.0)
    yield world
    for playlists in world.history.values():
        for name, history in playlists.items():
            if name != "recording.m3u8":
                check_history(history)


def live(world: World, part: int = 1) -> list[Segment]:
    return world.index().parts[part].live


def recorded(world: World) -> list[Segment]:
    return world.index().recorded()


def kinds(segments: list[Segment]) -> list[str]:
    """The kinds of neighbours, each told once: a slate by its reason."""
    told: list[str] = []
    for segment in segments:
        kind = segment.reason or "media"
        if told[-1:] != [kind]:
            told.append(kind)
    return told


def seconds(segments: list[Segment]) -> float:
    return sum(segment.duration for segment in segments)


async def test_nothing_is_public_before_the_session_opens(world: World) -> None:
    await world.run(20)
    assert list(world.storage.public.iterdir()) == []


async def test_media_waits_on_disk_no_longer_than_it_takes_to_refuse_it(world: World) -> None:
    await world.run(20)
    kept = b"".join(path.read_bytes() for path in world.storage.private.rglob("*.m4s"))
    assert len([data for data in world.captured if data in kept]) * 0.5 <= 2.5


async def test_the_slate_is_seen_at_once_when_the_session_opens_and_then_the_hall(world: World) -> None:
    await world.run(10)
    world.session.turn("open")
    await world.tick()
    assert world.exists("live.m3u8")
    await world.run(30)
    assert kinds(live(world)) == ["starting", "media"]
    first = next(segment for segment in live(world) if segment.kind == "media")
    assert first.at - world.start >= timedelta(seconds=11)
    assert first.at - world.start <= timedelta(seconds=13)


async def test_a_segment_is_listed_as_soon_as_the_gate_allows(world: World) -> None:
    world.session.turn("open")
    await world.run(60)
    for segment in live(world):
        if segment.kind == "media":
            assert segment.listed_at - segment.captured_to <= timedelta(seconds=2.5)


async def test_closed_doors_show_the_slate_once_and_the_hall_again_with_nothing_lost(world: World) -> None:
    world.session.turn("open")
    await world.run(20)
    world.session.turn("close")
    await world.run(20)
    world.session.turn("reopen")
    await world.run(20)
    assert kinds(live(world)) == ["starting", "media", "closed", "media"]
    media = [segment for segment in world.index().parts[1].segments if segment.kind == "media"]
    assert all(segment.live for segment in media)
    edges = [segment.at for segment in media], [segment.until for segment in media]
    assert world.start + timedelta(seconds=19) in edges[1]
    assert (
        timedelta(seconds=41)
        <= min(at - world.start for at in edges[0] if at > world.start + timedelta(seconds=20))
        <= timedelta(seconds=43)
    )


async def test_what_was_refused_is_nowhere_on_disk(world: World) -> None:
    world.session.turn("open")
    await world.run(20)
    world.session.turn("close")
    await world.run(20)
    world.session.turn("reopen")
    await world.run(8)
    secret = [
        data
        for data, (since, to) in world.captured.items()
        if timedelta(seconds=20) < to - world.start and since - world.start < timedelta(seconds=40)
    ]
    files = [path for path in world.storage.public.parent.rglob("*") if path.is_file()]
    everything = b"".join(path.read_bytes() for path in files)
    assert len(secret) == 40
    assert not [data for data in secret if data in everything]


async def test_the_slate_does_not_wait_for_an_encoder(world: World) -> None:
    world.session.turn("open")
    await world.run(20)
    world.encoder = None
    await world.desk.lost()
    await world.run(30)
    world.reconnect("other")
    await world.run(20)
    assert kinds(live(world)) == ["starting", "media", "technical", "media"]
    assert len({segment.init for segment in live(world)}) == 3
    assert all(segment.live for segment in world.index().parts[1].segments)


async def test_a_short_interruption_is_filled_with_the_slate(world: World) -> None:
    world.session.turn("open")
    await world.run(20)
    world.encoder = None
    await world.run(3)
    world.reconnect()
    await world.run(20)
    filled = [segment for segment in live(world) if segment.reason == "technical"]
    assert 2 <= seconds(filled) <= 3


async def test_without_the_log_media_is_held_and_joins_the_recording_only(world: World) -> None:
    world.session.turn("open")
    await world.run(20)
    world.log_answers = False
    await world.run(30)
    assert "log_unreachable" in world.desk.status.warnings
    assert world.desk.status.waiting_seconds >= 20
    latest = max(to for _, to in world.public_media().values())
    assert latest <= world.start + timedelta(seconds=19)
    world.log_answers = True
    await world.run(20)
    world.session.turn("adjourn")
    await world.tick()
    assert kinds(live(world)) == ["starting", "media", "technical", "media"]
    assert seconds([each for each in recorded(world) if not each.live]) >= 20
    starts = [segment.at for segment in recorded(world)]
    assert starts == sorted(starts)
    assert check_version(world.text("recording.m3u8")).segments[1:] == [
        segment
        for segment in check_version(world.text("recording.m3u8")).segments[1:]
        if not segment.discontinuity
    ]


async def test_a_service_that_starts_without_the_log_shows_the_slate(world: World) -> None:
    world.session.turn("open")
    await world.run(20)
    world.log_answers = False
    world.kill()
    await world.run(30)
    assert kinds(live(world)) == ["starting", "media", "technical"]


async def test_doors_closed_while_the_log_was_away_stay_closed(world: World) -> None:
    world.session.turn("open")
    await world.run(20)
    world.log_answers = False
    await world.run(10)
    world.session.turn("close")
    await world.run(10)
    world.log_answers = True
    await world.run(10)
    latest = max(to for _, to in world.public_media().values())
    assert latest == world.start + timedelta(seconds=29)


async def test_adjourning_gives_the_recording_at_once(world: World) -> None:
    world.session.entries = (
        Entry(kind="item", id="1", start=world.start + timedelta(seconds=4), end=None, title="Sak"),
    )
    world.session.turn("open")
    await world.run(30)
    world.session.turn("adjourn")
    world.read()
    world.step()
    assert world.text("live.m3u8").endswith("#EXT-X-ENDLIST\n")
    recording = check_version(world.text("recording.m3u8"))
    assert recording.ended
    assert sum(segment.duration for segment in recording.segments) == 27  # 2 to 29 s: keyframe, spread
    assert "00:00:02.000 --> 00:00:27.000\nSak" in world.text("chapters.vtt")
    timeline = json.loads(world.text("timeline.json"))
    assert (timeline["state"], timeline["recording"]) == ("ended", "recording.m3u8")
    for name in ("live.m3u8", "recording.m3u8", "chapters.vtt", "timeline.json"):
        assert world.exists(f"{name}.gz")


async def test_media_that_arrives_after_the_end_joins_the_recording(tmp_path: Path) -> None:
    world = World(tmp_path, delay=3.0)
    world.session.turn("open")
    await world.run(30)
    world.session.turn("adjourn")
    await world.tick()
    at_once = seconds(recorded(world))
    ended = world.text("live.m3u8")
    await world.run(10)
    assert at_once < seconds(recorded(world)) == 30
    assert world.text("live.m3u8") == ended
    assert check_version(world.text("recording.m3u8")).ended


async def test_reopening_goes_on_as_part_two(world: World) -> None:
    world.session.turn("open")
    await world.run(20)
    world.session.turn("adjourn")
    await world.run(10)
    first = seconds(recorded(world))
    world.session.turn("open")
    await world.run(20)
    timeline = json.loads(world.text("timeline.json"))
    assert (timeline["state"], timeline["live"]) == ("live", "live-2.m3u8")
    assert timeline["recording"] == "recording.m3u8"
    world.session.turn("adjourn")
    await world.tick()
    assert seconds(recorded(world)) > first + 10
    assert world.text("live-2.m3u8").endswith("#EXT-X-ENDLIST\n")


async def test_a_recording_waits_for_the_secretarys_word(world: World) -> None:
    world.session.released = False
    world.session.turn("open")
    await world.run(20)
    world.session.turn("adjourn")
    await world.run(2)
    assert world.exists("live.m3u8")
    assert not world.exists("recording.m3u8")
    assert not world.exists("chapters.vtt")
    assert json.loads(world.text("timeline.json"))["recording"] is None
    world.clock.advance(3600)
    await world.tick()
    assert not world.exists("live.m3u8")
    world.session.released = True
    await world.tick()
    assert world.exists("recording.m3u8")


async def test_two_sessions_in_one_hall_are_public_where_both_are(tmp_path: Path) -> None:
    world = World(tmp_path, sessions=2)
    one, two = world.sessions
    one.turn("open")
    await world.run(20)
    two.turn("open")
    await world.run(20)
    two.turn("close")
    await world.run(20)
    two.turn("adjourn")
    await world.run(20)
    kinds_of_one = kinds(world.index(one).parts[1].live)
    assert kinds_of_one[:2] + kinds_of_one[-2:] == ["starting", "media", "technical", "media"]
    shown = [segment for segment in world.index(two).parts[1].live if segment.kind == "media"]
    assert min(segment.at for segment in shown) >= world.start + timedelta(seconds=20)
    assert max(segment.until for segment in shown) <= world.start + timedelta(seconds=40)


async def test_a_killed_service_publishes_what_it_had_received(world: World) -> None:
    world.session.turn("open")
    await world.run(21)
    world.kill()
    await world.run(20)
    world.session.turn("adjourn")
    await world.tick()
    names = [segment.name for segment in world.index().parts[1].segments if segment.kind == "media"]
    assert len(names) == len(set(names))
    assert seconds(recorded(world)) == 38  # 2 to 40 s: all of it
    starts = [segment.at for segment in recorded(world)]
    assert starts == sorted(starts)


@pytest.mark.parametrize("crash", ["before it is listed", "before the candidate is deleted"])
async def test_a_crash_while_publishing_lists_it_once(
    world: World, crash: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.session.turn("open")
    await world.run(12)
    target = (
        "orchestrator.streaming.broadcast.Broadcast.show"
        if crash == "before it is listed"
        else "orchestrator.streaming.segments.Candidate.delete"
    )

    class CrashError(Exception):
        pass

    def die(*_: object) -> None:
        raise CrashError

    with monkeypatch.context() as patched:
        patched.setattr(target, die)
        with pytest.raises(CrashError):
            await world.run(20)
    world.kill()
    await world.run(20)
    media = [segment for segment in world.index().parts[1].segments if segment.kind == "media"]
    assert len({segment.at for segment in media}) == len(media)
    first_connection = [segment for segment in media if segment.connection == 1]
    assert seconds(first_connection) >= 8


async def test_a_full_disk_costs_what_could_not_be_stored(world: World) -> None:
    world.session.turn("open")
    await world.run(20)
    world.free = 0
    await world.run(20)
    assert "disk_full" in world.desk.status.warnings
    world.free = 10**12
    await world.run(20)
    world.session.turn("adjourn")
    await world.tick()
    assert "disk_full" not in world.desk.status.warnings
    assert kinds(live(world)) == ["starting", "media", "technical", "media"]
    assert seconds(recorded(world)) >= 57 - 20 - 4
    listed = {segment.name for segment in world.index().parts[1].segments}
    assert all(world.exists(name) for name in listed)


async def test_a_disk_that_is_really_full_lists_nothing_that_is_not_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.session.turn("open")
    await world.run(20)
    before = world.text("live.m3u8")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        await world.run(5)
        assert "disk_full" in world.desk.status.warnings
        assert world.text("live.m3u8") == before
    await world.run(20)
    names = [segment.name for segment in live(world)]
    assert all(world.exists(name) for name in names)
    assert world.text("live.m3u8").startswith(before)


async def test_a_corrected_time_takes_back_what_was_published(world: World) -> None:
    world.session.turn("open")
    await world.run(30)
    index = world.index().parts[1].segments
    world.session.turns.append((world.start + timedelta(seconds=15), "close"))
    await world.run(2)
    gone = [path.rpartition("/")[2] for path in world.purged if path.endswith(".m4s")]
    assert gone == [
        each.name
        for each in index
        if each.kind == "media"
        and each.until > each.at
        and (each.captured_to > world.start + timedelta(seconds=14))
    ]
    assert not any(world.exists(name) for name in gone)
    assert world.text("live.m3u8").count("#EXT-X-GAP") == len(gone) > 0
    world.session.turn("adjourn")
    await world.tick()
    assert not set(gone) & {segment.uri for segment in check_version(world.text("recording.m3u8")).segments}


async def test_what_is_refused_is_kept_encrypted_where_the_municipality_keeps_it(tmp_path: Path) -> None:
    keeper = EncryptedKeeper(tmp_path / "kept", bytes(32))
    world = World(tmp_path, keeper=keeper)
    world.session.keep = True
    await world.run(10)
    world.session.turn("open")
    world.session.turn("close")
    await world.run(10)
    files = sorted((tmp_path / "kept").rglob("*.aes"))
    sealed = b"".join(path.read_bytes() for path in files)
    opened = b"".join(keeper.read(path) for path in files)
    kept = [world.captured[data] for data in world.captured if data in opened]
    assert len(kept) >= 8
    assert min(since for since, _ in kept) >= world.start + timedelta(seconds=10)
    assert not [data for data in world.captured if data in sealed]


async def test_a_source_that_is_moved_is_let_go(world: World) -> None:
    world.session.turn("open")
    await world.run(10)
    world.desk.learn(Settled(world.clock.now()))
    before = len(live(world))
    for _ in range(40):
        world.clock.advance(0.5)
        world.desk.learn(Settled(world.clock.now()))
        world.step()
    assert len(live(world)) == before


@pytest.mark.parametrize("jump", [-30, -3, 3, 30])
async def test_a_clock_that_jumps_stops_nothing(world: World, jump: float) -> None:
    world.session.turn("open")
    await world.run(20)
    world.clock.jump(jump)
    await world.run(60)
    assert live(world)[-1].kind == "media"


@pytest.mark.parametrize("then", ["it goes on", "it is killed"])
@pytest.mark.parametrize("jump", [-300, -30, -3, 3, 30])
async def test_a_clock_that_jumps_behind_closed_doors_shows_nothing(
    world: World, jump: float, then: str
) -> None:
    world.session.turn("open")
    await world.run(40)
    before = set(world.captured)
    world.session.turn("close")
    await world.run(10)
    world.clock.jump(jump)
    if then == "it is killed":
        world.log_answers = False
        world.kill()
    await world.run(5)
    world.log_answers = True
    await world.run(60)
    assert set(world.public_media()) <= before


async def test_what_was_half_written_is_swept_away(world: World) -> None:
    world.session.turn("open")
    await world.run(10)
    half = world.storage.path(world.broadcast, ".live.m3u8.abc")
    half.touch()
    world.kill()
    await world.tick()
    assert not half.exists()


async def test_a_slates_bytes_are_stored_once(world: World) -> None:
    world.session.turn("open")
    for _ in range(3):
        world.session.turn("close")
        await world.run(30)
        world.session.turn("reopen")
        await world.run(12)
    slates = [segment.name for segment in live(world) if segment.reason == "closed"]
    assert len(slates) > 1.5 * len(set(slates))


async def test_a_desk_runs_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The only test with real time: a read that fails, one that answers, and a wake."""
    monkeypatch.setattr("orchestrator.streaming.desk.POLL", 0.01)
    world = World(tmp_path)
    reads = 0

    async def read() -> Settled:
        nonlocal reads
        reads += 1
        if reads == 1:
            raise ConnectionError("no database")
        return Settled(world.clock.now(), (world.session.use(),))

    world.desk._read = read
    world.session.turn("open")
    running = asyncio.create_task(world.desk.run())
    try:
        async with asyncio.timeout(10):
            while not world.exists("live.m3u8"):
                world.desk.wake()
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("turns", range(8))
async def test_a_desk_that_is_woken_as_it_is_asked_to_end_ends(tmp_path: Path, turns: int) -> None:
    running = asyncio.create_task((desk := World(tmp_path).desk).run())
    await asyncio.sleep(0.05)
    desk.wake()
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(running, return_exceptions=True)
