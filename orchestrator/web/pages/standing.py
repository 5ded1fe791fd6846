"""Whether a participant is there and may take part: presence, absence, leave, impartiality, as they see."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from orchestrator.domain.items import Item
from orchestrator.domain.presence import returning
from orchestrator.domain.seats import Leave
from orchestrator.domain.state import SessionState
from orchestrator.web.forms import FormState
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.reminders import Reminder, own_reminders
from orchestrator.web.pages.scene import Scene
from orchestrator.web.pages.seating import OUTCOMES
from orchestrator.web.pages.words import case_label, item_name

EXPLAINED: Final = ("report_absence", "ask_leave", "raise_impartiality")
"""The commands that are sent with a reason, for the secretary alone."""
Choices = tuple[tuple[UUID, str], ...]
"""Items to choose among, by their numbers and titles."""


def _empty_forms() -> Mapping[str, FormState]:
    return {name: FormState(prefix=f"{name}-") for name in EXPLAINED}


@dataclass(frozen=True)
class OwnQuestion:
    """A question of one's own impartiality; while it is ``open`` one may take it back.

    ``may_explain``: one has not yet told the body how one sees it, which is done once, in the meeting.
    """

    question_id: UUID
    words: str
    open: bool
    explained: bool
    may_explain: bool


@dataclass(frozen=True)
class Standing:
    """What has been said, in words, and what may be said now: one's own, never part of what all are sent."""

    words: str = ""
    may_register: bool = False
    may_report_absence: bool = False
    may_withdraw_absence: bool = False
    may_ask_leave: bool = False
    leave_asked: bool = False
    remote: bool = False
    confirms_alone: UUID | None = None
    """The closing for which this member is asked to say that they are alone."""
    questions: tuple[OwnQuestion, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    questionable: Choices = ()
    remaining: Choices = ()
    forms: Mapping[str, FormState] = field(default_factory=_empty_forms)
    """What was written and was not done, by the command it was for."""

    @property
    def awaited(self) -> bool:
        """Whether somebody is to answer: the page then asks for itself again now and then."""
        return self.leave_asked or self.remote or any(one.open for one in self.questions)

    @property
    def returned(self) -> bool:
        """Whether something that was written has come back."""
        return any(form.values for form in self.forms.values())

    def with_returned(self, type_: str, values: Mapping[str, str], errors: Mapping[str, str]) -> "Standing":
        """The same, with what was written for this command back in its form."""
        if type_ not in EXPLAINED:
            return self
        return replace(self, forms={**self.forms, type_: FormState(values, errors, f"{type_}-")})


def standing(scene: Scene, language: str, person_id: UUID | None) -> Standing:
    """How this person stands in the session; nothing for somebody who is not in it."""
    state = scene.session
    if person_id not in state.members or state.status not in ("planned", "open"):
        return Standing()
    assert person_id is not None
    present = person_id in state.present
    counted = present and not returning(state)
    absent = person_id in state.absences
    leave = _leave(state, person_id)
    return Standing(
        words=_words(state, person_id, language),
        may_register=not counted and not absent and person_id not in state.registered,
        may_report_absence=state.roll_called_at is None and not absent,
        may_withdraw_absence=absent,
        may_ask_leave=state.status == "open" and present and not _on_leave(leave),
        leave_asked=leave is not None and leave.outcome is None,
        remote=person_id in state.remote,
        confirms_alone=_to_confirm(state, person_id),
        questions=_questions(scene, language, person_id),
        reminders=own_reminders(scene, language, person_id),
        questionable=_choices(may_question(state, person_id), language),
        remaining=_choices(_remaining(state), language),
    )


def _to_confirm(state: SessionState, person_id: UUID) -> UUID | None:
    asked = person_id in state.remote_present - state.alone and state.closing is not None
    return state.closing.closing_id if asked and state.closing else None


def _leave(state: SessionState, person_id: UUID) -> Leave | None:
    """The leave asked for last; none once they have been away since it was answered, and are back."""
    own = next((leave for leave in reversed(state.leaves) if leave.person_id == person_id), None)
    answered = own and own.decided_at
    if answered and any(period.start > answered for period in state.presence.get(person_id, ())):
        return None
    return own


def _on_leave(leave: Leave | None) -> bool:
    """Whether it was granted, or nobody has answered yet."""
    return leave is not None and leave.outcome != "refused"


def _words(state: SessionState, person_id: UUID, language: str) -> str:
    t = translations(language)
    if person_id in state.absences:
        return t.gettext("Du har meldt forfall.")
    if leave := _leave(state, person_id):
        item = state.items.get(leave.item_id) if leave.item_id else None
        words = t.gettext(_LEAVES[leave.outcome])
        return f"{item_name(item, language)}: {words}" if item else words
    if person_id in state.registered:
        return t.gettext("Du har meldt deg til stede. Sekretæren bekrefter.")
    if person_id in state.present and not returning(state):
        return t.gettext("Du er registrert til stede.")
    return ""


_LEAVES: Final = {
    None: N_("Permisjon søkt."),
    "granted": N_("Permisjon innvilget."),
    "refused": N_("Permisjon ble ikke innvilget."),
}


def _questions(scene: Scene, language: str, person_id: UUID) -> tuple[OwnQuestion, ...]:
    state, t = scene.session, translations(language)
    found = []
    for one in state.questions.values():
        if one.person_id != person_id:
            continue
        item = state.items.get(one.item_id)
        outcome = t.gettext(OUTCOMES[one.outcome]) if one.outcome else t.gettext("Habiliteten er reist")
        words = f"{item_name(item, language)}: {outcome}" if item else outcome
        undecided, explained = one.outcome is None, one.explained_at is not None
        may_explain = undecided and not explained and state.status == "open"
        found.append(OwnQuestion(one.question_id, words, undecided, explained, may_explain))
    return tuple(found)


def may_question(state: SessionState, person_id: UUID) -> list[Item]:
    """The items in which they may raise their impartiality: not raised yet, and no elections (§ 11-10)."""
    raised = {
        one.item_id
        for one in state.questions.values()
        if one.person_id == person_id and one.outcome != "impartial"
    }
    return [one for one in _remaining(state) if one.kind != "election" and one.item_id not in raised]


def _remaining(state: SessionState) -> list[Item]:
    return [one for one in state.agenda if one.status != "closed"]


def _choices(items: list[Item], language: str) -> Choices:
    return tuple((one.item_id, f"{case_label(one, language)} {one.title}".strip()) for one in items)
