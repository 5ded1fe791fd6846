from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.domain.planning import RemoveItem
from orchestrator.plan_file import PlanError, read_plan
from orchestrator.planner import PLANNER, carry_out, plan_from_file
from orchestrator.store.pool import Pool
from tests.town import Node

GOOD = """\
[organisation]
slug = "fjellvik"
name = "Fjellvik kommune"

[[person]]
key = "marit"
name = "Marit Solbakk"
help_phone = "99 99 00 01"

[[person]]
key = "ola"
name = "Ola Vik"

[[person]]
key = "ane"
name = "Ane Lie"
help_phone = "99 99 00 02"
member = false

[meeting]
slug = "dialog"
title = "Dialogkonferanse"
kind = "conference"
starts_at = 2026-10-24T09:00:00
ends_at = 2026-10-25T12:00:00
contacts = ["ane"]

[[room]]
key = "plenum"
name = "Plenum"
provider = "embedded"

[[room]]
key = "sal-2"
name = "Møterom 2"
provider = "link"
url = "https://rom.example/fjellvik-2"

[[session]]
key = "apning"
title = "Åpning"
starts_at = "09.00"
ends_at = "10.00"
room = "plenum"
chair = "marit"
topics = [
    { title = "Velkommen", starts_at = "9.15", presenters = ["marit"] },
    { title = "Oppgaven" },
]

[[session]]
title = "Pause"
kind = "break"
starts_at = "10.00"
ends_at = 10:15:00

[[session]]
key = "gruppe-1"
title = "Gruppe 1"
kind = "breakout"
day = 2
starts_at = "10.00"
ends_at = "11.00"
room = "sal-2"
presenters = ["ola"]
contacts = ["marit"]
members = ["ola"]
description = "Tre spørsmål."
by_itself = false
"""


def written(directory: Path, text: str) -> Path:
    file = directory / "plan.toml"
    file.write_text(text)
    return file


def line(text: str) -> int:
    """Where ``text`` stands in GOOD."""
    return GOOD[: GOOD.index(text)].count("\n") + 1


async def test_a_conference_is_planned_with_its_rooms_and_sessions(pool: Pool, tmp_path: Path) -> None:
    node = Node(pool)
    planned = await plan_from_file(written(tmp_path, GOOD), node.directory, node.commands)
    here = planned.organisation_id
    meeting = await node.commands.meeting(here, planned.meeting_id)
    assert {name: meeting.rooms[id_].name for name, id_ in planned.rooms.items()} == {
        "plenum": "Plenum",
        "sal-2": "Møterom 2",
    }
    assert meeting.rooms[planned.rooms["sal-2"]].url == "https://rom.example/fjellvik-2"
    assert list(planned.sessions) == ["apning", "2", "gruppe-1"]
    assert planned.session_id == planned.sessions["apning"]
    opening, pause, group = [await node.commands.session(here, id_) for id_ in planned.sessions.values()]
    marit, ola, ane = (planned.people[key] for key in ("marit", "ola", "ane"))

    assert (opening.title, opening.kind, opening.room_id) == ("Åpning", "plenary", planned.rooms["plenum"])
    assert [(one.title, one.presenter_ids) for one in opening.topics] == [
        ("Velkommen", (marit,)),
        ("Oppgaven", ()),
    ]
    assert opening.topics[0].starts_at == datetime(2026, 10, 24, 7, 15, tzinfo=UTC)
    assert (opening.chair_id, set(opening.members)) == (marit, {marit, ola})
    assert opening.contact_ids == (ane,)
    assert opening.by_itself

    assert (pause.kind, pause.room_id, pause.contact_ids) == ("break", None, ())
    assert pause.ends_at == datetime(2026, 10, 24, 8, 15, tzinfo=UTC)

    assert (group.starts_at, group.ends_at) == (
        datetime(2026, 10, 25, 9, tzinfo=UTC),  # the clocks went back in the night
        datetime(2026, 10, 25, 10, tzinfo=UTC),
    )
    assert (group.presenter_ids, group.contact_ids, set(group.members)) == ((ola,), (marit,), {ola})
    assert (group.description, group.by_itself) == ("Tre spørsmål.", False)


