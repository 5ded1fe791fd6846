"""What IT does about a day: tries again, decides when something happens, acknowledges alerts, prints."""

from datetime import date, datetime, time
from typing import Any, Final, Literal, get_args
from uuid import UUID

from aiohttp import web

from orchestrator.domain.roles import Role
from orchestrator.schedule.running import NothingDue
from orchestrator.services import Services
from orchestrator.store.alerts import Alert
from orchestrator.store.due import Mark
from orchestrator.store.room_news import Kind
from orchestrator.web import context
from orchestrator.web.auth import Login, require, require_login
from orchestrator.web.context import SERVICES
from orchestrator.web.dates import OSLO, clock, local
from orchestrator.web.flash import put_flash
from orchestrator.web.i18n import translations
from orchestrator.web.middlewares import wants_json
from orchestrator.web.pages import day_reading
from orchestrator.web.pages.alert_words import alert_words
from orchestrator.web.pages.checklist import checklist
from orchestrator.web.pages.day import Problem as Wrong
from orchestrator.web.pages.day import contacts, rows, window
from orchestrator.web.pages.it import SourceCard, session_line
from orchestrator.web.problems import FieldError, Problem, invalid

IT: Final = frozenset({Role.IT_SUPPORT, Role.ADMINISTRATOR})
_PRIVATE: Final = {"Cache-Control": "no-store"}
Decision = Literal["now", "later", "never", "as_planned"]


async def shown(
    app: web.Application, organisation_id: UUID, day: date, cards: list[SourceCard], language: str
) -> dict[str, Any]:
    """A day as the console shows it."""
    services = app[SERVICES]
    now = services.clock.now()
    found = await day_reading.day_facts(services, organisation_id, day, cards)
    hours = window(day, found.sessions)
    links = await services.access.links(organisation_id)
    closed = await day_reading.locked(services, found.sessions)
    elsewhere = [] if day == local(now).date() else [one for one in found.sessions if not one.cancelled]
    listed = [session_line(one.listed, None, [], language) for one in elsewhere]
    return {
        "day": day,
        "movable": [line for line in listed if line.slide_path],
        "hours": hours.hours,
        "now_at": hours.share(now) if hours.start <= now <= hours.end else None,
        "rows": rows(found, hours, language),
        "due": await day_reading.due_on(services, organisation_id, day, language),
        "checks": checklist(found, links, closed, language),
    }


async def urgent(services: Services, organisation_id: UUID, language: str) -> list[tuple[UUID, Wrong]]:
    """The alerts that are not over, in words, by room or source."""
    found = await services.alerts.opened(organisation_id)
    who = await _names(services, organisation_id) if any(one.acknowledged_by for one in found) else {}
    return [(one.target_id, _wrong(one, who, language)) for one in found]


def _wrong(alert: Alert, who: dict[str, str], language: str) -> Wrong:
    what, todo = alert_words(alert, language)
    seen = ""
    if alert.acknowledged_at and alert.acknowledged_by:
        words = translations(language).gettext("Kvittert ut av %(who)s kl. %(time)s.")
        name = who.get(alert.acknowledged_by) or translations(language).gettext("IT")
        seen = words % {"who": name, "time": clock(alert.acknowledged_at)}
    return Wrong(what, todo, alert_id=str(alert.id), seen=seen)


async def _names(services: Services, organisation_id: UUID) -> dict[str, str]:
    """Who came by each link: the person's name, else what the link is called."""
    people = await services.people.names(organisation_id)
    links = await services.access.links(organisation_id)
    named = {id_: one.name for id_, one in people.items()}
    return {str(one.id): (one.person_id and named.get(one.person_id)) or one.label for one in links}


async def acknowledge(request: web.Request) -> web.Response:
    """POST /drift/varsler/{id}/kvitter: it is told no more."""
    login, services = await _it(request), request.app[SERVICES]
    grant = login.grants[0]
    seen = await services.alerts.acknowledge(
        context.organisation_id(request),
        context.id_in(request, "id"),
        str(grant.link_id or grant.id),
        services.clock.now(),
    )
    if not seen:
        raise web.HTTPNotFound
    return _done(request)


async def again(request: web.Request) -> web.Response:
    """POST /drift/rom/{id}/igjen: the room is looked at now, whatever it was waiting for."""
    await _it(request)
    services, room_id = request.app[SERVICES], context.id_in(request, "id")
    if not await services.room_states.try_now(
        context.organisation_id(request), room_id, services.clock.now()
    ):
        raise web.HTTPNotFound
    services.rooms.want(room_id)
    asked: list[tuple[Kind, str]] = [("asked", str(room_id))]
    await services.room_news.put(context.organisation_id(request), asked, services.clock.now())
    return _done(request)


