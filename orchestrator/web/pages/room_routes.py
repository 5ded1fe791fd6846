"""The doors of the digital rooms. What leads in is in no page and no address of ours."""

import re
from secrets import token_hex
from typing import Any, Final

from aiohttp import web

from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.roles import PEOPLE
from orchestrator.domain.rooms import Room
from orchestrator.domain.state import SessionState
from orchestrator.rooms.livekit import LivekitRooms
from orchestrator.rooms.livekit_account import LivekitAccount
from orchestrator.rooms.provider import Guest, RoomTrouble
from orchestrator.rooms.wanted import audience
from orchestrator.store.views import MeetingView
from orchestrator.web import context, room_socket
from orchestrator.web.auth import current, require_login
from orchestrator.web.context import SERVICES
from orchestrator.web.i18n import translations
from orchestrator.web.middlewares import wants_json
from orchestrator.web.origins import is_https
from orchestrator.web.pages import room_page
from orchestrator.web.pages.room_entry import GUIDES, OBSERVERS, ROLE_NAMES, Door, door_of, guest_of
from orchestrator.web.pages.room_page import RoomPage, is_soon, own_page
from orchestrator.web.problems import Problem, invalid

STRANGER: Final = "tilhorer"
"""The cookie by which an observer who comes back is known again: let in once, and put out once."""

LONGEST_IDENTITY: Final = 100
RULES: Final = {"locked": "room_locked", "kept_out": "room_kept_out"}
"""Why there is no way in for somebody, by rooms.provider.KeptOut."""


async def door(request: web.Request) -> web.Response:
    """GET /mote/{slug}/rom/{room_id}: who may go in sees how, and the button that leads in."""
    meeting, room, sessions = await _room(request)
    return await _page(request, meeting, room, sessions)


async def enter(request: web.Request) -> web.StreamResponse:
    """POST /mote/{slug}/rom/{room_id}: leads in; with JSON asked for, says where and with which token."""
    services, here = request.app[SERVICES], context.organisation_id(request)
    meeting, room, sessions = await _room(request)
    guest = await _guest(request, meeting, sessions)
    try:
        join = await services.rooms.join(here, room.room_id, guest)
    except RoomTrouble as trouble:
        if wants_json(request):
            rule = RULES.get(trouble.detail, "room_not_open")
            raise Problem(409, "there is no way in just now", rule=rule) from None
        page = await _page(request, meeting, room, sessions)
        page.set_status(409)
        return page
    if wants_json(request):
        way = {"url": join.url, "token": join.token, "name": guest.name, "role": guest.role}
        response = web.json_response(way, headers={"Cache-Control": "no-store"})
    else:
        # As it was given: a link that is taken apart and put together again may be another to its product.
        response = web.Response(status=303, headers={"Location": join.url, "Cache-Control": "no-store"})
    if guest.role == "observer":
        secure, mine = is_https(request), guest.identity.removeprefix("observer-")
        response.set_cookie(STRANGER, mine, path="/mote", httponly=True, secure=secure, samesite="Lax")
    return response


async def act(request: web.Request) -> web.Response:
    """POST /mote/{slug}/rom/{room_id}/{act} with ``identity``: what a host does in a LiveKit room.

    In a room of this process its page says it to the room itself.
    """
    services, here = request.app[SERVICES], context.organisation_id(request)
    meeting, room, sessions = await _room(request)
    await require_login(request)
    if (await _guest(request, meeting, sessions)).role != "host":
        raise Problem(403, "only hosts decide who is in the room", rule="not_your_role")
    identity = (await request.post()).get("identity")
    if not isinstance(identity, str) or not 0 < len(identity) <= LONGEST_IDENTITY:
        raise invalid("identity", "says who it is about")
    try:
        reached = await services.rooms.reach(here, room.room_id)
        if not isinstance(reached.provider, LivekitRooms):
            raise web.HTTPNotFound
        match request.match_info["act"]:
            case "slipp-inn":
                await reached.provider.admit(reached.ref, reached.spec, identity)
            case "ta-ut":
                await reached.provider.put_out(reached.ref, reached.spec, identity)
            case "demp":
                await reached.provider.mute(reached.ref, identity)
    except RoomTrouble as trouble:
        status = 409 if trouble.code in ("gone", "refused", "not_allowed_in") else 503
        raise Problem(status, "the room did not do it", rule=f"room_{trouble.code}") from None
    return web.Response(status=204)


