"""The public pages of a meeting at its one address, and of a session of a conference."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiohttp import web

from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.minutes import Minutes, public_minutes
from orchestrator.domain.publicity import PublicSession
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.state import SessionState
from orchestrator.services import Services
from orchestrator.store.views import MeetingView
from orchestrator.web import context, i18n
from orchestrator.web.context import SERVICES
from orchestrator.web.pages import public_view as view
from orchestrator.web.pages.attendance import absent_lines, present_lines
from orchestrator.web.pages.doors import Gettext
from orchestrator.web.pages.words import vote_words

PROCEEDINGS = frozenset({"plenary", "parallel", "breakout", "briefing"})
"""The kinds of sessions that something is said in: what is followed live."""
SHARED_SECONDS = 2
"""How long a proxy may give everyone the same page: a million readers cost the service one rendering."""


def meeting_path(slug: str) -> str:
    """The one address of a meeting."""
    return f"/mote/{slug}"


def programme_path(slug: str) -> str:
    """The one address of a conference: its programme."""
    return f"/program/{slug}"


def session_path(slug: str, session_id: UUID) -> str:
    """The address of a session of a conference: its stream, its cases and its recording."""
    return f"{programme_path(slug)}/sesjon/{session_id}"


def home_path(row: MeetingView) -> str:
    """Where a meeting is found."""
    return programme_path(row.slug) if row.kind == "conference" else meeting_path(row.slug)


def gettext_of(request: web.Request) -> Gettext:
    """The reader's language."""
    return i18n.translations(context.language(request)).gettext


def public_page(request: web.Request, template: str, **given: Any) -> web.Response:
    """A page that is the same for everybody who reads it in the same language, and never shown stale."""
    headers = {"Cache-Control": f"public, max-age={SHARED_SECONDS}, must-revalidate"}
    return context.page(request, template, headers=headers, **given)


@dataclass(frozen=True)
class Shown:
    """A meeting as the public may see it, with its main session; or a conference with one of its sessions."""

    meeting: MeetingState
    row: MeetingView
    session: PublicSession | None
    minutes: Minutes | None
    has_source: bool
    about: str

    @property
    def words(self) -> dict[str, Any]:
        """What the page is called, where it is, and what it is part of."""
        if self.row.kind == "conference" and self.session:
            return {
                "meeting_path": session_path(self.row.slug, self.session.session_id),
                "heading": self.session.title,
                "held_at": self.session.starts_at,
                "part_of": [(self.meeting.title, programme_path(self.row.slug))],
            }
        return {
            "meeting_path": meeting_path(self.row.slug),
            "heading": self.meeting.title,
            "held_at": self.meeting.starts_at,
            "part_of": [],
        }


async def announced(request: web.Request) -> MeetingView:
    """The meeting at this address; a draft, an internal or an unknown one is 404."""
    services, organisation_id = request.app[SERVICES], context.organisation_id(request)
    row = await services.views.meeting_by_slug(organisation_id, request.match_info["slug"])
    if row is None or not row.announced:
        raise web.HTTPNotFound
    return row


async def _shown(request: web.Request) -> Shown:
    """The meeting at this address, or the session of a conference; a conference itself is its programme."""
    services, organisation_id = request.app[SERVICES], context.organisation_id(request)
    row = await announced(request)
    asked = context.id_in(request, "id") if "id" in request.match_info else None
    if asked is None and row.kind == "conference":
        raise web.HTTPFound(programme_path(row.slug))
    meeting = await services.commands.meeting(organisation_id, row.meeting_id)
    rows = await services.views.sessions_of(organisation_id, row.meeting_id)
    wanted = [one.session_id for one in rows if asked in (None, one.session_id)]
    states = [await services.commands.session(organisation_id, id_) for id_ in wanted]
    state = main_session([one for one in states if one.public])
    if asked and (state is None or row.kind != "conference" or state.kind not in PROCEEDINGS):
        raise web.HTTPNotFound
    minutes = public_minutes(state) if state is not None else None
    return Shown(
        meeting=meeting,
        row=row,
        session=minutes.session if minutes else None,
        minutes=minutes,
        has_source=minutes is not None and state is not None and await _has_media(services, state),
        about=state.description if asked and state else meeting.description,
    )


async def _has_media(services: Services, state: SessionState) -> bool:
    """Whether it is broadcast, or what its room's own product recorded has been fetched afterwards.

    Not once that has been deleted.
    """
    if state.recording_deleted_at:
        return False
    if state.source_id is not None or state.room_id is None or state.status != "adjourned":
        return state.source_id is not None
    return state.room_id in await services.marks.done([state.room_id], "fetch_artifacts")


def main_session(states: Sequence[SessionState]) -> SessionState | None:
    """The session a meeting's page shows: the open, else the next, else the last; public ones come first."""
    first = [state for state in states if state.public] or list(states)
    for status in ("open", "planned"):
        found = next((state for state in first if state.status == status), None)
        if found is not None:
            return found
    return first[-1] if first else None


async def meeting(request: web.Request) -> web.Response:
    """The meeting's one address: announced, live, and as a recording."""
    services, shown, _ = request.app[SERVICES], await _shown(request), gettext_of(request)
    names = await services.people.names(context.organisation_id(request))
    session = shown.session
    items = view.item_lines(session, names, _) if session else ()
    chair = view.signed(session.chair_id, None, names) if session and session.chair_id else ""
    nexts = view.waiting(session, names, _) if session else []
    return public_page(
        request,
        "public/meeting.html",
        meeting=shown.meeting,
        **shown.words,
        about=shown.about,
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
    services, shown, _ = request.app[SERVICES], await _shown(request), gettext_of(request)
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
    return public_page(
        request,
        "public/speakers.html",
        meeting=shown.meeting,
        **shown.words,
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
    services, shown, _ = request.app[SERVICES], await _shown(request), gettext_of(request)
    if shown.minutes is None or not shown.minutes.parts or shown.session is None:
        raise web.HTTPNotFound
    names = await services.people.names(context.organisation_id(request))
    items = view.item_lines(shown.session, names, _)
    titles = {item.item_id: item.number or item.title for item in items}
    return public_page(
        request,
        "public/protocol.html",
        meeting=shown.meeting,
        **shown.words,
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
