"""/drift/sesjoner/{id}/forskyv: a session is moved by some minutes; the new times are shown first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from aiohttp import web

from orchestrator.domain.clashes import Slot, clashes
from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.state import SessionState
from orchestrator.move_letters import concerned, told_of
from orchestrator.sliding import NewTimes, carry_out, slid
from orchestrator.web import context
from orchestrator.web.auth import require, require_login
from orchestrator.web.context import SERVICES
from orchestrator.web.dates import local
from orchestrator.web.flash import put_flash
from orchestrator.web.forms import FormState
from orchestrator.web.i18n import translations
from orchestrator.web.pages.day_routes import IT
from orchestrator.web.pages.programme_form import clash_words
from orchestrator.web.pages.words import refusal

MOST: Final = 12 * 60
"""Minutes that a session is moved by at once."""
NOTE: Final = 500
"""Characters of what is told of a move, as MoveSession has it."""


@dataclass(frozen=True)
class Shift:
    """A session that slides: as it is and as it is to be."""

    session: SessionState
    new: NewTimes

    @property
    def value(self) -> str:
        """Its exact new times, for the form that carries them out; ``_new_times`` reads it."""
        return f"{self.new.session_id} {self.new.starts_at.isoformat()} {self.new.ends_at.isoformat()}"


@dataclass(frozen=True)
class _Programme:
    """The session that slides, among all of its meeting's. ``back``: the console on its day."""

    session: SessionState
    meeting: MeetingState
    sessions: Sequence[SessionState]
    back: str


async def show(request: web.Request) -> web.Response:
    """GET: the form; with ?minutter=15&folger=on also which sessions get which times. Nothing is done."""
    programme = await _programme(request)
    services, language = request.app[SERVICES], context.language(request)
    form = FormState(
        {"minutter": request.query.get("minutter", ""), "folger": request.query.get("folger", "")}
    )
    shifts: list[Shift] = []
    if "minutter" in request.query:
        try:
            shifts = _shifts(programme, form, services.clock.now())
        except Refused as error:
            form = FormState(form.values, {"minutter": refusal(error.rule, language)})
        except ValueError:
            said = translations(language).gettext(
                "Ingen sesjon kan begynne før nå, eller slutte før den begynner."
            )
            form = FormState(form.values, {"minutter": said})
    return context.page(
        request,
        "it/slide.html",
        status=422 if form.errors else 200,
        headers={"Cache-Control": "no-store"},
        session=programme.session,
        back=programme.back,
        form=form,
        most=MOST,
        shifts=shifts,
        warnings=await _warnings(request, programme, shifts, language),
        told=await _told(request, programme, shifts, language) if shifts else "",
    )


async def slide(request: web.Request) -> web.Response:
    """POST: exactly the times that were shown; sent twice is harmless. 422 for what no form of ours sends."""
    programme = await _programme(request)
    login, here = await require_login(request), context.organisation_id(request)
    written = await request.post()
    known = {one.session_id for one in programme.sessions}
    try:
        moves = [_new_times(str(one)) for one in written.getall("move")]
    except (KeyError, ValueError):
        raise web.HTTPUnprocessableEntity from None
    note = str(written.get("note", "")).strip()
    if len(note) > NOTE or any(one.session_id not in known for one in moves):
        raise web.HTTPUnprocessableEntity
    actor = login.actor(programme.meeting.meeting_id)
    try:
        await carry_out(request.app[SERVICES].commands, here, moves, actor, note=note, sender=login.sender)
    except (Refused, Forbidden) as error:
        await put_flash(request, refusal(error.rule, context.language(request)))
    raise web.HTTPSeeOther(programme.back)


