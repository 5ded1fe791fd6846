"""One LiveKit server as `livekit-api` reaches it: plain values in and out, its errors as RoomTrouble.

Imported only when a room of this kind is asked for, because the library is an extra.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from livekit import api

from orchestrator.rooms.livekit_account import LivekitAccount
from orchestrator.rooms.livekit_grants import SCREEN, TOKEN_LASTS, VOICE, Rights, role_of
from orchestrator.rooms.provider import Guest, RoomRole, RoomTrouble

TIMEOUT = aiohttp.ClientTimeout(total=10)
KEPT_EMPTY = 60 * 24 * 3600
"""Seconds that the server keeps a room nobody is in: rooms are made long before anyone needs them."""
MOST_PEOPLE = 3000
"""In one room, so that one meeting cannot take the whole server from the others."""

PERSON, ROLE, WAITING = "person", "role", "waiting"
"""Attributes of somebody in a room; only we can write them.

``person`` repeats the identity: with one token a client may open a second connection under a name of its own
making (`member#x`), which must not be taken for somebody else with the same role.
"""

SENDING = (api.EgressStatus.EGRESS_STARTING, api.EgressStatus.EGRESS_ACTIVE)
ENCODING = api.EncodingOptions(
    width=1920,
    height=1080,
    depth=24,
    framerate=30,
    video_codec=api.VideoCodec.H264_MAIN,
    video_bitrate=4500,
    key_frame_interval=2,
    audio_codec=api.AudioCodec.AAC,
    audio_bitrate=128,
    audio_frequency=48000,
)
"""Such that a source of ours passes it on as it is. Bit rates in kbit/s, the interval in seconds."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is in a room, or a recorder. ``rights``: None if they are not such as we give."""

    identity: str
    name: str
    role: RoomRole | None
    waiting: bool
    recorder: bool
    rights: Rights | None
    microphones: tuple[str, ...]
    """Ids of the tracks that are heard."""
    camera: bool


@dataclass(frozen=True, slots=True)
class Sending:
    """A room that is being sent, by the address of its layout page. ``active``: pictures are on their way."""

    id: str
    layout: str
    active: bool


