"""Dates, times, durations and numbers as Norwegians write them, in bokmål, nynorsk and English.

Every function takes the language last; times come in as aware datetimes (UTC) and are shown in Norwegian
time. In templates they are filters that know the page's language: `{{ start | day }}`,
`{{ seconds | duration }}`, `{{ count | number }}`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from orchestrator.web.i18n import babel_locale, translations

OSLO: Final = ZoneInfo("Europe/Oslo")

_WEEKDAY_DAY = {"nb": "EEEE d. MMMM", "nn": "EEEE d. MMMM", "en": "EEEE d MMMM"}
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_UNITS: Final[Mapping[str, int]] = {"day": 86400, "hour": 3600, "minute": 60}


def local(moment: datetime) -> datetime:
    """The same moment on a Norwegian clock. Raises ValueError for a naive datetime: that is no moment."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(OSLO)


def _date(moment: datetime | date) -> date:
    return local(moment).date() if isinstance(moment, datetime) else moment


def day(moment: datetime | date, language: str) -> str:
    """«tirsdag 5. mai»."""
    return format_date(_date(moment), _WEEKDAY_DAY[language], locale=babel_locale(language))


def day_year(moment: datetime | date, language: str) -> str:
    """«tirsdag 5. mai 2026»."""
    return format_date(_date(moment), f"{_WEEKDAY_DAY[language]} y", locale=babel_locale(language))


def long_date(moment: datetime | date, language: str) -> str:
    """«5. mai 2026»."""
    return format_date(_date(moment), "long", locale=babel_locale(language))


def month_year(moment: datetime | date, language: str) -> str:
    """«mai 2026»."""
    return format_date(_date(moment), "LLLL y", locale=babel_locale(language))


def numeric_date(moment: datetime | date) -> str:
    """05.05.2026, in every language."""
    return f"{_date(moment):%d.%m.%Y}"


def clock(moment: datetime) -> str:
    """«18:00»."""
    return f"{local(moment):%H:%M}"


def clock_seconds(moment: datetime) -> str:
    """«18:00:04»."""
    return f"{local(moment):%H:%M:%S}"


def day_clock(moment: datetime, language: str) -> str:
    """«tirsdag 5. mai kl. 18:00»."""
    return translations(language).gettext("%(day)s kl. %(clock)s") % {
        "day": day(moment, language),
        "clock": clock(moment),
    }


def iso(moment: datetime) -> str:
    """2026-05-05T16:00:00.000Z, for `datetime` attributes and scripts."""
    return local(moment).astimezone(ZoneInfo("UTC")).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def duration(seconds: float) -> str:
    """1:09:51, always with hours: what a recording lasts. Part seconds are cut off."""
    minutes, second = divmod(max(0, int(seconds)), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}"


def speech_duration(seconds: float) -> str:
    """1:32, with hours only when there are any: what a speech lasts."""
    hours, _, minutes = duration(seconds).partition(":")
    return f"{hours}:{minutes}" if hours != "0" else minutes.removeprefix("0")


def iso_duration(seconds: float) -> str:
    """PT1H9M51S, for the `datetime` attribute of a duration."""
    hour, minute, second = duration(seconds).split(":")
    return f"PT{hour}H{int(minute)}M{int(second)}S"


def number(value: float, language: str) -> str:
    """4 070 (with a no-break space) in Norwegian, 4,070 in English."""
    return format_decimal(value, locale=babel_locale(language))


def percent(share: float, language: str) -> str:
    """0.384 as 38 % (with a no-break space) in Norwegian, 38% in English."""
    return str(format_percent(share, locale=babel_locale(language)))


def countdown(seconds: float, language: str) -> str:
    """What is left in the largest whole unit: «3 dager», «9 timer», «1 time», else «under 1 minutt»."""
    for unit, length in _UNITS.items():
        if seconds >= length:
            return _amount(int(seconds // length), unit, language)
    return translations(language).gettext("under 1 minutt")


def relative(moment: datetime, now: datetime, language: str) -> str:
    """«om 9 timer», «for 3 dager siden», «nå»."""
    seconds = (moment - now).total_seconds()
    t = translations(language)
    if abs(seconds) < _UNITS["minute"]:
        return t.gettext("nå")
    message = t.gettext("om %(duration)s") if seconds > 0 else t.gettext("for %(duration)s siden")
    return message % {"duration": countdown(abs(seconds), language)}


@cache
def unit_words(language: str) -> str:
    """The words clock.js counts down with: "dag|dager|time|timer|minutt|minutter|under 1 minutt"."""
    words = [_amount(n, unit, language).partition(_NO_BREAK)[2] for unit in _UNITS for n in (1, 2)]
    return "|".join([*words, countdown(0, language)])


def _amount(count: int, unit: str, language: str) -> str:
    t = translations(language)
    message = {
        "day": t.ngettext("%(num)s dag", "%(num)s dager", count),
        "hour": t.ngettext("%(num)s time", "%(num)s timer", count),
        "minute": t.ngettext("%(num)s minutt", "%(num)s minutter", count),
    }[unit]
    return (message % {"num": count}).replace(" ", _NO_BREAK)
