"""Where media lies: unpublished where no web server reads, published under unguessable names.

What is listed is fully on disk first; a full disk costs what could not be stored and nothing else.
"""

import contextlib
import errno
import gzip
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class DiskFullError(OSError):
    """There is no room for more media (the rest is the database's)."""


def unguessable() -> str:
    """A name with 96 random bits, safe in a URL."""
    return secrets.token_urlsafe(12)


@contextlib.contextmanager
def telling_full_disk() -> Iterator[None]:
    """Turn every way in which a disk says that it is full into `DiskFullError`."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFullError(error.errno, "no room for media", error.filename) from error
        raise


def sync_directory(path: Path) -> None:
    """Make the names in a directory survive a power cut."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class LocalStorage:
    """Two directories on one file system, so that publishing moves no bytes."""

    def __init__(
        self,
        public: Path,
        private: Path,
        *,
        min_free_bytes: int = 0,
        free_bytes: Callable[[], int] | None = None,
        purge: Callable[[str], None] = lambda _path: None,
    ) -> None:
        """`purge` is told the path (`<broadcast>/<name>`) of what was withdrawn, for a CDN to forget."""
        self.public, self.private = public, private
        self._min_free = min_free_bytes
        self._free = free_bytes or (lambda: shutil.disk_usage(private).free)
        self._purge = purge
        public.mkdir(parents=True, exist_ok=True)
        private.mkdir(parents=True, exist_ok=True, mode=0o700)

    def require_room(self) -> None:
        """Raise `DiskFullError` while less is free than the database needs to go on."""
        if self._free() < self._min_free:
            raise DiskFullError(errno.ENOSPC, "no room for media")

    def source_directory(self, source_id: UUID) -> Path:
        """Where the unpublished media of a source lies."""
        path = self.private / str(source_id)
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    def index_path(self, broadcast_id: UUID) -> Path:
        """Where the index of a broadcast lies."""
        path = self.private / "broadcasts"
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path / f"{broadcast_id}.jsonl"

    def path(self, broadcast_id: UUID, name: str) -> Path:
        """Where something public lies, or would."""
        return self.public / str(broadcast_id) / name

    def publish(self, source: Path, broadcast_id: UUID, name: str) -> None:
        """Give a private file its public name; whoever owns the private one deletes that afterwards.

        Together that is a rename, which can be done again after a crash and for several broadcasts.
        """
        path = self.path(broadcast_id, name)
        if path.exists():
            return
        with telling_full_disk():
            path.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as file:
                os.fsync(file.fileno())
            os.link(source, path)
            sync_directory(path.parent)

    def put(self, broadcast_id: UUID, name: str, data: bytes) -> None:
        """Write bytes that never change, whole or not at all; once is enough."""
        path = self.path(broadcast_id, name)
        if not path.exists():
            self._replace(path, data, sync=True)
            sync_directory(path.parent)

    def put_content(self, broadcast_id: UUID, data: bytes, suffix: str) -> str:
        """Publish what hides nothing (parameters, a slate) under a name made from its content."""
        name = content_name(data, suffix)
        self.put(broadcast_id, name, data)
        return name

    def put_text(self, broadcast_id: UUID, name: str, text: str) -> None:
        """Replace a text file and its `.gz` beside it, each atomically.

        The compressed one comes first: a reader who takes either never goes back in time for long.
        Not synced: it is written again from the index at start.
        """
        path, data = self.path(broadcast_id, name), text.encode()
        self._replace(path.with_name(f"{name}.gz"), gzip.compress(data, 6, mtime=0), sync=False)
        self._replace(path, data, sync=False)

    def sweep(self, broadcast_id: UUID) -> None:
        """Delete what a killed process had half written."""
        for path in (self.public / str(broadcast_id)).glob(".*"):
            path.unlink()

    def withdraw(self, broadcast_id: UUID, name: str) -> None:
        """Take something back: its bytes are gone, and a CDN is told."""
        for each in (name, f"{name}.gz"):
            self.path(broadcast_id, each).unlink(missing_ok=True)
        self._purge(f"{broadcast_id}/{name}")

    def delete(self, broadcast_id: UUID) -> bool:
        """Take a whole broadcast back; False: nothing of it was there. Who is killed begins again.

        Its segments in other broadcasts stay, and so does what was never published.
        """
        directory, index = self.public / str(broadcast_id), self.index_path(broadcast_id)
        if not directory.exists() and not index.exists():
            return False
        for path in sorted(directory.glob("[!.]*")):
            if path.suffix != ".gz":
                self.withdraw(broadcast_id, path.name)
        shutil.rmtree(directory, ignore_errors=True)
        index.unlink(missing_ok=True)
        return True

    def _replace(self, path: Path, data: bytes, *, sync: bool) -> None:
        part = path.with_name(f".{path.name}.{unguessable()}")
        with telling_full_disk():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with part.open("wb") as file:
                    file.write(data)
                    if sync:
                        file.flush()
                        os.fsync(file.fileno())
                part.rename(path)
            finally:
                part.unlink(missing_ok=True)


def content_name(data: bytes, suffix: str) -> str:
    """The name of data: its content decides."""
    return f"{hashlib.sha256(data).hexdigest()[:32]}{suffix}"
