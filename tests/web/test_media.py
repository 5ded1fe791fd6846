"""Published files as any web server would send them, and nothing else."""

import gzip
from pathlib import Path

import pytest

from tests.web.client import Answer, Client, Web

SEGMENT = "q3J5-x_0aZbC9dEf.m4s"
PLAYLIST = "#EXTM3U\n#EXT-X-VERSION:7\n" * 50


@pytest.fixture
async def broadcast(web_service: Web) -> tuple[Web, str, Path]:
    session_id, _ = await web_service.town.debates()
    id_ = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json["broadcast_id"]
    folder = web_service.settings.public_media / id_
    folder.mkdir(parents=True)
    (folder / "live.m3u8").write_text(PLAYLIST)
    (folder / "live.m3u8.gz").write_bytes(gzip.compress(PLAYLIST.encode()))
    (folder / "timeline.json").write_text("{}")
    (folder / SEGMENT).write_bytes(bytes(range(256)) * 40)
    (folder / ".live.m3u8.part").write_text("half")
    (folder / "notes.txt").write_text("private")
    return web_service, f"/media/{id_}", folder


async def plain(client: Client, path: str, **headers: str) -> Answer:
    """Without decompressing."""
    return await client.get(path, headers={"Accept-Encoding": "identity"} | headers)


async def test_a_playlist_is_fresh_compressed_and_known_by_its_etag(
    broadcast: tuple[Web, str, Path],
) -> None:
    web, path, folder = broadcast
    viewer = web.browser()
    first = await viewer.get(f"{path}/live.m3u8", headers={"Accept-Encoding": "gzip"})
    assert first.status == 200
    assert first.headers["Content-Encoding"] == "gzip"
    assert int(first.headers["Content-Length"]) == (folder / "live.m3u8.gz").stat().st_size
    assert first.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert first.headers["Cache-Control"] == "public, max-age=1"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert "Accept-Encoding" in first.headers["Vary"]
    assert first.text == PLAYLIST
    known = {"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]}
    assert (await viewer.get(f"{path}/live.m3u8", headers=known)).status == 304
    uncompressed = await plain(viewer, f"{path}/live.m3u8")
    assert "Content-Encoding" not in uncompressed.headers
    assert uncompressed.text == PLAYLIST
    (folder / "live.m3u8").write_text(PLAYLIST + "#EXTINF:4,\n")
    changed = await plain(viewer, f"{path}/live.m3u8", **{"If-None-Match": uncompressed.headers["ETag"]})
    assert changed.status == 200


async def test_a_segment_is_kept_for_an_hour_and_sent_in_ranges(broadcast: tuple[Web, str, Path]) -> None:
    web, path, _ = broadcast
    viewer = web.browser()
    whole = await viewer.get(f"{path}/{SEGMENT}")
    assert (whole.status, len(whole.body)) == (200, 256 * 40)
    assert whole.headers["Cache-Control"] == "public, max-age=3600"
    assert whole.headers["Content-Type"] == "video/mp4"
    part = await viewer.get(f"{path}/{SEGMENT}", headers={"Range": "bytes=10-19"})
    assert (part.status, part.body) == (206, bytes(range(10, 20)))
    assert (await viewer.get(f"{path}/{SEGMENT}", headers={"Range": "bytes=99999-"})).status == 416
    assert (await viewer.ask("HEAD", f"{path}/{SEGMENT}")).headers["Content-Length"] == str(256 * 40)


@pytest.mark.parametrize(
    "name",
    [
        "live-2.m3u8",
        "recording.m3u8",
        "live.m3u8.gz",
        "notes.txt",
        ".live.m3u8.part",
        "..%2f..%2fprivate%2fx.m4s",
        "%2e%2e",
        "short.m4s",
        SEGMENT + ".gz",
        "q3J5-x_0aZbC9dEf.m4s%00",
    ],
)
async def test_nothing_else_is_there(broadcast: tuple[Web, str, Path], name: str) -> None:
    web, path, _ = broadcast
    answer = await web.browser().get(f"{path}/{name}")
    assert answer.status == 404
    assert "private" not in answer.text


async def test_what_is_missing_is_asked_for_again_soon(broadcast: tuple[Web, str, Path]) -> None:
    web, path, _ = broadcast
    answer = await web.browser().get(f"{path}/recording.m3u8")
    assert answer.headers["Cache-Control"] == "public, max-age=1"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_link_in_the_file_system_leads_nowhere(broadcast: tuple[Web, str, Path]) -> None:
    web, path, folder = broadcast
    secret = web.settings.data_dir / "secret.m4s"
    secret.write_text("private")
    (folder / "abcdefghijkl.m4s").symlink_to(secret)
    assert (await web.browser().get(f"{path}/abcdefghijkl.m4s")).status == 404


async def test_no_address_of_a_broadcast_but_its_own_is_answered(broadcast: tuple[Web, str, Path]) -> None:
    web, path, _ = broadcast
    id_ = path.rpartition("/")[2]
    for other in (
        id_.upper(),
        id_.replace("-", ""),
        "{" + id_ + "}",
        "x",
        "00000000-0000-0000-0000-000000000000",
    ):
        assert (await web.browser().get(f"/media/{other}/live.m3u8")).status == 404
