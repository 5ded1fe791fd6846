"""Sound and picture to and from a real LiveKit server, by aiortc on top of a `Visitor`'s signalling."""

import asyncio
import json
from contextlib import suppress
from typing import Self

from aiortc import AudioStreamTrack, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.sdp import candidate_from_sdp
from livekit import api
from livekit.protocol import rtc

from tests.rooms.livekit_visitor import Visitor

SOURCES = {"audio": api.TrackSource.MICROPHONE, "video": api.TrackSource.CAMERA}


class Media:
    """A visitor's two connections: one to send by, one on which the server sends what it will."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._sending = RTCPeerConnection()
        self._taking = RTCPeerConnection()
        self._taking.on("track", self._take)
        self._early: list[rtc.TrickleRequest] = []
        self._tasks = {asyncio.create_task(self._follow())}
        self.frames = 0
        """How many have come."""

    async def __aenter__(self) -> Self:
        """Who may not hear is in only when their other connection stands."""
        if not self._visitor.welcome.subscriber_primary:
            self._sending.createDataChannel("_reliable")
            await self._offer()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._sending.close()
        await self._taking.close()

    async def talk(self) -> None:
        """Announce sound and picture, and send them whatever the server says to that."""
        for track in (AudioStreamTrack(), VideoStreamTrack()):
            self._sending.addTrack(track)
            await self._visitor.publishes(SOURCES[track.kind], cid=track.id)
        await self._offer()

    async def sent(self) -> int:
        """Packets that have gone out."""
        reports = [one for sender in self._sending.getSenders() for one in (await sender.getStats()).values()]
        return sum(one.packetsSent for one in reports if one.type == "outbound-rtp")

    async def _offer(self) -> None:
        await self._sending.setLocalDescription(await self._sending.createOffer())
        offer = rtc.SessionDescription(type="offer", sdp=self._sending.localDescription.sdp)
        await self._visitor.say(rtc.SignalRequest(offer=offer))
        async with asyncio.timeout(10):
            while (self._sending.connectionState, self._sending.signalingState) != ("connected", "stable"):
                await asyncio.sleep(0.02)

    async def _follow(self) -> None:
        while True:
            said = await self._visitor.hear("offer", "answer", "trickle", "leave", within=None)
            match said.WhichOneof("message"):
                case "leave":
                    return
                case "trickle":
                    self._early.append(said.trickle)
                case "answer":
                    answer = RTCSessionDescription(said.answer.sdp, "answer")
                    await self._sending.setRemoteDescription(answer)
                case "offer":
                    await self._answer(said.offer)
            waiting, self._early = self._early, []
            for trickle in waiting:
                await self._add(trickle)

    async def _answer(self, offer: rtc.SessionDescription) -> None:
        await self._taking.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
        await self._taking.setLocalDescription(await self._taking.createAnswer())
        sdp = self._taking.localDescription.sdp
        answer = rtc.SessionDescription(type="answer", sdp=sdp, id=offer.id)
        await self._visitor.say(rtc.SignalRequest(answer=answer))

    async def _add(self, trickle: rtc.TrickleRequest) -> None:
        pc = self._sending if trickle.target == rtc.SignalTarget.PUBLISHER else self._taking
        if pc.remoteDescription is None:
            self._early.append(trickle)  # type: ignore[unreachable]  # it is None at first
            return
        told = json.loads(trickle.candidateInit)
        if told["candidate"]:
            candidate = candidate_from_sdp(told["candidate"].removeprefix("candidate:"))
            candidate.sdpMid, candidate.sdpMLineIndex = told["sdpMid"], told["sdpMLineIndex"]
            await pc.addIceCandidate(candidate)

    def _take(self, track: MediaStreamTrack) -> None:
        self._tasks.add(asyncio.create_task(self._count(track)))

    async def _count(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):
            while True:
                await track.recv()
                self.frames += 1
