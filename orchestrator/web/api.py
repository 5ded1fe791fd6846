"""The API of meetings and sessions: commands in, events and state out."""

import re
from typing import Any, Final

from aiohttp import web

from orchestrator.commands import UnknownStream
from orchestrator.domain.codec import StreamKind, parse_command
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.planning import PlanSession
from orchestrator.domain.roles import LEADS, PEOPLE, Actor, Role
from orchestrator.domain.state import SessionState
from orchestrator.states import stream_name
from orchestrator.store.pool import UNAVAILABLE
from orchestrator.web import api_models as models
from orchestrator.web.auth import Login, look_up, require_login
from orchestrator.web.context import SERVICES, id_in, organisation_id
from orchestrator.web.hub import HUB, pump
from orchestrator.web.once import key_of
from orchestrator.web.openapi import IF_MATCH, IF_NONE_MATCH, KEY, Operation, Parameter, describe
from orchestrator.web.problems import Problem, invalid, read_json
from orchestrator.web.sse import ReaderGone, Stream, open_stream, resume_from
from orchestrator.web.topic import FellBehind, Topic

IN_THE_ROOM: Final = LEADS | {Role.PARTICIPANT}
"""Who sees all that happens in a session, behind closed doors too."""

_ENDED: Final[tuple[type[Exception], ...]] = (Problem, UnknownStream, *UNAVAILABLE)
"""What it means to be let in no longer; without the database nobody is."""

MOST_EVENTS: Final = 1_000
_WHOLE: Final = re.compile(r"[0-9]{1,18}")
_BAD: Final = (400, 413, 415, 422)
_AFTER: Final = Parameter("after", "Only events with a higher event_id.", int)
_LIMIT: Final = Parameter("limit", f"At most so many events: 1 to {MOST_EVENTS}.", int)
_SINCE: Final = Parameter("after", "Begin after this position; without it, now.", int)
_RESUME: Final = Parameter("Last-Event-ID", "The position of the last event received.", int, "header")


# Commands


@describe(
    Operation(
        "Send a command to a meeting",
        asks=models.MeetingCommand,
        answers=models.MeetingDone,
        parameters=(IF_MATCH, KEY),
        problems=(*_BAD, 409, 412),
    )
)
async def command_meeting(request: web.Request) -> web.Response:
    """One command to a meeting; ``plan_meeting`` on a UUID of the sender's creates it."""
    login, id_ = await require_login(request), id_in(request, "id")
    data = await read_json(request)
    if not (isinstance(data, dict) and data.get("type") == "plan_meeting"):
        await request.app[SERVICES].commands.meeting(organisation_id(request), id_)
    return await _command(request, "meeting", data, login, login.actor(id_))


@describe(
    Operation(
        "Send a command to a session",
        asks=models.SessionCommand,
        answers=models.SessionDone,
        parameters=(IF_MATCH, KEY),
        problems=(*_BAD, 409, 412),
    )
)
async def command_session(request: web.Request) -> web.Response:
    """One command to a session; ``plan_session`` on a UUID of the sender's creates it."""
    login, id_ = await require_login(request), id_in(request, "id")
    data = await read_json(request)
    try:
        state = await request.app[SERVICES].commands.session(organisation_id(request), id_)
        meeting_id = state.meeting_id
    except UnknownStream:
        if not (isinstance(data, dict) and data.get("type") == "plan_session"):
            raise
        command = parse_command("session", data)
        assert isinstance(command, PlanSession)
        meeting_id = command.meeting_id
    return await _command(request, "session", data, login, login.actor(meeting_id))


async def _command(
    request: web.Request, kind: StreamKind, data: Any, login: Login, actor: Actor
) -> web.Response:
    if not actor.roles:
        raise Problem(403, "you have no role here", rule="not_your_role")
    handled = await request.app[SERVICES].commands.handle(
        organisation_id(request),
        kind,
        id_in(request, "id"),
        parse_command(kind, data),
        actor,
        if_match=if_match(request),
        key=key_of(request, login),
        sender=login.sender,
    )
    answer = {"version": handled.version, "events": [models.shown(event) for event in handled.events]}
    return web.json_response(answer, headers=_versioned(handled.version))


def if_match(request: web.Request) -> int | None:
    """The version in If-Match: its ETag, or the bare number. 422 for anything else."""
    text = request.headers.get("If-Match", "*").strip().removeprefix("W/").strip('"')
    if text == "*":
        return None
    if not _WHOLE.fullmatch(text):
        raise invalid("If-Match", "must be a version as in the ETag")
    return int(text)


