"""Generalprøver: made on a meeting's planning page, and deleted on their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from aiohttp import web

from orchestrator.domain.errors import Refused
from orchestrator.domain.roles import Role
from orchestrator.rehearsals import KEPT_AFTER
from orchestrator.store.rehearsals import NotARehearsal
from orchestrator.store.views import MeetingView
from orchestrator.web import context
from orchestrator.web.auth import require, require_login
from orchestrator.web.context import SERVICES
from orchestrator.web.dates import local
from orchestrator.web.flash import put_flash
from orchestrator.web.i18n import translations
from orchestrator.web.pages import fields, words

OFFICE: Final = frozenset({Role.SECRETARY, Role.ADMINISTRATOR})
MAY_DELETE: Final = OFFICE | {Role.IT_SUPPORT}


@dataclass(frozen=True)
class Rehearsing:
    """What a planning page shows of rehearsals.

    ``days``: those of the meeting, to choose from. ``start``: proposed for a new one, as a field has it.
    ``of``: what this one rehearses. ``gone_at``: when it goes by itself; null where it is being deleted.
    """

    days: Sequence[date]
    start: str
    there: Sequence[MeetingView]
    of: MeetingView | None = None
    gone_at: datetime | None = None


async def rehearsing(request: web.Request, row: MeetingView) -> Rehearsing:
    """Of this meeting, or rehearsal."""
    services, here = request.app[SERVICES], context.organisation_id(request)
    if row.rehearsal_of:
        of = await services.views.meeting(here, row.rehearsal_of)
        return Rehearsing((), "", (), of, None if row.status == "cancelled" else row.ends_at + KEPT_AFTER)
    sessions = [
        one
        for one in await services.views.sessions_of(here, row.meeting_id)
        if one.status not in ("cancelled", "adjourned")
    ]
    first = local(min((one.starts_at for one in sessions), default=row.starts_at))
    tomorrow = local(services.clock.now()) + timedelta(days=1)
    return Rehearsing(
        days=sorted({local(one.starts_at).date() for one in sessions}),
        start=f"{tomorrow:%Y-%m-%d}T{first:%H:%M}",
        there=await services.views.rehearsals(here, row.meeting_id),
    )


async def make(request: web.Request) -> web.Response:
    """POST /planlegg/{slug}/generalprove: ``starts_at@local``, and ``day`` where only one is rehearsed.

    For the office of every meeting: a role in this one alone is none in its rehearsal.
    """
    await require(request, None, OFFICE)
    services, here = request.app[SERVICES], context.organisation_id(request)
    row, login = await context.meeting_at(request), await require_login(request)
    if row is None:
        raise web.HTTPNotFound
    written, reader = await request.post(), context.language(request)
    try:
        slug = await services.rehearsals.rehearse(
            here,
            row.meeting_id,
            _start(str(written.get("starts_at@local", "")), services.clock.now()),
            day=date.fromisoformat(str(written["day"])) if written.get("day") else None,
            sender=login.sender,
        )
    except Refused as error:
        await put_flash(request, words.refusal(error.rule, reader))
        slug = row.slug
    except ValueError:
        await put_flash(request, translations(reader).gettext("Skriv når generalprøven begynner."))
        slug = row.slug
    raise web.HTTPSeeOther(f"/planlegg/{slug}")


def _start(written: str, now: datetime) -> datetime:
    """The moment in the field. Raises ValueError."""
    pairs = [("command", "{}"), ("starts_at@local", written)]
    (read,) = fields.commands(pairs, now, uuid4)
    return datetime.fromisoformat(read.get("starts_at", ""))


async def delete(request: web.Request) -> web.Response:
    """POST /planlegg/{slug}/slett: deletes a rehearsal, now or as soon as its rooms are gone."""
    row = await context.meeting_at(request)
    await require(request, row.meeting_id if row else None, MAY_DELETE)
    if row is None:
        raise web.HTTPNotFound
    services, here, login = (
        request.app[SERVICES],
        context.organisation_id(request),
        await require_login(request),
    )
    t = translations(context.language(request))
    to = await _afterwards(request, here, row)
    try:
        await services.rehearsals.delete(here, row.meeting_id, sender=login.sender)
    except NotARehearsal:
        await put_flash(request, t.gettext("Bare en generalprøve kan slettes."))
        to = f"/planlegg/{row.slug}"
    raise web.HTTPSeeOther(to)


async def _afterwards(request: web.Request, organisation_id: UUID, row: MeetingView) -> str:
    """Where whoever deleted it goes on: to the meeting itself, or as IT to their console."""
    if not (await require_login(request)).actor(None).roles & OFFICE:
        return "/drift"
    views = request.app[SERVICES].views
    of = await views.meeting(organisation_id, row.rehearsal_of) if row.rehearsal_of else None
    return f"/planlegg/{of.slug}" if of else "/planlegg"