async def test_a_session_with_presenters_has_an_item_of_its_own_where_the_plan_names_none(
    pool: Pool, tmp_path: Path
) -> None:
    node = Node(pool)
    named = GOOD + '\n[[item]]\ntitle = "Tre spørsmål"\nsession = "gruppe-1"\nkind = "briefing_item"\n'
    planned = await plan_from_file(written(tmp_path, named), node.directory, node.commands)
    here = planned.organisation_id
    states = [await node.commands.session(here, id_) for id_ in planned.sessions.values()]
    assert [[item.title for item in state.agenda] for state in states] == [["Åpning"], [], ["Tre spørsmål"]]
    (own,) = states[0].agenda
    assert own.kind == "briefing_item", "it is closed without any decision"

    await node.commands.handle(
        here, "session", states[0].session_id, RemoveItem(item_id=own.item_id), PLANNER
    )
    await plan_from_file(written(tmp_path, named), node.directory, node.commands)
    assert not (await node.commands.session(here, states[0].session_id)).agenda, "it stays off"


async def test_done_twice_is_harmless_and_a_new_title_finds_the_same_session(
    pool: Pool, tmp_path: Path
) -> None:
    node, file = Node(pool), written(tmp_path, GOOD)
    first = await plan_from_file(file, node.directory, node.commands)
    assert await plan_from_file(file, node.directory, node.commands) == first
    renamed = GOOD.replace('title = "Gruppe 1"', 'title = "Skole"')
    at = line('key = "gruppe-1"') - 1
    with pytest.raises(PlanError, match=rf"plan\.toml:{at}: session\.2: is planned already"):
        await plan_from_file(written(tmp_path, renamed), node.directory, node.commands)
    rebuilt = GOOD.replace('name = "Møterom 2"', 'name = "Sal 2"')
    with pytest.raises(PlanError, match=r"room\.1: is planned already, and not as in this file"):
        await plan_from_file(written(tmp_path, rebuilt), node.directory, node.commands)


async def test_all_of_a_conference_moves_with_its_beginning(pool: Pool, tmp_path: Path) -> None:
    node, asked = Node(pool), datetime(2026, 11, 27, 12, 15, tzinfo=UTC)
    plan = read_plan(written(tmp_path, GOOD))
    planned = await carry_out(plan, node.directory, node.commands, starts_at=asked)
    here = planned.organisation_id
    opening = await node.commands.session(here, planned.sessions["apning"])
    assert (opening.starts_at, opening.ends_at) == (asked, asked + timedelta(hours=1))
    assert opening.topics[0].starts_at == asked + timedelta(minutes=15)
    pause = await node.commands.session(here, planned.sessions["2"])
    assert pause.starts_at == asked + timedelta(hours=1)


async def test_clashes_are_told_and_planned_all_the_same(pool: Pool, tmp_path: Path) -> None:
    node = Node(pool)
    at_once = GOOD.replace('day = 2\nstarts_at = "10.00"', 'starts_at = "09.30"').replace(
        '"sal-2"\npre', '"plenum"\npre'
    )
    planned = await plan_from_file(written(tmp_path, at_once), node.directory, node.commands)
    (clash,) = planned.clashes
    assert (clash.first.id, clash.second.id) == (planned.sessions["apning"], planned.sessions["gruppe-1"])
    assert clash.room_id == planned.rooms["plenum"]
    assert not clash.presenter_ids | clash.contact_ids


async def test_items_belong_to_the_session_they_name(pool: Pool, tmp_path: Path) -> None:
    node = Node(pool)
    item = '\n[[item]]\ntitle = "Orientering"\nkind = "briefing_item"\nsession = "gruppe-1"\n'
    planned = await plan_from_file(written(tmp_path, GOOD + item), node.directory, node.commands)
    group = await node.commands.session(planned.organisation_id, planned.sessions["gruppe-1"])
    assert [(one.item_id, one.title) for one in group.agenda] == [(planned.items[0], "Orientering")]


async def test_a_council_meeting_may_have_a_room_too(pool: Pool, tmp_path: Path) -> None:
    node = Node(pool)
    one = GOOD[: GOOD.index("[[session]]")].replace('kind = "conference"\n', "")
    text = one + '[session]\nroom = "plenum"\n'
    planned = await plan_from_file(written(tmp_path, text), node.directory, node.commands)
    assert list(planned.sessions.values()) == [planned.session_id]
    state = await node.commands.session(planned.organisation_id, planned.session_id)
    assert (state.room_id, state.by_itself) == (planned.rooms["plenum"], False)


