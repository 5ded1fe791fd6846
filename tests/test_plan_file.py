from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from orchestrator.plan_file import PlanError, line_of, read_plan, read_rules
from orchestrator.planner import carry_out, plan_from_file
from orchestrator.store.pool import Pool
from tests.town import Node

EXAMPLE = Path("config/demo/kommunestyret.toml")
BUDGET = Path("config/debate-rules/budsjettdebatt.toml").resolve()
GOOD = """\
[organisation]
slug = "fjellvik"
name = "Fjellvik kommune"

[[person]]
key = "kari"
name = "Kari Nordli"

[meeting]
slug = "mote"
title = "Møte"
starts_at = 2026-05-05T18:00:00
ends_at = 2026-05-05T20:00:00

[session]
chair = "kari"

[[item]]
title = "Godkjenning"

[[item]]
title = "Personalsak"
public_title = "Klagesak"
restricted = true
papers = [
    { title = "Saksframlegg", url = "https://www.fjellvik.example/a.pdf" },
]
"""

SOURCE = """\
[[source]]
slug = "salen"
name = "Salen"
{}

[meeting]"""


def written(directory: Path, text: str) -> Path:
    file = directory / "plan.toml"
    file.write_text(text)
    return file


def errors(directory: Path, text: str) -> list[str]:
    with pytest.raises(PlanError) as refused:
        read_plan(written(directory, text))
    return [line.partition("plan.toml:")[2] for line in str(refused.value).splitlines()]


def test_the_example_can_be_read() -> None:
    plan = read_plan(EXAMPLE)
    members = [person for person in plan.person if person.rights.vote and not person.list_order]
    assert len(members) == 12
    assert len({person.group_short for person in members}) == 4
    assert len(plan.item) == 8
    assert plan.item[0].case_number is None
    numbers = [item.case_number for item in plan.item if item.case_number]
    assert numbers != sorted(numbers)
    assert any(item.restricted for item in plan.item)
    assert any(item.late_papers for item in plan.item)
    listed = [(one.group_short, one.list_order) for one in plan.person if one.list_order]
    assert listed == [("BL", 1), ("BL", 2), ("FF", 1), ("KN", 1)]


def test_every_file_of_rules_can_be_used(tmp_path: Path) -> None:
    for rules in Path("config/debate-rules").glob("*.toml"):
        text = GOOD.replace('chair = "kari"', f'rules = "{rules.resolve()}"')
        plan = read_plan(written(tmp_path, text))
        assert plan.session.rules == read_rules(rules)


def test_a_time_without_a_zone_is_norwegian(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path, GOOD))
    assert plan.meeting.starts_at.isoformat() == "2026-05-05T18:00:00+02:00"


@pytest.mark.parametrize(
    ("change", "to", "said"),
    [
        ('slug = "mote"', 'slug = "Et Møte"', "10: meeting.slug: only a-z"),
        ('title = "Møte"\n', "", "9: meeting.title: Field required"),
        ('chair = "kari"', 'chair = "ola"', "16: session.chair: nobody in this file is called ola"),
        ('chair = "kari"', 'leder = "kari"', "16: session.leder: Extra inputs are not permitted"),
        ('public_title = "Klagesak"\n', "", "21: item.1: public_title is required"),
        (
            "https://www.fjellvik.example/a.pdf",
            "javascript:alert(1)",
            "25: item.1.papers.0.url: must be",
        ),
        ("T20:00:00", "T17:00:00", "13: meeting.ends_at: must be after starts_at"),
        ('chair = "kari"', "ends_at = 2026-05-05T17:00:00", "16: session.ends_at: must be after starts_at"),
        ('key = "kari"', 'key = "kari"\nseat = 0', "7: person.0.seat: Input should be greater"),
        (
            'chair = "kari"',
            "rules = { speech_seconds = 1 }",
            "16: session.rules.speech_seconds: Input should",
        ),
        ('chair = "kari"', 'rules = "mangler.toml"', "16: session.rules: there is no file"),
        ("[organisation]", "[organisation", "1: Expected"),
        ("[meeting]", SOURCE.format('passphrase = "hemmelig ord"'), "12: source.0.passphrase: only letters"),
        ("[meeting]", SOURCE.format('kind = "pull"\nurl = "gopher://a"'), "13: source.0.url: must begin"),
        ('[meeting]\nslug = "mote"', '[møte]\nslug = "mote"', "9: "),
    ],
)
def test_an_error_names_line_and_field(tmp_path: Path, change: str, to: str, said: str) -> None:
    assert change in GOOD
    found = errors(tmp_path, GOOD.replace(change, to))
    assert any(line.startswith(said) for line in found), found


