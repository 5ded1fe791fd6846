"""Pages that follow a session: fragments of HTML over SSE, rendered once per view and language for everyone.

A page that follows is registered in ``routes.VIEWS`` under its name in the address, ``leder`` for
/mote/…/leder, with its fragments and the roles that may see it. Its stream is
/direkte/{session_id}/{view}, or /direkte/{view} for a page that belongs to no session. Events: ``time`` at
first, ``fragment`` {id, html} for each part that changed, ``beat`` when nothing has happened for a while,
``goto`` when what let the reader in has ended.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from aiohttp import web

from orchestrator.commands import Commands, UnknownStream
from orchestrator.domain.chat import Reading, reading
from orchestrator.domain.roles import Actor, Role
from orchestrator.store.events import Recorded
from orchestrator.store.pool import UNAVAILABLE
from orchestrator.web import sse
from orchestrator.web.auth import Login, look_up, require_login
from orchestrator.web.context import LOOK, SERVICES, id_in, language, organisation_id, site
from orchestrator.web.hub import HUB, pump
from orchestrator.web.look import Site
from orchestrator.web.pages import chat
from orchestrator.web.pages.scene import LivePage, render_fragments
from orchestrator.web.pages.scene_reading import read_scene
from orchestrator.web.problems import Problem
from orchestrator.web.sse import ReaderGone, Stream, open_stream, resume_from
from orchestrator.web.topic import FellBehind, Reader, Topic

log = logging.getLogger(__name__)

PAUSE: Final = 0.25
"""Seconds between two renderings of a view; the first after a pause is made at once."""
ANYWAY: Final = 30.0
"""Seconds after which a view is rendered again though nothing seems to have happened: a corrected name."""


_BEAT: Final = sse.encode("beat", "-")
"""An event, not a comment: a page that hears nothing at all knows that its connection is dead."""
_ENDED: Final[tuple[type[Exception], ...]] = (Problem, UnknownStream, *UNAVAILABLE)
"""What it means to be let in no longer; without the database nobody is."""


@dataclass(frozen=True)
class Moment:
    """What is to be rendered: one view of one session (null: of the organisation) in one language."""

    app: web.Application
    site: Site
    organisation_id: UUID
    session_id: UUID | None
    language: str
    reading: Reading | None = None
    """What its readers may read of the chat; None: nothing."""


Fragments = Callable[[Moment], Awaitable[Mapping[str, str]]]
"""The replaceable parts of a page by element id, with nothing personal in them."""


@dataclass(frozen=True)
class View:
    """A page that follows: who may, what changes on it, and every how many seconds if not only on events.

    ``of_session`` false: a page of the whole organisation, for which a role in one meeting is not enough.
    ``chat``: it shows the session's chat; whoever may read something else of that has a picture of their own.
    ``ended``: where its readers are sent when what let them in has ended; empty: to the same page anew.
    """

    roles: frozenset[Role]
    fragments: Fragments
    every: float = ANYWAY
    of_session: bool = True
    chat: bool = False
    ended: str = "/inn"


VIEWS: Final = web.AppKey("views", dict[str, View])


def follows(page: LivePage) -> Fragments:
    """The fragments of a page about one session."""

    async def fragments(moment: Moment) -> Mapping[str, str]:
        if moment.session_id is None:
            return {}
        services, talk = moment.app[SERVICES], None
        if moment.reading:
            # Before the state is read: see ``_Seen.fits``.
            lines = await services.chat.lines(
                moment.organisation_id, moment.session_id, moment.reading, limit=chat.SHOWN
            )
            talk = chat.Talk(moment.reading, tuple(lines))
        shown = await read_scene(services, moment.organisation_id, moment.session_id, reminded=page.reminded)
        path = f"/mote/{shown.meeting.slug}"
        return render_fragments(
            moment.app[LOOK],
            chat.added_to(page) if talk else page,
            shown,
            moment.language,
            site=moment.site,
            path=path,
            action_url=action_url(shown.meeting.slug, moment.session_id),
            chat=talk and chat.panel(shown, talk, moment.language),
        )

    return fragments


def action_url(slug: str, session_id: UUID) -> str:
    """Where a page about this session posts its commands."""
    return f"/mote/{slug}/kommando?sesjon={session_id}"


def live_url(view: str, session_id: UUID | None = None) -> str:
    """The address of a page's stream."""
    return f"/direkte/{session_id}/{view}" if session_id else f"/direkte/{view}"