@pytest.mark.parametrize(
    ("change", "to", "said"),
    [
        ('room = "plenum"', 'room = "plen"', "session.0.room: no room in this file is called plen"),
        ('chair = "marit"', 'chair = "kari"', "session.0.chair: nobody in this file is called kari"),
        (
            'presenters = ["ola"]',
            'presenters = ["ola", "eva"]',
            "session.2.presenters.1: nobody in this file",
        ),
        ('members = ["ola"]', 'members = ["eva"]', "session.2.members.0: nobody in this file"),
        ('contacts = ["marit"]', 'contacts = ["eva"]', "session.2.contacts.0: nobody in this file"),
        ('contacts = ["marit"]', 'contacts = ["ola"]', "session.2.contacts.0: ola has no help_phone"),
        ('contacts = ["ane"]', 'contacts = ["eva"]', "meeting.contacts.0: nobody in this file"),
        ("day = 2", "day = 3", "session.2.starts_at: is outside the days of the meeting"),
        ('key = "gruppe-1"', 'key = "apning"', "session.2.key: is used twice"),
        ('ends_at = "10.00"', 'ends_at = "08.59"', "session.0.ends_at: must be after starts_at"),
        ('ends_at = "10.00"', 'ends_at = "ti"', 'session.0.ends_at: must be a time of day, such as "09.00"'),
        ('ends_at = "10.00"', 'ends_at = "25.00"', "session.0.ends_at: must be a time of day"),
        ('day = 2\nstarts_at = "10.00"', "day = 2\nstarts_at = 2026-10-24T10:00:00", "session.2.day: is for"),
        ('title = "Åpning"\n', "", "session.0.title: Field required"),
        ('title = "Åpning"', 'tittel = "Åpning"', "session.0.tittel: Extra inputs"),
        ('kind = "breakout"', 'kind = "gruppe"', "session.2.kind: Input should be"),
        ('kind = "breakout"', 'kind = "break"', "session.2.room: a break has no room"),
        ('starts_at = "9.15"', 'starts_at = "10.15"', "session.0.topics: Velkommen must start within"),
        ('url = "https://rom.example/fjellvik-2"\n', "", "room.1.url: is for a room of the kind link"),
        ("https://rom.example", "http://rom.example", "room.1.url: must be an address that begins with"),
        ('key = "sal-2"', 'key = "plenum"', "room.1.key: is used twice"),
        ('provider = "embedded"', 'provider = "zoom"', "room.0.provider: Input should be"),
        (
            'provider = "embedded"',
            'provider = "embedded"\nrecorded = true\nsocial = true',
            "room.0.social: such",
        ),
    ],
)
def test_an_error_names_line_and_field(tmp_path: Path, change: str, to: str, said: str) -> None:
    assert change in GOOD
    with pytest.raises(PlanError) as refused:
        read_plan(written(tmp_path, GOOD.replace(change, to)))
    found = [one.partition("plan.toml:")[2].partition(": ") for one in str(refused.value).splitlines()]
    (at,) = [int(at) for at, _, rest in found if rest.startswith(said)] or [0]
    assert abs(at - line(change)) < 5, found


def test_a_social_session_is_never_in_a_room_that_is_recorded(tmp_path: Path) -> None:
    text = GOOD.replace('kind = "breakout"', 'kind = "social"').replace(
        'url = "https', 'recorded = true\nurl = "https'
    )
    with pytest.raises(PlanError, match=r"session\.2\.room: sal-2 is recorded"):
        read_plan(written(tmp_path, text))


def test_where_there_are_several_sessions_an_item_names_its_own(tmp_path: Path) -> None:
    for given, said in (("", "is required"), ('session = "3"\n', "no session in this file is called 3")):
        with pytest.raises(PlanError, match=rf"item\.0\.session: {said}"):
            read_plan(written(tmp_path, f'{GOOD}\n[[item]]\ntitle = "Sak"\n{given}'))


@pytest.mark.parametrize("at", ['"9.00"', '"09:00"', "09:00:00", "2026-10-24T09:00:00", '"2026-10-24T09:00"'])
def test_a_time_can_be_written_as_people_do(tmp_path: Path, at: str) -> None:
    plan = read_plan(written(tmp_path, GOOD.replace('starts_at = "09.00"', f"starts_at = {at}")))
    assert plan.sessions[0].starts_at.astimezone(UTC) == datetime(2026, 10, 24, 7, tzinfo=UTC)


def test_a_session_may_last_past_midnight_where_the_meeting_does(tmp_path: Path) -> None:
    late = GOOD.replace('ends_at = "10.00"', "ends_at = 2026-10-25T01:00:00").replace(
        'starts_at = "9.15"', 'starts_at = "23.00"'
    )
    assert read_plan(written(tmp_path, late)).sessions[0].ends_at.isoformat() == "2026-10-25T01:00:00+02:00"