def substitute(key: str, *lines: str) -> str:
    return "\n".join(["[[person]]", f'key = "{key}"', 'name = "Vara"', *lines, "", ""])


LISTED = 'group_short = "SP"', "list_order = 1"


@pytest.mark.parametrize(
    ("people", "said"),
    [
        (substitute("a", "list_order = 1"), "12: person.1.list_order: needs group_short"),
        (substitute("a", *LISTED, 'substitutes_for = "kari"'), "13: person.1.list_order: is for a list"),
        (
            substitute("a", *LISTED) + substitute("b", *LISTED),
            "19: person.2.list_order: a has this place on the list of SP",
        ),
        (substitute("a", 'group_short = "SP"', "list_order = 0"), "13: person.1.list_order: Input should"),
    ],
)
def test_a_place_on_a_list_that_cannot_be_called_from_is_an_error(
    tmp_path: Path, people: str, said: str
) -> None:
    found = errors(tmp_path, GOOD.replace("[meeting]", people + "[meeting]"))
    assert [line for line in found if line.startswith(said)], found


def test_two_groups_each_have_a_first_substitute(tmp_path: Path) -> None:
    people = substitute("a", *LISTED) + substitute("b", 'group_short = "AP"', "list_order = 1")
    plan = read_plan(written(tmp_path, GOOD.replace("[meeting]", people + "[meeting]")))
    assert [person.list_order for person in plan.person] == [None, 1, 1]


async def test_what_the_plan_says_of_substitutes_and_the_notice_is_the_sessions(
    pool: Pool, tmp_path: Path
) -> None:
    node = Node(pool)
    text = GOOD.replace("[meeting]", substitute("a", *LISTED) + "[meeting]").replace(
        'title = "Godkjenning"',
        'title = "Godkjenning"\narchive_number = "24/318"\nunlisted = true\nlate_papers = true',
    )
    for _ in range(2):  # done twice is harmless
        planned = await plan_from_file(written(tmp_path, text), node.directory, node.commands)
    state = await node.commands.session(planned.organisation_id, planned.session_id)
    assert state.members[planned.people["a"]].list_order == 1
    assert state.members[planned.people["a"]].substitute
    assert [(item.unlisted, item.late_papers) for item in state.agenda] == [(True, True), (False, False)]
    assert [item.archive_number for item in state.agenda] == ["24/318", None]


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('slug = "mote"', 'slug = "Ø"').replace('name = "Kari Nordli"', "name = 3")
    assert len(errors(tmp_path, text)) == 2


def test_a_file_that_is_not_there_is_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="borte"):
        read_plan(tmp_path / "borte.toml")


def test_what_looks_like_a_key_inside_a_text_is_not_one() -> None:
    text = dedent('''\
        [meeting]
        description = """
        title = "ikke her"
        """
        title = "her"
        ''')
    assert line_of(text, ("meeting", "title")) == 5


async def test_a_municipality_may_keep_what_was_never_public(pool: Pool, tmp_path: Path) -> None:
    node = Node(pool)
    text = GOOD.replace('name = "Fjellvik kommune"', 'name = "Fjellvik kommune"\nkeep_unpublished = true', 1)
    planned = await plan_from_file(written(tmp_path, text), node.directory, node.commands)
    organisation = await node.directory.organisation(planned.organisation_id)
    assert organisation is not None
    assert organisation.keep_unpublished


