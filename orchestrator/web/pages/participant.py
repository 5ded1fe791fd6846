"""A participant's phone: where one stands on the list, the buttons to ask for the floor, the item.

What is personal comes from shared bytes: ``variants`` holds the upper part once for every way it can look
(waiting as number 3, having the floor, absent, …), and the page's script shows the one that is its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from orchestrator.domain.exchange import answerable
from orchestrator.domain.speakers import may_request
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.state import SessionState
from orchestrator.schedule.due import REMIND_BEFORE
from orchestrator.web.dates import clock, speech_duration
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages import debate
from orchestrator.web.pages.approval import objectables, state_words
from orchestrator.web.pages.debate import Entry, Floor
from orchestrator.web.pages.programme import moved
from orchestrator.web.pages.scene import LivePage, Scene
from orchestrator.web.pages.words import BREAK_KINDS, SPEECH_KINDS, case_label, item_marks, refusal


@dataclass(frozen=True)
class Ask:
    """A button that asks for the floor; ``why_not`` disables it, from ``shuts_at`` on if that is given."""

    kind: str
    words: str
    parent_id: UUID | None
    why_not: str
    shuts_at: datetime | None = None
    more: bool = False


@dataclass(frozen=True)
class Mine:
    """The upper part of the page as one person sees it. Equal for all whose situation is the same."""

    headline: str
    detail: str
    floor: Floor | None
    waiting: tuple[Entry, ...]
    asks: tuple[Ask, ...]
    told: str = ""


@dataclass(frozen=True)
class Seen:
    """What is the same for everybody: who has the floor, and the list."""

    floor: Floor | None
    entries: tuple[Entry, ...]
    removed: Mapping[UUID, str] = field(default_factory=dict)
    """What to say to those whose entry was taken off the list and who have not asked anew."""


def seen(scene: Scene, language: str) -> Seen:
    """The floor and the list as everybody sees them."""
    entries = tuple(debate.speaker_list(scene, language))
    return Seen(debate.floor(scene, language), entries, _removed(scene.session))


def _removed(state: SessionState) -> Mapping[UUID, str]:
    item_id = state.current_item_id
    latest = {
        one.person_id: one
        for one in sorted(state.requests.values(), key=lambda one: one.ended_at or one.requested_at)
        if one.item_id == item_id
    }
    told_otherwise = state.disqualified(item_id) if item_id else set()
    return {
        key: words
        for key, one in latest.items()
        if (words := _TAKEN_OFF.get(one.end_reason or "")) and key not in told_otherwise
    }


_TAKEN_OFF: Final = {
    "removed": N_("Møteledelsen har strøket deg fra talerlisten."),
    "left": N_("Du ble registrert som gått, og er strøket fra talerlisten."),
}
"""What is said to somebody who was taken off the list, by the reason."""


def mine(scene: Scene, language: str, person_id: UUID | None, common: Seen | None = None) -> Mine:
    """Where this person stands now, and what they may ask for; ``common`` when it is known already."""
    t = translations(language)
    common = common or seen(scene, language)
    floor = common.floor if common.floor and common.floor.person_id == person_id else None
    waiting = tuple(one for one in common.entries if one.person_id == person_id)
    headline, detail = _headline(scene, language, floor, waiting)
    if scene.session.status != "open" or scene.session.current_item is None:
        return Mine(headline, detail, floor, waiting, ())
    told = t.gettext(common.removed[person_id]) if person_id and person_id in common.removed else ""
    near = _near(scene.session)
    asks = tuple(
        Ask(
            kind=kind,
            words=t.gettext(SPEECH_KINDS[kind]),
            parent_id=_parent(scene.session, kind),
            why_not=(why_not := _why_not(scene, language, person_id, kind)),
            shuts_at=_shuts_at(scene.session, person_id, kind) if person_id and not why_not else None,
            more=kind not in near,
        )
        for kind in _kinds(scene.session)
    )
    return Mine(headline, detail, floor, waiting, asks, told)


def _headline(
    scene: Scene, language: str, floor: Floor | None, waiting: tuple[Entry, ...]
) -> tuple[str, str]:
    t = translations(language)
    state = scene.session
    if state.status == "adjourned":
        return t.gettext("Møtet er hevet"), ""
    if state.status != "open":
        return t.gettext("Møtet er ikke åpnet"), t.gettext("Her ber du om ordet når en sak er tatt opp.")
    if floor is not None:
        return t.gettext("Du har ordet"), floor.kind
    if waiting:
        first = waiting[0]
        if first.left is not None:
            left = speech_duration(first.left)
            return t.gettext("Du fortsetter straks"), t.gettext("%(time)s igjen") % {"time": left}
        minutes = -(-int(first.wait_seconds) // 60)
        words = (
            t.gettext("Du er nr. %(place)s · ca. %(minutes)s min")
            if minutes
            else t.gettext("Du er nr. %(place)s")
        )
        if first.place == 1:
            words = t.gettext("Du er neste")
        return words % {"place": first.place, "minutes": minutes}, ", ".join(one.words for one in waiting)
    if state.current_item is None:
        return t.gettext("Ingen sak er tatt opp"), t.gettext("Her ber du om ordet når en sak er tatt opp.")
    return t.gettext("Du står ikke på talerlisten"), ""


def _parent(state: SessionState, kind: SpeechKind) -> UUID | None:
    speech = answerable(state) if kind is SpeechKind.REPLY else None
    return speech.request_id if speech else None


def _near(state: SessionState) -> tuple[SpeechKind, ...]:
    """The kinds with a big button; all others are behind «Mer»."""
    template = state.current_item.template if state.current_item else None
    if template is None:
        return _KINDS
    return tuple(kind for kind in (*_KINDS, SpeechKind.QUESTION) if kind in template.allowed)


def _kinds(state: SessionState) -> list[SpeechKind]:
    """The kinds that a participant may ever ask for here; the rejoinder places itself."""
    template = state.current_item.template if state.current_item else None
    rules = state.rules_for(state.current_item_id)
    never = {SpeechKind.PRESENTATION, SpeechKind.REJOINDER}
    if not rules.replies_per_speech:
        never.add(SpeechKind.REPLY)
    allowed = set(template.allowed if template else SpeechKind) - never
    near = [kind for kind in _near(state) if kind in allowed]
    return [*near, *(kind for kind in SpeechKind if kind in allowed and kind not in near)]


_KINDS: Final = (SpeechKind.SPEECH, SpeechKind.REPLY, SpeechKind.POINT_OF_ORDER)
_SHORT: Final = {
    "no_item_open": N_("Ingen sak er tatt opp"),
    "not_a_member": N_("Du har ikke talerett her"),
    "no_right_to_speak": N_("Du har ikke talerett her"),
    "not_present": N_("Du er ikke registrert til stede"),
    "already_waiting": N_("Du står på listen"),
    "reply_to_nothing": N_("Ingen holder innlegg nå"),
    "reply_too_late": N_("Ingen holder innlegg nå"),
    "exchange_over": N_("Ingen holder innlegg nå"),
    "reply_to_reply": N_("Det gis ikke replikk til replikk"),
    "reply_to_oneself": N_("Du har ordet selv"),
    "list_closed": N_("Strek er satt"),
    "replies_full": N_("Alle replikker er tegnet"),
    "vote_running": N_("Votering pågår"),
    "no_reply_to_this": N_("Det gis ikke replikk nå"),
    "rejoinder_begun": N_("Svarreplikken er begynt"),
    "kind_not_allowed": N_("Ikke i denne saken"),
    "group_time_used": N_("Gruppens tid er brukt"),
    "time_is_out": N_("Tiden for saken er ute"),
    "disqualified": N_("Du er inhabil i saken"),
}
"""Why not, in few words for under a button."""


def _why_not(scene: Scene, language: str, person_id: UUID | None, kind: SpeechKind) -> str:
    """Why this may not be asked for now; nothing when it may."""
    rule = may_request(scene.session, person_id, kind, scene.now) if person_id else "not_a_member"
    if rule is None:
        return ""
    return translations(language).gettext(_SHORT[rule]) if rule in _SHORT else refusal(rule, language)


def _shuts_at(state: SessionState, person_id: UUID, kind: SpeechKind) -> datetime | None:
    """When the last call ends, if what may be asked for now may not be from then on."""
    until = state.current_item.line.until if state.current_item else None
    return until if until and may_request(state, person_id, kind, until) == "list_closed" else None


def reminder(scene: Scene, language: str) -> str:
    """When the session begins, from when its participants are to be reminded; nothing before, or after.

    Only of a published meeting, as the schedule does; IT may have decided on another time, or on never.
    """
    state, mark = scene.session, scene.remind
    if state.status != "planned" or state.starts_at is None or state.kind == "break":
        return ""
    if scene.meeting.status != "published" or (mark and mark.skipped):
        return ""
    if not ((mark and mark.at) or state.starts_at - REMIND_BEFORE) <= scene.now < state.starts_at:
        return ""
    t = translations(language)
    conference = scene.meeting.kind == "conference"
    words = (
        t.gettext("Sesjonen begynner kl. %(time)s.")
        if conference
        else t.gettext("Møtet begynner kl. %(time)s.")
    )
    return words % {"time": clock(state.starts_at)}


@dataclass(frozen=True)
class Variants:
    """Every way the upper part looks now, and who sees which; whoever is not named sees the first."""

    looks: tuple[Mine, ...]
    people: dict[str, int]


def variants(scene: Scene, language: str, common: Seen | None = None) -> Variants:
    """What everybody in the session sees, each look once, the commonest first."""
    common = seen(scene, language) if common is None else common
    own = {key: mine(scene, language, key, common) for key in scene.session.members}
    often: dict[Mine, int] = {}
    for look in own.values():
        often[look] = often.get(look, 0) + 1
    looks = tuple(sorted(often, key=lambda look: -often[look]))
    numbers = {look: number for number, look in enumerate(looks)}
    return Variants(looks, {str(key): numbers[look] for key, look in own.items() if numbers[look]})


def participant_context(scene: Scene, language: str) -> Mapping[str, Any]:
    """What everybody sees below the upper part, and all the looks of that."""
    t = translations(language)
    state = scene.session
    item = state.current_item
    common = seen(scene, language)
    rules = state.rules_for(state.current_item_id)
    return {
        "state": state,
        "item": item,
        "item_case": case_label(item, language) if item else "",
        "air": debate.on_air(state, language),
        "speaking": common.floor,
        "voting": state.current_vote,
        "reminder": reminder(scene, language),
        "moved_from": moved(scene.meeting, state) if state.status in ("planned", "open") else None,
        "entries": common.entries,
        "variants": variants(scene, language, common),
        "categories": rules.point_of_order_categories,
        "category_required": rules.category_required,
        "marks_of": lambda item: item_marks(item, language),
        "agenda_words": {one.item_id: state_words(one, language) for one in state.agenda},
        "objectables": objectables(state, language),
        "break_words": t.gettext(BREAK_KINDS[state.breaks[-1].kind]) if state.in_break else "",
        "proposals": [
            p for p in state.proposals.values() if item and p.item_id == item.item_id and not p.withdrawn
        ],
    }


PAGE = LivePage(
    template="participant/page.html",
    fragments={
        "where": "participant/where.html",
        "variants": "participant/variants.html",
        "list": "participant/list.html",
        "papers": "participant/papers.html",
        "agenda": "participant/agenda.html",
    },
    context=participant_context,
)
