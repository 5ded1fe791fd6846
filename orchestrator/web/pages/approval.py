"""The agenda settled by the meeting: what is left to approve, move and postpone, and who objects to what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from orchestrator.domain.approval import may_object, objecting, objections_needed
from orchestrator.domain.decisions import voters
from orchestrator.domain.items import Item
from orchestrator.domain.state import SessionState
from orchestrator.web.i18n import translations
from orchestrator.web.pages.debate import group_sizes
from orchestrator.web.pages.scene import Scene
from orchestrator.web.pages.words import ITEM_STATES, dropped_words, item_name


@dataclass(frozen=True)
class Objectable:
    """An item that falls if a third of those who vote object, or the chair; ``left``: who has not yet."""

    item: Item
    name: str
    made: str
    objectors: frozenset[UUID]
    left: tuple[UUID, ...]


def settling(state: SessionState) -> bool:
    """Whether the agenda can be settled now: in open meeting (doors and all)."""
    return state.status == "open" and not state.in_break and not state.doors_closed


def unapproved(state: SessionState) -> bool:
    """Whether it is time to approve the agenda: the roll has been called."""
    return settling(state) and state.roll_called_at is not None and state.approval is None


def state_words(item: Item, language: str) -> str:
    """How far the item has come, or why it was taken off the agenda."""
    _ = translations(language).gettext
    return dropped_words(item, _) or _(ITEM_STATES[item.status])


def objectables(state: SessionState, language: str) -> dict[UUID, Objectable]:
    """The items that somebody may object to now."""
    t = translations(language)
    found = {}
    for item in state.agenda:
        may = tuple(key for key in state.members if may_object(state, item, key))
        if not may:
            continue
        made = t.gettext("%(number)s av %(needed)s som trengs har motsatt seg") % {
            "number": len(objecting(state, item)),
            "needed": objections_needed(state),
        }
        found[item.item_id] = Objectable(
            item=item,
            name=item_name(item, language),
            made=made if item.objectors else "",
            objectors=item.objectors,
            left=tuple(key for key in may if key not in item.objectors),
        )
    return found


def approval_context(scene: Scene, language: str) -> Mapping[str, Any]:
    """What the consoles' templates show of all this."""
    state = scene.session
    found = objectables(state, language)
    left = {key for one in found.values() for key in one.left}
    chair_first = sorted(left, key=lambda key: (key != state.chair_id, scene.name(key)))
    return {
        "settling": settling(state),
        "unapproved": unapproved(state),
        "agenda_voters": voters(state),
        "agenda_sizes": group_sizes(state, None),
        "cases": [(item, state_words(item, language)) for item in state.agenda],
        "objectables": found,
        "objectors": [(key, scene.signed(key)) for key in chair_first],
    }
