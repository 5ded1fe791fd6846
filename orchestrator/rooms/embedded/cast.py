"""A room's picture and sound as one film for the broadcast: it follows the floor, and never stands still.

Twenty-five times a second: who may be seen and heard now; what has come of them is decoded and fitted
together; and if they still may, it leaves. Nothing leaves of a room whose door is not open.
"""

import asyncio
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Final, Protocol

from orchestrator.clock import Clock
from orchestrator.rooms.embedded.director import Camera, Director
from orchestrator.rooms.embedded.feed import Feed, Frame
from orchestrator.rooms.embedded.film import PICTURES, SAMPLES, Film
from orchestrator.rooms.embedded.inside import CLOCK_RATE
from orchestrator.rooms.embedded.member import Member
from orchestrator.rooms.embedded.picture import Picture
from orchestrator.rooms.embedded.room import Room
from orchestrator.rooms.embedded.sound import Ear, mixed, silence
from orchestrator.rooms.embedded.switch import Switch

PICTURE_WAITS: Final = 0.12
"""Seconds that pictures are held back, for sound comes later: 80 ms of it lie in aiortc's jitter buffer and
about 80 in ours, while aiortc gives a picture when the next one comes, after 40 ms."""
MOST_BEHIND: Final = 3.0
"""Seconds that the film may be behind the clock."""


class FellBehind(Exception):
    """Whoever takes the film is too slow: begin another one."""


class Out(Protocol):
    """Where the film is sent, such as the input of a process. Both raise ConnectionError when it is gone."""

    def write(self, data: bytes) -> None:
        """Take it."""
        ...

    async def drain(self) -> None:
        """Return when more may come."""
        ...


@dataclass(frozen=True, slots=True)
class _Heard:
    ear: Ear = field(default_factory=Ear)
    came: list[Frame] = field(default_factory=list)


class Cast:
    """The film of one room. ``slate``: what is seen when there is nothing to see, as an image."""

    def __init__(self, room: Room, clock: Clock, *, size: tuple[int, int], slate: bytes) -> None:
        self._room = room
        self._clock = clock
        self._size = size
        self._picture = Picture[Feed](size, slate)
        self._director = Director[Feed]()
        self._switch = Switch[Feed](Feed.ask_for_keyframe, rate=CLOCK_RATE["video"], delay=PICTURE_WAITS)
        self._watched: dict[Feed, Camera[Feed]] = {}
        self._heard: dict[Feed, _Heard] = {}

    async def send(self, out: Out) -> None:
        """Send a film from now on, in real time. Raises ConnectionError when it is not taken, FellBehind."""
        film = Film(self._size)
        began = self._clock.monotonic()
        try:
            for number in count(1):
                now = began + number / PICTURES
                await asyncio.sleep(max(0.0, now - self._clock.monotonic()))
                if self._clock.monotonic() - now > MOST_BEHIND:
                    raise FellBehind
                out.write(await self._next(film, now))
                await out.drain()
        finally:
            self._follow({}, {})

    async def _next(self, film: Film, now: float) -> bytes:
        self._look(now)
        heard = {feed: _taken(one) for feed, one in self._heard.items()}
        whole, sound = await asyncio.to_thread(self._make, self._switch.due(now), heard)
        if not whole:
            self._switch.spoilt()
        for feed, one in self._heard.items():
            if one.ear.speaks:
                self._director.speaks(feed.identity, now)
        self._look(now)
        if not heard.keys() <= self._heard.keys():  # somebody's sound may not be heard any more
            sound = silence(SAMPLES)
        return film.add(self._picture.now, sound)

    def _make(
        self, pictures: list[tuple[Feed, Frame]], heard: Mapping[Feed, tuple[Ear, list[Frame]]]
    ) -> tuple[bool, "array[int]"]:
        """In a thread of its own: decoding takes milliseconds."""
        whole = self._picture.show(pictures)
        for ear, came in heard.values():
            ear.hear(came)
        return whole, mixed([ear.take(SAMPLES) for ear, _ in heard.values()], SAMPLES)

    def _look(self, now: float) -> None:
        """Who may be seen and heard now; of others nothing is left."""
        self._follow(dict(_cameras(self._room)), dict.fromkeys(_microphones(self._room)))
        self._switch.want(self._director.choose(list(self._watched.values()), self._room.spec.speakers, now))
        if self._switch.shown is None or self._picture.whose not in self._watched:
            self._picture.blank()

    def _follow(self, cameras: Mapping[Feed, Camera[Feed]], microphones: Mapping[Feed, None]) -> None:
        for feed in self._watched.keys() - cameras.keys():
            feed.detach("video", self)
            self._switch.leave(feed)
        for feed in cameras.keys() - self._watched.keys():
            feed.attach("video", self, lambda frame, feed=feed: self._saw(feed, frame))  # type: ignore[misc]
        self._watched = dict(cameras)
        for feed in self._heard.keys() - microphones.keys():
            feed.detach("audio", self)
            del self._heard[feed]
        for feed in microphones.keys() - self._heard.keys():
            self._heard[feed] = _Heard()
            feed.attach("audio", self, self._heard[feed].came.append)

    def _saw(self, feed: Feed, frame: Frame) -> None:
        self._switch.take(feed, frame, self._clock.monotonic())


def _taken(heard: _Heard) -> tuple[Ear, list[Frame]]:
    came = list(heard.came)
    heard.came.clear()
    return heard.ear, came


def _inside(room: Room) -> Iterator[Member]:
    """Whose feeds may be broadcast: the room itself ends those of who may not speak."""
    if not room.closed and room.spec.door == "open":
        yield from (member for member in room.members.values() if not member.waiting)


def _cameras(room: Room) -> Iterator[tuple[Feed, Camera[Feed]]]:
    for member in _inside(room):
        for source, feed in member.feeds.items():
            if source == "screen" or "video" in member.on:
                guest = member.guest
                yield feed, Camera(feed, guest.identity, guest.role == "host", is_screen=source == "screen")


def _microphones(room: Room) -> Iterator[Feed]:
    for member in _inside(room):
        for source, feed in member.feeds.items():
            if source == "screen" or "audio" in member.on:
                yield feed
