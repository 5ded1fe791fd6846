"""What we write, as other people's strict parsers read it."""

from pathlib import Path

from tests.streaming.validators import complaints
from tests.streaming.world import World


async def test_every_version_of_every_playlist_of_a_troubled_broadcast_is_valid(tmp_path: Path) -> None:
    world = World(tmp_path, spread=1.0)
    session = world.session
    session.turn("open")
    await world.run(20)
    session.turn("close")
    await world.run(10)
    session.turn("reopen")
    await world.run(20)
    world.encoder = None
    await world.run(10)
    world.reconnect("other")
    await world.run(20)
    world.log_answers = False
    await world.run(20)
    world.log_answers = True
    await world.run(20)
    world.kill()
    await world.run(20)
    session.turn("adjourn")
    await world.run(5)
    session.turn("open")
    await world.run(20)
    session.turns.append((session.turns[-1][0], "close"))
    session.turn("adjourn")
    await world.run(2)
    versions = [
        text for playlists in world.history.values() for history in playlists.values() for _, text in history
    ]
    assert len(versions) > 30
    assert any("#EXT-X-GAP" in text for text in versions)
    assert complaints(versions) == []


def test_the_parsers_do_complain() -> None:
    wrong = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXTINF:4,\na.m4s\n#EXT-X-ENDLIST\n"
    assert complaints([wrong])
