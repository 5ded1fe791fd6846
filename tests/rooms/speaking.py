"""A client of an embedded room that is no browser and keeps to no rule: it sends whatever it likes."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import av
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

from orchestrator.rooms.embedded import inside
from orchestrator.rooms.embedded.provider import EmbeddedRooms
from orchestrator.rooms.provider import Guest, RoomRef, RoomSpec
from tests.rooms.contract import spec_of

LOOPBACK = ("127.0.0.1",)


async def so(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait until it is."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


class Pipe:
    """A channel without a network."""

    def __init__(self) -> None:
        self.to_room: asyncio.Queue[str | None] = asyncio.Queue()
        self.heard: list[dict[str, Any]] = []
        self.closed = False

    async def receive(self) -> str | None:
        return await self.to_room.get()

    async def send(self, text: str) -> None:
        if self.closed:
            raise ConnectionError
        self.heard.append(json.loads(text))

    async def close(self) -> None:
        self.closed = True
        self.to_room.put_nowait(None)


class Noise(MediaStreamTrack):
    """Fifty frames a second that no encoder made; every one says that a decoder can begin with it."""

    def __init__(self, kind: str, mark: str = "") -> None:
        super().__init__()
        self.kind = kind
        self.count = 0
        self._mark = mark.encode()

    async def recv(self) -> Any:
        await asyncio.sleep(0.02)
        packet = av.Packet(b"\x10" + self._mark)
        packet.pts, packet.time_base = 960 * self.count, inside.time_base(self.kind)
        self.count += 1
        return packet


class Client:
    """One page. ``frames``: what it has received, by the part of its connection."""

    def __init__(self, rooms: EmbeddedRooms, guest: Guest) -> None:
        self.rooms = rooms
        self.guest = guest
        self.pipe = Pipe()
        self.listening: RTCPeerConnection | None = None
        self.sending: list[RTCPeerConnection] = []
        self.frames: dict[str, list[bytes]] = {}
        self._work: list[asyncio.Task[None]] = []

    async def come_in(self, ref: RoomRef, spec: RoomSpec) -> "Client":
        join = await self.rooms.join(ref, spec, self.guest)
        self.say(type="hello", token=join.token)
        self._work = [asyncio.create_task(self.rooms.converse(self.pipe))]
        await so(lambda: self.pipe.heard)
        return self

    def say(self, **message: object) -> None:
        self.say_text(json.dumps(message))

    def say_text(self, text: str) -> None:
        self.pipe.to_room.put_nowait(text)

    def told(self, type_: str) -> list[dict[str, Any]]:
        return [one for one in self.pipe.heard if one["type"] == type_]

    @property
    def room(self) -> dict[str, Any]:
        """The room as it was last told."""
        return self.told("room")[-1]

    @property
    def bye(self) -> str | None:
        return next((str(one["why"]) for one in self.told("bye")), None)

    async def refused(self, **message: object) -> str:
        """Say this, and hear why not."""
        before = len(self.told("refused"))
        self.say(**message)
        await so(lambda: len(self.told("refused")) > before)
        return str(self.told("refused")[-1]["rule"])

    async def listen(self, *, after: Callable[[str], str] = str) -> None:
        """Subscribe and answer every offer. ``after``: what becomes of an answer before it is said."""
        self.say(type="subscribe")
        self._work.append(asyncio.create_task(self._answer(after)))
        await so(lambda: self.told("offer"))

    async def _answer(self, after: Callable[[str], str]) -> None:
        numbers = count(1)
        while True:
            number = next(numbers)
            await so(partial(self._offered, number), 600)
            offer = self.told("offer")[number - 1]
            connection = self.listening = self.listening or inside.new_connection()
            await connection.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
            for one in connection.getTransceivers():
                if one.mid and one.mid not in self.frames:
                    self.frames[one.mid] = []
                    inside.take_frames(one, partial(_kept, self.frames[one.mid]))
            with inside.answering_at(LOOPBACK):
                await connection.setLocalDescription(await connection.createAnswer())
            self.say(type="answer", number=offer["number"], sdp=after(connection.localDescription.sdp))

    def _offered(self, number: int) -> bool:
        return len(self.told("offer")) >= number

    async def offer(self, *kinds: str, direction: str = "sendonly", mark: str = "") -> RTCPeerConnection:
        """A connection that would send these, and its offer."""
        connection = inside.new_connection()
        self.sending.append(connection)
        for kind in kinds:
            transceiver = connection.addTransceiver(Noise(kind, mark), direction=direction)
            transceiver.setCodecPreferences(inside.codecs(kind))
        with inside.answering_at(LOOPBACK):
            await connection.setLocalDescription(await connection.createOffer())
        return connection

    async def publish(self, *kinds: str, source: str = "camera", mark: str = "") -> bool:
        """Send, and say that everything is on; whether the room agreed to that."""
        connection = await self.offer(*(kinds or ("audio",)), mark=mark)
        published, refused = len(self.told("published")), len(self.told("refused"))
        self.say(type="publish", source=source, sdp=connection.localDescription.sdp)
        await so(lambda: len(self.told("published")) + len(self.told("refused")) > published + refused)
        if len(self.told("published")) == published:
            return False
        answer = RTCSessionDescription(self.told("published")[-1]["sdp"], "answer")
        await connection.setRemoteDescription(answer)
        self.say(type="devices", microphone=True, camera=True)
        return True

    async def vanish(self) -> None:
        """Close everything without a word."""
        self.pipe.to_room.put_nowait(None)
        for connection in (*self.sending, *([self.listening] if self.listening else [])):
            await connection.close()
        if self._work:
            await asyncio.wait(self._work[:1])
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)


def _kept(frames: list[bytes], data: bytes, _: int) -> None:
    frames.append(data)


class Clients:
    """The product of the contract's tests, and those who are in its room."""

    def __init__(self, rooms: EmbeddedRooms) -> None:
        self.rooms = rooms
        self.clients: list[Client] = []

    async def open(self, spec: RoomSpec | None = None) -> RoomRef:
        spec = spec or spec_of()
        ref = await self.rooms.create(spec, None)
        await self.rooms.apply(ref, spec)
        return ref

    async def enter(self, guest: Guest, spec: RoomSpec | None = None) -> Client:
        spec = spec or spec_of()
        ref = await self.rooms.create(spec, None)
        client = Client(self.rooms, guest)
        self.clients.append(client)
        return await client.come_in(ref, spec)

    @property
    def heard(self) -> dict[str, int]:
        """Frames that the room has passed on, by whose they were."""
        (room,) = self.rooms._rooms.values()
        return dict(room.heard)

    async def aclose(self) -> None:
        for client in self.clients:
            await client.vanish()
        await self.rooms.aclose()

    # What the contract asks

    async def rooms_made(self) -> int:
        return len(self.rooms._rooms)

    async def come_in(self, rooms: object, spec: RoomSpec, guest: Guest) -> None:
        await self.enter(guest, spec)

    async def inside(self) -> set[str]:
        return {
            one.identity for room in self.rooms._rooms.values() for one in room.present() if not one.waiting
        }

    async def could_speak(self, guest: Guest) -> bool:
        client = next(one for one in self.clients if one.guest == guest)
        before = self.heard.get(guest.identity, 0)
        agreed = await client.publish()
        if agreed:
            await so(lambda: self.heard.get(guest.identity, 0) > before)
        return self.heard.get(guest.identity, 0) > before

    async def meddle(self) -> None:
        for room in self.rooms._rooms.values():
            room.spec = spec_of(open_microphones=True)
