"""/planlegg/{slug}/program: a conference's sessions and rooms, in forms, with what clashes in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final, NoReturn
from uuid import UUID, uuid4

from aiohttp import web

from orchestrator.commands import UnknownReference
from orchestrator.domain.clashes import Slot, clashes
from orchestrator.domain.codec import StreamKind, parse_command
from orchestrator.domain.errors import Refused
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.own_item import own_item
from orchestrator.domain.roles import MAY_SEND, Role
from orchestrator.domain.state import Member, SessionState
from orchestrator.roomkeeping.wishes import without_address
from orchestrator.store.records import Person
from orchestrator.store.views import MeetingView
from orchestrator.web import context
from orchestrator.web.actions import explained
from orchestrator.web.auth import Login
from orchestrator.web.context import SERVICES
from orchestrator.web.dates import local
from orchestrator.web.flash import put_flash, take_flash
from orchestrator.web.forms import FormState
from orchestrator.web.i18n import translations
from orchestrator.web.pages import programme_form as forms
from orchestrator.web.pages import words
from orchestrator.web.pages.plan_routes import everybody, plan_of, their_meeting
from orchestrator.web.pages.rehearsal_routes import OFFICE

ROOMS: Final = OFFICE | {Role.IT_SUPPORT}
"""IT plans rooms; what is in the programme is the office's."""
_PRIVATE: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class _Plan:
    """A conference as it is planned, and who looks at it."""

    row: MeetingView
    login: Login
    meeting: MeetingState
    sessions: tuple[SessionState, ...]
    people: Mapping[UUID, Person]

    @property
    def page(self) -> str:
        return f"/planlegg/{self.row.slug}/program"

    def may(self, command: str) -> bool:
        return bool(self.login.actor(self.row.meeting_id).roles & MAY_SEND[command])

    @property
    def members(self) -> dict[UUID, Member]:
        """Everybody who is in some session, with the rights they have there."""
        return {key: member for one in self.sessions for key, member in one.members.items()}


async def show(request: web.Request) -> web.Response:
    """GET: what is planned, by day, and what to look out for."""
    plan = await _plan(request, ROOMS)
    reader = context.language(request)
    found = clashes(slot for one in plan.sessions if (slot := Slot.of(one)))
    directory, here = request.app[SERVICES].directory, context.organisation_id(request)
    shut = await without_address(directory, here, plan.meeting.rooms, plan.sessions)
    return context.page(
        request,
        "plan/programme.html",
        headers=_PRIVATE,
        meeting=plan.meeting,
        page=plan.page,
        slug=plan.row.slug,
        sessions=plan.sessions,
        days=[list(of_day) for _, of_day in groupby(plan.sessions, key=_day)],
        rooms=sorted(plan.meeting.rooms.values(), key=lambda room: room.name),
        products=_options(reader, forms.PRODUCTS),
        used={one.room_id for one in plan.sessions if one.status != "cancelled"},
        warnings=[forms.clash_words(one, plan.meeting.rooms, plan.people, reader) for one in found],
        uninvited=[forms.uninvited_words(one, plan.people, reader) for one in shut],
        may_plan=plan.may("plan_session"),
        refused=await take_flash(request),
    )


async def session_form(request: web.Request) -> web.Response:
    """GET sesjon/{id}: a session to be changed, or (ny) a new one with those who are in the others."""
    plan = await _plan(request, OFFICE)
    state = _session(request, plan)
    members = state.members if state else plan.members
    names = {key: person.name for key, person in plan.people.items()}
    id_ = state.session_id if state else uuid4()
    values = forms.session_values(state, plan.meeting, id_, members, names)
    return await _session_page(request, plan, state, FormState(values))


async def save_session(request: web.Request) -> web.Response:
    """POST of that form: planned, or the form again with what was wrong."""
    plan = await _plan(request, OFFICE)
    state = _session(request, plan)
    values = {name: str(value) for name, value in (await request.post()).items()}
    fixed: dict[str, Any] = {"type": "plan_session", "public": not plan.meeting.internal}
    fixed |= {"body_id": plan.meeting.body_id}
    if state:
        fixed = plan_of(state) | {"type": "change_session"}
    known = plan.members | (state.members if state else {})
    people = await everybody(request)
    reader = context.language(request)
    written = forms.read_session(values, fixed, plan.meeting, people, members=known, language=reader)
    id_ = state.session_id if state else _id(values, "id")
    if await _said(request, plan, "session", id_, written):
        services, here = request.app[SERVICES], context.organisation_id(request)
        planned = await services.commands.session(here, id_)
        if own := own_item(plan.meeting, planned, state.title if state else ""):
            await _send(request, plan, "session", id_, own)
        raise web.HTTPSeeOther(plan.page)
    return await _session_page(request, plan, state, FormState(values, written.errors), status=422)


async def cancel_session(request: web.Request) -> web.Response:
    """POST sesjon/{id}/avlys: it stays in the programme, as cancelled."""
    plan = await _plan(request, OFFICE)
    state = _session(request, plan)
    assert state is not None
    await _does(request, plan, "session", state.session_id, {"type": "cancel_session"})


async def room_form(request: web.Request) -> web.Response:
    """GET rom/{id}: a room to be changed, or (ny) a new one."""
    plan = await _plan(request, ROOMS)
    known = plan.meeting.rooms.get(room_id) if (room_id := _in_address(request)) else None
    if room_id and known is None:
        raise web.HTTPNotFound
    values = forms.room_values(known, room_id or uuid4())
    return await _room_page(request, plan, FormState(values), is_new=known is None)