def _versioned(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"', "Cache-Control": "private, no-cache"}


# State


@describe(Operation("A meeting as of now", answers=models.Meeting))
async def show_meeting(request: web.Request) -> web.Response:
    """The state of a meeting."""
    state = await _readable(request, "meeting", await require_login(request))
    assert isinstance(state, MeetingState)
    sessions = await request.app[SERVICES].views.sessions_of(organisation_id(request), state.meeting_id)
    shown = models.Meeting(**dict(state), session_ids=tuple(row.session_id for row in sessions))
    return web.json_response(text=shown.model_dump_json(), headers=_versioned(state.version))


@describe(Operation("A session as of now", answers=models.Session, parameters=(IF_NONE_MATCH,)))
async def show_session(request: web.Request) -> web.Response:
    """The state of a session."""
    state = await _readable(request, "session", await require_login(request))
    headers = _versioned(state.version)
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    shown = models.Session.model_construct(**dict(state))
    return web.json_response(text=shown.model_dump_json(), headers=headers)


async def _readable(request: web.Request, kind: StreamKind, login: Login) -> MeetingState | SessionState:
    """The state, if this login may read it now. 404 and 403 otherwise."""
    commands, here, id_ = request.app[SERVICES].commands, organisation_id(request), id_in(request, "id")
    state: MeetingState | SessionState
    if kind == "meeting":
        state = await commands.meeting(here, id_)
        allowed = bool(login.actor(id_).roles & PEOPLE)
    else:
        state = await commands.session(here, id_)
        allowed = may_read(login.actor(state.meeting_id), state)
    if not allowed:
        raise Problem(403, "reading needs a role here that sees all in the room", rule="not_your_role")
    return state


def may_read(actor: Actor, state: SessionState) -> bool:
    """Who is in the room may read all of a session, other staff as long as nothing in it is closed."""
    if actor.roles & IN_THE_ROOM:
        return True
    closed = any(closing.periods or closing.debate for closing in state.closings)
    return bool(actor.roles & PEOPLE) and not closed and not any(item.hidden for item in state.items.values())


# Events


@describe(
    Operation(
        "A meeting's events", answers=models.MeetingEvents, parameters=(_AFTER, _LIMIT), problems=(422,)
    )
)
async def meeting_events(request: web.Request) -> web.Response:
    """The events of a meeting in order."""
    return await _events(request, "meeting")


@describe(
    Operation(
        "A session's events", answers=models.SessionEvents, parameters=(_AFTER, _LIMIT), problems=(422,)
    )
)
async def session_events(request: web.Request) -> web.Response:
    """The events of a session in order."""
    return await _events(request, "session")


async def _events(request: web.Request, kind: StreamKind) -> web.Response:
    state = await _readable(request, kind, await require_login(request))
    after, limit = number_in(request, "after", 0), number_in(request, "limit", MOST_EVENTS)
    if not 1 <= limit <= MOST_EVENTS:
        raise invalid("limit", f"must be 1 to {MOST_EVENTS}")
    stream = stream_name(kind, id_in(request, "id"))
    events = [
        event
        for event in await request.app[SERVICES].events.read_stream(stream, min(after, state.version))
        if event.version <= state.version
    ]
    answer = {
        "version": state.version,
        "events": [models.shown(event) for event in events[:limit]],
        "more": len(events) > limit,
    }
    return web.json_response(answer, headers=_versioned(state.version))


def number_in(request: web.Request, name: str, otherwise: int) -> int:
    """The whole number in the query; ``otherwise`` if there is none. 422 for anything else."""
    text = request.query.get(name, "")
    if not text:
        return otherwise
    return _whole(name, text)


def _whole(name: str, text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise invalid(name, "must be a whole number, 0 or above")
    return int(text)


# Streams


@describe(
    Operation(
        "A meeting's events as they come",
        media="text/event-stream",
        parameters=(_SINCE, _RESUME),
        problems=(422,),
    )
)
async def meeting_stream(request: web.Request) -> web.StreamResponse:
    """The events of a meeting as server-sent events."""
    return await _stream(request, "meeting")


@describe(
    Operation(
        "A session's events as they come",
        media="text/event-stream",
        parameters=(_SINCE, _RESUME),
        problems=(422,),
    )
)
async def session_stream(request: web.Request) -> web.StreamResponse:
    """The events of a session as server-sent events: id = position, event = type, data = the event's JSON."""
    return await _stream(request, "session")


async def _stream(request: web.Request, kind: StreamKind) -> web.StreamResponse:
    login = await require_login(request)
    state = await _readable(request, kind, login)
    known = resume_from(request)
    since = _whole("after", known) if known else None
    hub = request.app[HUB]
    everything = isinstance(state, MeetingState) or login.actor(state.meeting_id).roles & IN_THE_ROOM

    async def allowed() -> bool:
        try:
            now = await look_up(request)
            return now is not None and bool(await _readable(request, kind, now))
        except _ENDED:
            return False

    name = stream_name(kind, id_in(request, "id"))
    async with hub.topic(name) as topic:
        cursor = topic.head if since is None else since
        with hub.reader(topic, login) as reader:
            stream = await open_stream(request)
            try:
                cursor = await _catch_up(request, stream, topic, name, cursor)
                await pump(stream, topic, reader, cursor, allowed, each_time=not everything)
            except (ReaderGone, FellBehind):
                pass  # it comes back, and resumes where it was
    return stream.response


async def _catch_up(request: web.Request, stream: Stream, topic: Topic, name: str, cursor: int) -> int:
    """Send what is so old that it has left the ring; the position of the last."""
    if cursor >= topic.start:
        return cursor
    for recorded in await request.app[SERVICES].events.read_stream(name):
        if cursor < recorded.log_position <= topic.start:
            await stream.write(models.streamed(recorded))
            cursor = recorded.log_position
    return max(cursor, topic.start)
