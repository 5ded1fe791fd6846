"""The service is killed at random moments of a busy meeting, and nothing that was acknowledged is lost."""

import asyncio
import random
import signal
import socket
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from orchestrator.domain import session
from orchestrator.domain.codec import decode as decode_event
from orchestrator.streaming.ffmpeg import find_ffmpeg
from tests.postgres import Database
from tests.stories.camera import Camera, filming
from tests.stories.clerk import Clerk, Reader
from tests.stories.council import Council, Json, council
from tests.stories.processes import alive, children_of
from tests.stories.watching import recorded, watching
from tests.streaming.legality import parse
from tests.streaming.validators import complaints

SEED = 4
KILLS = 5
LONGEST = 12.0
"""Seconds between two kills, at most."""
ONE_SEGMENT = 6.0
"""Seconds: what a kill may cost besides what could not be received."""
ON_THE_WAY = 1.0
"""Seconds that a picture may take from the camera to us: what is on its way has not been received."""
FIRST_MOMENTS = 10.0
"""Seconds that a new connection's media may be held in memory until it is known when it was captured."""

pytestmark = [pytest.mark.story, pytest.mark.timed, pytest.mark.timeout(240)]


@dataclass
class Killed:
    """What one kill cost. Moments as `time.time()`."""

    at: float
    alone: float = 0.0
    """When the last that the dead one had started was gone: until then the encoder may have got in there."""
    ready: float = 0.0


async def kill(hall: Council) -> Killed:
    """-9, and started again at once. No ffmpeg that the dead one had started may go on."""
    children = children_of(hall.server.pid)
    killed = Killed(time.time())
    await hall.server.stop(signal.SIGKILL)
    starting = asyncio.create_task(hall.server.start())
    while alive(children) and not starting.done():
        await asyncio.sleep(0.02)
    killed.alone = time.time()
    await starting
    killed.ready = time.time()
    assert alive(children) == [], "what a killed service had started goes on"
    return killed


async def test_what_was_acknowledged_is_there_in_order_and_once_after_every_kill(
    database: Database, tmp_path: Path
) -> None:
    moments = random.Random(SEED)  # noqa: S311 - the same every time
    async with council(database, tmp_path) as hall:
        port = await hall.source_port()
        async with filming(lambda: hall.encoder(port, gop=25)) as camera, watching(hall) as viewer:
            chair, secretary = Clerk(hall), Clerk(hall)
            reader = Reader(hall)
            hall.shows(1, 0)
            await chair.says("open_session")
            await chair.says("call_roll", present=[str(person) for person in hall.town.people])
            await chair.says("open_item", item_id=hall.items[0])
            await hall.published("live.m3u8")
            reading = asyncio.create_task(reader.run())
            working = [
                asyncio.create_task(chair.leads_debate()),
                asyncio.create_task(secretary.writes_proposals(hall.items[1])),
            ]
            kills = []
            for _ in range(KILLS):
                await asyncio.sleep(moments.uniform(0.3, LONGEST))
                assert not any(task.done() for task in (reading, *working))
                kills.append(await kill(hall))
            await camera.connection(2)
            await asyncio.sleep(8)
            chair.sent_home = secretary.sent_home = True
            await asyncio.gather(*working)
            await chair.says("adjourn_session")
            kills.append(await kill(hall))
            await hall.published("recording.m3u8", within=15)
            await asyncio.sleep(1)
            log = await hall.events()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            everything_acknowledged_is_in(log, chair, secretary)
            assert reader.seen == log
            await views_agree(hall, log)
            tell(kills, camera, chair, secretary, await recorded(hall))
            viewer.check()
            await recording_plays(hall)
        processes = children_of(hall.server.pid)
    assert alive(processes) == []