class Picture:
    """A view of a session in one language: its fragments as they are, and a ring of those that changed."""

    def __init__(self, render: Callable[[], Awaitable[Mapping[str, str]]], every: float) -> None:
        self._render = render
        self._every = every
        self._changed = asyncio.Event()
        self._shown: dict[str, str] = {}
        self.topic = Topic(most=200)
        self.epoch = secrets.token_hex(4)
        """Numbers of another epoch, say of a process before this one, mean nothing here."""

    def touch(self) -> None:
        """Something happened."""
        self._changed.set()

    async def keep(self) -> None:
        """Render now, and again whenever something happened, at most every PAUSE seconds."""
        while True:
            self._changed.clear()
            try:
                self._put(await self._render())
            except UNAVAILABLE:
                await asyncio.sleep(1)
                continue
            except Exception:
                log.exception("a view could not be rendered")
            await asyncio.sleep(PAUSE)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._changed.wait()

    def _put(self, fragments: Mapping[str, str]) -> None:
        changed = [self._event(id_) for id_, html in self._news(fragments)]
        if changed:
            number = self.topic.head + 1
            self.topic.tell(number, b"".join(changed) + self._id(number))

    def _news(self, fragments: Mapping[str, str]) -> list[tuple[str, str]]:
        news = [(id_, html) for id_, html in fragments.items() if self._shown.get(id_) != html]
        self._shown = dict(fragments)
        return news

    def _event(self, id_: str) -> bytes:
        return sse.encode("fragment", {"id": id_, "html": self._shown[id_]})

    def _id(self, number: int) -> bytes:
        """Moves the reader's Last-Event-ID on, once all of this has arrived."""
        return sse.encode("shown", "", f"{self.epoch}-{number}")

    def all(self) -> tuple[bytes, int]:
        """Everything as it is, for a reader who has nothing, and where to go on from; nothing at first."""
        if not self._shown:
            return b"", self.topic.head
        return b"".join(map(self._event, self._shown)) + self._id(self.topic.head), self.topic.head

    def known(self, last_id: str) -> int | None:
        """The number this reader has come to; None if it must have everything anew."""
        epoch, _, number = last_id.partition("-")
        if epoch != self.epoch or not re.fullmatch("[0-9]{1,9}", number):
            return None
        return int(number) if self.topic.start <= int(number) <= self.topic.head else None


Key = tuple[UUID, UUID | None, str, str, str]
"""Organisation, session, view, language, and what its readers may read of the chat."""


class Live:
    """The pictures that somebody looks at, rendered while somebody does."""

    def __init__(self) -> None:
        self._pictures: dict[Key, Picture] = {}
        self._tasks: dict[Key, asyncio.Task[None]] = {}

    def happened(self, recorded: Recorded) -> None:
        """Told of every event: the pictures it may change are rendered again."""
        kind, _, id_ = recorded.stream.partition("/")
        for (organisation, session_id, *_), picture in self._pictures.items():
            if recorded.organisation_id == organisation and (
                kind == "meeting" or session_id is None or str(session_id) == id_
            ):
                picture.touch()

    def chatted(self, session_id: str | None) -> None:
        """A chat has changed; None: which one is not known."""
        for key, picture in self._pictures.items():
            if key[-1] and session_id in (None, str(key[1])):
                picture.touch()

    def roomed(self, _: str | None = None) -> None:
        """How some room stands, or who is in it, has changed."""
        for picture in self._pictures.values():
            picture.touch()

    def touch(self, organisation_id: UUID) -> None:
        """Something outside the log changed: everything of this organisation is rendered again."""
        for key, picture in self._pictures.items():
            if key[0] == organisation_id:
                picture.touch()

    def begin(self, key: Key, view: View, moment: Moment) -> Picture:
        """The picture, rendered from now on if it was not before. ``end`` it when nobody reads it."""
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._pictures[key] = Picture(partial(view.fragments, moment), view.every)
            self._tasks[key] = asyncio.create_task(picture.keep(), name=f"view {key[2]}")
        picture.topic.users += 1
        return picture

    def end(self, key: Key, picture: Picture) -> None:
        """One reader less."""
        picture.topic.users -= 1
        if not picture.topic.users:
            del self._pictures[key]
            self._tasks.pop(key).cancel()


