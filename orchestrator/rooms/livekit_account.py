"""A municipality's LiveKit server: where it is, and what opens it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

from yarl import URL

from orchestrator.rooms.provider import RoomTrouble

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class LivekitAccount:
    """RoomTrouble("not_configured") if tokens would go over the network in the open."""

    url: str
    key: str
    secret: str = field(repr=False)

    @classmethod
    def of(cls, settings: Mapping[str, Any] | None) -> Self:
        """As it is kept: url, key, secret. RoomTrouble("not_configured") if something is missing."""
        given = settings or {}
        return cls(*(str(given.get(name, "")) for name in ("url", "key", "secret")))

    def __post_init__(self) -> None:
        url = urlsplit(self.url)
        secure = url.scheme in ("https", "wss") and url.hostname
        near = url.scheme in ("http", "ws") and url.hostname in LOOPBACK
        if not (secure or near) or not self.key or not self.secret:
            raise RoomTrouble("not_configured", "the LiveKit server's address, key or secret", lasting=True)

    @property
    def sockets(self) -> str:
        """The origin that those in its rooms converse with, as a browser's policy names it."""
        url = URL(self.url)
        return str(url.with_scheme("wss" if url.scheme in ("https", "wss") else "ws").origin())
