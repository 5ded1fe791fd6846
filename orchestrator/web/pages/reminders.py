"""Reminders of impartiality: who stepped down when the same matter was treated before.

They decide nothing: the question is raised anew, or not. What they say may be from behind closed doors, so
they are for those who lead the meeting, and for the person alone.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from orchestrator.domain.items import Item
from orchestrator.store.impartiality import SteppedDown
from orchestrator.web.dates import long_date
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.doors import written_basis
from orchestrator.web.pages.scene import Scene
from orchestrator.web.pages.words import item_name

_WORDS: Final = {
    "disqualified": N_("%(name)s ble erklært inhabil i denne saken %(day)s (%(body)s), %(basis)s."),
    "exempted": N_("%(name)s ble fritatt i denne saken %(day)s (%(body)s), %(basis)s."),
}
_OWN: Final = {
    "disqualified": N_("Du ble erklært inhabil i denne saken %(day)s (%(body)s), %(basis)s."),
    "exempted": N_("Du ble fritatt i denne saken %(day)s (%(body)s), %(basis)s."),
}


@dataclass(frozen=True)
class Reminder:
    """Of one person in one item, in words; ``item_label`` is empty where the item is shown anyway."""

    item_id: UUID
    person_id: UUID
    name: str
    words: str
    item_label: str


def reminders(scene: Scene, language: str, shown: Item | None = None) -> list[Reminder]:
    """What the consoles are reminded of in the items to come, ``shown`` first."""
    found = [
        Reminder(
            item_id=item.item_id,
            person_id=before.person_id,
            name=scene.signed(before.person_id),
            words=_said(_WORDS, before, scene, language),
            item_label="" if shown and item.item_id == shown.item_id else item_name(item, language),
        )
        for item, before in _due(scene)
    ]
    return sorted(found, key=lambda one: bool(one.item_label))


def own_reminders(scene: Scene, language: str, person_id: UUID) -> tuple[Reminder, ...]:
    """The same to the person themselves."""
    return tuple(
        Reminder(
            item_id=item.item_id,
            person_id=person_id,
            name="",
            words=_said(_OWN, before, scene, language),
            item_label=item_name(item, language),
        )
        for item, before in _due(scene)
        if before.person_id == person_id
    )


def _due(scene: Scene) -> Iterator[tuple[Item, SteppedDown]]:
    """Where the question can be raised and has not been, nor answered, in this session."""
    state = scene.session
    if state.status not in ("planned", "open"):
        return
    questioned = {(one.item_id, one.person_id) for one in state.questions.values()}
    for item in state.agenda:
        if item.status == "closed" or item.kind == "election":
            continue
        for before in scene.stepped_down:
            known = (item.item_id, before.person_id) in questioned or before.person_id not in state.members
            if before.matter == item.matter(state.body_id) and not known:
                yield item, before


def _said(words: dict[str, str], before: SteppedDown, scene: Scene, language: str) -> str:
    t = translations(language)
    return t.gettext(words[before.outcome]) % {
        "name": scene.name(before.person_id),
        "day": long_date(before.decided_at, language),
        "body": before.body,
        "basis": written_basis(before.legal_basis, t.gettext),
    }


def raised(scene: Scene, language: str) -> dict[UUID, str]:
    """In which items impartiality has been raised and not decided on: how many times, in words."""
    words = translations(language).gettext("Habilitet reist: %(num)s")
    questions = scene.session.questions.values()
    counted = Counter(one.item_id for one in questions if one.outcome is None)
    return {item_id: words % {"num": number} for item_id, number in counted.items()}


def marks(scene: Scene, language: str) -> dict[UUID, list[str]]:
    """What a case list says beside an item: how many are questioned, and whether there is a reminder."""
    words = translations(language).gettext("Habilitet: påminnelse")
    found = {item_id: [one] for item_id, one in raised(scene, language).items()}
    for item_id in {item.item_id for item, _ in _due(scene)}:
        found.setdefault(item_id, []).append(words)
    return found
