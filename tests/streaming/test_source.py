import ipaddress
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import ValidationError

from orchestrator.streaming.receiver import secrets
from orchestrator.streaming.source import IPAddress, PullLimits, SourceConfig, SourceRefusedError, vet_url


def pull(url: str) -> SourceConfig:
    return SourceConfig.model_validate(
        {"id": uuid4(), "name": "Kommunestyresalen", "kind": "pull", "url": url}
    )


def listener(**fields: object) -> SourceConfig:
    known = {"id": uuid4(), "name": "Kommunestyresalen", "kind": "srt", "port": 9000}
    return SourceConfig.model_validate(known | {"passphrase": "ti-tegn-minst"} | fields)


def resolving(*addresses: str) -> "Resolver":
    return Resolver([ipaddress.ip_address(address) for address in addresses])


class Resolver:
    def __init__(self, addresses: Sequence[IPAddress]) -> None:
        self._addresses = addresses

    async def __call__(self, _: str) -> Sequence[IPAddress]:
        return self._addresses


def test_of_a_url_neither_user_nor_query_is_ever_repeated() -> None:
    known = secrets(pull("https://kari:hemmelig@kamera.example:8443/film?sig=a%2Fb&t=1"))
    assert "//kari:hemmelig@" in known
    assert "?sig=a%2Fb&t=1" in known
    assert secrets(pull("http://kamera.example/film")) == []
    written = secrets(pull("srt://kamera.example:9000?streamid=a:b"))
    assert {"?streamid=a:b", "?streamid=a%3Ab"} <= set(written)


def test_a_listener_needs_a_port_and_a_passphrase_that_libsrt_can_use() -> None:
    assert listener().port == 9000
    with pytest.raises(ValidationError, match="port: an SRT listener needs a port"):
        listener(port=None)
    for passphrase in ("for-kort", "x" * 80, "mellomrom i midten", "æøå-æøå-æøå", None):
        with pytest.raises(ValidationError, match="passphrase"):
            listener(passphrase=passphrase)


def test_a_refused_passphrase_is_not_repeated_in_the_error() -> None:
    with pytest.raises(ValidationError) as refused:
        listener(passphrase="hemmelig")
    assert "hemmelig" not in str(refused.value)


def test_a_configured_secret_is_not_shown() -> None:
    assert "ti-tegn-minst" not in repr(listener())
    assert "hemmelig" not in repr(pull("rtsp://bruker:hemmelig@kamera.example/1"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "kamera.example/live",
        "gopher://kamera.example/",
        "concat:/etc/passwd|/etc/shadow",
        "http://",
        "http://kamera.example:99999/",
        "http://kamera.example/\nfile '/etc/passwd'",
        "srt://kamera.example",
        "srt://kamera.example:9000?mode=listener",
        "file://andre.example/etc/passwd",
        "file:etc/passwd",
    ],
)
def test_a_url_that_may_not_be_pulled_is_refused_by_name(url: str) -> None:
    with pytest.raises(ValidationError, match="url: "):
        pull(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - not bound, refused
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
    ],
)
async def test_private_addresses_are_refused_however_they_are_written(address: str) -> None:
    with pytest.raises(SourceRefusedError, match=r"url: kamera.example is .* not listed") as refused:
        await vet_url("http://kamera.example/live.m3u8", PullLimits(), resolving("8.8.8.8", address))
    assert refused.value.field == "url"


async def test_an_address_written_as_a_number_is_looked_at_too() -> None:
    for url in ("http://127.0.0.1/x", "http://[::1]/x", "rtsp://localhost/x", "http://2130706433/x"):
        with pytest.raises(SourceRefusedError):
            await vet_url(url, PullLimits())


async def test_a_listed_network_may_be_reached() -> None:
    limits = PullLimits(networks=(ipaddress.ip_network("10.1.0.0/16"),))
    url = "rtsp://kamera.example/1"
    assert await vet_url(url, limits, resolving("10.1.2.3")) == url
    with pytest.raises(SourceRefusedError):
        await vet_url(url, limits, resolving("10.2.2.3"))


async def test_a_public_address_may_be_reached() -> None:
    assert await vet_url("https://kamera.example/live.m3u8", PullLimits(), resolving("8.8.8.8"))


async def test_srt_is_always_called_never_listened_for() -> None:
    url = await vet_url(
        "srt://kamera.example:9000?passphrase=en-hemmelig", PullLimits(), resolving("8.8.8.8")
    )
    assert url.endswith("mode=caller")


async def test_files_only_under_the_one_directory(tmp_path: Path) -> None:
    inside, outside = tmp_path / "film" / "a.ts", tmp_path / "b.ts"
    inside.parent.mkdir()
    inside.touch()
    outside.touch()
    (inside.parent / "link.ts").symlink_to(outside)
    limits = PullLimits(directory=inside.parent)
    assert await vet_url(f"file://{inside}", limits) == str(inside)
    for url in (f"file://{outside}", f"file://{inside.parent}/../b.ts", f"file://{inside.parent}/link.ts"):
        with pytest.raises(SourceRefusedError, match="outside the directory"):
            await vet_url(url, limits)
    with pytest.raises(SourceRefusedError, match="not allowed"):
        await vet_url(f"file://{inside}", PullLimits())
