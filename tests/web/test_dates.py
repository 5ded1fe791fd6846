from datetime import UTC, date, datetime, timedelta

import pytest

from orchestrator.web import dates

MAY = datetime(2026, 5, 5, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "day", "year"),
    [
        ("nb", "tirsdag 5. mai", "tirsdag 5. mai 2026"),
        ("nn", "tysdag 5. mai", "tysdag 5. mai 2026"),
        ("en", "Tuesday 5 May", "Tuesday 5 May 2026"),
    ],
)
def test_a_date_is_written_as_its_language_does(language: str, day: str, year: str) -> None:
    assert dates.day(MAY, language) == day
    assert dates.day_year(MAY, language) == year
    assert year.endswith(dates.long_date(MAY, language))


def test_times_are_norwegian_in_summer_and_winter() -> None:
    assert dates.clock(MAY) == "18:00"
    assert dates.clock(datetime(2026, 12, 5, 16, 0, tzinfo=UTC)) == "17:00"
    assert dates.clock_seconds(MAY + timedelta(seconds=4)) == "18:00:04"


def test_the_hour_that_comes_twice_and_the_hour_that_never_comes() -> None:
    twice = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert [dates.clock(twice), dates.clock(twice + timedelta(hours=1))] == ["02:30", "02:30"]
    before_skip = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    assert [dates.clock(before_skip), dates.clock(before_skip + timedelta(minutes=1))] == ["01:59", "03:00"]


def test_the_day_is_the_norwegian_one_after_midnight_there() -> None:
    assert dates.numeric_date(datetime(2026, 5, 4, 22, 30, tzinfo=UTC)) == "05.05.2026"
    assert dates.numeric_date(date(2026, 5, 5)) == "05.05.2026"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        dates.clock(datetime(2026, 5, 5, 16, 0))  # noqa: DTZ001


def test_day_and_clock_together() -> None:
    assert dates.day_clock(MAY, "nb") == "tirsdag 5. mai kl. 18:00"
    assert dates.day_clock(MAY, "en") == "Tuesday 5 May at 18:00"


def test_month_and_year_head_a_calendar() -> None:
    assert [dates.month_year(MAY, language) for language in ("nb", "nn", "en")] == [
        "mai 2026",
        "mai 2026",
        "May 2026",
    ]


def test_machines_read_utc_with_milliseconds() -> None:
    assert dates.iso(MAY + timedelta(microseconds=123456)) == "2026-05-05T16:00:00.123Z"
    assert dates.iso_duration(4191) == "PT1H9M51S"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4191, "1:09:51"), (3209.9, "0:53:29"), (12083, "3:21:23"), (0, "0:00:00"), (-1, "0:00:00")],
)
def test_a_recording_lasts_hours_minutes_seconds(seconds: float, text: str) -> None:
    assert dates.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(92, "1:32"), (9.9, "0:09"), (600, "10:00"), (3725, "1:02:05"), (-3, "0:00")]
)
def test_a_speech_lasts_minutes_and_seconds(seconds: float, text: str) -> None:
    assert dates.speech_duration(seconds) == text


def test_thousands_are_set_apart_as_the_language_does() -> None:
    assert dates.number(4070, "nb") == "4\N{NO-BREAK SPACE}070"
    assert dates.number(4070, "nn") == "4\N{NO-BREAK SPACE}070"
    assert dates.number(4070, "en") == "4,070"


HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "nb", "nn", "en"),
    [
        (3 * DAY + 5, "3 dager", "3 dagar", "3 days"),
        (DAY, "1 dag", "1 dag", "1 day"),
        (DAY - 1, "23 timer", "23 timar", "23 hours"),
        (9.9 * HOUR, "9 timer", "9 timar", "9 hours"),
        (HOUR, "1 time", "1 time", "1 hour"),
        (HOUR - 1, "59 minutter", "59 minutt", "59 minutes"),
        (60, "1 minutt", "1 minutt", "1 minute"),
        (59.9, "under 1 minutt", "under 1 minutt", "less than 1 minute"),
        (-5, "under 1 minutt", "under 1 minutt", "less than 1 minute"),
    ],
)
def test_a_countdown_shows_the_largest_whole_unit(seconds: float, nb: str, nn: str, en: str) -> None:
    shown = [
        dates.countdown(seconds, language).replace("\N{NO-BREAK SPACE}", " ")
        for language in ("nb", "nn", "en")
    ]
    assert shown == [nb, nn, en]


def test_time_before_and_after_now() -> None:
    def plain(delta: timedelta, language: str) -> str:
        return dates.relative(MAY + delta, MAY, language).replace("\N{NO-BREAK SPACE}", " ")

    assert plain(timedelta(hours=9), "nb") == "om 9 timer"
    assert plain(timedelta(days=-3), "nn") == "for 3 dagar sidan"
    assert plain(timedelta(seconds=3), "nb") == "nå"
    assert plain(timedelta(minutes=12), "en") == "in 12 minutes"


def test_the_browser_gets_the_same_words_to_count_with() -> None:
    assert dates.unit_words("nb") == "dag|dager|time|timer|minutt|minutter|under 1 minutt"
    assert dates.unit_words("nn") == "dag|dagar|time|timar|minutt|minutt|under 1 minutt"
