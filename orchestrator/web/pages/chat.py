"""The chat of a session as a part of its pages: what it is for now, its latest lines, and what came of them.

The same for all who may read the same; ``author`` says whose a line is, so that a page knows its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from orchestrator.domain.chat import Reading, hindrance
from orchestrator.domain.items import ChatMode
from orchestrator.domain.roles import Role
from orchestrator.domain.state import SessionState
from orchestrator.store.chat import Line
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.scene import LivePage, Scene
from orchestrator.web.pages.words import SPEECH_KINDS, item_name, refusal

SHOWN: Final = 50
"""So many of the latest lines are on a page: each new one sends them all."""

FRAGMENTS: Final = {
    "chat-latest": "chat/latest.html",
    "chat-lines": "chat/lines.html",
    "chat-write": "chat/write.html",
    "chat-settings": "chat/settings.html",
}

MODES: Final[Mapping[ChatMode, str]] = {
    "open": N_("Åpen"),
    "floor_only": N_("Bare be om ordet"),
    "closed": N_("Stengt"),
}
_FOR: Final = {
    ("open", True): N_("Åpen for alle i møtet."),
    ("open", False): N_(
        "Alle i møtet kan skrive. «Innlegg», «replikk» eller «stryk meg» gjelder talerlisten."
    ),
    ("floor_only", True): N_("Bare for å be om ordet."),
    ("floor_only", False): N_(
        "Her ber du om ordet: skriv «innlegg», «replikk», «til dagsorden», «saksopplysning» eller "
        "«stryk meg»."
    ),
}
"""What the chat is for, to those who lead (true) and to others."""


@dataclass(frozen=True)
class Talk:
    """Lines of a chat, and the reading that they were chosen by."""

    reading: Reading
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Said:
    """A line as shown. ``came``: what came of it, if it asked for the floor; ``gone``: who deleted it."""

    line_id: UUID
    place: int
    author: UUID
    who: str
    group: str
    role: str
    at: datetime
    text: str
    came: str
    listed: bool
    gone: str


@dataclass(frozen=True)
class Setting:
    """What the chat is for in the session, or in the current item: the choices, and which holds."""

    where: str
    item_id: UUID | None
    mode: ChatMode | None
    modes: tuple[tuple[ChatMode | None, str], ...]


@dataclass(frozen=True)
class Panel:
    """The chat as its readers see it. ``why_not``: why nobody of them may write now."""

    lines: tuple[Said, ...]
    leads: bool
    purpose: str
    why_not: str
    settings: tuple[Setting, ...]
    url: str
    delete_url: str

    @property
    def latest(self) -> Said | None:
        """The last line that has not been deleted."""
        return next((line for line in reversed(self.lines) if not line.gone), None)


def added_to(page: LivePage) -> LivePage:
    """The page with the chat's parts among those that follow."""
    return replace(page, fragments={**page.fragments, **FRAGMENTS})


def panel(scene: Scene, talk: Talk, language: str) -> Panel:
    """What the chat's templates show."""
    t = translations(language)
    state = scene.session
    address = f"/mote/{scene.meeting.slug}/chat"
    why_not = _why_not(state, talk.reading, language)
    return Panel(
        lines=tuple(_said(scene, line, language) for line in talk.lines),
        leads=talk.reading.leads,
        purpose="" if why_not else t.gettext(_FOR[state.chat_mode, talk.reading.leads]),
        why_not=why_not,
        settings=_settings(state, language) if talk.reading.leads else (),
        url=f"{address}?sesjon={state.session_id}",
        delete_url=f"{address}/slett?sesjon={state.session_id}",
    )


def _why_not(state: SessionState, reading: Reading, language: str) -> str:
    rule = hindrance(state, reading)
    if rule == "disqualified":
        return translations(language).gettext("Du deltar ikke i denne saken, og kan ikke skrive nå.")
    if rule:
        return refusal(rule, language)
    if state.chat_mode == "floor_only" and not reading.inside:
        return translations(language).gettext("Chatten er bare for å be om ordet nå.")
    return ""


def _settings(state: SessionState, language: str) -> tuple[Setting, ...]:
    if state.status not in ("planned", "open"):
        return ()
    t, item = translations(language), state.current_item
    modes = tuple((mode, t.gettext(words)) for mode, words in MODES.items())
    whole = Setting(t.gettext("Hele møtet"), None, state.usual_chat_mode, modes)
    if item is None:
        return (whole,)
    name = t.gettext("Bare %(item)s") % {"item": item_name(item, language)}
    own = ((None, t.gettext("Som i møtet")), *modes)
    return (whole, Setting(name, item.item_id, item.chat, own))


def _said(scene: Scene, line: Line, language: str) -> Said:
    t = translations(language)
    answer = line.answer or {}
    return Said(
        line_id=line.line_id,
        place=line.place,
        author=line.author,
        who=scene.name(line.person_id),
        group=scene.group(line.person_id) if line.person_id else "",
        role=line.role,
        at=line.written_at,
        text=line.text or "",
        came=_came(answer, language),
        listed="place" in answer,
        gone=t.gettext(_GONE.get(line.deleted_as, _BY_LEAD)) if line.deleted_at else "",
    )


_BY_LEAD: Final = N_("Slettet av møtelederen")
_GONE: Final = {None: N_("Slettet av den som skrev"), Role.SECRETARY: N_("Slettet av møtesekretæren")}


def _came(answer: Mapping[str, Any], language: str) -> str:
    """What came of it: "Replikk · nr. 3 på listen", "Strøket fra listen", or why not."""
    t = translations(language)
    if "refused" in answer:
        return t.gettext("Ikke på listen: %(why)s") % {"why": refusal(answer["refused"], language)}
    if "withdrawn" in answer:
        return t.gettext("Strøket fra listen")
    if "kind" not in answer:
        return ""
    words = SPEECH_KINDS[answer["kind"]]
    what, place = t.gettext(words), answer["place"]
    return t.gettext("%(what)s · nr. %(place)s på listen") % {"what": what, "place": place} if place else what
