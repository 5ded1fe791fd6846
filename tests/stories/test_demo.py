"""The demo as somebody starts it for the first time: its links, its picture, its end, and the next start."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import stat
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from orchestrator.demo.client import Api
from orchestrator.streaming.ffmpeg import find_ffmpeg
from tests.stories.council import SLATES, free_tcp_port
from tests.stories.processes import alive, children_of

pytestmark = [pytest.mark.story, pytest.mark.timeout(180)]

KEYS = {
    *("public", "live", "chair", "secretary", "participant", "it"),
    *("programme", "programme_meeting_id", "programme_chair", "programme_participant"),
    *("meeting_id", "session_id", "broadcast_id", "srt", "token"),
}
Links = dict[str, str]
PAGES = {"chair": "leder", "secretary": "sekretar", "participant": "deltaker"}


@dataclass
class Demo:
    """A demo that runs, as a process of its own."""

    process: asyncio.subprocess.Process
    data: Path
    port: int
    links: Links

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def file(self) -> Path:
        return self.data / "links.json"

    @property
    def said(self) -> str:
        return (self.data / "said").read_text()

    @property
    def srt_port(self) -> int:
        port = urlsplit(self.links["srt"]).port
        assert port
        return port

    async def ends(self) -> None:
        """Ask it to; it does, without complaint."""
        if self.process.returncode is None:
            self.process.terminate()
        async with asyncio.timeout(20):
            assert await self.process.wait() in {0, -signal.SIGKILL}, self.said


async def launched(data: Path, port: int, said: str = "said") -> asyncio.subprocess.Process:
    """The demo as `make demo` starts it, with PORT and DATA in the environment."""
    slates = data / "media" / "slates"
    if not slates.exists():  # encoded once for all stories
        slates.parent.mkdir(parents=True)
        SLATES.mkdir(exist_ok=True)
        slates.symlink_to(SLATES)
    with (data / said).open("wb") as file:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "orchestrator", "demo"),
            env={**os.environ, "PORT": str(port), "DATA": str(data)},
            stdout=file,
            stderr=file,
        )


@asynccontextmanager
async def demo(data: Path, before: Links | None = None) -> AsyncIterator[Demo]:
    """A demo from the first moment that there are other links than ``before``, which ends when asked to."""
    held = Demo(await launched(data, port := free_tcp_port()), data, port, {})
    try:
        for _ in range(1200):
            with contextlib.suppress(FileNotFoundError):
                held.links = json.loads(held.file.read_text())
            if held.links not in ({}, before) or held.process.returncode is not None:
                break
            await asyncio.sleep(0.05)
        assert held.links not in ({}, before), f"not ready:\n{held.said}"
        yield held
    finally:
        await held.ends()


async def followed(link: str) -> str:
    """The path of the page that a browser of its own comes to by a link."""
    async with aiohttp.ClientSession() as browser, browser.get(link) as answer:
        assert answer.status == 200
        if "/inn/" not in link:
            return answer.url.path
        async with browser.post(link, headers={"Origin": str(answer.url.origin())}) as page:
            assert page.status == 200
            return page.url.path


async def test_its_links_its_picture_its_stepping_aside_and_its_next_start(tmp_path: Path) -> None:
    async with demo(tmp_path) as held:
        await its_links_lead_where_they_say(held)
        await its_picture_is_seen(held)
        await it_steps_aside_for_whoever_leads(held)
        await another_demo_leaves_its_data_alone(held)
        held.process.kill()
        await held.process.wait()
    with occupied(held.srt_port):
        async with demo(tmp_path, before=held.links) as again:
            assert again.srt_port != held.srt_port
            async with Api(again.address, again.links["token"]) as api:
                assert (await api.get(f"/sessions/{held.links['session_id']}"))["status"] == "adjourned"
                assert (await api.get(f"/sessions/{again.links['session_id']}"))["status"] == "open"
                await no_former_conference_goes_on(held, again, api)
            await its_picture_is_seen(again)
            await it_ends_and_leaves_nothing_behind(again)


async def its_links_lead_where_they_say(held: Demo) -> None:
    assert set(held.links) == KEYS
    assert stat.S_IMODE(held.file.stat().st_mode) == 0o600
    meeting = urlsplit(held.links["live"]).path
    homes = {"public": "/", "live": meeting, "it": "/drift"}
    homes |= {name: f"{meeting}/{page}" for name, page in PAGES.items()}
    programme = urlsplit(held.links["programme"]).path
    conference = f"/mote/{programme.removeprefix('/program/')}"
    homes |= {"programme": programme, "programme_chair": f"{conference}/sesjoner"}
    homes |= {"programme_participant": f"{conference}/sesjoner"}
    for _ in range(2):
        assert {name: await followed(held.links[name]) for name in homes} == homes


async def no_former_conference_goes_on(held: Demo, again: Demo, api: Api) -> None:
    """What would have opened by itself is cancelled; today's is not."""
    before: set[str] = set()
    now: set[str] = set()
    for links, statuses in ((held.links, before), (again.links, now)):
        for id_ in (await api.get(f"/meetings/{links['programme_meeting_id']}"))["session_ids"]:
            statuses.add((await api.get(f"/sessions/{id_}"))["status"])
    assert before <= {"cancelled", "adjourned"}
    assert now & {"planned", "open"}


async def its_picture_is_seen(held: Demo) -> None:
    """As an outside program tells that fetches and decodes two seconds of the live playlist."""
    playlist = f"{held.address}/media/{held.links['broadcast_id']}/live.m3u8"
    process = await asyncio.create_subprocess_exec(
        *(find_ffmpeg(), "-hide_banner", "-nostdin", "-live_start_index", "0", "-i", playlist),
        *("-t", "2", "-f", "null", "-"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        said = (await process.communicate())[1].decode()
    assert process.returncode == 0, said
    assert "Video: h264" in said
    assert "Audio: aac" in said


async def it_steps_aside_for_whoever_leads(held: Demo) -> None:
    aside = "the script has stepped aside"
    session = f"/sessions/{held.links['session_id']}"
    async with Api(held.address, held.links["token"]) as api:
        state = await api.get(session)
        assert (state["status"], state["meeting_id"]) == ("open", held.links["meeting_id"])
        assert aside not in held.said
        await api.post(f"{session}/commands", {"type": "stop_broadcast"})
        for _ in range(300):
            if aside in held.said:
                return
            await asyncio.sleep(0.1)
    raise AssertionError(held.said)


async def another_demo_leaves_its_data_alone(held: Demo) -> None:
    another = await launched(held.data, free_tcp_port(), "said-by-another")
    assert await another.wait() == 1
    assert "A demo is held" in (held.data / "said-by-another").read_text()
    assert json.loads(held.file.read_text()) == held.links


async def it_ends_and_leaves_nothing_behind(held: Demo) -> None:
    started = children_of(held.process.pid)
    assert started
    await held.ends()
    assert held.process.returncode == 0
    assert alive(started) == []
    assert not held.file.exists(), "links that lead to nothing"
    assert "Traceback" not in held.said


@contextmanager
def occupied(port: int) -> Iterator[None]:
    """Somebody else listens there, as soon as what a killed demo left behind has gone."""
    give_up = time.monotonic() + 15
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as another:
        while True:
            try:
                another.bind(("127.0.0.1", port))
                break
            except OSError:
                assert time.monotonic() < give_up
                time.sleep(0.1)
        yield
