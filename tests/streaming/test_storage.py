"""What is public is whole, and what is withdrawn is gone."""

import gzip
from pathlib import Path
from uuid import uuid4

import pytest

from orchestrator.streaming.storage import DiskFullError, LocalStorage

BROADCAST = uuid4()


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "public", tmp_path / "private")


def test_a_text_and_its_compressed_copy_say_the_same(storage: LocalStorage) -> None:
    for text in ("#EXTM3U\n", "#EXTM3U\nÆØÅ\n"):
        storage.put_text(BROADCAST, "live.m3u8", text)
        path = storage.path(BROADCAST, "live.m3u8")
        assert path.read_text() == text
        assert gzip.decompress(path.with_name("live.m3u8.gz").read_bytes()).decode() == text
    assert {each.name for each in path.parent.iterdir()} == {"live.m3u8", "live.m3u8.gz"}


def test_publishing_twice_is_publishing_once(storage: LocalStorage, tmp_path: Path) -> None:
    media = tmp_path / "private" / "media"
    media.write_bytes(b"moof mdat")
    for _ in range(2):
        storage.publish(media, BROADCAST, "name.m4s")
    media.unlink()
    assert storage.path(BROADCAST, "name.m4s").read_bytes() == b"moof mdat"


def test_private_media_can_be_read_by_its_owner_only(storage: LocalStorage) -> None:
    for path in (storage.private, storage.source_directory(uuid4()), storage.index_path(BROADCAST).parent):
        assert path.stat().st_mode & 0o077 == 0


def test_what_is_withdrawn_is_gone_and_a_cdn_is_told(tmp_path: Path) -> None:
    purged: list[str] = []
    storage = LocalStorage(tmp_path / "public", tmp_path / "private", purge=purged.append)
    storage.put(BROADCAST, "name.m4s", b"x")
    storage.withdraw(BROADCAST, "name.m4s")
    assert not storage.path(BROADCAST, "name.m4s").exists()
    assert purged == [f"{BROADCAST}/name.m4s"]


def test_a_deleted_broadcast_leaves_others_and_what_was_never_published(tmp_path: Path) -> None:
    purged: list[str] = []
    storage, other, source = (
        LocalStorage(tmp_path / "a", tmp_path / "b", purge=purged.append),
        uuid4(),
        uuid4(),
    )
    unpublished = storage.source_directory(source) / "segment.m4s"
    unpublished.write_bytes(b"moof")
    for broadcast in (BROADCAST, other):
        storage.publish(unpublished, broadcast, "shared.m4s")
        storage.put_text(broadcast, "recording.m3u8", "#EXTM3U")
        storage.index_path(broadcast).write_text("{}\n")
    assert storage.delete(BROADCAST)
    assert not storage.path(BROADCAST, "").exists()
    assert not storage.index_path(BROADCAST).exists()
    assert set(purged) == {f"{BROADCAST}/shared.m4s", f"{BROADCAST}/recording.m3u8"}
    assert storage.path(other, "shared.m4s").read_bytes() == unpublished.read_bytes() == b"moof"
    assert storage.index_path(other).exists()
    assert not storage.delete(BROADCAST), "nothing is left of it"


def test_there_is_no_room_for_media_while_the_database_needs_it(tmp_path: Path) -> None:
    storage = LocalStorage(
        tmp_path / "public", tmp_path / "private", min_free_bytes=100, free_bytes=lambda: 99
    )
    with pytest.raises(DiskFullError):
        storage.require_room()


def test_a_failed_write_leaves_the_old_file(storage: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.put_text(BROADCAST, "live.m3u8", "old")

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(DiskFullError):
        storage.put_text(BROADCAST, "live.m3u8", "new")
    path = storage.path(BROADCAST, "live.m3u8")
    assert path.read_text() == "old"
    assert len(list(path.parent.iterdir())) == 2