async def _programme(request: web.Request) -> _Programme:
    """For IT of this organisation; 404 for what has ended, was cancelled or is not theirs."""
    await require(request, None, IT)
    services, here = request.app[SERVICES], context.organisation_id(request)
    row = await services.views.session(here, context.id_in(request, "id"))
    if row is None or row.status in ("adjourned", "cancelled"):
        raise web.HTTPNotFound
    rows = await services.views.sessions_of(here, row.meeting_id)
    sessions = [await services.commands.session(here, one.session_id) for one in rows]
    day, today = local(row.starts_at).date(), local(services.clock.now()).date()
    return _Programme(
        session=next(one for one in sessions if one.session_id == row.session_id),
        meeting=await services.commands.meeting(here, row.meeting_id),
        sessions=sessions,
        back="/drift" if day == today else f"/drift?dag={day}",
    )


def _shifts(programme: _Programme, form: FormState, now: datetime) -> list[Shift]:
    """Raises Refused, and ValueError for no number of minutes, or one that moves a session into the past."""
    minutes = int(str(form.values["minutter"]))
    if not 0 < abs(minutes) <= MOST:
        raise ValueError(minutes)
    by, session_id = timedelta(minutes=minutes), programme.session.session_id
    new = slid(programme.sessions, session_id, by, following=bool(form.values["folger"]))
    by_id = {one.session_id: one for one in programme.sessions}
    shifts = [Shift(by_id[one.session_id], one) for one in new]
    for one in shifts:
        if (one.new.starts_at if one.session.status == "planned" else one.new.ends_at) < now:
            raise ValueError(minutes)
    return shifts


def _new_times(written: str) -> NewTimes:
    """Raises ValueError."""
    session_id, start, end = written.split(" ")
    starts_at, ends_at = datetime.fromisoformat(start), datetime.fromisoformat(end)
    if starts_at.tzinfo is None or ends_at.tzinfo is None or ends_at <= starts_at:
        raise ValueError(written)
    return NewTimes(UUID(session_id), starts_at, ends_at)


async def _told(request: web.Request, programme: _Programme, shifts: Sequence[Shift], language: str) -> str:
    """Who will be told of the new times by e-mail, in words."""
    services, t = request.app[SERVICES], translations(language)
    if not told_of(programme.meeting):
        return t.gettext("Ingen får e-post om det: Møtet er ikke kunngjort.")
    if not services.settings.mail_from:
        return t.gettext("Ingen får e-post om det: Tjenesten er ikke koblet til en e-posttjener.")
    ids = {id_ for one in shifts for id_ in concerned(one.session)}
    contacts = await services.directory.contacts(context.organisation_id(request), ids)
    told = sum(bool(contact.email) for contact in contacts.values())
    words = t.ngettext(
        "%(num)s som leder, innleder eller hjelper til, får e-post om det.",
        "%(num)s som leder, innleder eller hjelper til, får e-post om det.",
        told,
    ) % {"num": told}
    if untold := len(contacts) - told:
        words += " " + t.gettext("Uten e-postadresse: %(num)s.") % {"num": untold}
    return words


async def _warnings(
    request: web.Request, programme: _Programme, shifts: Sequence[Shift], language: str
) -> list[str]:
    """What would clash that does not now."""
    new = {one.new.session_id: one.new for one in shifts}
    before = {(one.first.id, one.second.id) for one in clashes(_slots(programme.sessions))}
    moved = [
        one.replace(starts_at=at.starts_at, ends_at=at.ends_at) if (at := new.get(one.session_id)) else one
        for one in programme.sessions
    ]
    found = [
        one
        for one in clashes(_slots(moved))
        if not before & {(one.first.id, one.second.id), (one.second.id, one.first.id)}
    ]
    ids = {id_ for one in found for id_ in one.presenter_ids | one.contact_ids}
    here = context.organisation_id(request)
    people = await request.app[SERVICES].directory.people(here, ids) if ids else {}
    return [clash_words(one, programme.meeting.rooms, people, language) for one in found]


def _slots(sessions: Sequence[SessionState]) -> Iterator[Slot]:
    return (slot for one in sessions if (slot := Slot.of(one)))
