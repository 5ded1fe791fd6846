import pytest

from orchestrator.projector import Projector, meeting_row, session_row
from orchestrator.states import Known
from orchestrator.store.pool import Pool
from orchestrator.store.views import MeetingView, SessionView
from tests.town import Node, Town, founded


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await founded(Node(pool))


async def test_the_next_read_after_an_answer_shows_it(town: Town) -> None:
    meeting_id = await town.plans_meeting("budsjett")
    row = await town.node.views.meeting_by_slug(town.organisation_id, "budsjett")
    assert row is not None
    assert (row.meeting_id, row.status, row.version) == (meeting_id, "published", 2)


async def test_a_row_equals_its_state(town: Town) -> None:
    session_id, _ = await town.debates()
    state = await town.node.commands.session(town.organisation_id, session_id)
    row = await town.node.views.session(town.organisation_id, session_id)
    assert row == session_row(Known(state, town.organisation_id), state)
    meeting = await town.node.commands.meeting(town.organisation_id, row.meeting_id)
    assert await town.node.views.meeting(town.organisation_id, row.meeting_id) == meeting_row(
        Known(meeting, town.organisation_id), meeting
    )


async def test_a_row_says_what_goes_on(town: Town) -> None:
    session_id, item_id = await town.debates()
    stream = session_id
    row = await town.node.views.session(town.organisation_id, session_id)
    assert row is not None
    assert (row.status, row.current_item_id, row.current_item_number) == ("open", item_id, "47/26")
    await town.says(stream, "start_break", kind="pause")
    row = await town.node.views.session(town.organisation_id, session_id)
    assert row is not None
    assert row.status == "break"
    await town.says(stream, "end_break")
    await town.says(stream, "close_item", item_id=item_id)
    await town.says(stream, "adjourn_session")
    row = await town.node.views.session(town.organisation_id, session_id)
    assert row is not None
    assert row.status == "adjourned"
    assert row.recording_published
    assert row.duration_seconds is not None
    assert row.duration_seconds > 0


async def test_views_made_anew_are_the_same(town: Town) -> None:
    session_id, _ = await town.debates()
    await town.plans_meeting("neste")
    before = await _all(town)
    node = Node(town.node.pool)
    position = await node.projector.rebuild()
    assert position == await node.events.head()
    assert await _all(town) == before
    assert (await town.node.views.meeting_by_slug(town.organisation_id, "neste")) is not None
    assert session_id in {row.session_id for row in before[1]}


async def _all(town: Town) -> tuple[list[MeetingView], list[SessionView]]:
    meetings = await town.node.views.meetings(town.organisation_id)
    sessions = [
        row
        for meeting in meetings
        for row in await town.node.views.sessions_of(town.organisation_id, meeting.meeting_id)
    ]
    return meetings, sessions


async def test_several_processes_project_without_losing_anything(town: Town, pool: Pool) -> None:
    nodes = [Node(pool) for _ in range(3)]
    for number in range(3):
        await town.plans_meeting(f"mote-{number}")
    for node in nodes:
        await node.projector.catch_up()
    assert len(await town.node.views.meetings(town.organisation_id)) == 3


async def test_what_was_appended_while_nobody_projected_is_shown_later(town: Town, pool: Pool) -> None:
    class Idle(Projector):
        async def reach(self, position: int) -> None:
            """A process that dies between append and projection."""

    idle = Node(pool)
    idle.commands._shown = Idle(pool, idle.events, idle.states)
    town.node = idle
    meeting_id = await town.plans_meeting("dod")
    assert await idle.views.meeting(town.organisation_id, meeting_id) is None
    await Node(pool).projector.catch_up()
    row = await idle.views.meeting(town.organisation_id, meeting_id)
    assert row is not None
    assert row.status == "published"
