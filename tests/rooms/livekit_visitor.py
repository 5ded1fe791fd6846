"""LiveKit as those see it who are in its rooms: a client that speaks its signalling, without media."""

import asyncio
from contextlib import suppress
from uuid import UUID, uuid4

import aiohttp
from livekit import api
from livekit.protocol import rtc

from orchestrator.rooms.livekit import LivekitRooms, room_named
from orchestrator.rooms.livekit_account import LivekitAccount
from orchestrator.rooms.provider import Guest, Join, RoomProvider, RoomRef, RoomSpec
from tests.rooms.contract import TOWN


class Visitor:
    """One connection. ``token``: the newest that the server gave it, if not its first."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._said: list[rtc.SignalResponse] = []
        self._news = asyncio.Condition()
        self._gone = False
        self._listening = asyncio.create_task(self._listen())
        self.tokens: list[str] = []
        self.welcome = rtc.JoinResponse()

    async def _listen(self) -> None:
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                said = rtc.SignalResponse.FromString(message.data)
                if said.HasField("refresh_token"):
                    self.tokens.append(said.refresh_token)
                async with self._news:
                    self._said.append(said)
                    self._news.notify_all()
        async with self._news:
            self._gone = True
            self._news.notify_all()

    async def hear(self, *kinds: str, within: float | None = 10) -> rtc.SignalResponse:
        """The next message of these kinds; a `leave` once the connection has ended. ``within``: seconds."""
        async with asyncio.timeout(within), self._news:
            while True:
                for position, said in enumerate(self._said):
                    if said.WhichOneof("message") in kinds:
                        return self._said.pop(position)
                if self._gone:
                    return rtc.SignalResponse(leave=rtc.LeaveRequest())
                await self._news.wait()

    async def publishes(
        self, source: api.TrackSource = api.TrackSource.MICROPHONE, *, cid: str | None = None
    ) -> bool:
        """Whether the server lets a track in. ``cid``: what the client calls it."""
        kind = api.TrackType.AUDIO if source is api.TrackSource.MICROPHONE else api.TrackType.VIDEO
        track = rtc.AddTrackRequest(cid=cid or str(uuid4()), type=kind, source=source)
        try:
            await self.say(rtc.SignalRequest(add_track=track))
        except ConnectionError:
            return False
        answer = await self.hear("track_published", "request_response", "leave")
        return answer.HasField("track_published")

    async def say(self, message: rtc.SignalRequest) -> None:
        await self._socket.send_bytes(message.SerializeToString())

    async def go(self) -> None:
        await self._socket.close()
        self._listening.cancel()
        with suppress(asyncio.CancelledError):
            await self._listening


class LivekitProduct:
    """Implements `tests.rooms.contract.Product` on a server, fake or real."""

    def __init__(self, account: LivekitAccount) -> None:
        self.account = account
        self.session = aiohttp.ClientSession()
        self.api = api.LiveKitAPI(account.url, account.key, account.secret, session=self.session)
        self.visitors: dict[str, Visitor] = {}

    async def aclose(self) -> None:
        for visitor in self.visitors.values():
            await visitor.go()
        for name in await self.names():
            await self.api.room.delete_room(api.DeleteRoomRequest(room=name))
        await self.session.close()

    async def names(self, organisation_id: UUID = TOWN) -> list[str]:
        rooms = (await self.api.room.list_rooms(api.ListRoomsRequest())).rooms
        named = [(room.name, room_named(room.name)) for room in rooms]
        return [name for name, ids in named if ids and ids[0] == organisation_id]

    async def rooms_made(self) -> int:
        return len(await self.names())

    async def connect(self, token: str, **query: str) -> Visitor:
        """Come in; aiohttp.WSServerHandshakeError if the server says no."""
        url = self.account.url.replace("http", "ws", 1)
        # A client that understands refusals: see the server's clientinfo.go.
        asked = {"access_token": token, "protocol": "16", "sdk": "js", "version": "2.15.0", **query}
        visitor = Visitor(await self.session.ws_connect(f"{url}/rtc", params=asked))
        visitor.welcome = (await visitor.hear("join")).join
        return visitor

    async def sit_down(self, join: Join, guest: Guest) -> Visitor:
        assert join.token
        visitor = self.visitors[guest.identity] = await self.connect(join.token)
        return visitor

    async def come_in(self, rooms: RoomProvider, spec: RoomSpec, guest: Guest) -> None:
        assert isinstance(rooms, LivekitRooms)
        ref = await rooms.create(spec, None)
        await self.sit_down(await rooms.join(ref, spec, guest), guest)
        await rooms.admit(ref, spec, guest.identity)

    async def people(self, ref: RoomRef | None = None) -> dict[str, api.ParticipantInfo]:
        """Who is in the room, or in any of the town's."""
        names = [ref.id] if ref else await self.names()
        lists = [
            await self.api.room.list_participants(api.ListParticipantsRequest(room=name)) for name in names
        ]
        return {one.identity: one for found in lists for one in found.participants}

    async def inside(self) -> set[str]:
        return set(await self.people())

    async def could_speak(self, guest: Guest) -> bool:
        return await self.visitors[guest.identity].publishes()

    async def meddle(self) -> None:
        for name in await self.names():
            await self.api.room.update_room_metadata(
                api.UpdateRoomMetadataRequest(room=name, metadata="changed by hand")
            )
