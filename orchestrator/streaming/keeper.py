"""What is refused is deleted, unless the municipality keeps it: then encrypted, with a key of its own."""

import os
from pathlib import Path
from typing import Protocol
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from orchestrator.streaming.segments import Candidate
from orchestrator.streaming.storage import telling_full_disk

NONCE_BYTES = 12


class Keeper(Protocol):
    """Takes media that the gate refused, before it is deleted."""

    def keep(self, source_id: UUID, candidate: Candidate, init: bytes) -> None:
        """Keep a copy. Raises `DiskFullError` if there is no room; then it is tried again."""
        ...


class EncryptedKeeper:
    """Keeps refused media in files that are unreadable without the key (AES-GCM, 16 to 32 bytes)."""

    def __init__(self, directory: Path, key: bytes) -> None:
        self._directory, self._cipher = directory, AESGCM(key)

    def keep(self, source_id: UUID, candidate: Candidate, init: bytes) -> None:
        """Write `<capture time>-<name>.mp4.aes`: a nonce, then the encrypted media with its parameters."""
        directory = self._directory / str(source_id)
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{candidate.notes[0].at:%Y%m%dT%H%M%S}-{candidate.name}.mp4.aes"
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, init + candidate.path.read_bytes(), name.encode())
        part = directory / f".{name}"
        with telling_full_disk():
            part.write_bytes(nonce + sealed)
        part.rename(directory / name)

    def read(self, path: Path) -> bytes:
        """What was kept in a file."""
        data = path.read_bytes()
        return self._cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], path.name.encode())
