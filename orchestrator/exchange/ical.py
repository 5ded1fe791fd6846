"""Calendar files (RFC 5545) that phones and calendars import or subscribe to.

Times are written in UTC: every calendar shows them on its reader's own clock, none needs to know Norwegian
summer time, and the hour that comes twice in October is not ambiguous.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from icalendar import Calendar, Event, vDuration

CONTENT_TYPE: Final = "text/calendar"
REFRESHED: Final = timedelta(hours=1)
"""How often a calendar that subscribes is asked to look again."""
_PRODUCT: Final = "-//Møteorkestrator//Programme//NO"
_FIRST: Final = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """A session or a meeting in a calendar. ``changed_at``: when its plan was last changed, if it has been.

    ``url``: a page that everybody may read, never a way into a room: calendars are shared and synchronised.
    """

    id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime | None
    url: str
    place: str = ""
    description: str = ""
    cancelled: bool = False


def calendar_file(name: str, entries: Iterable[Entry]) -> bytes:
    """The file; the same entries make the same bytes, so that it can be cached and compared."""
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for property_ in ("name", "x-wr-calname"):  # RFC 7986, and what calendars read before it
        calendar.add(property_, _text(name))
    calendar.add("refresh-interval", vDuration(REFRESHED), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESHED))
    for entry in entries:
        calendar.add_component(_event(entry))
    file: bytes = calendar.to_ical()
    return file


def _event(entry: Entry) -> Event:
    event, changed_at = Event(), entry.changed_at or _FIRST
    event.add("uid", str(entry.id))  # as RFC 7986 wants it: a host name might change, and the event not
    event.add("dtstamp", _utc(changed_at))
    event.add("last-modified", _utc(changed_at))
    event.add("sequence", _sequence(changed_at))
    event.add("summary", _text(entry.title))
    event.add("dtstart", _utc(entry.starts_at))
    event.add("dtend", _utc(entry.ends_at))
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.cancelled else "OPAQUE")
    event.add("url", entry.url)
    if entry.place:
        event.add("location", _text(entry.place))
    if entry.description:
        event.add("description", _text(entry.description))
    return event


def _sequence(changed_at: datetime) -> int:
    """Grows when the plan is changed. A count of events would tell how much happens behind closed doors."""
    return max(0, int((changed_at - _FIRST).total_seconds()))


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC).replace(microsecond=0)


def _text(text: str) -> str:
    """What may stand in a calendar's text: line breaks, and no other control character."""
    lines = "\n".join(text.splitlines())
    return "".join(letter for letter in lines if letter == "\n" or unicodedata.category(letter) != "Cc")
