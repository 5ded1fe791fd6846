"""The token that lets one guest into one room for a short while: encrypted, so signed too."""

import base64
from datetime import timedelta
from typing import Final
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict, ValidationError

from orchestrator.clock import Clock
from orchestrator.rooms.provider import Guest, RoomRole

LASTS: Final = timedelta(minutes=2)
"""From when it is fetched until the page says hello with it; a page that comes back fetches another."""


class Claims(BaseModel):
    """Who may come into which room, as what."""

    model_config = ConfigDict(frozen=True)

    organisation_id: UUID
    room_id: UUID
    identity: str
    name: str
    role: RoomRole

    @property
    def guest(self) -> Guest:
        """Whom it was made for."""
        return Guest(self.identity, self.name, self.role)


class Tokens:
    """Makes them and reads them, with a key of their own derived from the service's."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=b"join token of an embedded room").derive(key)
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))
        self._clock = clock

    def make(self, claims: Claims) -> str:
        """One that lasts from now."""
        return self._fernet.encrypt_at_time(claims.model_dump_json().encode(), self._seconds()).decode()

    def read(self, token: str) -> Claims | None:
        """Whom it lets in; None if it is not ours, or too old."""
        lasts = int(LASTS.total_seconds())
        try:
            return Claims.model_validate_json(self._fernet.decrypt_at_time(token, lasts, self._seconds()))
        except (InvalidToken, ValidationError):
            return None

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())
