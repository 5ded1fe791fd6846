"""A house with one embedded room and nothing else: its page, its socket, and who may come as whom."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.fernet import Fernet

from orchestrator.clock import WallClock
from orchestrator.rooms.embedded.provider import EmbeddedRooms
from orchestrator.rooms.provider import Guest, RoomRef, RoomSpec, RoomTrouble
from orchestrator.web import room_socket
from orchestrator.web.assets import ASSET_ROUTE, ASSETS
from orchestrator.web.look import OUR_LOOK, THEME_ROUTE, Site, theme_stylesheet
from orchestrator.web.page import LOOK, page
from orchestrator.web.pages import room_page
from orchestrator.web.pages.room_page import RoomPage
from orchestrator.web.problems import Problem
from tests.rooms.contract import CHAIR, MEMBER, OBSERVER, OTHER, spec_of

SITE = Site("Fjellvik kommune", "fjellvik")
GUESTS = {"chair": CHAIR, "member": MEMBER, "other": OTHER, "observer": OBSERVER}


class House:
    """The room, as it is wanted now. ``cut``: nobody gets in touch with it."""

    def __init__(self) -> None:
        self.clock = WallClock()
        self.rooms = EmbeddedRooms(
            self.clock, Fernet.generate_key(), socket="/socket", addresses=("127.0.0.1",)
        )
        self.spec = spec_of("Plenum")
        self.ref: RoomRef
        self.url = ""
        self.cut = False

    async def wants(self, spec: RoomSpec) -> None:
        self.spec = spec
        self.ref = await self.rooms.create(spec, None)
        await self.rooms.apply(self.ref, spec)

    async def show(self, request: web.Request) -> web.Response:
        guest = self._guest(request)
        given = RoomPage(self.spec.name, guest.role, f"/in/{request.match_info['who']}", "/")
        now = self.clock.now()
        return page(request, room_page.TEMPLATE, site=SITE, now=now, headers=room_page.HEADERS, room=given)

    async def let_in(self, request: web.Request) -> web.Response:
        if self.cut:
            raise web.HTTPServiceUnavailable
        try:
            join = await self.rooms.join(self.ref, self.spec, self._guest(request))
        except RoomTrouble:
            return Problem(409, rule="room_not_open").response()
        return web.json_response({"url": join.url, "token": join.token})

    async def socket(self, request: web.Request) -> web.StreamResponse:
        if self.cut:
            raise web.HTTPServiceUnavailable
        return await room_socket.converse(request, self.rooms, self.clock)

    async def theme(self, _: web.Request) -> web.Response:
        return web.Response(text=theme_stylesheet(SITE), content_type="text/css")

    def _guest(self, request: web.Request) -> Guest:
        return GUESTS[request.match_info["who"]]


@asynccontextmanager
async def open_house() -> AsyncIterator[House]:
    """A house with its door open."""
    house = House()
    await house.wants(house.spec)
    app = web.Application()
    app[LOOK] = OUR_LOOK
    app.add_routes(
        [
            web.get(ASSET_ROUTE, ASSETS.serve),
            web.get(THEME_ROUTE, house.theme),
            web.get("/socket", house.socket),
            web.get("/room/{who}", house.show),
            web.post("/in/{who}", house.let_in),
        ]
    )
    async with TestServer(app) as server:
        house.url = str(server.make_url("/")).rstrip("/")
        yield house
        await house.rooms.aclose()
