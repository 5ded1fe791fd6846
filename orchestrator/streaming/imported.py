"""A recording that was made elsewhere becomes public as a live source's media does: through a desk.

The desk is driven step by step: the file waits for the disk and for the log, so that nothing of it is lost.
Who is killed begins again, and passes over what has been taken already.
"""

import asyncio
import hashlib
import logging
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import NoReturn
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.streaming.boxes import BadMediaError
from orchestrator.streaming.desk import Desk, ReadSettled
from orchestrator.streaming.ffmpeg import running
from orchestrator.streaming.fragments import Fragmenter, ParametersChangedError
from orchestrator.streaming.gate import Settled
from orchestrator.streaming.keeper import Keeper
from orchestrator.streaming.media import Captured, Fragment, Init
from orchestrator.streaming.packager import Plan, file_packager_args
from orchestrator.streaming.segments import SAME_MOMENT
from orchestrator.streaming.storage import DiskFullError, LocalStorage
from orchestrator.streaming.survey import NotAFilmError, Survey

SPREAD = 5.0
"""Seconds by which a recording's beginning may be wrong, as for a source that nobody has measured."""
STEP = 60
"""Fragments (half a minute) between two looks at the log, and so at most in memory."""
FOLLOW_EVERY = 1.0
"""Seconds between two looks at the log at most, however slowly the film is made: it may be corrected."""
LOOK_AGAIN = 0.5
"""Seconds between looks at the log while it cannot yet say all that happened during the film."""
NOTICEABLE = 5.0
"""Seconds: a film that differs more in length from the time it is said to cover is told of."""

log = logging.getLogger(__name__)


class StillOpenError(Exception):
    """A session that the film may belong to is open: it is judged when that has been adjourned."""


@dataclass(frozen=True, slots=True)
class Film:
    """An MP4 file, and what it covers by the clock on the wall. ``id``: its name where it was made."""

    path: Path
    id: str
    starts_at: datetime
    ends_at: datetime

    @property
    def connection(self) -> int:
        """What stands for its being one piece; the same whenever it is read."""
        return int.from_bytes(hashlib.sha256(self.id.encode()).digest()[:6], "big")


class Importer:
    """The desk of one source whose media comes afterwards; only one at a time may work on a source.

    After any error it is done with: make another.
    """

    def __init__(
        self,
        source_id: UUID,
        *,
        storage: LocalStorage,
        clock: Clock,
        read_settled: ReadSettled,
        spread: float = SPREAD,
        keeper: Keeper | None = None,
    ) -> None:
        """``read_settled``: every session that used the source; ``spread`` in seconds."""
        self._read, self._clock = read_settled, clock
        self._judged = float("-inf")
        self._desk = Desk(
            source_id,
            storage=storage,
            slates=_no_slate,
            clock=clock,
            read_settled=read_settled,
            spread=spread,
            keeper=keeper,
        )

    async def refresh(self) -> None:
        """Follow the log without new media: what was corrected is taken back, what was released is published.

        Raises what hinders reading the log, and DiskFullError.
        """
        await self._step(await self._read())

    async def bring_in(self, film: Film, found: Survey) -> None:
        """Publish what is public of a film, and return when all of it has been judged.

        ``found``: its survey. Raises NotAFilmError, StillOpenError, DiskFullError, and what hinders
        reading the log.
        """
        # If the time that it covers is longer, it stood still somewhere, and nobody knows where.
        surplus = (film.ends_at - film.starts_at).total_seconds() - found.seconds
        if abs(surplus) > NOTICEABLE:
            log.warning("a recording is %.0f s shorter than the time it covers", surplus)
        await self._judge()
        try:
            await self._package(film, found.plan, surplus)
        except ParametersChangedError:
            await self._package(film, _anew(found).plan, surplus)
        await self._desk.lost()
        await self._judge()
        while self._desk.status.waiting_seconds:
            await asyncio.sleep(LOOK_AGAIN)
            await self._judge()

    async def _package(self, film: Film, plan: Plan, surplus: float) -> None:
        taken, fragmenter = _Stretches(self._desk.taken(film.connection)), Fragmenter()
        init: Init | None = None
        given = 0
        async with running(file_packager_args(plan, film.path)) as child:
            try:
                async for chunk in child:
                    for media in fragmenter.feed(chunk):
                        if isinstance(media, Init):
                            init = media
                        elif init and media.has_picture and not taken.hold(media.start):
                            await self._desk.take(_captured(film, init, media, surplus))
                            given += 1
                        if given == STEP or self._clock.monotonic() - self._judged >= FOLLOW_EVERY:
                            await self._judge()
                            given = 0
            except BadMediaError as error:
                raise NotAFilmError(str(error)) from error
            if await child.wait():
                raise NotAFilmError(" | ".join(list(child.said)[-2:]))

    async def _judge(self) -> None:
        settled = await self._read()
        if any(part.end is None for use in settled.sessions for part in use.parts):
            raise StillOpenError
        await self._step(settled)
        self._judged = self._clock.monotonic()

    async def _step(self, settled: Settled) -> None:
        # What a session shows live is not ours.
        ended = (
            replace(use, parts=tuple(part for part in use.parts if part.end is not None))
            for use in settled.sessions
        )
        self._desk.learn(replace(settled, sessions=tuple(ended)))
        await _to_the_end(asyncio.create_task(asyncio.to_thread(self._desk.step)))
        if "disk_full" in self._desk.status.warnings:
            raise DiskFullError


class _Stretches:
    """Stretches of media time, by their beginning; they may overlap."""

    def __init__(self, stretches: Sequence[tuple[float, float]]) -> None:
        self._starts = [start for start, _ in stretches]
        self._ends = list(accumulate((end for _, end in stretches), max))

    def hold(self, moment: float) -> bool:
        number = bisect_right(self._starts, moment + SAME_MOMENT) - 1
        return number >= 0 and self._ends[number] > moment + SAME_MOMENT


def _captured(film: Film, init: Init, fragment: Fragment, surplus: float) -> Captured:
    def at(seconds: float) -> datetime:
        return film.starts_at + timedelta(seconds=seconds)

    return Captured(
        film.connection,
        init,
        fragment,
        captured_from=at(fragment.earliest + min(0.0, surplus)),
        captured_to=at(fragment.latest + max(0.0, surplus)),
        captured_at=at(fragment.start),
    )


def _anew(found: Survey) -> Survey:
    """For a picture whose parameters change on the way: it is made anew, and has the same all through."""
    return replace(found, keyframes_apart=float("inf"))


def _no_slate(_: str) -> NoReturn:
    raise LookupError("nothing is live of what comes afterwards")


async def _to_the_end(work: asyncio.Task[None]) -> None:
    """A thread cannot be cancelled: nobody else may begin while it works on the same files."""
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        raise