async def take_away(request: web.Request) -> web.Response:
    """POST /drift/ukjente-rom: those of the rooms named that nobody here knows of still are to be deleted.

    422 for what is no room's id.
    """
    await _it(request)
    services = request.app[SERVICES]
    try:
        named = [UUID(str(written)) for written in (await request.post()).getall("room", [])]
    except ValueError:
        raise invalid("room", "is not an id") from None
    here, now = context.organisation_id(request), services.clock.now()
    if not await services.unknown_rooms.ask(here, named, now):
        raise web.HTTPNotFound
    return _done(request)


async def decide(request: web.Request) -> web.Response:
    """POST /drift/dette-skjer: when something due happens; 422 for a time that is none or has been."""
    login, services = await _it(request), request.app[SERVICES]
    form = {name: str(value) for name, value in (await request.post()).items()}
    now, language = services.clock.now(), context.language(request)
    try:
        target_id, day = UUID(form.get("target", "")), date.fromisoformat(form.get("day", ""))
        decision = form.get("decision", "")
        at = _time(form.get("at", ""), day) if decision == "later" else now
    except ValueError:
        at = None
    t = translations(language)
    if at is None or at < now or decision not in get_args(Decision):
        return await _refused(request, t.gettext("Skriv et klokkeslett som ikke har vært."))
    kind, here = form.get("kind", ""), context.organisation_id(request)
    standing = await services.rooms.standing(target_id)
    if (kind, decision) == ("delete_room", "now") and standing and standing.state != "closed":
        return await _refused(request, t.gettext("Rommet må være stengt før det slettes."))
    if (kind, decision) == ("close_room", "now") and await _in_use(services, here, target_id):
        return await _refused(
            request, t.gettext("Rommet stenges når sesjonen i det er hevet. Hev den først.")
        )
    try:
        if decision == "as_planned":
            await _as_planned(services, Mark(target_id, kind, here))
        else:
            moment: datetime | Literal["now", "never"] = at
            if decision != "later":
                moment = "now" if decision == "now" else "never"
            await services.schedule.decide(here, target_id, kind, moment, login.sender)
    except NothingDue:
        raise web.HTTPNotFound from None
    services.rooms.want(target_id)
    return _done(request)


async def _in_use(services: Services, organisation_id: UUID, room_id: UUID) -> bool:
    """Whether a session goes on in the room, which keeps it open whatever is decided."""
    return any(
        row.organisation_id == organisation_id and row.going_on
        for row in await services.views.sessions_in(room_id)
    )


async def _as_planned(services: Services, mark: Mark) -> None:
    """Take back what IT has decided. Raises NothingDue."""
    if (mark.target_id, mark.kind) not in await services.marks.of([mark.target_id]):
        raise NothingDue(mark.kind)
    place = await services.views.session(mark.organisation_id, mark.target_id)
    room = None if place else await services.views.room(mark.target_id)
    if place is None and (room is None or room.organisation_id != mark.organisation_id):
        raise NothingDue(mark.kind)
    await services.marks.put(mark)
    services.schedule.stir()


async def _refused(request: web.Request, said: str) -> web.Response:
    if wants_json(request):
        raise Problem(422, said, rule="invalid", errors=[FieldError(field="at", message=said)])
    await put_flash(request, said)
    return _done(request)


def _time(written: str, day: date) -> datetime:
    """HH:MM of the day, in Norway. Raises ValueError."""
    return datetime.combine(day, time.fromisoformat(written), OSLO)


async def printed(request: web.Request) -> web.Response:
    """GET /drift/dag/{date}/utskrift: the day on paper. No address that leads in, and no secret."""
    await _it(request)
    services, here = request.app[SERVICES], context.organisation_id(request)
    day = chosen_day(request.match_info["date"])
    if day is None:
        raise web.HTTPNotFound
    language = context.language(request)
    found = await day_reading.day_facts(services, here, day, [])
    sources = {one.id: one.name for one in await services.directory.sources(here)}
    return context.page(
        request,
        "it/print.html",
        headers=_PRIVATE,
        day=day,
        sessions=found.sessions,
        rooms=found.rooms,
        sources=sources,
        helping={one.state.session_id: contacts([one], found.people) for one in found.sessions},
        due=await day_reading.due_on(services, here, day, language),
    )


def chosen_day(written: str) -> date | None:
    """The day in an address; None for what is none."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


async def _it(request: web.Request) -> Login:
    await require(request, None, IT)
    return await require_login(request)


def _done(request: web.Request) -> web.Response:
    if wants_json(request):
        return web.json_response({}, headers=_PRIVATE)
    day = chosen_day(request.query.get("dag", ""))
    raise web.HTTPSeeOther(f"/drift?dag={day}" if day else "/drift")
