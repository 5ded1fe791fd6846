"""A LiveKit server on loopback: its API and signalling by its own rules, without media.

Built on the official messages. What it enforces is what the real server does (1.13.5), which runs the same
contract where there is one (test_livekit.py).
"""

import base64
import hashlib
import re
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import jwt
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer
from google.protobuf.message import Message
from livekit import api
from livekit.protocol import rtc

from orchestrator.rooms.livekit_account import LivekitAccount

KEY, SECRET = "APIfjellvik", "a secret long enough for its digest"

Grants = dict[str, Any]


class Twirp(Exception):
    def __init__(self, status: int, code: str, msg: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.msg = status, code, msg


UNAUTHENTICATED = Twirp(401, "unauthenticated", "permissions denied")
NO_ROOM = Twirp(404, "not_found", "requested room does not exist")
NO_REDIS = Twirp(500, "internal", "egress not connected (redis required)")
UNDER_WAY = (api.EgressStatus.EGRESS_STARTING, api.EgressStatus.EGRESS_ACTIVE)
SCHEMES = {api.StreamProtocol.SRT: ("srt",), api.StreamProtocol.RTMP: ("rtmp", "rtmps")}
NO_PARTICIPANT = Twirp(404, "not_found", "participant does not exist")


@dataclass
class Seat:
    info: api.ParticipantInfo
    socket: web.WebSocketResponse

    async def send(self, message: rtc.SignalResponse) -> None:
        await self.socket.send_bytes(message.SerializeToString())


@dataclass
class Room:
    info: api.Room
    seats: dict[str, Seat] = field(default_factory=dict)


class LivekitServer:
    def __init__(self, *, auto_create: bool = False) -> None:
        self.auto_create = auto_create
        self.url = ""
        self.rooms: dict[str, Room] = {}
        self.egresses: dict[str, api.EgressInfo] = {}
        self.egress: Literal["ready", "no worker", "no redis"] = "ready"
        self.failing: Twirp | None = None
        self.cannot_remove: set[str] = set()
        self.asked: list[tuple[str, Message]] = []
        self._methods: dict[str, tuple[type[Message], str, Callable[[Any], Any]]] = {
            "CreateRoom": (api.CreateRoomRequest, "roomCreate", self._create_room),
            "ListRooms": (api.ListRoomsRequest, "roomList", self._list_rooms),
            "DeleteRoom": (api.DeleteRoomRequest, "roomCreate", self._delete_room),
            "UpdateRoomMetadata": (api.UpdateRoomMetadataRequest, "roomAdmin", self._update_room_metadata),
            "ListParticipants": (api.ListParticipantsRequest, "roomAdmin", self._list_participants),
            "GetParticipant": (api.RoomParticipantIdentity, "roomAdmin", self._get_participant),
            "RemoveParticipant": (api.RoomParticipantIdentity, "roomAdmin", self._remove_participant),
            "MutePublishedTrack": (api.MuteRoomTrackRequest, "roomAdmin", self._mute),
            "UpdateParticipant": (api.UpdateParticipantRequest, "roomAdmin", self._update_participant),
            "StartRoomCompositeEgress": (api.RoomCompositeEgressRequest, "roomRecord", self._start_egress),
            "ListEgress": (api.ListEgressRequest, "roomRecord", self._list_egress),
            "StopEgress": (api.StopEgressRequest, "roomRecord", self._stop_egress),
        }

    @property
    def account(self) -> LivekitAccount:
        return LivekitAccount(self.url, KEY, SECRET)

    async def _twirp(self, request: web.Request) -> web.Response:
        try:
            claims = self._claims(request.headers.get("Authorization", "").removeprefix("Bearer "))
        except jwt.InvalidTokenError:
            return web.Response(status=401, text="invalid authorization token")
        try:
            if self.failing:
                raise self.failing
            message, grant, method = self._methods[request.match_info["method"]]
            asked = message.FromString(await request.read())
            video = claims.get("video", {})
            if not video.get(grant) or (grant == "roomAdmin" and video.get("room") != asked.room):  # type: ignore[attr-defined]
                raise UNAUTHENTICATED
            self.asked.append((request.match_info["method"], asked))
            answer: Message = await method(asked)
        except Twirp as error:
            return web.json_response({"code": error.code, "msg": error.msg}, status=error.status)
        return web.Response(body=answer.SerializeToString(), content_type="application/protobuf")

    def _claims(self, token: str) -> Grants:
        claims: Grants = jwt.decode(
            token, SECRET, algorithms=["HS256"], issuer=KEY, leeway=60, options={"require": ["exp"]}
        )
        return claims

    def _room(self, name: str) -> Room:
        if name not in self.rooms:
            raise NO_ROOM
        return self.rooms[name]

    def _seat(self, room: str, identity: str) -> Seat:
        seats = self.rooms[room].seats if room in self.rooms else {}
        if identity not in seats:
            raise NO_PARTICIPANT
        return seats[identity]

    async def _create_room(self, asked: api.CreateRoomRequest) -> api.Room:
        """A room that is there is answered as it is, whatever is asked for."""
        info = api.Room(
            sid=f"RM_{len(self.asked)}",
            name=asked.name,
            metadata=asked.metadata,
            empty_timeout=asked.empty_timeout or 300,
            departure_timeout=asked.departure_timeout or 20,
            max_participants=asked.max_participants,
        )
        return self.rooms.setdefault(asked.name, Room(info)).info

    async def _list_rooms(self, asked: api.ListRoomsRequest) -> api.ListRoomsResponse:
        rooms = [room.info for name, room in self.rooms.items() if not asked.names or name in asked.names]
        return api.ListRoomsResponse(rooms=rooms)

    async def _delete_room(self, asked: api.DeleteRoomRequest) -> api.DeleteRoomResponse:
        room = self._room(asked.room)
        del self.rooms[asked.room]
        for seat in [*room.seats.values()]:
            await _leave(seat, api.DisconnectReason.ROOM_DELETED)
        for one in self.egresses.values():  # whose page has lost its room
            if one.room_name == asked.room and one.status in UNDER_WAY:
                one.status = api.EgressStatus.EGRESS_COMPLETE
        return api.DeleteRoomResponse()

    async def _update_room_metadata(self, asked: api.UpdateRoomMetadataRequest) -> api.Room:
        room = self._room(asked.room)
        room.info.metadata = asked.metadata
        for seat in room.seats.values():
            await seat.send(rtc.SignalResponse(room_update=rtc.RoomUpdate(room=room.info)))
        return room.info

    async def _list_participants(self, asked: api.ListParticipantsRequest) -> api.ListParticipantsResponse:
        """Of a room that is not there: nobody."""
        seats = self.rooms[asked.room].seats.values() if asked.room in self.rooms else ()
        return api.ListParticipantsResponse(participants=[seat.info for seat in seats])

    async def _get_participant(self, asked: api.RoomParticipantIdentity) -> api.ParticipantInfo:
        return self._seat(asked.room, asked.identity).info

    async def _remove_participant(self, asked: api.RoomParticipantIdentity) -> api.RemoveParticipantResponse:
        """The token is not revoked."""
        if asked.identity in self.cannot_remove:
            raise Twirp(503, "unavailable")
        seat = self._seat(asked.room, asked.identity)
        del self.rooms[asked.room].seats[asked.identity]
        await _leave(seat, api.DisconnectReason.PARTICIPANT_REMOVED)
        return api.RemoveParticipantResponse()

    async def _mute(self, asked: api.MuteRoomTrackRequest) -> api.MuteRoomTrackResponse:
        if not asked.muted:
            raise Twirp(412, "failed_precondition", "remote unmute not enabled")
        for track in self._seat(asked.room, asked.identity).info.tracks:
            if track.sid == asked.track_sid:
                track.muted = True
                return api.MuteRoomTrackResponse(track=track)
        raise Twirp(404, "not_found", "track is not found")

    async def _update_participant(self, asked: api.UpdateParticipantRequest) -> api.ParticipantInfo:
        """A permission replaces the old one, fields that were not sent being no."""
        seat = self._seat(asked.room, asked.identity)
        for key, value in asked.attributes.items():
            if value:
                seat.info.attributes[key] = value
            else:
                seat.info.attributes.pop(key, None)
        if asked.HasField("permission"):
            seat.info.permission.CopyFrom(asked.permission)
            kept = [track for track in seat.info.tracks if _may_publish(seat.info, track.source)]
            del seat.info.tracks[:]
            seat.info.tracks.extend(kept)
        await self._renew_token(asked.room, seat)
        return seat.info

    async def _start_egress(self, asked: api.RoomCompositeEgressRequest) -> api.EgressInfo:
        """The egress service is asked before anybody looks for the room; it starts by opening the page."""
        if self.egress != "ready":
            raise Twirp(503, "unavailable", "no response from servers")
        self._room(asked.room_name)
        if not asked.custom_base_url.startswith(("http://", "https://")):
            raise Twirp(400, "invalid_argument", "template base url")
        for output in asked.stream_outputs:
            for url in output.urls:
                if url.partition(":")[0] not in SCHEMES[output.protocol]:
                    raise Twirp(400, "invalid_argument", "invalid scheme")
        started = api.EgressInfo(
            egress_id=f"EG_{len(self.egresses)}",
            room_name=asked.room_name,
            status=api.EgressStatus.EGRESS_STARTING,
            room_composite=asked,
        )
        for output in started.room_composite.stream_outputs:
            if output.protocol == api.StreamProtocol.RTMP:
                output.urls[:] = [re.sub(r"[^/]+$", "{...}", url) for url in output.urls]
        self.egresses[started.egress_id] = started
        return started

    def begin_egress(self) -> None:
        """Every page that is open has written START_RECORDING."""
        for one in self.egresses.values():
            if one.status == api.EgressStatus.EGRESS_STARTING:
                one.status = api.EgressStatus.EGRESS_ACTIVE

    async def _list_egress(self, asked: api.ListEgressRequest) -> api.ListEgressResponse:
        if self.egress == "no redis":
            raise NO_REDIS
        return api.ListEgressResponse(
            items=[
                one
                for one in self.egresses.values()
                if asked.room_name in ("", one.room_name) and (not asked.active or one.status in UNDER_WAY)
            ]
        )

    async def _stop_egress(self, asked: api.StopEgressRequest) -> api.EgressInfo:
        if self.egress == "no redis":
            raise NO_REDIS
        if asked.egress_id not in self.egresses:
            raise Twirp(404, "not_found", "egress does not exist")
        ended = self.egresses[asked.egress_id]
        if ended.status not in UNDER_WAY:
            raise Twirp(412, "failed_precondition", "egress cannot be stopped")
        ended.status = api.EgressStatus.EGRESS_COMPLETE
        return ended

    # --- signalling ---

    def _may_come(self, request: web.Request) -> Grants:
        """The claims of somebody who may join, or the HTTP error they get."""
        token = request.query.get("access_token") or request.headers.get("Authorization", "")[7:]
        try:
            claims = self._claims(token)
        except jwt.InvalidTokenError:
            raise web.HTTPUnauthorized from None
        video = claims.get("video", {})
        if not video.get("roomJoin"):
            raise web.HTTPUnauthorized
        if not video.get("room") or not claims.get("sub"):
            raise web.HTTPBadRequest
        if second := request.query.get("publish"):
            if not video.get("canPublish", True):
                raise web.HTTPUnauthorized
            video["canSubscribe"] = False
            claims["sub"] += f"#{second}"
        if "attributes" in request.query and not video.get("canUpdateOwnMetadata"):
            raise web.HTTPUnauthorized
        if video["room"] not in self.rooms and not self.auto_create and not video.get("roomCreate"):
            raise web.HTTPNotFound(text="requested room does not exist")
        return claims

    async def _validate(self, request: web.Request) -> web.Response:
        self._may_come(request)
        return web.Response(text="success")

    async def _join(self, request: web.Request) -> web.WebSocketResponse:
        claims = self._may_come(request)
        name, identity = claims["video"]["room"], claims["sub"]
        room = self.rooms.get(name)
        if room is None:
            await self._create_room(api.CreateRoomRequest(name=name))
            room = self.rooms[name]
        if earlier := room.seats.pop(identity, None):
            await _leave(earlier, api.DisconnectReason.DUPLICATE_IDENTITY)
        if 0 < room.info.max_participants <= len(room.seats):
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        info = api.ParticipantInfo(
            sid=f"PA_{time.monotonic_ns()}",
            identity=identity,
            name=claims.get("name", ""),
            state=api.ParticipantInfo.JOINED,
            attributes=claims.get("attributes", {}),
            kind={"egress": api.ParticipantInfo.EGRESS}.get(
                claims.get("kind", ""), api.ParticipantInfo.STANDARD
            ),
            permission=_granted(claims["video"]),
        )
        seat = room.seats[identity] = Seat(info, socket)
        others = [other.info for key, other in room.seats.items() if key != identity]
        await seat.send(
            rtc.SignalResponse(
                join=rtc.JoinResponse(room=room.info, participant=info, other_participants=others)
            )
        )
        await self._renew_token(name, seat)
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                await self._signal(seat, rtc.SignalRequest.FromString(message.data))
        if room.seats.get(identity) is seat:
            del room.seats[identity]
        return socket

    async def _signal(self, seat: Seat, said: rtc.SignalRequest) -> None:
        """A client says what its tracks show; it is believed."""
        if said.HasField("update_metadata"):
            if seat.info.permission.can_update_metadata:
                seat.info.attributes.update(said.update_metadata.attributes)
            else:
                await seat.send(_refused(update_metadata=said.update_metadata))
        if not said.HasField("add_track"):
            return
        wanted = said.add_track
        if not _may_publish(seat.info, wanted.source):
            await seat.send(_refused(add_track=wanted))
            return
        track = api.TrackInfo(sid=f"TR_{time.monotonic_ns()}", type=wanted.type, source=wanted.source)
        seat.info.tracks.append(track)
        published = rtc.TrackPublishedResponse(cid=wanted.cid, track=track)
        await seat.send(rtc.SignalResponse(track_published=published))

    async def _renew_token(self, room: str, seat: Seat) -> None:
        """Those who are in hold a token with what they may do now, good for ten minutes whatever comes."""
        permission = seat.info.permission
        video = {
            "roomJoin": True,
            "room": room,
            "canPublish": permission.can_publish,
            "canSubscribe": permission.can_subscribe,
            "canPublishData": permission.can_publish_data,
            "canPublishSources": [
                api.TrackSource.Name(source).lower() for source in permission.can_publish_sources
            ],
        }
        claims = {
            "iss": KEY,
            "sub": seat.info.identity,
            "name": seat.info.name,
            "attributes": dict(seat.info.attributes),
            "video": video,
            "exp": datetime.now(UTC) + timedelta(minutes=10),
        }
        await seat.send(rtc.SignalResponse(refresh_token=jwt.encode(claims, SECRET, algorithm="HS256")))


def _refused(**request: Message) -> rtc.SignalResponse:
    refusal = rtc.RequestResponse(reason=rtc.RequestResponse.NOT_ALLOWED, **request)  # type: ignore[arg-type]
    return rtc.SignalResponse(request_response=refusal)


def _granted(video: Grants) -> api.ParticipantPermission:
    """What is not said in a token is granted."""
    publish: bool = video.get("canPublish", True)
    return api.ParticipantPermission(
        can_subscribe=video.get("canSubscribe", True),
        can_publish=publish,
        can_publish_data=video.get("canPublishData", publish),
        can_publish_sources=[source.upper() for source in video.get("canPublishSources", [])],
        can_update_metadata=video.get("canUpdateOwnMetadata", False),
        can_subscribe_metrics=video.get("canSubscribeMetrics", False),
        can_manage_agent_session=video.get("canManageAgentSession", False),
        hidden=video.get("hidden", False),
        recorder=video.get("recorder", False),
        agent=video.get("agent", False),
    )


def _may_publish(info: api.ParticipantInfo, source: api.TrackSource) -> bool:
    """An empty list of sources means all of them."""
    sources = info.permission.can_publish_sources
    return info.permission.can_publish and (not sources or source in sources)


async def _leave(seat: Seat, reason: api.DisconnectReason) -> None:
    await seat.send(rtc.SignalResponse(leave=rtc.LeaveRequest(reason=reason)))
    await seat.socket.close()


def signed(body: bytes, *, key: str = KEY, secret: str = SECRET, lasts: int = 300) -> str:
    """The Authorization header of a hook with this body; ``lasts``: seconds."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    claims = {"iss": key, "sha256": digest, "exp": datetime.now(UTC) + timedelta(seconds=lasts)}
    return jwt.encode(claims, secret, algorithm="HS256")


@asynccontextmanager
async def livekit_server(*, auto_create: bool = False) -> AsyncGenerator[LivekitServer]:
    livekit = LivekitServer(auto_create=auto_create)
    app = web.Application()
    app.router.add_post("/twirp/livekit.{service}/{method}", livekit._twirp)
    app.router.add_get("/rtc/validate", livekit._validate)
    app.router.add_get("/rtc", livekit._join)
    async with TestServer(app) as server:
        livekit.url = str(server.make_url("")).rstrip("/")
        yield livekit
