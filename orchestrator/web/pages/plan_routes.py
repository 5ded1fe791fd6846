"""/planlegg: the meetings, planning one in a form, and what may be changed in one that is planned."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from aiohttp import web
from pydantic import ValidationError

from orchestrator import sliding
from orchestrator.commands import UnknownReference
from orchestrator.domain.base import Command
from orchestrator.domain.codec import StreamKind, parse_command
from orchestrator.domain.errors import Refused
from orchestrator.domain.meeting import MoveMeeting
from orchestrator.domain.planning import SessionPlanned
from orchestrator.domain.roles import Role
from orchestrator.domain.state import SessionState
from orchestrator.store.records import Body, Person
from orchestrator.store.views import MeetingView
from orchestrator.web import context, live
from orchestrator.web.actions import explained
from orchestrator.web.auth import Login, require, require_login
from orchestrator.web.context import SERVICES
from orchestrator.web.dates import local
from orchestrator.web.flash import put_flash, take_flash
from orchestrator.web.forms import FormState
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages import fields, plan_form, words
from orchestrator.web.pages.plan_form import Written
from orchestrator.web.pages.procedure import shipped
from orchestrator.web.pages.public import main_session
from orchestrator.web.pages.rehearsal_routes import OFFICE, rehearsing
from orchestrator.web.pages.secretary import agenda_lines
from orchestrator.web.pages.words import ITEM_KINDS

LINK_ROLES: Final = (Role.CHAIR, Role.DEPUTY, Role.SECRETARY, Role.DISPLAY)
"""What a link made here may give beside participants' own. IT's page is about every meeting, not one."""
ON_A_PAGE: Final = 40
_PRIVATE: Final = {"Cache-Control": "no-store"}
STATES: Final = {
    "draft": (N_("Utkast"), "neutral"),
    "published": (N_("Kunngjort"), "success"),
    "cancelled": (N_("Avlyst"), "danger"),
}


async def overview(request: web.Request) -> web.Response:
    """GET /planlegg: every meeting, the latest first; ?fra= skips so many."""
    await require(request, None, OFFICE)
    services, here = request.app[SERVICES], context.organisation_id(request)
    text = request.query.get("fra", "")
    skipped = int(text) if text.isdecimal() and len(text) < 6 else 0  # noqa: PLR2004
    found = await services.views.meetings(here, limit=ON_A_PAGE + 1, offset=skipped)
    shown = found[:ON_A_PAGE]
    t = translations(context.language(request))
    return context.page(
        request,
        "plan/overview.html",
        headers=_PRIVATE,
        meetings=[(one, t.gettext(STATES[one.status][0]), STATES[one.status][1]) for one in shown],
        more=f"/planlegg?fra={skipped + ON_A_PAGE}" if len(found) > ON_A_PAGE else None,
        bodies=await services.directory.bodies(here),
        refused=await take_flash(request),
    )


async def new(request: web.Request) -> web.Response:
    """GET /planlegg/ny?organ=: the form, filled with who met in this body last time."""
    await require(request, None, OFFICE)
    body = await _body(request, request.query.get("organ", ""))
    people = await everybody(request)
    values = plan_form.first_values(uuid4(), people, await _last_session(request, body), body)
    if body:
        values |= {"body_id": str(body.id), "title": body.name}
    return await _form(request, FormState(values), people)


async def create(request: web.Request) -> web.Response:
    """POST of that form: planned as a draft, or the form again with what was written and what was wrong."""
    await require(request, None, OFFICE)
    login = await require_login(request)
    values = {name: str(value) for name, value in (await request.post()).items()}
    people = await everybody(request)
    if "more" in values:
        values["rows"] = str(plan_form.rows(values) + plan_form.ROWS)
        return await _form(request, FormState(values), people)
    body = await _body(request, values.get("body_id", ""))

    def read(slug: str) -> Written:
        return plan_form.read(values, people, body, context.language(request), slug)

    errors = await _carry_out(request, login, read)
    if isinstance(errors, str):
        raise web.HTTPSeeOther(f"/planlegg/{errors}")
    return await _form(request, FormState(values, errors), people, status=422)


async def new_conference(request: web.Request) -> web.Response:
    """GET /planlegg/ny/konferanse: the form of what has a programme of sessions."""
    await require(request, None, OFFICE)
    values = {"id": str(uuid4()), "start": "09:00", "end": "15:00"}
    return context.page(request, "plan/conference.html", headers=_PRIVATE, form=FormState(values))


async def create_conference(request: web.Request) -> web.Response:
    """POST of that form: planned as a draft, and on to its programme."""
    await require(request, None, OFFICE)
    values = {name: str(value) for name, value in (await request.post()).items()}

    def read(slug: str) -> Written:
        return plan_form.read_conference(values, context.language(request), slug)

    errors = await _carry_out(request, await require_login(request), read)
    if isinstance(errors, str):
        raise web.HTTPSeeOther(f"/planlegg/{errors}/program")
    form = FormState(values, errors)
    return context.page(request, "plan/conference.html", status=422, headers=_PRIVATE, form=form)


async def _carry_out(
    request: web.Request, login: Login, read: Callable[[str], Written]
) -> Mapping[str, str] | str:
    """The new meeting's address, or what was wrong. An address that is taken gets a number."""
    reader = context.language(request)
    written = read("")
    base = ""
    for number in range(2, 12):
        if written.errors:
            return written.errors
        slug = str(getattr(written.steps[0].command, "slug", ""))
        base = base or slug
        try:
            await _send(request, login, written)
        except UnknownReference as error:
            if error.field != "slug":
                return {error.field: explained(error, reader).detail}
            written = read(f"{base[:76]}-{number}")
        except Refused as error:
            return {"title": words.refusal(error.rule, reader)}
        else:
            return slug
    return {"title": explained(UnknownReference("slug", base), reader).detail}


