"""The public pages: front page, calendar, a meeting at its one address, and its protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aiohttp import web

from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.minutes import Minutes, public_minutes
from orchestrator.domain.publicity import PublicSession
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.state import SessionState
from orchestrator.domain.timeline import Name
from orchestrator.store.views import Listed, MeetingView
from orchestrator.web import context, dates, i18n
from orchestrator.web.context import SERVICES
from orchestrator.web.pages import public_view as view
from orchestrator.web.pages.attendance import absent_lines, present_lines
from orchestrator.web.pages.doors import Gettext
from orchestrator.web.pages.words import vote_words

RECORDINGS_A_PAGE = 12
MONTHS_SHOWN = 3
YEARS = range(1900, 2200)
"""Years that the calendar goes to."""
SHARED_SECONDS = 2
"""How long a proxy may give everyone the same page: a million readers cost the service one rendering."""


@dataclass(frozen=True)
class Line:
    """A meeting in a list."""

    title: str
    path: str
    starts_at: datetime
    place: str
    cancelled: bool = False
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


@dataclass(frozen=True)
class RecordingLine:
    """A recording on the front page."""

    title: str
    path: str
    date: datetime
    duration: float | None


def meeting_path(slug: str) -> str:
    """The one address of a meeting."""
    return f"/mote/{slug}"


def _gettext(request: web.Request) -> Gettext:
    return i18n.translations(context.language(request)).gettext


def _public(request: web.Request, template: str, **given: Any) -> web.Response:
    """A page that is the same for everybody who reads it in the same language, and never shown stale."""
    headers = {"Cache-Control": f"public, max-age={SHARED_SECONDS}, must-revalidate"}
    return context.page(request, template, headers=headers, **given)


async def front(request: web.Request) -> web.Response:
    """Live now first, then what is coming, then the latest recordings."""
    services, organisation_id = request.app[SERVICES], context.organisation_id(request)
    now, gettext = services.clock.now(), _gettext(request)
    shown = min(_number(request, "opptak", RECORDINGS_A_PAGE), 200)
    names = await services.people.names(organisation_id)
    live = await services.views.live_now(organisation_id)
    recordings = await services.views.latest_recordings(organisation_id, limit=shown + 1)
    upcoming = await services.views.upcoming(organisation_id, now)
    return _public(
        request,
        "public/front.html",
        live=[_live_line(one, names, gettext) for one in live],
        upcoming=[_line(one) for one in upcoming],
        recordings=[_recording_line(one) for one in recordings[:shown]],
        more_recordings=f"/?opptak={shown + RECORDINGS_A_PAGE}#opptak" if len(recordings) > shown else None,
    )


def _number(request: web.Request, name: str, otherwise: int) -> int:
    value = request.query.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 6 else otherwise  # noqa: PLR2004


def _line(meeting: MeetingView) -> Line:
    return Line(
        title=meeting.title,
        path=meeting_path(meeting.slug),
        starts_at=meeting.starts_at,
        place=meeting.place,
        cancelled=meeting.status == "cancelled",
    )


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
        title=one.meeting.title,
        path=meeting_path(one.meeting.slug),
        opened_at=session.opened_at,
        place=one.meeting.place,
        now=now,
        speaker=speaker,
    )


def _recording_line(one: Listed) -> RecordingLine:
    session = one.session
    return RecordingLine(
        title=one.meeting.title,
        path=meeting_path(one.meeting.slug),
        date=session.opened_at or one.meeting.starts_at,
        duration=session.duration_seconds,
    )


async def calendar(request: web.Request) -> web.Response:
    """Meetings month by month; ?fra=2026-05 says where to begin."""
    services, organisation_id = request.app[SERVICES], context.organisation_id(request)
    first = _month(request.query.get("fra"), services.clock.now())
    after = _months_later(first, MONTHS_SHOWN)
    meetings = await services.views.calendar(organisation_id, first, after)
    live = {one.meeting.meeting_id for one in await services.views.live_now(organisation_id)}
    recordings = await services.views.latest_recordings(organisation_id, limit=500)
    recorded = {one.meeting.meeting_id for one in recordings}
    months: list[tuple[datetime, list[Line]]] = []
    for meeting in meetings:
        month = dates.local(meeting.starts_at).replace(day=1, hour=12, minute=0)
        if not months or months[-1][0].month != month.month or months[-1][0].year != month.year:
            months.append((month, []))
        line = _line(meeting)
        extra = {"live": meeting.meeting_id in live, "recorded": meeting.meeting_id in recorded}
        months[-1][1].append(Line(**{**vars(line), **extra}))
    return _public(
        request,
        "public/meetings.html",
        months=months,
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


@dataclass(frozen=True)
class Shown:
    """A meeting as the public may see it, with its main session."""

    meeting: MeetingState
    row: MeetingView
    session: PublicSession | None
    minutes: Minutes | None
    has_source: bool


async def _shown(request: web.Request) -> Shown:
    """The meeting at this address; a draft, an internal or an unknown one is 404."""
    services, organisation_id = request.app[SERVICES], context.organisation_id(request)
    row = await services.views.meeting_by_slug(organisation_id, request.match_info["slug"])
    if row is None or not row.announced:
        raise web.HTTPNotFound
    meeting = await services.commands.meeting(organisation_id, row.meeting_id)
    rows = await services.views.sessions_of(organisation_id, row.meeting_id)
    state = main_session([await services.commands.session(organisation_id, one.session_id) for one in rows])
    minutes = public_minutes(state) if state is not None else None
    return Shown(
        meeting=meeting,
        row=row,
        session=minutes.session if minutes else None,
        minutes=minutes,
        has_source=minutes is not None and state is not None and state.source_id is not None,
    )


def main_session(states: Sequence[SessionState]) -> SessionState | None:
    """The session a meeting's page shows: of the public ones the open, else the next, else the last."""
    public = [state for state in states if state.public]
    for status in ("open", "planned"):
        found = next((state for state in public if state.status == status), None)
        if found is not None:
            return found
    return public[-1] if public else None