async def converse(request: web.Request) -> web.StreamResponse:
    """GET /rom: the socket that pages of this process's rooms converse at."""
    services = request.app[SERVICES]
    if services.embedded is None:
        raise web.HTTPNotFound
    return await room_socket.converse(request, services.embedded, services.clock)


async def _room(request: web.Request) -> tuple[MeetingView, Room, list[SessionState]]:
    """The room in the address and the sessions in it, for whoever may know of the meeting."""
    services, here = request.app[SERVICES], context.organisation_id(request)
    row = await context.meeting_at(request)
    login = await current(request)
    inside = login is not None and row is not None and bool(login.actor(row.meeting_id).roles & PEOPLE)
    if row is None or not (row.announced or inside):
        raise web.HTTPNotFound
    meeting: MeetingState = await services.commands.meeting(here, row.meeting_id)
    room = meeting.rooms.get(context.id_in(request, "room_id"))
    if room is None:
        raise web.HTTPNotFound
    rows = await services.views.sessions_in(room.room_id)
    return row, room, [await services.commands.session(here, one.session_id) for one in rows]


async def _guest(request: web.Request, meeting: MeetingView, sessions: list[SessionState]) -> Guest:
    services, here = request.app[SERVICES], context.organisation_id(request)
    names = {id_: name.name for id_, name in (await services.people.names(here)).items()}
    stranger = request.cookies.get(STRANGER, "")
    if not re.fullmatch("[0-9a-f]{16}", stranger):
        stranger = token_hex(8)
    guest = guest_of(await current(request), meeting.meeting_id, sessions, names, stranger)
    called = translations(context.language(request)).gettext(ROLE_NAMES[guest.role])
    return guest if guest.name else Guest(guest.identity, called, guest.role)


async def _page(
    request: web.Request, meeting: MeetingView, room: Room, sessions: list[SessionState]
) -> web.Response:
    services = request.app[SERVICES]
    t = translations(context.language(request))
    standing = await services.rooms.standing(room.room_id)
    can = await services.rooms.capabilities(context.organisation_id(request), room.provider)
    found: Door = door_of(
        standing,
        can,
        await _guest(request, meeting, sessions),
        audience(room, sessions, services.clock.now()),
    )
    known = [one for one in sessions if one.public or found.guest.role != "observer"]
    way_in = f"/mote/{meeting.slug}/rom/{room.room_id}"
    if room.provider in ("embedded", "livekit") and found.open:
        back = f"/program/{meeting.slug}" if meeting.kind == "conference" else f"/mote/{meeting.slug}"
        now = services.clock.now()
        on = [one for one in known if one.status == "open" or is_soon(one, now)]
        own = own_page(meeting, on) if found.guest.role == "participant" else ""
        given = RoomPage(room.name, found.guest.role, way_in, back, room.provider, own, on)
        talks_with = await _server_of(request) if room.provider == "livekit" else ()
        return context.page(
            request, room_page.TEMPLATE, headers=room_page.HEADERS, connect_hosts=talks_with, room=given
        )
    observed = [t.gettext(OBSERVERS)] if found.guest.role == "observer" else []
    ahead = [one for one in known if one.status in ("planned", "open")]
    shown: dict[str, Any] = {
        "door": found,
        "door_words": t.gettext(found.words) if found.words else "",
        "room": room,
        "meeting": meeting,
        "sessions": ahead,
        "streamed": [one for one in ahead if one.public and (one.source_id or room.source_id)],
        "guide": [*observed, *(t.gettext(words) for words in GUIDES[room.provider])],
        "enter_url": way_in,
    }
    return context.page(request, "room/door.html", headers={"Cache-Control": "no-store"}, **shown)


async def _server_of(request: web.Request) -> tuple[str, ...]:
    """Where the page of a LiveKit room connects to; nowhere if that is not known any more."""
    kept = await request.app[SERVICES].room_accounts.get(context.organisation_id(request), "livekit")
    try:
        return (LivekitAccount.of(kept).sockets,)
    except RoomTrouble:
        return ()
