"""A source as IT configures it: an SRT listener with a passphrase, or a URL to pull, within limits."""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str], Awaitable[Sequence[IPAddress]]]

SCHEMES = ("srt", "rtsp", "rtmp", "http", "https", "file")
SHORTEST_PASSPHRASE, LONGEST_PASSPHRASE = 10, 79  # libsrt's own limits
_SRT_OPTIONS = {"passphrase", "streamid", "latency", "pbkeylen"}
_SAFE = re.compile(r"[\x21-\x7e]+")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class SourceRefusedError(ValueError):
    """What was configured, or what an address turned out to be, is not allowed; names the field."""

    def __init__(self, field: str, rule: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.rule = rule
        self.message = message


class SourceConfig(BaseModel):
    """One source. `delay_ms` is from the camera to us, `spread_ms` how far off that may be."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: UUID
    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Literal["srt", "pull"]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    passphrase: SecretStr | None = None
    url: SecretStr | None = None
    delay_ms: Annotated[int, Field(ge=0, le=120_000)] = 0
    spread_ms: Annotated[int, Field(ge=0, le=120_000)] = 5000

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "srt":
            if self.port is None:
                raise SourceRefusedError("port", "missing", "an SRT listener needs a port")
            check_passphrase(self.passphrase.get_secret_value() if self.passphrase else "")
        else:
            check_url(self.url.get_secret_value() if self.url else "")
        return self


@dataclass(frozen=True, slots=True)
class PullLimits:
    """Where URLs may lead: nowhere private unless listed, and to files only under one directory."""

    networks: tuple[IPNetwork, ...] = ()
    directory: Path | None = None


def check_passphrase(passphrase: str) -> None:
    """Raises SourceRefusedError unless libsrt can use it and every encoder can type it."""
    if not SHORTEST_PASSPHRASE <= len(passphrase) <= LONGEST_PASSPHRASE:
        raise SourceRefusedError(
            "passphrase", "length", f"must have {SHORTEST_PASSPHRASE} to {LONGEST_PASSPHRASE} characters"
        )
    if not _SAFE.fullmatch(passphrase):
        raise SourceRefusedError("passphrase", "characters", "only letters a-z, digits and signs, no spaces")


def check_url(url: str) -> None:
    """Raises SourceRefusedError unless it has the form of something that may be pulled."""
    if not _SAFE.fullmatch(url):
        raise SourceRefusedError("url", "characters", "has spaces or characters that a URL cannot have")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise SourceRefusedError("url", "form", "is not a URL") from None
    if parts.scheme not in SCHEMES:
        raise SourceRefusedError("url", "protocol", f"must begin with one of {', '.join(SCHEMES)}")
    if parts.scheme == "file":
        if parts.netloc or not parts.path.startswith("/"):
            raise SourceRefusedError("url", "form", "a file is written file:///whole/path")
        return
    if not parts.hostname:
        raise SourceRefusedError("url", "form", "has no host name")
    if parts.scheme == "srt":
        unknown = {name for name, _ in parse_qsl(parts.query)} - _SRT_OPTIONS
        if parts.port is None or unknown:
            known = ", ".join(sorted(_SRT_OPTIONS))
            raise SourceRefusedError("url", "form", f"SRT needs a port, and may only set {known}")


async def vet_url(url: str, limits: PullLimits, resolve: Resolve | None = None) -> str:
    """The URL to open now, after looking at where it leads today; asked before every connection.

    Raises SourceRefusedError if it leads to a private network that is not listed, to a file outside
    the directory, or nowhere.
    """
    check_url(url)
    parts = urlsplit(url)
    if parts.scheme == "file":
        return str(_vetted_file(Path(parts.path), limits))
    host = parts.hostname or ""
    await vet_host(host, limits, resolve)
    if parts.scheme == "srt":
        query = urlencode([*parse_qsl(parts.query), ("mode", "caller")])
        return urlunsplit(parts._replace(query=query))
    return url


async def vet_host(host: str, limits: PullLimits, resolve: Resolve | None = None) -> list[IPAddress]:
    """The addresses of a host, every one of which may be reached; raises SourceRefusedError."""
    try:
        addresses = list(await (resolve or _resolve)(host))
    except OSError:
        raise SourceRefusedError("url", "unknown_host", f"{host} is not known") from None
    for address in addresses:
        if not _may_reach(address, limits):
            raise SourceRefusedError(
                "url", "private_address", f"{host} is {address}, in a network that is not listed as allowed"
            )
    if not addresses:
        raise SourceRefusedError("url", "unknown_host", f"{host} is not known")
    return addresses


def _vetted_file(path: Path, limits: PullLimits) -> Path:
    if limits.directory is None:
        raise SourceRefusedError("url", "file", "files are not allowed: no directory is set for them")
    resolved = path.resolve()
    if not resolved.is_relative_to(limits.directory.resolve()):
        raise SourceRefusedError("url", "file", "the file is outside the directory for them")
    if not resolved.is_file():
        raise SourceRefusedError("url", "file", "there is no such file")
    return resolved


def _may_reach(address: IPAddress, limits: PullLimits) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            address = address.ipv4_mapped
        elif address.sixtofour:
            address = address.sixtofour
        elif address in _NAT64:
            address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if any(address.version == network.version and address in network for network in limits.networks):
        return True
    return address.is_global and not address.is_multicast


async def _resolve(host: str) -> list[IPAddress]:
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(address[4][0]).partition("%")[0]) for address in found]