def everything_acknowledged_is_in(log: list[Json], *clerks: Clerk) -> None:
    """Every acknowledged command's events, each clerk's in order, and nothing twice."""
    assert [event["event_id"] for event in log] == list(range(1, len(log) + 1))
    acknowledged = []
    for clerk in clerks:
        ids = [event["event_id"] for answer in clerk.answers for event in answer["events"]]
        assert ids == sorted(ids)
        assert all(answer["events"] for answer in clerk.answers)
        for answer in clerk.answers:
            for event in answer["events"]:
                assert log[event["event_id"] - 1] == event
        acknowledged += ids
    assert len(acknowledged) == len(set(acknowledged)), "one event answers two commands"
    planned = next(number for number, event in enumerate(log, 1) if event["type"] == "session_opened")
    assert sorted(acknowledged) == list(range(planned, len(log) + 1))
    for what, id_ in (("proposal_put", "proposal_id"), ("floor_requested", "request_id")):
        made = [event[id_] for event in log if event["type"] == what]
        assert made
        assert len(made) == len(set(made)), f"{what} twice"


async def views_agree(hall: Council, log: list[Json]) -> None:
    """The state is what the log says, and what pages read is what a replay makes of it."""
    known = {"event_id", "position", "recorded_at"}
    folded = session.initial(hall.session_id)
    for event in log:
        folded = session.evolve(folded, decode_event({k: v for k, v in event.items() if k not in known}))
    state = await hall.state()
    assert {key: state[key] for key in folded.model_dump(mode="json")} == folded.model_dump(mode="json")
    views, here = hall.town.node.views, hall.town.organisation_id
    shown = await views.session(here, hall.session_id), await views.meeting(here, hall.meeting_id)
    assert shown[0] is not None
    assert shown[0].version == len(log)
    replay = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "orchestrator", "replay"),
        env=hall.server.environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await replay.wait() == 0
    again = await views.session(here, hall.session_id), await views.meeting(here, hall.meeting_id)
    assert again == shown


async def recording_plays(hall: Council) -> None:
    """From end to end without a complaint, and both playlists please strict parsers."""
    texts = {name: await hall.published(name) for name in ("live.m3u8", "recording.m3u8")}
    assert complaints(texts.values()) == []
    assert parse(texts["live.m3u8"]).ended
    process = await asyncio.create_subprocess_exec(
        *(find_ffmpeg(), "-nostdin", "-v", "error", "-xerror", "-i", f"{hall.media}/recording.m3u8"),
        *("-f", "null", "-"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert (process.returncode, said.decode()) == (0, "")


def tell(kills: list[Killed], camera: Camera, chair: Clerk, secretary: Clerk, seen: list[float]) -> None:
    """How long each recovery took, and what it cost."""
    for killed, following in pairwise(kills):
        before = max((at for at in seen if at < killed.at), default=killed.at)
        after = min((at for at in seen if at > killed.at), default=seen[-1])
        back = next((at for at in camera.connected if at > killed.alone), after)
        print(  # noqa: T201
            f"killed: ready after {killed.ready - killed.at:.1f} s, encoder back after "
            f"{back - killed.at:.1f} s, lost from {killed.at - before:.1f} s before to "
            f"{after - killed.at:.1f} s after"
        )
        since = max((at for at in camera.connected if at < killed.at), default=killed.at)
        if killed.at > since + FIRST_MOMENTS:
            lost = killed.at - before
            assert lost < ONE_SEGMENT + ON_THE_WAY, "more than a segment of what was received is lost"
        if following.at > back + ONE_SEGMENT:
            assert after - back < ONE_SEGMENT, "the encoder was back long before its picture"
    answers = len(chair.answers) + len(secretary.answers)
    print(f"killed {len(kills)} times; {answers} commands, {chair.again + secretary.again} sent again")  # noqa: T201
    assert chair.again + secretary.again >= len(kills) - 1, "the kills hit nobody"


async def test_a_listener_that_a_killed_service_left_behind_keeps_nobody_out(
    database: Database, tmp_path: Path
) -> None:
    async with council(database, tmp_path) as hall:
        port = await hall.source_port()
        async with asyncio.timeout(20):
            while not bound(port):
                await asyncio.sleep(0.1)
        await kill(hall)  # while nobody sends: nothing else would tell the listener to end
        async with hall.encoder(port):
            give_up = time.monotonic() + 20
            while "Mottar" not in await hall.drift():
                assert time.monotonic() < give_up, "the encoder does not get in"
                await asyncio.sleep(0.2)


def bound(port: int) -> bool:
    """Whether some process has this UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
