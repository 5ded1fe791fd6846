"""The layout page of a room: its address for LiveKit's egress service, and where that sends what it shows.

The address holds a proof that only we can make, so nobody else has the page show what they please under a
municipality's name. It is another when the source's address or passphrase is, which is how it is known that
what is being sent goes to the right place. It opens nothing but the page.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote
from uuid import UUID

from orchestrator.store.records import Source

_PROOF: Final = 16
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Layout:
    """``path``: of the page; ``output``: where the egress service sends it, with the source's passphrase."""

    path: str = field(repr=False)
    output: str = field(repr=False)
    proof: str = field(repr=False)


def layout_of(room_id: UUID, source: Source, *, host: str, key: bytes) -> Layout:
    """``host``: the name that encoders reach us by; ``key``: the service's own."""
    secret = source.passphrase.get_secret_value() if source.passphrase else ""
    address = f"[{host}]" if ":" in host else host
    output = f"srt://{address}:{source.port}?passphrase={quote(secret, safe='')}&pbkeylen=16"
    digest = hmac.digest(hashlib.sha256(b"layout" + key).digest(), f"{room_id} {output}".encode(), "sha256")
    proof = urlsafe_b64encode(digest[:_PROOF]).decode().rstrip("=")
    return Layout(f"/rom/{room_id}/bilde/{proof}", output, proof)
