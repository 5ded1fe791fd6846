"""The conference that the demo shows, as its file plans it."""

from collections import Counter
from pathlib import Path

from orchestrator.plan_file import read_plan
from orchestrator.planner import plan_from_file
from orchestrator.store.pool import Pool
from tests.town import Node

FILE = Path("config/demo/dialogkonferanse.toml")


def test_it_has_every_kind_of_session_on_two_days_and_a_room_that_two_share() -> None:
    plan = read_plan(FILE)
    assert {one.table.kind for one in plan.sessions} == {
        *("plenary", "parallel", "breakout", "break", "social", "briefing")
    }
    days = Counter(one.starts_at.date() for one in plan.sessions)
    assert len(days) == 2
    first_day = [one for one in plan.sessions if one.starts_at.date() == min(days)]
    shared = Counter(one.table.room for one in first_day if one.table.room)
    assert shared["plenum"] == 2
    groups = [one for one in plan.sessions if one.table.kind == "breakout"]
    assert len({one.table.room for one in groups}) == len(groups) == 3
    members = [key for one in groups for key in one.table.members or ()]
    assert len(members) == len(set(members)) == 12
    assert all(one.table.chair in (one.table.members or ()) for one in groups)


def test_its_rooms_need_no_account_and_its_lunch_room_is_neither_recorded_nor_streamed() -> None:
    rooms = {room.key: room for room in read_plan(FILE).room}
    assert Counter(room.provider for room in rooms.values()) == {"embedded": 7, "link": 1}
    assert rooms["beredskap"].url == "https://rom.fjellvik.example/beredskap"
    assert (rooms["lunsj"].social, rooms["lunsj"].recorded, rooms["lunsj"].source) == (True, False, None)


async def test_nothing_clashes_and_everybody_who_needs_help_has_a_number_to_call(pool: Pool) -> None:
    node = Node(pool)
    planned = await plan_from_file(FILE, node.directory, node.commands)
    assert planned.clashes == ()
    here = planned.organisation_id
    states = [await node.commands.session(here, id_) for id_ in planned.sessions.values()]
    people = await node.directory.people(here)
    for state in states:
        assert state.by_itself
        assert bool(state.contact_ids) == (state.kind != "break")
        assert all(people[id_].help_phone for id_ in state.contact_ids)
    meeting = await node.commands.meeting(here, planned.meeting_id)
    assert (meeting.kind, meeting.status) == ("conference", "published")
    assert set(meeting.rooms) == set(planned.rooms.values())