async def test_a_plan_carried_out_twice_is_one_meeting(pool: Pool) -> None:
    node = Node(pool)
    ports = range(20000, 20010)
    first = await plan_from_file(EXAMPLE, node.directory, node.commands, ports)
    again = await plan_from_file(EXAMPLE, node.directory, node.commands, ports)
    assert again == first
    state = await node.commands.session(first.organisation_id, first.session_id)
    assert [item.title for item in state.agenda] == [item.title for item in read_plan(EXAMPLE).item]
    assert state.chair_id == first.people["marit-solbakk"]
    assert state.source_id == first.sources["kommunestyresalen"]
    source = await node.directory.source(first.organisation_id, first.sources["kommunestyresalen"])
    assert source is not None
    assert source.port == 20000
    assert source.passphrase is not None
    meeting = await node.views.meeting_by_slug(first.organisation_id, "kommunestyret-5-mai-2026")
    assert meeting is not None
    assert meeting.status == "published"


async def test_a_session_gets_a_copy_of_its_bodys_rules(pool: Pool, tmp_path: Path) -> None:
    node = Node(pool)
    rules = BUDGET
    body = f'[[body]]\nslug = "styret"\nname = "Styret"\nrules = "{rules}"\n\n[meeting]\nbody = "styret"'
    path = written(tmp_path, GOOD.replace("[meeting]", body))
    planned = await plan_from_file(path, node.directory, node.commands)
    state = await node.commands.session(planned.organisation_id, planned.session_id)
    assert state.rules == read_rules(rules)


async def test_a_plan_moved_into_winter_begins_at_the_moment_asked_for(pool: Pool, tmp_path: Path) -> None:
    node, asked = Node(pool), datetime(2026, 11, 27, 12, 15, tzinfo=UTC)
    plan = read_plan(written(tmp_path, GOOD))
    planned = await carry_out(plan, node.directory, node.commands, starts_at=asked)
    meeting = await node.commands.meeting(planned.organisation_id, planned.meeting_id)
    assert (meeting.starts_at, meeting.ends_at) == (asked, asked + timedelta(hours=2))


async def test_a_plan_that_differs_from_what_is_planned_changes_nothing(pool: Pool, tmp_path: Path) -> None:
    node = Node(pool)
    await plan_from_file(written(tmp_path, GOOD), node.directory, node.commands)
    other = written(tmp_path, GOOD.replace('title = "Møte"', 'title = "Et annet møte"'))
    with pytest.raises(PlanError, match=r"plan\.toml:10: meeting\.slug: is planned already"):
        await plan_from_file(other, node.directory, node.commands)


@pytest.mark.parametrize(
    ("change", "to", "said"),
    [
        ('title = "Møte"', 'title = "Møte"\nbody = "ukjent"', "12: meeting.body: neither this file"),
        ('name = "Fjellvik kommune"\n', "", "1: organisation.name: is required"),
        ('chair = "kari"', 'source = "ukjent"', "16: session.source: neither this file"),
    ],
)
async def test_what_the_organisation_does_not_have_is_named(
    pool: Pool, tmp_path: Path, change: str, to: str, said: str
) -> None:
    node = Node(pool)
    with pytest.raises(PlanError) as refused:
        await plan_from_file(written(tmp_path, GOOD.replace(change, to)), node.directory, node.commands)
    assert said in str(refused.value)
    for one in await node.directory.organisations():
        assert not await node.directory.people(one.id)
        assert not await node.views.meetings(one.id, limit=1)


@pytest.mark.parametrize(
    ("change", "to", "said"),
    [
        ('title = "Møte"', f'title = "Møte"\nplace = "{"x" * 201}"', "12: meeting.place: String should have"),
        ('title = "Møte"', 'title = "Mø\\u0000te"', "11: meeting.title: must not contain the character NUL"),
    ],
)
async def test_what_only_a_command_finds_wrong_is_named_by_line_and_field_too(
    pool: Pool, tmp_path: Path, change: str, to: str, said: str
) -> None:
    node = Node(pool)
    with pytest.raises(PlanError) as refused:
        await plan_from_file(written(tmp_path, GOOD.replace(change, to)), node.directory, node.commands)
    assert said in str(refused.value)


async def test_a_port_that_is_taken_is_named(pool: Pool, tmp_path: Path) -> None:
    node = Node(pool)
    hall = '[[source]]\nslug = "{0}"\nname = "Sal"\nport = 20000\npassphrase = "hemmelig-ord"\n'
    text = GOOD + hall.format("sal-a") + hall.format("sal-b")
    with pytest.raises(PlanError, match=r"source\.1\.port: is taken"):
        await plan_from_file(written(tmp_path, text), node.directory, node.commands)
