"""The front page and the calendar: meetings in lists."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from aiohttp import web

from orchestrator.domain.timeline import Name
from orchestrator.store.views import Listed, MeetingView
from orchestrator.web import context, dates
from orchestrator.web.context import SERVICES
from orchestrator.web.pages import public_view as view
from orchestrator.web.pages.doors import Gettext
from orchestrator.web.pages.public import (
    PROCEEDINGS,
    gettext_of,
    home_path,
    meeting_path,
    public_page,
    session_path,
)

RECORDINGS_A_PAGE = 12
MONTHS_SHOWN = 3
YEARS = range(1900, 2200)
"""Years that the calendar goes to."""


@dataclass(frozen=True)
class Line:
    """A meeting in a list."""

    title: str
    path: str
    starts_at: datetime
    place: str
    cancelled: bool = False
    going_on: bool = False
    live: bool = False
    recorded: bool = False


@dataclass(frozen=True)
class LiveLine:
    """A meeting being held, on the front page."""

    title: str
    path: str
    opened_at: datetime | None
    place: str
    now: str
    speaker: str
    on_air: bool


@dataclass(frozen=True)
class RecordingLine:
    """A recording on the front page."""

    title: str
    path: str
    date: datetime
    duration: float | None


async def show(request: web.Request) -> web.Response:
    """Live now first, then what is coming, then the latest recordings."""
    services, organisation_id = request.app[SERVICES], context.organisation_id(request)
    now, gettext = services.clock.now(), gettext_of(request)
    shown = min(_number(request, "opptak", RECORDINGS_A_PAGE), 200)
    names = await services.people.names(organisation_id)
    held = [one for one in await services.views.live_now(organisation_id) if one.session.kind in PROCEEDINGS]
    recordings = await services.views.latest_recordings(organisation_id, limit=shown + 1)
    upcoming = await services.views.upcoming(organisation_id, now)
    return public_page(
        request,
        "public/front.html",
        held=[_live_line(one, names, gettext) for one in held],
        upcoming=[_line(one, now) for one in upcoming],
        recordings=[_recording_line(one) for one in recordings[:shown]],
        more_recordings=f"/?opptak={shown + RECORDINGS_A_PAGE}#opptak" if len(recordings) > shown else None,
    )


def _number(request: web.Request, name: str, otherwise: int) -> int:
    value = request.query.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 6 else otherwise  # noqa: PLR2004


def _line(meeting: MeetingView, now: datetime) -> Line:
    return Line(
        title=meeting.title,
        path=home_path(meeting),
        starts_at=meeting.starts_at,
        place=meeting.place,
        cancelled=meeting.status == "cancelled",
        going_on=meeting.kind == "conference" and meeting.starts_at <= now < meeting.ends_at,
    )


def _title(one: Listed) -> str:
    """What a session is called among other meetings: of a conference, by both names."""
    if one.meeting.kind != "conference" or one.session.title == one.meeting.title:
        return one.meeting.title
    return f"{one.meeting.title}: {one.session.title}"


def _live_line(one: Listed, names: Mapping[UUID, Name], _: Gettext) -> LiveLine:
    session = one.session
    now, speaker = "", ""
    if session.status == "break":
        now = _("Pause")
    elif session.status == "closed_doors":
        now = _("Møtet er lukket")
    elif session.current_item_title:
        number = f"{_('Sak')} {session.current_item_number}: " if session.current_item_number else ""
        now = number + session.current_item_title
        speaker = view.signed(session.current_speaker_id, None, names) or _("Ingen taler i gang")
    return LiveLine(
        title=_title(one),
        path=home_path(one.meeting),
        opened_at=session.opened_at,
        place=one.meeting.place,
        now=now,
        speaker=speaker,
        on_air=session.source_id is not None,
    )


def _recording_line(one: Listed) -> RecordingLine:
    session, meeting = one.session, one.meeting
    conference = meeting.kind == "conference"
    return RecordingLine(
        title=_title(one),
        path=session_path(meeting.slug, session.session_id) if conference else meeting_path(meeting.slug),
        date=session.opened_at or meeting.starts_at,
        duration=session.duration_seconds,
    )


async def calendar(request: web.Request) -> web.Response:
    """Meetings month by month; ?fra=2026-05 says where to begin."""
    services, organisation_id = request.app[SERVICES], context.organisation_id(request)
    now = services.clock.now()
    first = _month(request.query.get("fra"), now)
    after = _months_later(first, MONTHS_SHOWN)
    meetings = await services.views.calendar(organisation_id, first, after)
    held = await services.views.live_now(organisation_id)
    going_on = {one.meeting.meeting_id for one in held if one.session.kind in PROCEEDINGS}
    live = {one.meeting.meeting_id for one in held if one.session.source_id}
    recordings = await services.views.latest_recordings(organisation_id, limit=500)
    recorded = {one.meeting.meeting_id for one in recordings}
    months: list[tuple[datetime, list[Line]]] = []
    for meeting in meetings:
        month = dates.local(meeting.starts_at).replace(day=1, hour=12, minute=0)
        if not months or months[-1][0].month != month.month or months[-1][0].year != month.year:
            months.append((month, []))
        line = _line(meeting, now)
        id_ = meeting.meeting_id
        goes_on = line.going_on or id_ in going_on
        months[-1][1].append(replace(line, going_on=goes_on, live=id_ in live, recorded=id_ in recorded))
    return public_page(
        request,
        "public/meetings.html",
        months=months,
        subscribe=f"webcal://{request.host}/moter.ics",
        earlier=f"/moter?fra={_months_later(first, -MONTHS_SHOWN):%Y-%m}",
        later=f"/moter?fra={after:%Y-%m}",
    )


def _month(text: str | None, now: datetime) -> datetime:
    """The first moment of a month in Norway; this month unless ``text`` is a month like 2026-05."""
    try:
        asked = datetime.strptime(text or "", "%Y-%m")  # noqa: DTZ007  (given its zone below)
    except ValueError:
        asked = dates.local(now)
    if asked.year not in YEARS:
        asked = dates.local(now)
    return asked.replace(day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=dates.OSLO)


def _months_later(first: datetime, months: int) -> datetime:
    count = first.year * 12 + first.month - 1 + months
    return first.replace(year=max(1, count // 12), month=count % 12 + 1)
