"""A room as a source for the broadcast: real clients, a real encoder, and what a real source receives."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from orchestrator.clock import WallClock
from orchestrator.rooms.embedded.cast import Cast
from orchestrator.rooms.embedded.film import PICTURES
from orchestrator.rooms.embedded.provider import EmbeddedRooms
from orchestrator.streaming.ffmpeg import running
from orchestrator.streaming.rendering import text_picture
from orchestrator.streaming.sender import sender_args
from tests.rooms.contract import MEMBER, OTHER, spec_of
from tests.rooms.filming import BLUE, HIGH, LOW, RED, Filmed, pictures, sounds
from tests.rooms.speaking import LOOPBACK, so
from tests.streaming.encoder import PASSPHRASE
from tests.streaming.receiving import Receiving, receiving

pytestmark = [pytest.mark.story, pytest.mark.timed]

SIZE = (640, 360)
SLATE = text_picture(SIZE, "Pause", (), "Fjellvik kommune", "#0b2545")


@pytest.fixture
async def rooms() -> AsyncIterator[EmbeddedRooms]:
    rooms = EmbeddedRooms(WallClock(), Fernet.generate_key(), socket="/x", addresses=LOOPBACK)
    yield rooms
    await rooms.aclose()


def film_of(received: Receiving) -> bytes:
    (init,) = received.sink.inits
    return received.sink.bytes(init)


async def shows(received: Receiving, sending: "asyncio.Task[None]", colour: str, seconds: float) -> None:
    """Return when the last so many seconds that were received show nothing but this."""
    last: list[tuple[float, str]] = []
    async with asyncio.timeout(60):
        while len(last) < seconds * PICTURES or {seen for _, seen in last} != {colour}:
            await asyncio.sleep(0.3)
            if sending.done():
                sending.result()
            if received.sink.taken:  # in a thread, else those who are filmed would falter
                film = await asyncio.to_thread(pictures, film_of(received))
                last = film[-int(seconds * PICTURES) :]


async def test_a_source_receives_whoever_has_the_floor_and_nothing_behind_closed_doors(
    rooms: EmbeddedRooms, tmp_path: Path
) -> None:
    ola_has_it = spec_of(speakers=frozenset({MEMBER.identity}))
    ref = await rooms.create(ola_has_it, None)
    await rooms.apply(ref, ola_has_it)
    (room,) = rooms.live()
    ola, siri = Filmed(rooms, MEMBER, RED, LOW), Filmed(rooms, OTHER, BLUE, HIGH)
    cast = Cast(room, WallClock(), size=SIZE, slate=SLATE)
    async with receiving(tmp_path) as received:
        for client in (ola, siri):
            await client.come_in(ref, ola_has_it)
        await so(lambda: received.ingest.status.state == "waiting" and (tmp_path / "private").exists())
        args = sender_args(
            size=SIZE, pictures=PICTURES, host="127.0.0.1", port=received.port, passphrase=PASSPHRASE
        )
        async with running(args, feed=True, secrets=[PASSPHRASE]) as child:
            sending = asyncio.create_task(cast.send(child.stdin))
            await shows(received, sending, "neither", 1)
            assert await ola.publish()
            await shows(received, sending, "red", 1)
            await ola.wink()
            await shows(received, sending, "red", 1)
            siri_has_it = spec_of(speakers=frozenset({OTHER.identity}))
            await rooms.apply(ref, siri_has_it)
            assert await siri.publish()
            await shows(received, sending, "blue", 1)
            inside = frozenset({MEMBER.identity, OTHER.identity})
            await rooms.apply(ref, spec_of(door="locked", inside=inside, speakers=siri_has_it.speakers))
            heard = room.heard[OTHER.identity]
            await shows(received, sending, "neither", 1)
            assert room.heard[OTHER.identity] > heard, "they still see and hear each other"
            sending.cancel()
            assert list(child.said) == []
        film = film_of(received)
    for client in (ola, siri):
        await client.vanish()
    seen, heard_ = pictures(film), sounds(film)
    looks, tones = runs(seen), runs(heard_)
    assert [one for one, _, _ in looks if one != "neither"] == ["red", "red", "blue"]
    assert [one for one, _, _ in tones if one != "silence"] == ["low", "low", "high"]
    assert (looks[-1][0], tones[-1][0]) == ("neither", "silence")
    for times in ([at for at, _ in seen], [at for at, _ in heard_]):
        assert all(0 < later - earlier < 0.5 for earlier, later in pairwise(times))
    (_, _, went), (_, came, _) = [one for one in looks if one[0] == "red"]
    (_, _, fell_silent), (_, spoke, out) = [one for one in tones if one[0] == "low"]
    assert abs(went - fell_silent) <= 0.2
    assert abs(came - spoke) <= 0.2
    assert out <= next(at for one, _, at in reversed(looks) if one == "red") + 0.1


def runs(pieces: Sequence[tuple[float, str]]) -> list[tuple[str, float, float]]:
    """What there was, from when to when; shorter than 0.3 s is an edge, or a busy machine's hiccup."""
    parts = [(what, [at for at, _ in some]) for what, some in groupby(pieces, key=itemgetter(1))]
    long = [(what, times) for what, times in parts if times[-1] - times[0] >= 0.3]
    joined = [list(some) for _, some in groupby(long, key=itemgetter(0))]
    return [(some[0][0], some[0][1][0], some[-1][1][-1]) for some in joined]
