"""The index: what it was told before a crash it says after it."""

from pathlib import Path

import pytest

from orchestrator.streaming.index import Index
from orchestrator.streaming.storage import DiskFullError
from tests.streaming.listing import at, fill, segment, slate


def state(index: Index) -> object:
    return index.parts, index.withdrawn, index.recorded()


def full_index(path: Path) -> Index:
    index = Index(path)
    fill(index, segment(0), slate(4), segment(8))
    index.end(1, at(13))
    index.begin(2, at(20))
    index.list(segment(20, part=2))
    index.withdraw("s8.m4s")
    return index


def test_an_index_is_the_same_after_a_restart(tmp_path: Path) -> None:
    index = full_index(tmp_path / "index")
    assert state(Index(tmp_path / "index")) == state(index)


@pytest.mark.parametrize("torn", [b"{", b'{"record":"ended","part":2,"at":"2026-01-14T1'])
def test_half_a_line_never_happened(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "index"
    before = state(full_index(path))
    with path.open("ab") as file:
        file.write(torn)
    again = Index(path)
    assert state(again) == before
    again.end(2, at(30))
    assert state(Index(path)) == state(again)


def test_a_full_disk_adds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "index"
    index = full_index(path)
    kept = path.read_bytes()
    path.unlink()
    path.symlink_to("/dev/full")
    before = repr(state(index))
    with pytest.raises(DiskFullError):
        index.list(segment(24, part=2))
    assert repr(state(index)) == before
    path.unlink()
    path.write_bytes(kept)
    index.list(segment(24, part=2))
    assert state(Index(path)) == state(index)


def test_the_newest_part_is_live_until_it_ends(tmp_path: Path) -> None:
    index = full_index(tmp_path / "index")
    assert index.current is index.parts[2]
    assert index.current.playlist == "live-2.m3u8"
    index.end(2, at(40))
    assert index.current is None


def test_the_recording_holds_ended_parts_in_order_of_capture(tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    fill(index, segment(0), slate(4), segment(12), segment(4, live=False), segment(8, live=False))
    fill(index, segment(40, part=2))
    assert index.recorded() == []
    index.end(1, at(16))
    index.withdraw("s8.m4s")
    assert [each.name for each in index.recorded()] == ["s0.m4s", "s4.m4s", "s12.m4s"]
