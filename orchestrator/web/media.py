"""/media/{broadcast}/{name}: what is published, as any web server could send it (deploy/nginx.conf)."""

import re
from collections import OrderedDict
from pathlib import Path
from typing import Final
from uuid import UUID

from aiohttp import web

from orchestrator.web.context import SERVICES, organisation_id

TEXTS: Final = re.compile(r"(live(-[0-9]{1,4})?|recording)\.m3u8|timeline\.json|(chapters|captions)\.vtt")
"""Written anew as the meeting goes on."""
SEGMENTS: Final = re.compile(r"[A-Za-z0-9_-]{12,64}(\.[0-9]{1,6})?\.(m4s|mp4)")
"""Named unguessably; their bytes never change."""

_TYPES: Final = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".json": "application/json",
    ".vtt": "text/vtt; charset=utf-8",
    ".m4s": "video/mp4",
    ".mp4": "video/mp4",
}
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range, Date, ETag",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Timing-Allow-Origin": "*",
}
MOST_KNOWN: Final = 1_000


class Broadcasts:
    """Whose broadcast it is; that never changes, so it is asked once."""

    def __init__(self) -> None:
        self._known: OrderedDict[UUID, UUID] = OrderedDict()

    async def belongs(self, request: web.Request, broadcast_id: UUID) -> bool:
        """Whether it is this organisation's."""
        here = organisation_id(request)
        if broadcast_id not in self._known:
            found = await request.app[SERVICES].views.session_by_broadcast(here, broadcast_id)
            if found is None:
                return False
            self._known[broadcast_id] = here
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return self._known[broadcast_id] == here


BROADCASTS: Final = web.AppKey("broadcasts", Broadcasts)


async def send(request: web.Request) -> web.StreamResponse:
    """A published file: with its compressed twin where there is one, in ranges, 304 when it is known."""
    path = await _published(request)
    if path is None:
        return web.Response(
            status=404, text="not found\n", headers={**_CORS, "Cache-Control": "public, max-age=1"}
        )
    immutable = SEGMENTS.fullmatch(path.name)
    headers = {
        **_CORS,
        "Content-Type": _TYPES[path.suffix],
        "Cache-Control": "public, max-age=3600" if immutable else "public, max-age=1",
    }
    if not immutable:
        headers["Vary"] = "Accept-Encoding"
    return web.FileResponse(path, headers=headers)


async def _published(request: web.Request) -> Path | None:
    name = request.match_info["name"]
    if not (TEXTS.fullmatch(name) or SEGMENTS.fullmatch(name)):
        return None
    try:
        broadcast_id = UUID(request.match_info["broadcast"])
    except ValueError:
        return None
    if request.match_info["broadcast"] != str(broadcast_id):
        return None
    path = request.app[SERVICES].settings.public_media / str(broadcast_id) / name
    if not path.is_file() or path.is_symlink():
        return None
    return path if await request.app[BROADCASTS].belongs(request, broadcast_id) else None
