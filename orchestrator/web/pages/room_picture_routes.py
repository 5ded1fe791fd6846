"""The layout page of a room on a LiveKit server: what its egress service films for the broadcast.

A machine opens it, outside any login, at an address that only we can make (roomkeeping/layout.py), and adds
the way into the room: ?url=…&token=…. What is seen and heard is what that token lets it subscribe to.
"""

import hmac
import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from aiohttp import web
from yarl import URL

from orchestrator.domain.publicity import public_session
from orchestrator.roomkeeping.layout import layout_of
from orchestrator.services import Services
from orchestrator.store.room_rows import RoomView
from orchestrator.web import context, live
from orchestrator.web.auth import Login
from orchestrator.web.context import LOOK, SERVICES
from orchestrator.web.live import Moment, View
from orchestrator.web.pages.display_routes import PULSE
from orchestrator.web.pages.room_picture import room_picture

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",  # the token is in the address
}
_PARTS: Final = {
    "scene": "room/scene.html",
    "plate": "display/plate.html",
    "pulse": "display/pulse.html",
}
_HOST: Final = re.compile(r"[a-z0-9.-]+|\[[0-9a-f:]+\]")


async def show(request: web.Request) -> web.Response:
    """GET /rom/{room_id}/bilde/{proof}: in the municipality's language, whatever the browser's is."""
    room = await _room(request)
    language = context.site(request).language
    return context.page(
        request,
        "room/picture.html",
        language=language,
        headers=_HEADERS,
        connect_hosts=_server(request.query.get("url", "")),
        live_url=f"{request.path}/direkte",
        **await _shown(request.app[SERVICES], room, language),
    )


async def stream(request: web.Request) -> web.StreamResponse:
    """GET …/direkte: what changes on it."""
    room = await _room(request)
    language = context.site(request).language
    key = (room.organisation_id, None, f"bilde/{room.room_id}", language, "")
    moment = Moment(request.app, context.site(request), room.organisation_id, None, language)
    view = View(frozenset(), partial(_fragments, room), every=PULSE, ended="")
    nobody = Login(room.organisation_id, ())
    return await live.follow(request, key, view, moment, login=nobody, allowed=_always)


async def _always() -> bool:
    """It is for the public, and a page that is sent elsewhere would be in the broadcast's picture."""
    return True


async def _room(request: web.Request) -> RoomView:
    """The room in the address, if the address is the one that its source's sender was given."""
    services, room_id = request.app[SERVICES], context.id_in(request, "room_id")
    room = await services.views.room(room_id)
    source = await services.room_sources.of(room_id)
    if room is None or source is None or room.organisation_id != context.organisation_id(request):
        raise web.HTTPNotFound
    layout = layout_of(room_id, source, host=services.settings.encoder_host, key=services.key)
    if not hmac.compare_digest(layout.proof.encode(), request.match_info["proof"].encode()):
        raise web.HTTPNotFound
    return room


def _server(url: str) -> list[str]:
    """The origins by which the page's script converses with the LiveKit server in its address."""
    try:
        origin = URL(url).origin()
    except ValueError:
        return []
    if origin.scheme not in ("ws", "wss", "http", "https") or not _HOST.fullmatch(
        origin.host_subcomponent or ""
    ):
        return []
    secure = origin.scheme in ("wss", "https")
    return [str(origin.with_scheme(one)) for one in (("wss", "https") if secure else ("ws", "http"))]


async def _shown(services: Services, room: RoomView, language: str) -> dict[str, Any]:
    here = room.organisation_id
    going_on = []
    for row in await services.views.sessions_in(room.room_id):
        session = await services.commands.session(here, row.session_id)
        if session.status == "open" and session.meeting_id is not None:
            meeting = await services.commands.meeting(here, session.meeting_id)
            going_on.append(public_session(session) if meeting.announced else None)
    picture = room_picture(room.name, going_on, await services.people.names(here), language)
    return {"picture": picture, "plate": picture.plate}


async def _fragments(room: RoomView, moment: Moment) -> Mapping[str, str]:
    services, look = moment.app[SERVICES], moment.app[LOOK]
    given = {
        **await _shown(services, room, moment.language),
        "now": services.clock.now(),
        "site": moment.site,
    }
    return {id_: look.render(template, moment.language, **given) for id_, template in _PARTS.items()}
