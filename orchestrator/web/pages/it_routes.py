"""/drift and what belongs to it: IT's console, its previews, and the form of a source."""

import asyncio
import secrets
import shutil
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

from aiohttp import web
from pydantic import SecretStr, ValidationError

from orchestrator.domain.roles import MAY_CHAT
from orchestrator.domain.state import SessionState
from orchestrator.services import Services
from orchestrator.slugs import slugify
from orchestrator.store.directory import Taken
from orchestrator.store.records import Source
from orchestrator.store.views import Listed
from orchestrator.streaming.source import SourceRefusedError
from orchestrator.web import context, live
from orchestrator.web.auth import require
from orchestrator.web.context import LOOK, SERVICES
from orchestrator.web.dates import local
from orchestrator.web.field_words import in_words
from orchestrator.web.flash import take_flash
from orchestrator.web.forms import FormState
from orchestrator.web.live import Moment, View
from orchestrator.web.pages import day_reading, day_routes, it
from orchestrator.web.pages.day import Problem, problems
from orchestrator.web.pages.day_routes import IT, chosen_day
from orchestrator.web.pages.fields import as_command
from orchestrator.web.pages.rehearsal_routes import OFFICE
from orchestrator.web.problems import field_errors

_FRAGMENTS: Final = {
    "overview": "it/overview.html",
    "problems": "it/problems.html",
    "day": "it/day.html",
    "due": "it/due.html",
    "checks": "it/checks.html",
    "sessions": "it/sessions.html",
}
_PRIVATE: Final = {"Cache-Control": "no-store"}


async def console(request: web.Request) -> web.Response:
    """GET /drift: today, or the next day with something; ?dag=2027-05-04 that day, which stands still."""
    await require(request, None, IT)
    return await _console(request)


async def preview(request: web.Request) -> web.Response:
    """GET /drift/kilder/{id}/bilde: the private picture; 404 while there is none, as behind closed doors."""
    source = await _source(request)
    picture = request.app[SERVICES].sources.preview(source.id)
    if picture is None:
        raise web.HTTPNotFound
    return web.Response(body=picture, content_type="image/jpeg", headers=_PRIVATE)


async def form(request: web.Request) -> web.Response:
    """GET /drift/kilder/ny and /drift/kilder/{id}: the form of a new source, or of one there is."""
    if request.match_info.get("id") is None:
        await require(request, None, IT)
        return _form(request, None, FormState({"kind": "srt", "delay_ms": 0, "spread_ms": 5000}))
    source = await _source(request)
    values = source.model_dump(include={"name", "kind", "port", "delay_ms", "spread_ms"})
    return _form(request, source, FormState({**values, "url": source.shown_url or ""}))


async def save(request: web.Request) -> web.Response:
    """POST of that form: saved and listened for at once, or the form again with what was wrong."""
    known = await _source(request) if request.match_info.get("id") else None
    await require(request, None, IT)
    services = request.app[SERVICES]
    written = {name: str(value).strip() for name, value in (await request.post()).items()}
    made = None if known or written.get("passphrase") else secrets.token_urlsafe(15)
    try:
        source = Source.model_validate(await _values(request, known, written, made))
        await services.sources.vet(source)
        await services.directory.put_source(source)
    except ValidationError as error:
        reader = context.language(request)
        errors = {e.field: e.message for e in field_errors(error, partial(in_words, language=reader))}
        return _form(request, known, FormState(written, errors), status=422)
    except (Taken, SourceRefusedError) as error:
        rule = error.rule if isinstance(error, SourceRefusedError) else "is taken"
        words = in_words(rule, "", {}, context.language(request))
        return _form(request, known, FormState(written, {error.field: words}), status=422)
    services.sources.look()
    if made and source.kind == "srt":
        return await _console(request, shown=source)
    raise web.HTTPSeeOther("/drift")


async def passphrase(request: web.Request) -> web.Response:
    """POST /drift/kilder/{id}/passord: the console, this once with the passphrase for the encoder."""
    return await _console(request, shown=await _source(request))


async def _values(
    request: web.Request, known: Source | None, written: Mapping[str, str], made: str | None
) -> dict[str, Any]:
    """What was written, made whole: an id, a slug, a free port, a passphrase."""
    values: dict[str, Any] = {key: value for key, value in written.items() if value and key in _FIELDS}
    name = values.get("name", "")
    values |= {"organisation_id": context.organisation_id(request), "id": known.id if known else uuid4()}
    values["slug"] = known.slug if known else slugify(name)
    if values.get("kind") == "pull":
        values |= {"port": None, "passphrase": None}
        if known and known.url and values.get("url") == known.shown_url:
            values["url"] = known.url
        return values
    values.pop("url", None)
    if "passphrase" not in values:
        old = known.passphrase if known else None
        values["passphrase"] = old or SecretStr(made or secrets.token_urlsafe(15))
    values.setdefault("port", await _free_port(request, known))
    return values