async def _send(request: web.Request, login: Login, written: Written) -> None:
    services, here = request.app[SERVICES], context.organisation_id(request)
    for step in written.steps:
        actor = login.actor(None)
        await services.commands.handle(here, step.kind, step.id, step.command, actor, sender=login.sender)


async def _form(
    request: web.Request, form: FormState, people: Sequence[Person], status: int = 200
) -> web.Response:
    services, here = request.app[SERVICES], context.organisation_id(request)
    reader = context.language(request)
    t = translations(reader)
    sources = await services.directory.sources(here)
    return context.page(
        request,
        "plan/new.html",
        status=status,
        headers=_PRIVATE,
        form=form,
        rows=plan_form.rows(form.values),
        people=people,
        rights=plan_form.rights_words(reader),
        kinds=[(key, t.gettext(text)) for key, text in ITEM_KINDS.items()],
        bodies=[("", "–"), *((str(b.id), b.name) for b in await services.directory.bodies(here))],
        variants=[(one.name, one.name) for one in shipped()],
        sources=[("", t.gettext("Ingen sending")), *((str(one.id), one.name) for one in sources)],
    )


async def meeting(request: web.Request) -> web.Response:
    """GET /planlegg/{slug}: everything that may be changed in one meeting."""
    row, _ = await their_meeting(request)
    return await meeting_page(request, row)


async def meeting_page(
    request: web.Request, row: MeetingView, made: Sequence[tuple[str, str]] = ()
) -> web.Response:
    """That page; ``made`` are links that were just made, as (whose, address), shown this once."""
    services, here = request.app[SERVICES], context.organisation_id(request)
    reader = context.language(request)
    t = translations(reader)
    state = await services.commands.meeting(here, row.meeting_id)
    sessions = await _sessions(request, row.meeting_id)
    session = main_session(sessions)
    names = await services.people.names(here)
    members = {key for one in sessions for key in one.members}
    links = await services.access.links(here, row.meeting_id)
    t_state, color = STATES[row.status]
    return context.page(
        request,
        "plan/meeting.html",
        headers=_PRIVATE,
        meeting=state,
        slug=row.slug,
        state_words=t.gettext(t_state),
        state_color=color,
        session=session,
        agenda=agenda_lines(session, reader) if session else [],
        item_kinds=[(key, t.gettext(text)) for key, text in ITEM_KINDS.items()],
        action_url=live.action_url(row.slug, session.session_id) if session else f"/mote/{row.slug}/kommando",
        as_command=fields.as_command,
        names=names,
        members=sorted((names[key].name, key) for key in members if key in names),
        links=[link for link in links if link.revoked_at is None],
        roles=LINK_ROLES,
        made=made,
        rehearsing=await rehearsing(request, row),
        move_start=_input(state.starts_at),
        move_end=_input(state.ends_at),
        refused=await take_flash(request),
    )


def _input(moment: datetime | None) -> str:
    """As <input type="datetime-local"> has it."""
    return f"{local(moment):%Y-%m-%dT%H:%M}" if moment else ""


