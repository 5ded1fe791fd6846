"""A hall with an encoder, a log and a desk, all in one process and at a test's own pace."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from orchestrator.clock import Clock
from orchestrator.domain.openness import Interval, WhyShut
from orchestrator.domain.timeline import Entry
from orchestrator.streaming.desk import Desk
from orchestrator.streaming.gate import SessionUse, Settled
from orchestrator.streaming.index import Index
from orchestrator.streaming.keeper import Keeper
from orchestrator.streaming.media import Captured, Fragment, Init
from orchestrator.streaming.storage import LocalStorage
from tests.clock import FakeClock

FRAGMENT = 0.5
SOURCE = UUID("00000000-0000-4000-8000-00000000cafe")


def init(name: str = "camera") -> Init:
    return Init(f"init {name}".encode(), 1280, 720, "avc1.64001f", "mp4a.40.2")


class FakeSlate:
    """Implements `broadcast.Slate`."""

    fragment_seconds = 0.32
    init = init("slate")

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def segment(self, start_seconds: float, n_fragments: int) -> bytes:
        return f"slate {self.reason} {start_seconds} {n_fragments}".encode()


@dataclass
class Session:
    """A session's stream, reduced to what the gate is told of it."""

    clock: Clock
    session_id: UUID = field(default_factory=uuid4)
    broadcast_id: UUID | None = field(default_factory=uuid4)
    turns: list[tuple[datetime, str]] = field(default_factory=list)
    entries: tuple[Entry, ...] = ()
    released: bool = True
    keep: bool = False

    def turn(self, what: str, ago: float = 0.0) -> None:
        """An event is appended now that happened `ago` seconds earlier, but not before the last one."""
        at = self.clock.now() - timedelta(seconds=ago)
        if self.turns:
            at = max(at, self.turns[-1][0])
        self.turns.append((at, what))

    def use(self, turns: list[tuple[datetime, str]] | None = None) -> SessionUse:
        parts: list[Interval] = []
        public: list[Interval] = []
        opened = closed = False
        since: datetime | None = None
        for at, what in self.turns if turns is None else turns:
            if what == "open" and not opened:
                parts.append(Interval(at))
                opened = True
            elif what == "adjourn" and opened:
                parts[-1] = Interval(parts[-1].start, at)
                opened = False
            elif what in {"close", "reopen"}:
                closed = what == "close"
            now_public = opened and not closed and self.broadcast_id is not None
            if now_public and since is None:
                since = at
            elif since is not None and not now_public:
                if at > since:
                    public.append(Interval(since, at))
                since = None
        if since is not None:
            public.append(Interval(since))
        why: WhyShut | None = (
            "closed" if closed else None if opened else "adjourned" if parts else "not_opened"
        )
        return SessionUse(
            session_id=self.session_id,
            broadcast_id=self.broadcast_id,
            parts=tuple(parts),
            public=tuple(public),
            last_event_at=self.turns[-1][0] if self.turns else None,
            why_shut=why,
            entries=self.entries,
            recording_released=self.released,
            keep_unpublished=self.keep,
        )


class World:
    """Time goes on in steps of half a second: a fragment arrives, the log is read, the desk steps."""

    def __init__(
        self,
        data: Path,
        *,
        sessions: int = 1,
        spread: float = 0.0,
        delay: float = 0.0,
        gop: int = 4,
        keeper: Keeper | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.start = self.clock.now()
        self.free = 10**12
        self.purged: list[str] = []
        self.storage = LocalStorage(
            data / "public",
            data / "private",
            min_free_bytes=10**9,
            free_bytes=lambda: self.free,
            purge=self.purged.append,
        )
        self.sessions = [Session(self.clock) for _ in range(sessions)]
        self.spread, self.delay, self.gop, self.keeper = spread, delay, gop, keeper
        self.log_answers = True
        self.encoder: Init | None = init()
        self.connection = 1
        self._start, self._count = 0.0, itertools.count()
        self._number = 0
        self._underway: list[tuple[float, Captured]] = []
        self.captured: dict[bytes, tuple[datetime, datetime]] = {}
        self.history: dict[UUID, dict[str, list[tuple[float, str]]]] = {}
        self.desk = self._new_desk()

    def _new_desk(self) -> Desk:
        async def unused() -> Settled:
            raise NotImplementedError

        return Desk(
            SOURCE,
            storage=self.storage,
            slates=FakeSlate,
            clock=self.clock,
            read_settled=unused,
            spread=self.spread,
            delay=self.delay,
            keeper=self.keeper,
        )

    @property
    def session(self) -> Session:
        return self.sessions[0]

    @property
    def broadcast(self) -> UUID:
        assert self.session.broadcast_id
        return self.session.broadcast_id

    def index(self, session: Session | None = None) -> Index:
        broadcast_id = (session or self.session).broadcast_id
        assert broadcast_id
        return Index(self.storage.index_path(broadcast_id))

    def reconnect(self, name: str = "camera") -> None:
        self.connection += 1
        self.encoder = init(name)
        self._start, self._number = 0.0, 0

    async def tick(self, *, step: bool = True) -> None:
        """Half a second."""
        self.clock.advance(FRAGMENT)
        await self._capture()
        if self.log_answers:
            self.read()
        if step:
            self.step()

    async def _capture(self) -> None:
        now = self.clock.monotonic()
        if self.encoder is not None:
            to = self.clock.now()
            since = to - timedelta(seconds=FRAGMENT)
            data = f"<fragment {next(self._count)}>".encode()
            keyframe = self._number % self.gop == 0
            fragment = Fragment(data, self._start, FRAGMENT, keyframe, self._start, self._start + FRAGMENT)
            self._start += FRAGMENT
            self._number += 1
            self.captured[data] = (since, to)
            self._underway.append(
                (now + self.delay, Captured(self.connection, self.encoder, fragment, since, to, since))
            )
        while self._underway and self._underway[0][0] <= now:
            await self.desk.take(self._underway.pop(0)[1])

    def read(self) -> None:
        uses = tuple(session.use() for session in self.sessions)
        self.desk.learn(Settled(self.clock.now(), uses))

    def step(self) -> None:
        self.desk.step()
        self.look()

    def look(self) -> None:
        """Remember every version of every playlist that could be read."""
        for path in self.storage.public.glob("*/*.m3u8"):
            versions = self.history.setdefault(UUID(path.parent.name), {}).setdefault(path.name, [])
            text = path.read_text()
            if not versions or versions[-1][1] != text:
                versions.append((self.clock.monotonic(), text))

    async def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        for _ in range(int(seconds / FRAGMENT)):
            if until():
                return
            await self.tick()

    def kill(self) -> None:
        """The process dies and starts again; what was under way to it is lost, and its encoder reconnects."""
        self.desk = self._new_desk()
        self._underway.clear()
        self.reconnect()

    def public_media(self) -> dict[bytes, tuple[datetime, datetime]]:
        """Every fragment in any file that a web server may read."""
        everything = b"".join(
            path.read_bytes() for path in self.storage.public.rglob("*") if path.suffix == ".m4s"
        )
        return {data: when for data, when in self.captured.items() if data in everything}

    def text(self, name: str, session: Session | None = None) -> str:
        broadcast_id = (session or self.session).broadcast_id
        assert broadcast_id
        return self.storage.path(broadcast_id, name).read_text()

    def exists(self, name: str) -> bool:
        return self.storage.path(self.broadcast, name).exists()
