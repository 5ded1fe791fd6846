"""Candidates: cut where they should be, and still there after a crash."""

from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.streaming.media import Captured, Fragment, Init
from orchestrator.streaming.segments import TARGET_DURATION, Candidate, Segmenter
from orchestrator.streaming.storage import DiskFullError
from tests.clock import START
from tests.streaming.world import init

CAMERA = init()


def captured(
    start: float,
    *,
    keyframe: bool = False,
    length: float = 0.5,
    connection: int = 1,
    parameters: Init = CAMERA,
) -> Captured:
    data = f"<{connection}:{start}>".encode()
    since = START + timedelta(seconds=start)
    to = since + timedelta(seconds=length)
    fragment = Fragment(data, start, length, keyframe, start, start + length)
    return Captured(connection, parameters, fragment, since, to, since)


def fill(segmenter: Segmenter, seconds: float, *, keyframe_every: float, length: float = 0.5) -> None:
    for number in range(round(seconds / length)):
        start = number * length
        segmenter.add(captured(start, keyframe=start % keyframe_every == 0, length=length))


def lengths(segmenter: Segmenter) -> list[float]:
    return [candidate.duration for candidate in segmenter.waiting]


@pytest.mark.parametrize(
    ("keyframe_every", "expected"),
    [
        (1.0, [4, 4, 4, 4, 4]),
        (2.0, [4, 4, 4, 4, 4]),
        (3.0, [6, 6, 6]),
        (5.0, [5, 5, 5, 5]),
        (10.0, [6, 4, 6, 4]),
    ],
)
def test_segments_are_cut_at_a_keyframe_once_they_are_long_enough(
    tmp_path: Path, keyframe_every: float, expected: list[float]
) -> None:
    segmenter = Segmenter(tmp_path)
    fill(segmenter, 20.5, keyframe_every=keyframe_every)
    assert lengths(segmenter) == expected


def test_no_segment_is_longer_than_the_target_duration(tmp_path: Path) -> None:
    segmenter = Segmenter(tmp_path)
    fill(segmenter, 70, keyframe_every=1000, length=0.7)
    assert max(lengths(segmenter)) <= TARGET_DURATION


def test_a_keyframe_a_moment_before_four_seconds_is_near_enough(tmp_path: Path) -> None:
    segmenter = Segmenter(tmp_path)
    for number in range(9):
        segmenter.add(captured(number * 0.48, keyframe=number % 4 == 0, length=0.48))
    assert lengths(segmenter) == pytest.approx([3.84])


@pytest.mark.parametrize(
    "next_one",
    [
        captured(1.0, connection=2),
        captured(1.0, parameters=init("other")),
        captured(0.0, keyframe=True),
        captured(3.0, keyframe=True),
    ],
    ids=["a new connection", "new parameters", "time goes back", "time is missing"],
)
def test_what_does_not_follow_begins_a_new_segment(tmp_path: Path, next_one: Captured) -> None:
    segmenter = Segmenter(tmp_path)
    fill(segmenter, 1, keyframe_every=1)
    segmenter.add(next_one)
    assert lengths(segmenter) == [1.0]


def as_notes(candidates: list[Candidate]) -> list[tuple[str, int, list[object]]]:
    return [(each.init, each.connection, list(each.notes)) for each in candidates]


def test_a_killed_process_leaves_candidates_that_the_next_one_takes_over(tmp_path: Path) -> None:
    first = Segmenter(tmp_path)
    fill(first, 9, keyframe_every=2)
    assert first.current
    expected = as_notes([*first.waiting, first.current])

    second = Segmenter(tmp_path)

    assert as_notes(list(second.waiting)) == expected
    assert second.init_data(second.waiting[0].init) == CAMERA.data
    piece = second.waiting[1].piece(0, 1)
    assert second.waiting[1].read(piece) == b"<1:4.0><1:4.5>"


def test_a_half_written_fragment_does_not_count(tmp_path: Path) -> None:
    first = Segmenter(tmp_path)
    fill(first, 2, keyframe_every=2)
    assert first.current
    with first.current.path.open("r+b") as file:
        file.truncate(first.current.notes[-1].offset + 2)
    with first.current.journal.open("a") as journal:
        journal.write('{"offset": 4')

    second = Segmenter(tmp_path)

    assert lengths(second) == [1.5]


def test_what_belongs_to_nothing_is_deleted_at_start(tmp_path: Path) -> None:
    for name in ("stray.m4s", "empty.jsonl", "unneeded.mp4"):
        (tmp_path / name).touch()
    Segmenter(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_costs_one_fragment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segmenter = Segmenter(tmp_path)
    fill(segmenter, 1, keyframe_every=1)
    assert segmenter.current
    journal, kept = segmenter.current.journal, segmenter.current.journal.read_text()
    journal.unlink()
    journal.symlink_to("/dev/full")
    with pytest.raises(DiskFullError):
        segmenter.add(captured(1.0, keyframe=True))
    journal.unlink()
    journal.write_text(kept)
    segmenter.add(captured(1.5, keyframe=True))
    assert lengths(segmenter) == [1.0]
    assert as_notes(list(Segmenter(tmp_path).waiting)) == as_notes([*segmenter.waiting, segmenter.current])