async def move(request: web.Request) -> web.Response:
    """POST /planlegg/{slug}/flytt: new times for the meeting and its sessions."""
    row, login = await their_meeting(request)
    pairs = [(name, str(value)) for name, value in (await request.post()).items()]
    try:
        moving = [("command", fields.as_command("move_meeting")), *pairs]
        (asked,) = fields.commands(moving, request.app[SERVICES].clock.now(), uuid4)
        command = parse_command("meeting", asked)
        assert isinstance(command, MoveMeeting)
        await _move_sessions(request, login, row, command)
        await _handle(request, login, "meeting", row.meeting_id, command)
    except (ValidationError, fields.FieldError, Refused, UnknownReference) as error:
        problem = explained(error, context.language(request))
        await put_flash(request, " ".join([problem.detail, *(e.message for e in problem.body.errors or ())]))
    raise web.HTTPSeeOther(f"/planlegg/{row.slug}")


async def _move_sessions(request: web.Request, login: Login, row: MeetingView, command: MoveMeeting) -> None:
    """A conference's sessions keep their times within it; another meeting's session has the meeting's own."""
    sessions = await _sessions(request, row.meeting_id)
    if row.kind == "conference":
        moves = sliding.carried(sessions, row.starts_at, command.starts_at)
        commands, here = request.app[SERVICES].commands, context.organisation_id(request)
        actor = login.actor(row.meeting_id)
        await sliding.carry_out(commands, here, moves, actor, note=command.note, sender=login.sender)
    elif (session := main_session(sessions)) and session.status == "planned":
        times = {"starts_at": command.starts_at, "ends_at": command.ends_at}
        await _session_says(request, login, session, "change_session", **plan_of(session) | times)


async def cancel(request: web.Request) -> web.Response:
    """POST /planlegg/{slug}/avlys: the meeting and its session are cancelled, with a note for the public."""
    row, login = await their_meeting(request)
    note = str((await request.post()).get("note", ""))[:500]
    session = await _session(request, row.meeting_id)
    try:
        if session and session.status == "planned":
            await _session_says(request, login, session, "cancel_session")
        command = parse_command("meeting", {"type": "cancel_meeting", "note": note})
        await _handle(request, login, "meeting", row.meeting_id, command)
    except Refused as error:
        await put_flash(request, words.refusal(error.rule, context.language(request)))
    raise web.HTTPSeeOther(f"/planlegg/{row.slug}")


def plan_of(session: SessionState) -> dict[str, Any]:
    """The session's plan as it stands, to be planned anew with something changed."""
    names = SessionPlanned.model_fields.keys() - {"type", "at", "continues"}
    return {name: getattr(session, name) for name in names} | {"members": tuple(session.members.values())}


async def _session_says(
    request: web.Request, login: Login, session: SessionState, type_: str, **given: Any
) -> None:
    command = parse_command("session", {"type": type_, **given})
    await _handle(request, login, "session", session.session_id, command)


async def _handle(request: web.Request, login: Login, kind: StreamKind, id_: UUID, command: Command) -> None:
    services, here = request.app[SERVICES], context.organisation_id(request)
    meeting_id = id_ if kind == "meeting" else (await services.commands.session(here, id_)).meeting_id
    actor = login.actor(meeting_id)
    await services.commands.handle(here, kind, id_, command, actor, sender=login.sender)


async def their_meeting(request: web.Request, roles: frozenset[Role] = OFFICE) -> tuple[MeetingView, Login]:
    """The meeting in the address, for those who plan it."""
    row = await context.meeting_at(request)
    if row is None:
        await require(request, None, roles)
        raise web.HTTPNotFound
    await require(request, row.meeting_id, roles)
    return row, await require_login(request)


async def _sessions(request: web.Request, meeting_id: UUID) -> list[SessionState]:
    services, here = request.app[SERVICES], context.organisation_id(request)
    rows = await services.views.sessions_of(here, meeting_id)
    return [await services.commands.session(here, row.session_id) for row in rows]


async def _session(request: web.Request, meeting_id: UUID) -> SessionState | None:
    return main_session(await _sessions(request, meeting_id))


async def _last_session(request: web.Request, body: Body | None) -> SessionState | None:
    """The latest session of this body, if it has met."""
    services, here = request.app[SERVICES], context.organisation_id(request)
    for row in await services.views.meetings(here, limit=200):
        of_body = body and row.body_id == body.id and row.rehearsal_of is None
        if of_body and (found := await _session(request, row.meeting_id)):
            return found
    return None


async def _body(request: web.Request, text: str) -> Body | None:
    bodies = await request.app[SERVICES].directory.bodies(context.organisation_id(request))
    return next((body for body in bodies if text in (str(body.id), body.slug)), None)


async def everybody(request: web.Request) -> Sequence[Person]:
    """Everybody in the organisation, by group and name."""
    found = await request.app[SERVICES].directory.people(context.organisation_id(request))
    return sorted(found.values(), key=lambda person: (person.group_name or person.group_short, person.name))
