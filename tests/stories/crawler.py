"""Somebody outside who collects everything the service ever lets out: pages, media, guesses and all."""

import asyncio
import contextlib
import os
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import product
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

from orchestrator.web.assets import Assets
from orchestrator.web.routes import VIEWS, table
from tests.stories.council import Council

_LINK = re.compile(rb"""(?:href|src|action|content|data-[a-z-]+)=["']([^"'#]+)""")
_LISTED = re.compile(r'^(?!#)(\S+)$|URI="([^"]+)"', re.MULTILINE)
_PARAMETER = re.compile(r"{(\w+)")
_EVERY = 0.4
_PAGES_EVERY = 3.0


@dataclass
class Crawler:
    """Runs beside a meeting. What it got is kept for good, under the address it came from."""

    hall: Council
    evidence: Path
    tokens: tuple[str, ...] = ()
    """Bearer tokens without any role, or with that of a screen, which may read no more."""
    got: dict[str, dict[str, bytes]] = field(default_factory=lambda: defaultdict(dict))
    """Path → what was ever answered there, by its digest."""
    statuses: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    playlists: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))
    """Name → every version ever served, and when (seconds) it could first be read."""
    segments: dict[str, bytes] = field(default_factory=dict)
    """Name → what was served under it, of everything that a playlist ever listed."""
    missing: set[str] = field(default_factory=set)
    """What was listed, but not there: taken back before it was fetched."""
    guesses: set[str] = field(default_factory=set)
    """Paths that nobody was told of: nothing may ever be found there."""
    private_names: set[str] = field(default_factory=set)
    errors: int = 0

    @property
    def base(self) -> str:
        """The path of the broadcast's files."""
        return f"/media/{self.hall.broadcast_id}"

    async def run(self) -> None:
        """Collect until cancelled; a service that is away is asked again."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._forever(self.media, _EVERY))
            tasks.create_task(self._forever(self.pages, _PAGES_EVERY))
            tasks.create_task(self._forever(self.guess, _PAGES_EVERY))
            tasks.create_task(self._watch_disk())

    async def everything_once_more(self) -> None:
        """A last look at all there is, and at all that was ever seen or guessed."""
        await self.media()
        await self.pages()
        await self.guess()
        for path in list(self.got):
            await self.fetch(path)

    async def media(self) -> None:
        """The broadcast's playlists and texts, and every segment they list."""
        for name in (
            "live.m3u8",
            "live-2.m3u8",
            "recording.m3u8",
            "timeline.json",
            "chapters.vtt",
            "captions.vtt",
        ):
            status, body = await self.fetch(f"{self.base}/{name}")
            if status != 200 or not name.endswith(".m3u8"):
                continue
            text, versions = body.decode(), self.playlists[name]
            if not versions or versions[-1][1] != text:
                versions.append((time.monotonic(), text))
            for found in _LISTED.findall(text):
                await self._segment(found[0] or found[1])

    async def _segment(self, name: str) -> None:
        if name not in self.segments:
            status, body = await self.fetch(f"{self.base}/{name}")
            if status == 200:
                self.segments[name] = body
            else:
                self.missing.add(name)

    async def pages(self) -> None:
        """Every public page in three languages and what it links to; the API as anybody may ask it."""
        slug = self.hall.slug
        for page in ("/", "/moter", f"/mote/{slug}", f"/mote/{slug}/protokoll"):
            for language in ("nb", "nn", "en"):
                _, body = await self.fetch(page, {"Accept-Language": language})
                await self._follow(page, body)
        for path in self.addresses:
            await self.fetch(path)
            for token in self.tokens:
                status, _ = await self.fetch(path, {"Authorization": f"Bearer {token}"})
                if path.startswith(("/api/v1/sessions", "/api/v1/meetings")):
                    assert status in (401, 403, 404, 429), (
                        f"{path} answers {status} to a token that may read nothing"
                    )

    @cached_property
    def addresses(self) -> list[str]:
        """Everything that can be asked for with GET, as the service's own table has it, for what there is."""
        hall = self.hall
        ids = [hall.session_id, hall.meeting_id, hall.town.source_id]
        known: dict[str, Sequence[object]] = {
            "slug": [hall.slug],
            "id": ids,
            "session_id": [hall.session_id],
            "view": list(VIEWS),
            "secret": ["guessed"],
        }
        found = []
        for route in table(Assets()):
            names = _PARAMETER.findall(route.path)
            if route.method == "GET" and known.keys() >= set(names):
                for values in product(*(known[name] for name in names)):
                    path = route.path.format(**dict(zip(names, values, strict=True)))
                    found += [path, f"{path}?after=0"] if path.endswith("/stream") else [path]
        return found

    async def _follow(self, page: str, body: bytes) -> None:
        for found in set(_LINK.findall(body)):
            link = urlsplit(urljoin(page, found.decode(errors="replace")))
            path = link.path + (f"?{link.query}" if link.query else "")
            if not link.netloc and link.path.startswith("/") and path not in self.got:
                await self.fetch(path)

    async def guess(self) -> None:
        """Names that nobody was told of: what lies in the private directory, and ways to it."""
        hall = self.hall
        private = hall.server.data / "media" / "private"
        names = {str(path.relative_to(private)) for path in private.rglob("*") if path.is_file()}
        new, self.private_names = names - self.private_names, self.private_names | names
        source, broadcast = hall.town.source_id, hall.broadcast_id
        for name in new:
            stem, leaf = Path(name).stem, Path(name).name
            spelled = quote(f"../../private/{name}", safe="")
            self.guesses |= {
                f"/media/{broadcast}/{leaf}",
                f"/media/{broadcast}/{stem}.0.m4s",
                f"/media/{broadcast}/{stem}.1.m4s",
                f"/media/{broadcast}/.{leaf}",
                f"/media/{source}/{leaf}",
                f"/media/{source}/{stem}.m4s",
                f"/media/private/{name}",
                f"/media/../private/{name}",
                f"/media/{broadcast}/../../private/{name}",
                f"/media/{broadcast}/{spelled}",
                f"/media/{broadcast}/{spelled.replace('..', '%2e%2e')}",
                f"/media/{broadcast}/..%5c..%5cprivate%5c{leaf}",
                f"/media/{broadcast}/%252e%252e%252fprivate%252f{quote(name, safe='')}",
                f"/media/%2e%2e/media/private/{name}",
                f"/static/../../media/private/{name}",
                f"/media/{broadcast}{private}/{name}",
                f"/media/{broadcast}/{leaf}%00.m4s",
            }
        for each in ("preview.jpg", "preview", "init.mp4", "index.m3u8", "private", "", "0.m4s", "1.m4s"):
            self.guesses |= {f"{self.base}/{each}", f"/media/{source}/{each}", f"/drift/{source}/{each}"}
        for path in list(self.guesses):
            if len(self.statuses[path]) < 1 or path.endswith((".m4s", ".mp4", ".jpg")):
                await self.fetch(path)

    async def _watch_disk(self) -> None:
        """Keep what ever lies in the public directory, however briefly: its names might be guessed."""
        public = self.hall.server.data / "media" / "public"
        while True:
            for path in public.rglob("*"):
                kept = self.evidence / path.name
                if path.suffix in (".m4s", ".mp4") and not path.name.startswith(".") and not kept.exists():
                    with contextlib.suppress(FileNotFoundError):
                        os.link(path, kept)
            await asyncio.sleep(0.1)

    async def fetch(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Status and body of a GET of exactly this path, by hand: a client would tidy it up."""
        lines = [f"GET {path} HTTP/1.0", f"Host: 127.0.0.1:{self.hall.server.port}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        patience = 3 if "stream" in path or path.startswith("/direkte") else 20
        answer = await self._exchange(("\r\n".join(lines) + "\r\n\r\n").encode(), patience)
        head, _, body = answer.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1]) if head.startswith(b"HTTP/") else 0
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if not status or (length and len(body) < int(length[1])):
            raise ConnectionError(f"{path}: cut off")
        self.statuses[path].add(status)
        self.got[path][sha256(body).hexdigest()] = head + b"\n\n" + body
        return status, body

    async def _exchange(self, request: bytes, patience: float) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.hall.server.port)
        answer = b""
        try:
            writer.write(request)
            async with asyncio.timeout(patience):
                while chunk := await reader.read(1 << 16):
                    answer += chunk
        except TimeoutError:
            pass  # a stream that never ends: what it said so far is kept
        finally:
            writer.close()
        return answer

    async def _forever(self, look: Callable[[], Awaitable[None]], pause: float) -> None:
        while True:
            try:
                await look()
            except (ConnectionError, asyncio.IncompleteReadError):
                self.errors += 1
            await asyncio.sleep(pause)

    def told(self, words: dict[str, str]) -> list[str]:
        """Where any of these words was ever let out: word → what it is."""
        return [
            f"{what} ({word}) at {path}"
            for path, answers in self.got.items()
            for body in answers.values()
            for word, what in words.items()
            if word.encode().lower() in body.lower()
        ]