class LivekitClient:
    """Every method may raise RoomTrouble; "gone" means that what was to be changed is there no longer."""

    def __init__(self, account: LivekitAccount) -> None:
        self.account = account
        url = urlsplit(account.url)
        self._http = urlunsplit(url._replace(scheme="https" if url.scheme in ("https", "wss") else "http"))
        self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        self.api = api.LiveKitAPI(
            self._http, account.key, account.secret, session=self._session, failover=False
        )

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._session.close()

    async def rooms(self, *names: str) -> dict[str, str]:
        """The metadata of the rooms there are, by name; of all if none are named."""
        found = await asked(self.api.room.list_rooms(api.ListRoomsRequest(names=names)))
        return {room.name: room.metadata for room in found.rooms}

    async def make(self, name: str, metadata: str) -> None:
        """Make the room; one that is there already stays as it is."""
        await asked(
            self.api.room.create_room(
                api.CreateRoomRequest(
                    name=name,
                    metadata=metadata,
                    empty_timeout=KEPT_EMPTY,
                    departure_timeout=KEPT_EMPTY,
                    max_participants=MOST_PEOPLE,
                )
            )
        )

    async def describe(self, name: str, metadata: str) -> None:
        """Replace the room's metadata."""
        await asked(
            self.api.room.update_room_metadata(api.UpdateRoomMetadataRequest(room=name, metadata=metadata))
        )

    async def delete(self, name: str) -> None:
        """End the room: everyone in it is put out, and nobody comes in until it is made again."""
        await asked(self.api.room.delete_room(api.DeleteRoomRequest(room=name)))

    async def people(self, room: str) -> tuple[Person, ...]:
        """Who is in the room; nobody if there is no such room."""
        found = await asked(self.api.room.list_participants(api.ListParticipantsRequest(room=room)))
        return tuple(
            _person(one) for one in found.participants if one.state != api.ParticipantInfo.DISCONNECTED
        )

    async def person(self, room: str, identity: str) -> Person:
        """One who is in the room."""
        asked_for = api.RoomParticipantIdentity(room=room, identity=identity)
        return _person(await asked(self.api.room.get_participant(asked_for)))

    async def give(self, room: str, identity: str, rights: Rights, *, waiting: bool) -> None:
        """Replace what somebody in the room may do, and whether they wait."""
        await asked(
            self.api.room.update_participant(
                api.UpdateParticipantRequest(
                    room=room,
                    identity=identity,
                    permission=api.ParticipantPermission(**rights.permission()),
                    attributes={WAITING: "yes" if waiting else ""},
                )
            )
        )

    async def put_out(self, room: str, identity: str) -> None:
        """Put somebody out. Their token lets them in again until it expires."""
        await asked(
            self.api.room.remove_participant(api.RoomParticipantIdentity(room=room, identity=identity))
        )

    async def mute(self, room: str, identity: str) -> None:
        """Shut somebody's microphones; they may open them again while they have the right to."""
        for sid in (await self.person(room, identity)).microphones:
            await asked(
                self.api.room.mute_published_track(
                    api.MuteRoomTrackRequest(room=room, identity=identity, track_sid=sid, muted=True)
                )
            )

    async def sendings(self, room: str) -> tuple[Sending, ...]:
        """What the room is being sent by."""
        listed = api.ListEgressRequest(room_name=room, active=True)
        found = await _by_egress(self.api.egress.list_egress(listed))
        return tuple(
            Sending(
                one.egress_id,
                one.room_composite.custom_base_url,
                active=one.status == api.EgressStatus.EGRESS_ACTIVE,
            )
            for one in found.items
            if one.status in SENDING
        )

    async def send(self, room: str, layout_url: str, output_url: str) -> None:
        """Begin to send the room, as the layout page shows it."""
        protocol = api.StreamProtocol.SRT if output_url.startswith("srt:") else api.StreamProtocol.RTMP
        await _by_egress(
            self.api.egress.start_room_composite_egress(
                api.RoomCompositeEgressRequest(
                    room_name=room,
                    custom_base_url=layout_url,
                    advanced=ENCODING,
                    stream_outputs=[api.StreamOutput(protocol=protocol, urls=[output_url])],
                )
            )
        )

    async def end_sending(self, id_: str) -> None:
        """End one of `sendings`."""
        await _by_egress(self.api.egress.stop_egress(api.StopEgressRequest(egress_id=id_)))

    async def makes_rooms_by_itself(self) -> bool:
        """Whether the server makes a room for whoever has a token, so that a deleted room is not closed.

        It says so when asked whether somebody could join a room that is not there; nobody joins by asking.
        """
        nowhere = self.token("nowhere", Guest("nobody", "", "observer"), Rights(), waiting=True)
        try:
            async with self._session.get(
                f"{self._http.rstrip('/')}/rtc/validate", headers={"Authorization": f"Bearer {nowhere}"}
            ) as answer:
                return answer.status != HTTPStatus.NOT_FOUND
        except (aiohttp.ClientError, TimeoutError) as error:
            raise RoomTrouble("unavailable", type(error).__name__) from error

    def token(self, room: str, guest: Guest, rights: Rights, *, waiting: bool) -> str:
        """A way in with these rights that lasts `TOKEN_LASTS`; the guest's role is signed with it."""
        return (
            api.AccessToken(self.account.key, self.account.secret)
            .with_identity(guest.identity)
            .with_name(guest.name)
            .with_attributes(
                {PERSON: guest.identity, ROLE: guest.role} | ({WAITING: "yes"} if waiting else {})
            )
            .with_grants(api.VideoGrants(**rights.grants(room)))
            .with_ttl(TOKEN_LASTS)
            .to_jwt()
        )


async def asked(answer: Awaitable[T]) -> T:
    """The server's answer, or RoomTrouble. What it writes in its errors is not passed on, only their code."""
    try:
        return await answer
    except api.ServerError as error:
        detail = f"{error.status} {error.code}"
        if error.code in (api.ServerErrorCode.NOT_FOUND, api.ServerErrorCode.FAILED_PRECONDITION):
            raise RoomTrouble("gone", detail) from error
        if error.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RoomTrouble("throttled", detail) from error
        if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise RoomTrouble("refused", detail, lasting=True) from error
        raise RoomTrouble("unavailable", detail) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise RoomTrouble("unavailable", type(error).__name__) from error


async def _by_egress(answer: Awaitable[T]) -> T:
    """Likewise, of LiveKit's egress service; RoomTrouble("no_egress") when the server itself finds none."""
    try:
        return await asked(answer)
    except RoomTrouble as trouble:
        if trouble.code == "unavailable" and isinstance(trouble.__cause__, api.ServerError):
            raise RoomTrouble("no_egress", trouble.detail) from trouble.__cause__
        raise


def _person(info: api.ParticipantInfo) -> Person:
    heard = tuple(one.sid for one in info.tracks if one.type == api.TrackType.AUDIO and not one.muted)
    return Person(
        identity=info.identity,
        name=info.name,
        role=role_of(info.attributes.get(ROLE)) if info.attributes.get(PERSON) == info.identity else None,
        waiting=WAITING in info.attributes,
        recorder=info.kind == api.ParticipantInfo.EGRESS,
        rights=_rights(info.permission),
        microphones=heard,
        camera=any(one.source == api.TrackSource.CAMERA and not one.muted for one in info.tracks),
    )


def _rights(permission: api.ParticipantPermission) -> Rights | None:
    sources = tuple(
        source
        for number in permission.can_publish_sources
        for source in VOICE + SCREEN
        if api.TrackSource.Value(source.upper()) == number
    )
    rights = Rights(can_subscribe=permission.can_subscribe, sources=sources)
    return rights if api.ParticipantPermission(**rights.permission()) == permission else None