async def save_room(request: web.Request) -> web.Response:
    """POST of that form: planned, or the form again with what was wrong."""
    plan = await _plan(request, ROOMS)
    values = {name: str(value) for name, value in (await request.post()).items()}
    room_id = _in_address(request)
    known = plan.meeting.rooms.get(room_id) if room_id else None
    if room_id and known is None:
        raise web.HTTPNotFound
    written = forms.read_room(values, known, room_id or _id(values, "room_id"), context.language(request))
    if await _said(request, plan, "meeting", plan.row.meeting_id, written):
        raise web.HTTPSeeOther(plan.page)
    state = FormState(values, written.errors)
    return await _room_page(request, plan, state, is_new=known is None, status=422)


async def remove_room(request: web.Request) -> web.Response:
    """POST rom/{id}/fjern: it is closed and taken away, unless a session needs it."""
    plan = await _plan(request, ROOMS)
    room_id = context.id_in(request, "id")
    if room_id not in plan.meeting.rooms and room_id not in plan.meeting.removed_rooms:
        raise web.HTTPNotFound
    command = {"type": "remove_room", "room_id": room_id}
    await _does(request, plan, "meeting", plan.row.meeting_id, command)


async def _plan(request: web.Request, roles: frozenset[Role]) -> _Plan:
    row, login = await their_meeting(request, roles)
    services, here = request.app[SERVICES], context.organisation_id(request)
    meeting = await services.commands.meeting(here, row.meeting_id)
    rows = await services.views.sessions_of(here, row.meeting_id)
    rows = sorted(rows, key=lambda one: (one.starts_at, one.ends_at, one.title))  # as the programme has them
    sessions = [await services.commands.session(here, one.session_id) for one in rows]
    people = await services.directory.people(here)
    return _Plan(row, login, meeting, tuple(sessions), people)


def _day(state: SessionState) -> date | None:
    return local(state.starts_at).date() if state.starts_at else None


def _in_address(request: web.Request) -> UUID | None:
    """The id in the address; None: a new one is asked for."""
    return context.id_in(request, "id") if "id" in request.match_info else None


def _id(values: Mapping[str, str], name: str) -> UUID:
    """The id that a form was given, so that sent twice it plans one thing."""
    try:
        return UUID(values.get(name, ""))
    except ValueError:
        raise web.HTTPBadRequest from None


def _session(request: web.Request, plan: _Plan) -> SessionState | None:
    """The planned session in the address; None: a new one is asked for."""
    id_ = _in_address(request)
    found = next((one for one in plan.sessions if one.session_id == id_), None)
    if id_ and found is None:
        raise web.HTTPNotFound
    return found


async def _said(
    request: web.Request, plan: _Plan, kind: StreamKind, id_: UUID, written: forms.Written
) -> bool:
    """Whether what was written is done; else what was wrong has been added to it."""
    if written.command is None:
        return False
    reader = context.language(request)
    try:
        await _send(request, plan, kind, id_, written.command)
    except UnknownReference as error:
        name = error.field.removeprefix("room.")
        written.errors[name] = explained(error, reader).body.errors[0].message  # type: ignore[index]
    except Refused as error:
        written.errors["title" if kind == "session" else "name"] = words.refusal(error.rule, reader)
    return not written.errors


async def _send(request: web.Request, plan: _Plan, kind: StreamKind, id_: UUID, command: Any) -> None:
    services, here = request.app[SERVICES], context.organisation_id(request)
    actor = plan.login.actor(plan.row.meeting_id)
    await services.commands.handle(here, kind, id_, command, actor, sender=plan.login.sender)


async def _does(
    request: web.Request, plan: _Plan, kind: StreamKind, id_: UUID, asked: Mapping[str, Any]
) -> NoReturn:
    """Do it, or say on the page why not."""
    try:
        await _send(request, plan, kind, id_, parse_command(kind, dict(asked)))
    except Refused as error:
        await put_flash(request, words.refusal(error.rule, context.language(request)))
    raise web.HTTPSeeOther(plan.page)


def _options(language: str, named: Mapping[str, str]) -> dict[str, str]:
    t = translations(language)
    return {key: t.gettext(text) for key, text in named.items()}


async def _session_page(
    request: web.Request, plan: _Plan, state: SessionState | None, form: FormState, status: int = 200
) -> web.Response:
    reader = context.language(request)
    t = translations(reader)
    rooms = sorted(plan.meeting.rooms.values(), key=lambda room: room.name)
    return context.page(
        request,
        "plan/session.html",
        status=status,
        headers=_PRIVATE,
        page=plan.page,
        meeting=plan.meeting,
        known=state,
        form=form,
        people=(people := await everybody(request)),
        chairs=[("", "–"), *((str(person.id), person.name) for person in people)],
        kinds=list(_options(reader, forms.KINDS).items()),
        rooms=[("", t.gettext("Ikke noe rom")), *((str(room.room_id), room.name) for room in rooms)],
        sources=await _sources(request),
    )


async def _room_page(
    request: web.Request, plan: _Plan, form: FormState, *, is_new: bool, status: int = 200
) -> web.Response:
    return context.page(
        request,
        "plan/room.html",
        status=status,
        headers=_PRIVATE,
        page=plan.page,
        meeting=plan.meeting,
        is_new=is_new,
        form=form,
        products=list(_options(context.language(request), forms.PRODUCTS).items()),
        sources=await _sources(request),
    )


async def _sources(request: web.Request) -> list[tuple[str, str]]:
    here, t = context.organisation_id(request), translations(context.language(request))
    found = await request.app[SERVICES].directory.sources(here)
    return [("", t.gettext("Ingen sending")), *((str(one.id), one.name) for one in found)]
