"""What of an event the database must not show: the address of a room elsewhere lets in whoever has it."""

from collections.abc import Mapping
from typing import Any, Final

from orchestrator.store.secrets import Vault, WrongKey

LOST: Final = "https://lost.invalid/"
"""Stands for an address that was sealed with a key we do not have: it leads nowhere, and is written anew."""
_MARK: Final = "sealed:"


def seal(data: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    """The event's data as it is kept."""
    url = _url(data)
    return dict(data) if url is None else _with(data, _MARK + vault.encrypt(url))


def unseal(data: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    """The event's data as it was; what was never sealed stays as it is."""
    url = _url(data)
    if url is None or not url.startswith(_MARK):
        return dict(data)
    try:
        return _with(data, vault.decrypt(url.removeprefix(_MARK)))
    except WrongKey:
        return _with(data, LOST)


def _url(data: Mapping[str, Any]) -> str | None:
    room = data.get("room")
    url = room.get("url") if isinstance(room, dict) else None
    return url if isinstance(url, str) else None


def _with(data: Mapping[str, Any], url: str) -> dict[str, Any]:
    return {**data, "room": data["room"] | {"url": url}}
