"""Whether a participant is there and may take part: presence, absence, leave, impartiality, as they see."""

from dataclasses import dataclass
from uuid import UUID

from orchestrator.domain.items import Item
from orchestrator.domain.presence import returning
from orchestrator.domain.state import SessionState
from orchestrator.web.i18n import translations
from orchestrator.web.pages.reminders import Reminder, own_reminders
from orchestrator.web.pages.scene import Scene
from orchestrator.web.pages.seating import OUTCOMES
from orchestrator.web.pages.words import item_name


@dataclass(frozen=True)
class OwnQuestion:
    """A question of one's own impartiality; while it is ``open`` one may explain oneself or take it back."""

    question_id: UUID
    words: str
    open: bool
    explained: bool


@dataclass(frozen=True)
class Standing:
    """What has been said, in words, and what may be said now: one's own, never part of what all are sent."""

    words: str = ""
    may_register: bool = False
    may_report_absence: bool = False
    may_withdraw_absence: bool = False
    may_ask_leave: bool = False
    questions: tuple[OwnQuestion, ...] = ()
    reminders: tuple[Reminder, ...] = ()

    @property
    def pressing(self) -> bool:
        """Whether something should be in sight at once: to say that one is there."""
        return self.may_register


def standing(scene: Scene, language: str, person_id: UUID | None) -> Standing:
    """How this person stands in the session; nothing for somebody who is not in it."""
    state = scene.session
    if person_id not in state.members or state.status not in ("planned", "open"):
        return Standing()
    assert person_id is not None
    present = person_id in state.present
    counted = present and not returning(state)
    absent = person_id in state.absences
    return Standing(
        words=_words(state, person_id, language),
        may_register=not counted and not absent and person_id not in state.registered,
        may_report_absence=state.roll_called_at is None and not absent,
        may_withdraw_absence=absent,
        may_ask_leave=state.status == "open" and present and _leave(state, person_id) is None,
        questions=_questions(scene, language, person_id),
        reminders=own_reminders(scene, language, person_id),
    )


def _leave(state: SessionState, person_id: UUID) -> str | None:
    """What came of the leave asked for last, "asked" before anybody has answered; none refused or used."""
    own = [leave for leave in state.leaves if leave.person_id == person_id]
    if not own or own[-1].outcome == "refused":
        return None
    granted = own[-1].decided_at
    if granted and any(period.start > granted for period in state.presence.get(person_id, ())):
        return None  # they have been away, and are back
    return own[-1].outcome or "asked"


def _words(state: SessionState, person_id: UUID, language: str) -> str:
    t = translations(language)
    if person_id in state.absences:
        return t.gettext("Du har meldt forfall.")
    leave = _leave(state, person_id)
    if leave is not None:
        return t.gettext("Permisjon søkt.") if leave == "asked" else t.gettext("Permisjon innvilget.")
    if person_id in state.registered:
        return t.gettext("Du har meldt deg til stede. Sekretæren bekrefter.")
    if person_id in state.present and not returning(state):
        return t.gettext("Du er registrert til stede.")
    return ""


def _questions(scene: Scene, language: str, person_id: UUID) -> tuple[OwnQuestion, ...]:
    state, t = scene.session, translations(language)
    found = []
    for one in state.questions.values():
        if one.person_id != person_id:
            continue
        item = state.items.get(one.item_id)
        outcome = t.gettext(OUTCOMES[one.outcome]) if one.outcome else t.gettext("Habiliteten er reist")
        words = f"{item_name(item, language)}: {outcome}" if item else outcome
        found.append(OwnQuestion(one.question_id, words, one.outcome is None, one.explained_at is not None))
    return tuple(found)


def may_question(state: SessionState) -> list[Item]:
    """The items in which somebody may raise their impartiality: not over, and no elections (§ 11-10)."""
    return [one for one in state.agenda if one.status != "closed" and one.kind != "election"]