async def meeting(request: web.Request) -> web.Response:
    """The meeting's one address: announced, live, and as a recording."""
    services, shown, _ = request.app[SERVICES], await _shown(request), _gettext(request)
    names = await services.people.names(context.organisation_id(request))
    session = shown.session
    items = view.item_lines(session, names, _) if session else ()
    chair = view.signed(session.chair_id, None, names) if session and session.chair_id else ""
    nexts = view.waiting(session, names, _) if session else []
    return _public(
        request,
        "public/meeting.html",
        meeting=shown.meeting,
        meeting_path=meeting_path(shown.row.slug),
        meeting_description=shown.meeting.description,
        changes=shown.meeting.changes,
        session=session,
        items=items,
        marks=view.bookmarks(session, shown.minutes, _) if session and shown.minutes else (),
        has_source=shown.has_source and shown.meeting.status != "cancelled",
        media=_media(request, session) if session else "",
        chair=_("Møteleder: {name}").format(name=chair) if chair else "",
        speaking=view.floor_words(session, names, _) if session else "",
        next_names=", ".join(one.who for one in nexts[:3]),
        nexts=nexts,
        closing_basis=view.basis_words(session.closing.legal_basis, _) if session and session.closing else "",
        words=_words(_),
    )


async def speaker_list(request: web.Request) -> web.Response:
    """Who speaks and who waits, alone on a page: for a second screen, or for those who hear the sound."""
    services, shown, _ = request.app[SERVICES], await _shown(request), _gettext(request)
    names, session = await services.people.names(context.organisation_id(request)), shown.session
    nexts = view.waiting(session, names, _) if session else []
    speaking = view.floor_words(session, names, _) if session else ""
    title = session.current.title if session and session.current else ""
    said = [
        title,
        speaking,
        view.line_words(session, _),
        f"{_('Neste:')} {', '.join(one.who for one in nexts[:3])}" if nexts else "",
    ]
    return _public(
        request,
        "public/speakers.html",
        meeting=shown.meeting,
        meeting_path=meeting_path(shown.row.slug),
        session=session,
        speaking=speaking,
        nexts=nexts,
        said=". ".join(filter(None, said)),
        media=_media(request, session) if session and shown.has_source else "",
    )


def _media(request: web.Request, session: PublicSession) -> str:
    """The address of the broadcast's files, at a CDN if there is one."""
    cdn = str(request.app[SERVICES].settings.media_base_url or "").rstrip("/")
    return f"{cdn}/media/{session.broadcast_id}"


def _words(_: Gettext) -> dict[str, Any]:
    """What the page's script says."""
    return {
        "kinds": {kind: view.speech_kind(kind, _) for kind in SpeechKind if kind is not SpeechKind.SPEECH},
        "now": _("I bildet:"),
        "inMeeting": _("Nå i møtet (videoen spilles ikke):"),
        "item": _("Sak"),
        "noItem": _("Ingen sak til behandling"),
        "closed": _("Møtet er lukket"),
        "break": _("Pause"),
        "vote": _("Votering"),
        "nobody": _("Ingen taler i gang"),
        "next": _("Neste:"),
        "behind": _("{time} bak direkte"),
        "watchingRecording": _("Du ser opptaket så langt"),
        "trouble": _("Klarte ikke å hente bildet. Prøver igjen …"),
        "copied": _("Lenken er kopiert"),
    }


async def protocol(request: web.Request) -> web.Response:
    """The first protocol of a meeting that has been opened."""
    services, shown, _ = request.app[SERVICES], await _shown(request), _gettext(request)
    if shown.minutes is None or not shown.minutes.parts or shown.session is None:
        raise web.HTTPNotFound
    names = await services.people.names(context.organisation_id(request))
    items = view.item_lines(shown.session, names, _)
    titles = {item.item_id: item.number or item.title for item in items}
    return _public(
        request,
        "public/protocol.html",
        meeting=shown.meeting,
        meeting_path=meeting_path(shown.row.slug),
        minutes=shown.minutes,
        items=items,
        chairs=view.chair_lines(shown.minutes, names),
        present=present_lines(shown.minutes, names),
        absent=absent_lines(shown.minutes, names),
        approved=vote_words(shown.minutes.approved.result, _) if shown.minutes.approved else "",
        reordered=[(one.at, vote_words(one.result, _)) for one in shown.minutes.reorderings],
        closings=[
            {
                "start": closing.start,
                "stop": closing.stop,
                "basis": view.basis_words(closing.legal_basis, _),
                "cases": ", ".join(titles.get(item_id, "") for item_id in closing.item_ids),
            }
            for closing in shown.session.closings
        ],
        has_source=shown.has_source,
    )