_FIELDS: Final = frozenset({"name", "kind", "port", "passphrase", "url", "delay_ms", "spread_ms"})


async def _free_port(request: web.Request, known: Source | None) -> int | None:
    if known and known.port:
        return known.port
    services = request.app[SERVICES]
    taken = {source.port for source in await services.directory.all_sources()}
    return next((port for port in services.settings.srt_ports if port not in taken), None)


async def _source(request: web.Request) -> Source:
    """The source in the address, for IT of this organisation only."""
    await require(request, None, IT)
    id_ = context.id_in(request, "id")
    source = await request.app[SERVICES].directory.source(context.organisation_id(request), id_)
    if source is None:
        raise web.HTTPNotFound
    return source


def _form(request: web.Request, known: Source | None, state: FormState, status: int = 200) -> web.Response:
    return context.page(request, "it/source.html", status=status, headers=_PRIVATE, known=known, form=state)


async def _console(request: web.Request, shown: Source | None = None) -> web.Response:
    services, here = request.app[SERVICES], context.organisation_id(request)
    actor = await require(request, None, IT)
    chosen = chosen_day(request.query.get("dag", ""))
    secret = shown.passphrase.get_secret_value() if shown and shown.passphrase else ""
    return context.page(
        request,
        "it/page.html",
        headers=_PRIVATE,
        live_url=live.live_url("drift"),
        refused=await take_flash(request),
        chats=bool(actor.roles & MAY_CHAT),
        plans=bool(actor.roles & OFFICE),
        shown=shown,
        secret=secret,
        address=f"srt://{services.settings.encoder_host}:{shown.port}" if shown else "",
        chosen=chosen,
        **await _seen(request.app, here, chosen, context.language(request)),
    )


async def _seen(
    app: web.Application, organisation_id: UUID, chosen: date | None, language: str
) -> dict[str, Any]:
    """What the console shows, the same for all of IT; without a chosen day of the one that is to be seen."""
    services = app[SERVICES]
    now = services.clock.now()
    found = await services.directory.sources(organisation_id)
    cards = [
        it.source_card(
            source, services.sources.reception(source.id), now, services.settings.encoder_host, language
        )
        for source in found
    ]
    lines = [
        it.session_line(one, await _going_on(services, organisation_id, one), found, language)
        for one in await _today(services, organisation_id)
    ]
    usage = await asyncio.to_thread(shutil.disk_usage, services.settings.data_dir)
    room = it.disk(usage.free, usage.total, services.settings.min_free_bytes, language)
    unfetched, note = await day_reading.unfetched(services, organisation_id, language)
    unknown = await day_reading.unknown(services, organisation_id, language)
    full = [Problem(room.problem)] if room.problem else []
    wrong = problems(
        await day_routes.urgent(services, organisation_id, language),
        await day_reading.troubled(services, organisation_id),
        cards,
        [*unfetched, *unknown, *full],
        language,
    )
    day = chosen or await day_reading.day_to_show(services, organisation_id)
    return {
        "cards": cards,
        "sessions": lines,
        "disk": room,
        "problems": wrong,
        "note": note,
        "as_command": as_command,
        **await day_routes.shown(app, organisation_id, day, cards, language),
    }


async def _today(services: Services, organisation_id: UUID) -> list[Listed]:
    """Today's sessions in order of time, and those of other days that go on still."""
    first, last = it.today(local(services.clock.now()))
    found = await services.views.programme(organisation_id, first, last)
    return [one for one in found if one.meeting.status != "cancelled"]


async def _going_on(services: Services, organisation_id: UUID, one: Listed) -> SessionState | None:
    if not one.session.going_on:
        return None
    return await services.commands.session(organisation_id, one.session.session_id)


async def _fragments(moment: Moment) -> Mapping[str, str]:
    services, look = moment.app[SERVICES], moment.app[LOOK]
    given = {
        **await _seen(moment.app, moment.organisation_id, None, moment.language),
        "chosen": None,
        "site": moment.site,
        "now": services.clock.now(),
        "path": "/drift",
    }
    parts = {id_: look.render(template, moment.language, **given) for id_, template in _FRAGMENTS.items()}
    for card in given["cards"]:
        parts[f"status-{card.id}"] = look.render("it/status.html", moment.language, **given, card=card)
    return parts


VIEWS: Final = {"drift": View(IT, _fragments, every=2.0, of_session=False)}
"""See live.py."""
