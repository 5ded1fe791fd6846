import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from orchestrator.web.assets import ASSET_ROUTE, Assets, MissingAssetError


@pytest.fixture
def static(tmp_path: Path) -> Path:
    (tmp_path / "small.css").write_text(
        "p { background: url(dot.svg) } i { background: url(data:image/png;base64,AA) }"
    )
    (tmp_path / "dot.svg").write_text("<svg/>")
    return tmp_path


@pytest.fixture
async def client(static: Path) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application()
    app.router.add_get(ASSET_ROUTE, Assets(static, static / "node_modules").serve)
    async with TestClient(TestServer(app), auto_decompress=False) as client:
        yield client


def test_an_address_changes_with_the_content(static: Path) -> None:
    before = Assets(static).url("small.css")
    (static / "small.css").write_text("p {}")
    assert Assets(static).url("small.css") != before


def test_a_style_sheet_changes_with_the_pictures_it_names(static: Path) -> None:
    before = Assets(static).url("small.css")
    (static / "dot.svg").write_text("<svg></svg>")
    assert Assets(static).url("small.css") != before


async def test_todays_address_is_cached_for_ever(
    client: TestClient[web.Request, web.Application], static: Path
) -> None:
    url = Assets(static).url("small.css")
    async with client.get(url, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
        text = gzip.decompress(await answer.read()).decode()
        assert Assets(static).url("dot.svg") in text
        assert "url(data:image/png;base64,AA)" in text
    async with client.get(url, headers={"If-None-Match": answer.headers["ETag"]}) as again:
        assert again.status == 304


async def test_an_older_address_gets_todays_bytes_uncached(
    client: TestClient[web.Request, web.Application],
) -> None:
    async with client.get(
        "/static/0000000000000000/small.css", headers={"Accept-Encoding": "identity"}
    ) as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    "name", ["nothing.css", "../assets.py", "%2e%2e/assets.py", "/etc/passwd", ".", "%00", "x%0a"]
)
async def test_nothing_outside_the_folder_is_served(
    client: TestClient[web.Request, web.Application], name: str
) -> None:
    async with client.get(f"/static/0000000000000000/{name}") as answer:
        assert answer.status == 404


@pytest.mark.parametrize("name", ["./small.css", "js/../small.css", ".//small.css", "js//../small.css"])
async def test_a_file_has_one_name_lest_memory_fill_with_copies(static: Path, name: str) -> None:
    assert (static / "small.css").is_file()
    (static / "js").mkdir(exist_ok=True)
    with pytest.raises(MissingAssetError):
        Assets(static).url(name)


def test_a_vendor_file_that_is_not_installed_says_what_to_run(static: Path) -> None:
    assets = Assets(static, static / "node_modules")
    with pytest.raises(MissingAssetError, match="run `npm ci`"):
        assets.url("hls.js")
    assert any("hls.js" in path for path in assets.missing())


def test_everything_that_pages_need_is_installed() -> None:
    assets = Assets()
    assert assets.missing() == []
    assets.preload(["app.css", "hls.js", "icons.svg"])
