"""Forms become commands."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from orchestrator.web.pages.fields import FieldError, as_command, commands, paper_lines

NOW = datetime(2026, 5, 5, 16, 30, 20, tzinfo=UTC)  # 18:30:20 in Norway
ID = UUID("7a0ff0c5-8c1f-4d5c-a5a4-6ec2b6a7c001")


def read(*pairs: tuple[str, str]) -> list[dict[str, object]]:
    return commands(pairs, NOW, lambda: ID)


def test_a_button_sends_its_command_as_it_is() -> None:
    assert read(("command", as_command("call_next_speaker", request_id=ID, current_id=None))) == [
        {"type": "call_next_speaker", "request_id": str(ID), "current_id": None}
    ]


def test_several_commands_keep_their_order_and_fields_go_into_the_last() -> None:
    first, second = as_command("close_item", item_id=ID), as_command("open_item")
    assert read(("command", first), ("command", second), ("item_id", "x")) == [
        {"type": "close_item", "item_id": str(ID)},
        {"type": "open_item", "item_id": "x"},
    ]


def test_dots_nest_and_empty_fields_are_left_out() -> None:
    found = read(
        ("command", as_command("propose_closing", closing_id="new")),
        ("legal_basis.section", "kommuneloven § 11-5"),
        ("legal_basis.letter", " "),
        ("item_ids", "a"),
    )
    assert found == [
        {
            "type": "propose_closing",
            "closing_id": str(ID),
            "legal_basis": {"section": "kommuneloven § 11-5"},
            "item_ids": ["a"],
        }
    ]


def test_tallies_are_in_order_and_an_empty_count_is_none() -> None:
    found = read(
        ("command", as_command("record_vote")),
        ("tallies.1.group", "AP"),
        ("tallies.1.against", "3"),
        ("tallies.0.group", "SP"),
        ("tallies.0.in_favour", "7"),
    )
    assert found[0]["tallies"] == [
        {"group": "SP", "in_favour": "7", "against": 0},
        {"group": "AP", "in_favour": 0, "against": "3"},
    ]


@pytest.mark.parametrize(
    ("name", "value", "moment"),
    [
        ("resume_at@minutes", "15", "2026-05-05T18:45:00+02:00"),
        ("resume_at@ahead", "18:45", "2026-05-05T18:45:00+02:00"),
        ("resume_at@ahead", "00:10", "2026-05-06T00:10:00+02:00"),
        ("start@behind", "18:12:05", "2026-05-05T18:12:05+02:00"),
        ("start@behind", "23:50", "2026-05-04T23:50:00+02:00"),
        ("starts_at@local", "2026-12-01T18:00", "2026-12-01T18:00:00+01:00"),
    ],
)
def test_moments_are_on_norwegian_clocks(name: str, value: str, moment: str) -> None:
    (found,) = read(("command", "{}"), (name, value))
    assert found[name.partition("@")[0]] == moment


def test_a_clock_wins_over_minutes_when_it_is_written() -> None:
    (found,) = read(("command", "{}"), ("resume_at@minutes", "10"), ("resume_at@ahead", "19:00"))
    assert found["resume_at"] == "2026-05-05T19:00:00+02:00"


def test_only_a_reply_names_what_it_answers() -> None:
    asked = ("command", as_command("request_floor")), ("parent_id", "x")
    assert "parent_id" not in read(*asked, ("kind", "speech"))[0]
    assert read(*asked, ("kind", "reply"))[0]["parent_id"] == "x"


def test_a_checked_box_is_true() -> None:
    assert read(("command", "{}"), ("debate_closed", "true"))[0]["debate_closed"] is True


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("command", "not json")],
        [("command", "[]")],
        [("command", "{}"), ("resume_at@ahead", "25:00")],
        [("command", "{}"), ("resume_at@minutes", "many")],
        [("command", "{}"), ("starts_at@local", "tomorrow")],
        [("command", '{"legal_basis": 1}'), ("legal_basis.section", "x")],
        [("command", "{}"), ("tallies.x.group", "SP")],
        [("command", "{}"), ("total_seconds@in_minutes", "nan")],
        [("command", "{}"), ("resume_at@minutes", "9" * 30)],
    ],
)
def test_what_cannot_be_read_names_its_field(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(FieldError):
        read(*pairs)


def test_a_paper_is_a_title_and_an_address() -> None:
    assert paper_lines("Saksframlegg: https://example.org/a.pdf\n\nhttps://example.org/kart.pdf") == [
        {"title": "Saksframlegg", "url": "https://example.org/a.pdf"},
        {"title": "kart.pdf", "url": "https://example.org/kart.pdf"},
    ]


def test_time_is_moved_from_one_group_to_another_or_given() -> None:
    command = ("command", "{}")
    pairs = [command, ("additions.to", "AP"), ("additions.seconds@in_minutes", "1,5")]
    assert read(*pairs)[0]["additions"] == [{"group": "AP", "seconds": 90}]
    assert read(*pairs, ("additions.from", "SP"))[0]["additions"] == [
        {"group": "AP", "seconds": 90},
        {"group": "SP", "seconds": -90},
    ]


def test_only_a_point_of_order_keeps_its_category_and_only_an_answer_its_parent() -> None:
    more = (("parent_id", str(ID)), ("category", "Stemmegivning"))
    kept = {
        kind: {"parent_id", "category"}
        & set(read(("command", as_command("request_floor", kind=kind)), *more)[0])
        for kind in ("speech", "reply", "rejoinder", "point_of_order")
    }
    assert kept == {
        "speech": set(),
        "reply": {"parent_id"},
        "rejoinder": {"parent_id"},
        "point_of_order": {"category"},
    }
