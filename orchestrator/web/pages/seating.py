"""Who sits in which seat, as the consoles show it: who is here, asks to leave, is questioned, steps in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from orchestrator.domain.impartiality import deciders
from orchestrator.domain.items import Item, LegalBasis, Question
from orchestrator.domain.presence import returning
from orchestrator.domain.seats import Leave, Seating
from orchestrator.domain.state import SessionState
from orchestrator.domain.substitutes import next_substitute, vacant
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.doors import written_basis
from orchestrator.web.pages.reminders import raised, reminders
from orchestrator.web.pages.scene import Scene
from orchestrator.web.pages.words import case_label, item_name

OUTCOMES: Final = {
    "disqualified": N_("Inhabil"),
    "exempted": N_("Fritatt av personlige grunner"),
    "impartial": N_("Habil"),
}
BASES: Final = (
    LegalBasis(section="forvaltningsloven § 6", paragraph="1"),
    LegalBasis(section="forvaltningsloven § 6", paragraph="2"),
    LegalBasis(section="kommuneloven § 11-10"),
    LegalBasis(section="kommuneloven § 11-11"),
)
"""What is mostly used; any other can be written."""


@dataclass(frozen=True)
class Doubt:
    """A member's impartiality in the item: raised, or decided. ``next_id``: the substitute to be called."""

    question: Question
    name: str
    outcome: str
    basis: str
    deciders: int
    seated: str
    next_id: UUID | None
    next_name: str


def doubts(scene: Scene, item: Item | None, language: str) -> list[Doubt]:
    """Whose impartiality has been raised in the item, the undecided first."""
    state, t = scene.session, translations(language)
    found = []
    for one in state.questions.values():
        if item is None or one.item_id != item.item_id:
            continue
        seating = next((s for s in state.seatings if _for(s, one) and not s.over), None)
        following = None if seating else next_substitute(state, one.person_id, one.item_id)
        found.append(
            Doubt(
                question=one,
                name=scene.signed(one.person_id),
                outcome=t.gettext(OUTCOMES[one.outcome]) if one.outcome else "",
                basis=written_basis(one.legal_basis, t.gettext) if one.legal_basis else "",
                deciders=deciders(state, one),
                seated=scene.name(seating.person_id) if seating else "",
                next_id=following if one.outcome != "impartial" else None,
                next_name=_called(scene, following, language) if following else "",
            )
        )
    return sorted(found, key=lambda doubt: (bool(doubt.outcome), doubt.name))


def _called(scene: Scene, person_id: UUID, language: str) -> str:
    """A substitute with the place on the list that makes them the next: "1. vara SP: Kari Nordli"."""
    member = scene.session.members.get(person_id)
    if member is None or member.list_order is None:
        return scene.signed(person_id)
    words = translations(language).gettext("%(place)s. vara %(group)s: %(name)s")
    return words % {"place": member.list_order, "group": member.group, "name": scene.name(person_id)}


def _for(seating: Seating, question: Question) -> bool:
    return (seating.for_id, seating.item_id) == (question.person_id, question.item_id)


@dataclass(frozen=True)
class Vacancy:
    """An empty seat, and the next on the list of substitutes; ``seated`` when one has been called."""

    person_id: UUID
    name: str
    said: str
    next_id: UUID | None
    next_name: str
    seated: Seating | None
    seated_name: str


def vacancies(scene: Scene, language: str) -> list[Vacancy]:
    """The seats that a substitute may fill from now on, or has been called to."""
    state, t = scene.session, translations(language)
    found = []
    for person_id in state.members:
        seating = next(
            (s for s in state.seatings if (s.for_id, s.item_id) == (person_id, None) and not s.over), None
        )
        if seating is None and not vacant(state, person_id):
            continue
        following = None if seating else next_substitute(state, person_id)
        found.append(
            Vacancy(
                person_id=person_id,
                name=scene.signed(person_id),
                said=t.gettext("meldt forfall") if person_id in state.absences else "",
                next_id=following,
                next_name=_called(scene, following, language) if following else "",
                seated=seating,
                seated_name=scene.signed(seating.person_id) if seating else "",
            )
        )
    return sorted(found, key=lambda one: (one.seated is not None, one.name))


def asked_leaves(scene: Scene, language: str) -> list[tuple[Leave, str, str]]:
    """The leaves that nobody has answered, with whose they are and for which item."""
    state = scene.session
    return [
        (leave, scene.signed(leave.person_id), _item_words(state, leave.item_id, language))
        for leave in state.leaves
        if leave.outcome is None
    ]


def _item_words(state: SessionState, item_id: UUID | None, language: str) -> str:
    item = state.items.get(item_id) if item_id else None
    return (case_label(item, language) or item.title) if item else ""


def seating_context(scene: Scene, item: Item | None, language: str) -> Mapping[str, Any]:
    """What the consoles' panels on seats and impartiality show of ``item``."""
    state, t = scene.session, translations(language)
    waiting = [person for person in state.registered if person not in state.present or returning(state)]
    return {
        "doubts": doubts(scene, item, language),
        "reminders": reminders(scene, language, item),
        "raised_elsewhere": [
            (item_name(state.items[item_id], language), words)
            for item_id, words in raised(scene, language).items()
            if item_id in state.items and not (item and item.item_id == item_id)
        ],
        "vacancies": vacancies(scene, language),
        "leaves": asked_leaves(scene, language),
        "registered": sorted(((one, scene.signed(one)) for one in waiting), key=lambda pair: pair[1]),
        "returning": returning(state) and state.status == "open" and not state.in_break,
        "impartiality_outcomes": [(key, t.gettext(words)) for key, words in OUTCOMES.items()],
        "impartiality_bases": [(basis.model_dump_json(), written_basis(basis, t.gettext)) for basis in BASES],
    }