LIVE: Final = web.AppKey("live", Live)


async def stream(request: web.Request) -> web.StreamResponse:
    """A page's stream. 404 for a view or session that is not there, 401 and 403 for who may not see it."""
    name = request.match_info["view"]
    view = request.app[VIEWS].get(name)
    session_id = id_in(request, "session_id") if "session_id" in request.match_info else None
    if view is None or view.of_session != (session_id is not None):
        raise Problem(404)
    login = await require_login(request)
    seen = await _seen(request, view, session_id, login)
    if seen is None:
        raise Problem(403, "this page is for another role", rule="not_your_role")

    async def allowed() -> bool:
        try:
            now = await look_up(request)
            return now is not None and await _seen(request, view, session_id, now) == seen
        except _ENDED:
            return False

    moment = Moment(
        *(request.app, site(request), organisation_id(request), session_id, language(request), seen.reading)
    )
    reads = seen.reading.name if seen.reading else ""
    key = (moment.organisation_id, session_id, name, moment.language, reads)
    return await follow(request, key, view, moment, login=login, allowed=allowed, fits=seen.fits)


async def follow(
    request: web.Request,
    key: Key,
    view: View,
    moment: Moment,
    *,
    login: Login,
    allowed: Callable[[], Awaitable[bool]],
    fits: Callable[[], bool] = lambda: True,
) -> web.StreamResponse:
    """Answer with a picture and what changes in it, for as long as that is allowed and fits the reader."""
    live, hub = request.app[LIVE], request.app[HUB]
    picture = live.begin(key, view, moment)
    try:
        with hub.reader(picture.topic, login) as reader:
            answer = await open_stream(request)
            with suppress(ReaderGone):
                await answer.write(sse.encode("time", request.app[SERVICES].clock.now().isoformat()))
                cursor = picture.known(resume_from(request))
                await _show(answer, picture, reader, cursor, allowed=allowed, fits=fits)
                if not reader.closing and fits():
                    await answer.write(sse.encode("goto", view.ended))
    finally:
        live.end(key, picture)
    return answer.response


async def _show(
    answer: Stream,
    picture: Picture,
    reader: Reader,
    cursor: int | None,
    *,
    allowed: Callable[[], Awaitable[bool]],
    fits: Callable[[], bool],
) -> None:
    """Send the picture and what changes in it, for as long as the reader may see just this one."""
    while not reader.closing:
        if cursor is None:
            everything, cursor = picture.all()
            if not fits():
                return
            if everything:
                await answer.write(everything)
        try:
            await pump(answer, picture.topic, reader, cursor, allowed, fits=fits, beat=_BEAT)
        except FellBehind:
            cursor = None
        else:
            return


@dataclass(frozen=True)
class _Seen:
    """What somebody sees of a view: of the chat, what they may read."""

    commands: Commands
    session_id: UUID | None
    actor: Actor
    reading: Reading | None

    def fits(self) -> bool:
        """Whether they may still read just that; if not, they come back and get another picture.

        A picture's lines are read before its session is, so that by the time it is sent we know of whatever
        had happened when they were written.
        """
        if self.reading is None or self.session_id is None:
            return True
        state = self.commands.last_known(self.session_id)
        return state is not None and reading(state, self.actor) == self.reading


async def _seen(request: web.Request, view: View, session_id: UUID | None, login: Login) -> _Seen | None:
    """What this login sees of the view now; None: nothing."""
    commands = request.app[SERVICES].commands
    state = None
    if session_id is not None:
        state = await commands.session(organisation_id(request), session_id)
    actor = login.actor(state.meeting_id if state else None)
    if not actor.roles & view.roles:
        return None
    return _Seen(commands, session_id, actor, reading(state, actor) if state and view.chat else None)
