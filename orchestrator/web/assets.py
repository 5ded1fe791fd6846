"""Style sheets, scripts and fonts, at addresses that change with their content.

    ASSETS.url("app.css")                  # "/static/1f0c2a…/app.css" (in templates: {{ asset('app.css') }})
    app.router.add_get(ASSET_ROUTE, ASSETS.serve)

A name is a file under `static/`, or one of `BUNDLES` or `VENDOR` below. Vendor files are read from
`node_modules`, where npm put them; they are never copied into this repository. In a style sheet, `url(name)`
may name any asset.
"""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

ASSET_ROUTE = "/static/{digest:[0-9a-f]{16}}/{name:.+}"
STATIC = Path(__file__).parent / "static"
NODE_MODULES = Path(__file__).parents[2] / "node_modules"

_DESIGN = "@digdir/designsystemet-css/dist"
_INTER = "@fontsource/inter/files/inter"

VENDOR = {
    "designsystemet.css": f"{_DESIGN}/src/index.css",
    "designsystemet-theme.css": f"{_DESIGN}/theme/designsystemet.css",
    "hls.js": "hls.js/dist/hls.light.min.js",
    "livekit-client.js": "livekit-client/dist/livekit-client.umd.js",
    **{
        f"inter-{script}-{weight}.woff2": f"{_INTER}-{script}-{weight}-normal.woff2"
        for script in ("latin", "latin-ext")
        for weight in (400, 500, 600)
    },
}
"""Our name for each file that npm brings, and where in `node_modules` it lies."""

BUNDLES = {
    "app.css": (
        "designsystemet-theme.css",
        "designsystemet.css",
        "css/fonts.css",
        "css/page.css",
        "css/parts.css",
        "css/video.css",
        "css/console.css",
        "css/print.css",
    ),
}
"""Files that every page needs, sent as one."""

_TYPES = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
_COMPRESSIBLE = {".js", ".css", ".svg"}
_NAME = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", re.ASCII)
"""A file has this one name: ``a/./b`` and ``a//b`` would each be held in memory anew."""
_IMMUTABLE = "public, max-age=31536000, immutable"


class MissingAssetError(LookupError):
    """A file that a page needs is not there; the message says what to run."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent: its bytes, also compressed when that pays, and the digest in its address."""

    content: bytes
    compressed: bytes | None
    digest: str
    content_type: str


class Assets:
    """All static files, held in memory (about a megabyte) and served with a year's caching."""

    def __init__(self, static: Path = STATIC, node_modules: Path = NODE_MODULES) -> None:
        self._static = static
        self._node_modules = node_modules
        self._loaded: dict[str, Asset] = {}

    def missing(self) -> list[str]:
        """The vendor files that are not installed, as paths; empty when all is well."""
        return [str(path) for name in VENDOR if not (path := self._path(name)).is_file()]

    def url(self, name: str) -> str:
        """The address of an asset. Raises MissingAssetError when there is no such file."""
        return f"/static/{self._asset(name).digest}/{name}"

    def preload(self, names: Iterable[str]) -> None:
        """Read these now, so that a missing file stops the start and not a citizen's page."""
        for name in names:
            self._asset(name)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a request for ASSET_ROUTE. An address of an older version gets today's bytes, not cached."""
        try:
            asset = self._asset(request.match_info["name"])
        except MissingAssetError as missing:
            raise web.HTTPNotFound(text=str(missing)) from None
        current = request.match_info["digest"] == asset.digest
        headers = {"Cache-Control": _IMMUTABLE if current else "no-cache", "ETag": f'"{asset.digest}"'}
        if asset.compressed is not None:
            headers["Vary"] = "Accept-Encoding"
        if asset.digest in {tag.value for tag in request.if_none_match or ()}:
            return web.Response(status=304, headers=headers)
        body = asset.content
        if asset.compressed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            body = asset.compressed
            headers["Content-Encoding"] = "gzip"
        headers["Content-Type"] = asset.content_type
        return web.Response(body=body, headers=headers)

    def _asset(self, name: str) -> Asset:
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def _load(self, name: str) -> Asset:
        suffix = Path(name).suffix
        content = self._read(name)
        if suffix == ".css":
            content = self._with_asset_urls(content.decode()).encode()
        compressed = gzip.compress(content, mtime=0) if suffix in _COMPRESSIBLE else None
        media_type = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        if media_type.startswith("text/"):
            media_type += "; charset=utf-8"
        return Asset(content, compressed, hashlib.sha256(content).hexdigest()[:16], media_type)

    def _read(self, name: str) -> bytes:
        if name in BUNDLES:
            return b"\n".join(self._read(part) for part in BUNDLES[name])
        path = self._path(name)
        if not path.is_file():
            if name in VENDOR:
                raise MissingAssetError(
                    f"{path} is not installed: run `npm ci` (`make demo` and `make test` do it)"
                )
            raise MissingAssetError(f"no static file named {name}")
        return path.read_bytes()

    def _path(self, name: str) -> Path:
        if name in VENDOR:
            return self._node_modules / VENDOR[name]
        path = self._static / name
        if not (_NAME.fullmatch(name) and path.resolve().is_relative_to(self._static.resolve())):
            raise MissingAssetError(f"no static file named {name}")
        return path

    def _with_asset_urls(self, css: str) -> str:
        def address(match: re.Match[str]) -> str:
            return f'url("{self.url(match[1])}")'

        # Only plain names: data: addresses and fragments hold other characters after the parenthesis.
        return re.sub(r'url\("?([\w./-]+\.(?:woff2|svg|png|webp))"?\)', address, css)


ASSETS: Final = Assets()
"""The program's own: a process reads, bundles, compresses and hashes each file when it is first needed."""
