"""Calendar files as the calendars that read them understand them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from orchestrator.exchange.ical import Entry, calendar_file

OSLO = ZoneInfo("Europe/Oslo")
START = datetime(2026, 5, 5, 7, 0, tzinfo=UTC)
OPENING = Entry(
    id=UUID("5b1f6d4e-7c0b-4a43-9d7e-2f6a1f3c9a10"),
    title="Innledning",
    starts_at=START,
    ends_at=START + timedelta(hours=1),
    changed_at=START - timedelta(days=30),
    url="https://fjellvik.example/program/dialog#sesjon-1",
    place="Plenumssalen",
    description="Velkommen ved ordføreren",
)


def read(entry: Entry) -> Any:
    """The only event of a file."""
    (event,) = Calendar.from_ical(calendar_file("Program", [entry])).events
    return event


def test_a_session_is_read_back_as_it_was_written() -> None:
    event = read(OPENING)
    assert event["uid"] == "5b1f6d4e-7c0b-4a43-9d7e-2f6a1f3c9a10"
    assert (event.start, event.end) == (OPENING.starts_at, OPENING.ends_at)
    assert event["summary"] == "Innledning"
    assert event["location"] == "Plenumssalen"
    assert event["description"] == "Velkommen ved ordføreren"
    assert event["url"] == OPENING.url
    assert event["status"] == "CONFIRMED"
    assert event["last-modified"].dt == OPENING.changed_at


def test_a_calendar_says_its_name_and_how_often_to_look_again() -> None:
    calendar: Any = Calendar.from_ical(calendar_file("Dialogkonferanse", []))
    assert calendar.calendar_name == "Dialogkonferanse"
    assert calendar["refresh-interval"].dt == timedelta(hours=1)
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in calendar_file("Dialogkonferanse", [])


def test_the_same_plan_makes_the_same_bytes() -> None:
    assert calendar_file("Program", [OPENING]) == calendar_file("Program", [OPENING])


def test_a_later_plan_replaces_an_earlier_one_and_keeps_its_identity() -> None:
    new = replace(OPENING, changed_at=None)
    moved = replace(OPENING, starts_at=START + timedelta(hours=1), changed_at=START)
    plans = [read(entry) for entry in (new, OPENING, moved)]
    assert len({plan["uid"] for plan in plans}) == 1
    assert plans[0]["sequence"] < plans[1]["sequence"] < plans[2]["sequence"]


def test_a_cancelled_session_is_marked_cancelled_and_takes_no_time() -> None:
    event = read(replace(OPENING, cancelled=True))
    assert (event["status"], event["transp"]) == ("CANCELLED", "TRANSPARENT")


@pytest.mark.parametrize(
    ("wall", "utc"),
    [
        (datetime(2026, 3, 29, 1, 30, tzinfo=OSLO), "20260329T003000Z"),  # the clock goes from two to three
        (datetime(2026, 3, 29, 9, 0, tzinfo=OSLO), "20260329T070000Z"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=OSLO), "20261025T003000Z"),  # comes twice: first in summer time
        (datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=OSLO), "20261025T013000Z"),
        (datetime(2026, 10, 25, 9, 0, tzinfo=OSLO), "20261025T080000Z"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=OSLO), "20261231T223000Z"),
    ],
)
def test_a_time_means_the_same_moment_where_the_clock_is_changed(wall: datetime, utc: str) -> None:
    entry = replace(OPENING, starts_at=wall, ends_at=wall.astimezone(UTC) + timedelta(hours=1))
    assert f"DTSTART:{utc}".encode() in calendar_file("Program", [entry])
    event = read(entry)
    assert event.end - event.start == timedelta(hours=1)


def test_a_session_past_midnight_ends_the_next_day() -> None:
    start = datetime(2026, 5, 5, 23, 30, tzinfo=OSLO)
    event = read(replace(OPENING, starts_at=start, ends_at=start + timedelta(hours=2)))
    assert [moment.astimezone(OSLO).day for moment in (event.start, event.end)] == [5, 6]


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        calendar_file("Program", [replace(OPENING, starts_at=START.replace(tzinfo=None))])


def test_a_long_line_is_folded() -> None:
    file = calendar_file("Program", [replace(OPENING, title="Økonomiplan " * 20)])
    assert max(len(line) for line in file.split(b"\r\n")) <= 75


@given(text=st.text(min_size=1, max_size=200))
def test_no_text_breaks_out_of_its_property(text: str) -> None:
    event = read(replace(OPENING, title="Tittel" + text, place="Sted" + text, description="Om" + text))
    assert set(event) == set(read(OPENING))
    assert event["status"] == "CONFIRMED"
    assert str(event["description"]).startswith("Om")


def test_line_breaks_and_punctuation_are_kept() -> None:
    text = "Økonomi; tall, og \\ mer\nAndre linje: «ja»"
    assert read(replace(OPENING, description=text))["description"] == text
