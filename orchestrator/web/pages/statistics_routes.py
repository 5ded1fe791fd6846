"""Speaking statistics of a meeting and of a year: for staff, and for everyone if the municipality publishes.

Staff see all that was held, behind closed doors too. What others see is made from ``domain.publicity``;
until the municipality publishes, there is nothing at these addresses for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from orchestrator.domain.roles import LEADS, Role
from orchestrator.domain.statistics import Spoken, merged, total
from orchestrator.store.records import Body
from orchestrator.store.statistics import CountedMeeting
from orchestrator.store.views import MeetingView
from orchestrator.web import context
from orchestrator.web.auth import current, require
from orchestrator.web.context import SERVICES
from orchestrator.web.dates import local, numeric_date
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.public import SHARED_SECONDS, meeting_path
from orchestrator.web.pages.statistics import Charts, Held, Table, held
from orchestrator.web.spreadsheet import csv_text, download

STAFF: Final = LEADS | {Role.ADMINISTRATOR}


async def meeting(request: web.Request) -> web.Response:
    """GET /mote/{slug}/statistikk; ?sak= one item alone."""
    row, public = await _meeting(request)
    counted = await _held(request, row, public=public)
    item_id = _item(request, counted)
    charts, lines = await _charts(request), counted.of(item_id)
    path = f"{meeting_path(row.slug)}/statistikk"
    tables = charts.of(lines)
    if item_id is None:
        tables.append(charts.by_item(counted, path))
    whole_year = public or await _is_staff(request, None)
    return _answer(
        request,
        "statistics/meeting.html",
        lines,
        tables,
        public=public,
        meeting=row,
        meeting_path=meeting_path(row.slug),
        item_id=item_id,
        item=counted.label(item_id) if item_id else "",
        items=[(each, counted.label(each)) for each in counted.items],
        file=f"{path}.csv" + (f"?sak={item_id}" if item_id else ""),
        year_path=f"/statistikk?ar={local(row.starts_at).year}" if whole_year else None,
    )


async def meeting_file(request: web.Request) -> web.Response:
    """GET /mote/{slug}/statistikk.csv: the same, a line for each item, person and kind."""
    row, public = await _meeting(request)
    counted = await _held(request, row, public=public)
    lines = counted.in_order(_item(request, counted))
    charts, say = await _charts(request), translations(context.language(request)).gettext
    gender = not public and charts.gendered(lines)
    text = csv_text(
        charts.headings(
            *(say(N_("Møte")), say(N_("Dato")), say(N_("Saksnummer")), say(N_("Sak"))), gender=gender
        ),
        [
            charts.cells(
                line, row.title, numeric_date(row.starts_at), *counted.named(line.item_id), gender=gender
            )
            for line in lines
        ],
    )
    return download(text, f"statistikk-{row.slug}", _cached(public=public))


@dataclass(frozen=True)
class _Year:
    """What was asked for of a year, and what there is."""

    public: bool
    year: int
    years: list[int]
    bodies: list[Body]
    body: Body | None
    meetings: list[CountedMeeting]

    @property
    def lines(self) -> list[Spoken]:
        """Of all its meetings."""
        return [line for one in self.meetings for line in one.lines]


async def year(request: web.Request) -> web.Response:
    """GET /statistikk?ar=2026&organ=: the latest year and all bodies unless said otherwise."""
    asked, charts = await _year(request), await _charts(request)
    tables = charts.of(asked.lines)
    if asked.body is None and len(asked.bodies) > 1:
        tables.append(charts.by_body(asked.meetings, asked.bodies))
    tables.append(charts.by_meeting(asked.meetings))
    chosen = {"ar": str(asked.year)} | ({"organ": asked.body.slug} if asked.body else {})
    login = await current(request)
    return _answer(
        request,
        "statistics/year.html",
        asked.lines,
        tables,
        public=asked.public,
        asked=asked,
        file=f"/statistikk.csv?{urlencode(chosen)}",
        decides=login is not None and Role.ADMINISTRATOR in login.actor(None).roles,
        published=await _publishes(request),
    )


async def year_file(request: web.Request) -> web.Response:
    """GET /statistikk.csv: the same, a line for each meeting, person and kind."""
    asked, charts = await _year(request), await _charts(request)
    say = translations(context.language(request)).gettext
    gender = not asked.public and charts.gendered(asked.lines)
    bodies: dict[UUID | None, str] = {body.id: body.name for body in asked.bodies}
    text = csv_text(
        charts.headings(say(N_("Møte")), say(N_("Dato")), say(N_("Organ")), gender=gender),
        [
            charts.cells(
                line, one.title, numeric_date(one.opened_at), bodies.get(one.body_id, ""), gender=gender
            )
            for one in asked.meetings
            for line in merged(one.lines)
        ],
    )
    name = f"statistikk-{asked.year}" + (f"-{asked.body.slug}" if asked.body else "")
    return download(text, name, _cached(public=asked.public))


async def publish(request: web.Request) -> web.Response:
    """POST /statistikk/publisering: an administrator lets everyone see the statistics, or nobody outside."""
    await require(request, None, {Role.ADMINISTRATOR})
    directory = request.app[SERVICES].directory
    here = await directory.organisation(context.organisation_id(request))
    if here is None:
        raise web.HTTPNotFound
    public = (await request.post()).get("public") == "on"
    await directory.put_organisation(here.model_copy(update={"statistics_public": public}))
    raise web.HTTPSeeOther("/statistikk")


# Who may see what


async def _is_staff(request: web.Request, meeting_id: UUID | None) -> bool:
    """In this meeting; null: in the organisation, for which a role in one meeting is not enough."""
    login = await current(request)
    return login is not None and bool(login.actor(meeting_id).roles & STAFF)


async def _publishes(request: web.Request) -> bool:
    """Whether the municipality publishes: read anew, so that it ends when it is ended."""
    here = await request.app[SERVICES].directory.organisation(context.organisation_id(request))
    return here is not None and here.statistics_public


async def _meeting(request: web.Request) -> tuple[MeetingView, bool]:
    """The meeting in the address, and whether it is the public that asks; else there is nothing here."""
    row = await context.meeting_at(request)
    if row is None or row.rehearsal_of is not None:
        raise web.HTTPNotFound
    if await _is_staff(request, row.meeting_id):
        return row, False
    if not row.announced or not await _publishes(request):
        raise web.HTTPNotFound
    return row, True


async def _held(request: web.Request, row: MeetingView, *, public: bool) -> Held:
    services, here = request.app[SERVICES], context.organisation_id(request)
    rows = await services.views.sessions_of(here, row.meeting_id)
    return held([await services.commands.session(here, one.session_id) for one in rows], public=public)


def _item(request: web.Request, counted: Held) -> UUID | None:
    """The item that is asked for, if one is; one that the reader may not know of is not found."""
    text = request.query.get("sak", "")
    if not text:
        return None
    found = next((each for each in counted.items if str(each) == text), None)
    if found is None:
        raise web.HTTPNotFound
    return found


async def _year(request: web.Request) -> _Year:
    services, here = request.app[SERVICES], context.organisation_id(request)
    public = not await _is_staff(request, None)
    if public and not await _publishes(request):
        raise web.HTTPNotFound
    years = await services.statistics.years(here, public=public)
    newest = years[0] if years else local(services.clock.now()).year
    text, slug = request.query.get("ar", ""), request.query.get("organ", "")
    year_ = int(text) if text.isdecimal() and len(text) == len("2026") else newest
    bodies = await services.directory.bodies(here)
    body = next((one for one in bodies if one.slug == slug), None)
    if slug and body is None:
        raise web.HTTPNotFound
    meetings = await services.statistics.year(here, year_, body.id if body else None, public=public)
    return _Year(public, year_, sorted({*years, year_}, reverse=True), bodies, body, meetings)


# How it is answered


async def _charts(request: web.Request) -> Charts:
    people = await request.app[SERVICES].directory.people(context.organisation_id(request))
    return Charts(people, context.language(request))


def _cached(*, public: bool) -> str:
    return f"public, max-age={SHARED_SECONDS}, must-revalidate" if public else "no-store"


def _answer(
    request: web.Request,
    template: str,
    lines: Sequence[Spoken],
    tables: Sequence[Table],
    *,
    public: bool,
    **given: Any,
) -> web.Response:
    return context.page(
        request,
        template,
        headers={"Cache-Control": _cached(public=public)},
        public=public,
        whole=total(lines),
        speakers=len({line.person_id for line in lines}),
        tables=tables,
        **given,
    )
