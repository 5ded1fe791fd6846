"""Calendar files: a session, a day or all of a programme, and the municipality's meetings to subscribe to."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from aiohttp import web

from orchestrator.domain.meeting import MeetingState
from orchestrator.exchange.ical import CONTENT_TYPE, Entry, calendar_file
from orchestrator.store.views import MeetingView
from orchestrator.web import context, dates
from orchestrator.web.context import SERVICES
from orchestrator.web.origins import own_address
from orchestrator.web.pages.doors import Gettext
from orchestrator.web.pages.programme import ContactLine, Programme, SessionLine, TopicLine
from orchestrator.web.pages.programme_routes import read
from orchestrator.web.pages.public import SHARED_SECONDS, announced, gettext_of, home_path, programme_path

BACK: Final = timedelta(days=90)
AHEAD: Final = timedelta(days=550)
"""So far meetings are in the calendar that is subscribed to."""


async def meetings(request: web.Request) -> web.Response:
    """/moter.ics: every announced meeting, cancelled ones too."""
    services, now = request.app[SERVICES], request.app[SERVICES].clock.now()
    rows = await services.views.calendar(context.organisation_id(request), now - BACK, now + AHEAD)
    name = gettext_of(request)("Møter i {name}").format(name=context.organisation(request).name)
    return _file(request, "moter", name, [_meeting(row, own_address(request)) for row in rows])


async def programme(request: web.Request) -> web.Response:
    """/program/{slug}.ics: every session; with ``?pauser`` the breaks too."""
    row, meeting, view = await _conference(request)
    return _sessions(request, row.slug, meeting.title, view.lines, row)


async def day(request: web.Request) -> web.Response:
    """/program/{slug}/{day}.ics: those that begin on that day in Norway, such as 2026-05-05."""
    try:
        wanted = date.fromisoformat(request.match_info["day"])
    except ValueError:
        raise web.HTTPNotFound from None
    row, meeting, view = await _conference(request)
    name = f"{meeting.title}, {dates.day(wanted, context.language(request))}"
    lines = [line for one in view.days if one.date == wanted for slot in one.slots for line in slot]
    return _sessions(request, f"{row.slug}-{wanted}", name, lines, row)


async def session(request: web.Request) -> web.Response:
    """/program/{slug}/sesjon/{id}.ics: that one."""
    id_ = context.id_in(request, "id")
    row, _, view = await _conference(request)
    found = [line for line in view.lines if line.session_id == id_]
    if not found:
        raise web.HTTPNotFound
    return _file(request, f"{row.slug}-{id_}", found[0].title, _entries(request, found, row))


async def _conference(request: web.Request) -> tuple[MeetingView, MeetingState, Programme]:
    row = await announced(request)
    if row.kind != "conference":
        raise web.HTTPNotFound
    return row, *await read(request, row)


def _sessions(
    request: web.Request, file: str, name: str, lines: Iterable[SessionLine], row: MeetingView
) -> web.Response:
    breaks = "pauser" in request.query
    return _file(
        request, file, name, _entries(request, [one for one in lines if breaks or one.kind != "break"], row)
    )


def _file(request: web.Request, file: str, name: str, entries: Iterable[Entry]) -> web.Response:
    return web.Response(
        body=calendar_file(name, entries),
        content_type=CONTENT_TYPE,
        charset="utf-8",
        headers={
            "Cache-Control": f"public, max-age={SHARED_SECONDS}, must-revalidate",
            "Content-Disposition": f'inline; filename="{file}.ics"',
            "Content-Language": context.language(request),
            "Vary": "Accept-Language, Cookie",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _meeting(row: MeetingView, address: str) -> Entry:
    return Entry(
        id=row.meeting_id,
        title=row.title,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        changed_at=row.changed_at,
        url=address + home_path(row),
        place=row.place,
        description=address + home_path(row),
        cancelled=row.status == "cancelled",
    )


def _entries(request: web.Request, lines: Iterable[SessionLine], row: MeetingView) -> list[Entry]:
    """Sessions with the address of the programme; who reads the calendar finds the way in there."""
    address, _ = own_address(request) + programme_path(row.slug), gettext_of(request)
    return [
        Entry(
            id=line.session_id,
            title=line.title,
            starts_at=line.starts_at,
            ends_at=line.ends_at,
            changed_at=line.changed_at,
            url=_anchor(address, line.session_id),
            place=line.room.name if line.room else row.place,
            description=_description(line, _anchor(address, line.session_id), _),
            cancelled=line.standing == "cancelled",
        )
        for line in lines
    ]


def _anchor(address: str, session_id: UUID) -> str:
    return f"{address}#sesjon-{session_id}"


def _description(line: SessionLine, url: str, _: Gettext) -> str:
    about = [line.description, "\n".join(map(_topic, line.topics)), ", ".join(line.presenters)]
    way_in = _("Gå inn fra programmet: {address}").format(address=url)
    help_ = _("Hjelp: {contacts}").format(contacts="; ".join(map(_contact, line.contacts)))
    return "\n\n".join(filter(None, [*about, way_in, help_ if line.contacts else ""]))


def _topic(topic: TopicLine) -> str:
    start = f"{dates.clock(topic.starts_at)} " if topic.starts_at else "– "
    return start + topic.title + (f" ({', '.join(topic.presenters)})" if topic.presenters else "")


def _contact(contact: ContactLine) -> str:
    return f"{contact.name} {' / '.join(phone.shown for phone in contact.phones)}"
