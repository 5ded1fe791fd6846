"""A published recording goes when its municipality keeps it no longer; all else stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from orchestrator.domain.captions import Said
from orchestrator.domain.errors import Refused
from orchestrator.old_recordings import OldRecordings
from orchestrator.store.due import Mark, Marks
from orchestrator.store.pool import Pool
from orchestrator.store.transcripts import Transcripts
from orchestrator.streaming.storage import LocalStorage
from tests.clock import FakeClock
from tests.schedule.test_timers import DAY, HOUR, Day, Outside, schedule_of
from tests.town import Node, founded

KIND = "delete_recording"


@pytest.fixture
async def day(pool: Pool) -> Day:
    clock = FakeClock(datetime(2027, 5, 4, 7, 0, tzinfo=UTC))
    node, outside = Node(pool, clock), Outside()
    town = await founded(node)
    meeting_id = await town.plans_meeting()
    return Day(town, clock, meeting_id, outside, schedule_of(node, outside))


async def keeps(day: Day, days: int | None) -> None:
    directory, here = day.town.node.directory, day.town.organisation_id
    organisation = await directory.organisation(here)
    assert organisation
    await directory.put_organisation(organisation.model_copy(update={"recording_days": days}))


async def held(day: Day, **plan: Any) -> UUID:
    """A session that is over."""
    session_id = await day.plans(by_itself=False, **plan)
    await day.town.says(session_id, "open_session")
    await day.town.says(session_id, "adjourn_session")
    return session_id


async def deleted(day: Day, session_id: UUID) -> bool:
    state = await day.town.node.commands.session(day.town.organisation_id, session_id)
    return state.recording_deleted_at is not None


async def test_recordings_are_kept_for_good_unless_the_municipality_decides_otherwise(day: Day) -> None:
    session_id = await held(day)
    await day.after(5000 * DAY)
    assert not await deleted(day, session_id)
    await keeps(day, 5001)
    await day.look()
    assert not await deleted(day, session_id)
    await day.after(DAY)
    assert await deleted(day, session_id)
    assert (await day.events(session_id))["recording_deleted"] == 1
    view = await day.town.node.views.session(day.town.organisation_id, session_id)
    assert view
    assert not view.recording_published
    with pytest.raises(Refused, match="recording_deleted"):
        await day.town.says(session_id, "reopen_session")


async def test_what_is_not_public_is_no_recording_to_delete(day: Day) -> None:
    await keeps(day, 1)
    shut = [
        await held(day, public=False),
        await held(day, source_id=None),
        await held(day, recording_at_once=False),
        await day.plans(by_itself=False),
    ]
    await day.after(300 * DAY)
    assert [await deleted(day, session_id) for session_id in shut] == [False] * len(shut)
    await day.town.says(shut[2], "release_recording")
    await day.look()
    assert [await deleted(day, session_id) for session_id in shut] == [False, False, True, False]


async def test_what_its_room_recorded_goes_too(day: Day) -> None:
    await keeps(day, 1)
    room_id = UUID(int=5)
    room = {"room_id": room_id, "name": "Salen", "provider": "teams", "recorded": True}
    await day.town.says(day.meeting_id, "plan_room", room=room)
    session_id = await held(day, source_id=None, room_id=room_id)
    mark = Mark(room_id, "fetch_artifacts", day.town.organisation_id, done_at=day.clock.now())
    await Marks(day.town.node.pool).claim(mark)
    await day.after(DAY)
    assert await deleted(day, session_id)


async def test_it_sees_it_on_the_day_and_decides(day: Day) -> None:
    await keeps(day, 30)
    later, never, now = [await held(day) for _ in range(3)]
    here, moment = day.town.organisation_id, day.clock.now() + timedelta(days=30)
    due = [one for one in await day.schedule.day(here, moment.date()) if one.kind == KIND]
    assert {(one.target_id, one.at, one.state) for one in due} == {
        (id_, moment, "ahead") for id_ in (later, never, now)
    }
    await day.schedule.decide(here, later, KIND, moment + timedelta(hours=2), "it")
    await day.schedule.decide(here, never, KIND, "never", "it")
    await day.schedule.decide(here, now, KIND, "now", "it")
    await day.look()
    assert [await deleted(day, id_) for id_ in (later, never, now)] == [False, False, True]
    await day.after(30 * DAY)
    assert not await deleted(day, later)
    await day.after(2 * HOUR)
    assert [await deleted(day, id_) for id_ in (later, never)] == [True, False]
    found = {one.target_id: one.state for one in await day.schedule.day(here, moment.date())}
    assert (found[later], found[never]) == ("done", "skipped")


async def test_its_media_leaves_the_disk_and_no_other_does(day: Day, tmp_path: Path) -> None:
    await keeps(day, 1)
    storage = LocalStorage(tmp_path / "public", tmp_path / "private")
    old, kept = await held(day), await held(day, recording_at_once=False)
    broadcasts = []
    for session_id in (old, kept):
        state = await day.town.node.commands.session(day.town.organisation_id, session_id)
        broadcasts.append(state.broadcast_id)
        storage.put(state.broadcast_id, "segment.m4s", b"moof")
    transcripts, now = Transcripts(day.town.node.pool), day.clock.now()
    for session_id in (old, kept):
        await transcripts.put(day.town.organisation_id, session_id, session_id, [Said(now, now, "Takk.")])
    recordings = OldRecordings(day.town.node.views, storage, transcripts)
    assert await recordings.sweep() == 0
    await day.after(DAY)
    assert await recordings.sweep() == 1
    assert [storage.path(one, "segment.m4s").exists() for one in broadcasts] == [False, True]
    assert [len(await transcripts.of(one)) for one in (old, kept)] == [0, 1]
    storage.put(broadcasts[0], "timeline.json", b"{}")
    assert await recordings.sweep() == 1, "what is written of it afterwards goes too"
