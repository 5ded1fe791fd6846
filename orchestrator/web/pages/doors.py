"""Closing the doors, step by step, in words: which step is next, and the legal bases to choose from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal
from uuid import uuid5

from orchestrator.domain.base import running
from orchestrator.domain.items import LegalBasis
from orchestrator.domain.rooms import Product, Room
from orchestrator.domain.state import Closing, SessionState
from orchestrator.web.i18n import N_, translations

Gettext = Callable[[str], str]
DoorsStep = Literal["none", "proposed", "debating_closed", "voted", "closed"]


@dataclass(frozen=True)
class LegalChoice:
    """A legal basis to choose, with what it is for. The municipality may have its own list."""

    basis: LegalBasis
    reason: str


LEGAL_BASES: Final = (
    LegalChoice(
        LegalBasis(section="kommuneloven § 11-5", paragraph="2"),
        N_("Arbeidstakers tjenstlige forhold, eller lovbestemt taushetsplikt (skal lukkes)"),
    ),
    LegalChoice(
        LegalBasis(section="kommuneloven § 11-5", paragraph="3", letter="a"),
        N_("Hensynet til personvern (kan lukkes)"),
    ),
    LegalChoice(
        LegalBasis(section="kommuneloven § 11-5", paragraph="3", letter="b"),
        N_("Tungtveiende offentlige interesser, og opplysninger som kan unntas (kan lukkes)"),
    ),
)

_ORDINALS: Final = {
    "1": N_("første ledd"),
    "2": N_("andre ledd"),
    "3": N_("tredje ledd"),
    "4": N_("fjerde ledd"),
    "5": N_("femte ledd"),
}


def written_basis(basis: LegalBasis, _: Gettext) -> str:
    """As minutes write it: "kommuneloven § 11-5 tredje ledd bokstav a"; a bare number gets its "§"."""
    parts = [basis.section if "§" in basis.section else f"§ {basis.section}"]
    if basis.paragraph:
        parts.append(_(_ORDINALS[basis.paragraph]) if basis.paragraph in _ORDINALS else basis.paragraph)
    if basis.letter:
        parts.append(_("bokstav %(letter)s") % {"letter": basis.letter})
    return " ".join(parts)


def legal_choices(language: str) -> list[tuple[str, str, str]]:
    """The legal bases to choose from: as a form's value, as minutes write them, and what they are for."""
    t = translations(language)
    return [
        (choice.basis.model_dump_json(), written_basis(choice.basis, t.gettext), t.gettext(choice.reason))
        for choice in LEGAL_BASES
    ]


def members_room(state: SessionState, name: str, product: Product) -> Room:
    """A room for the members alone, where the doors of the one they are in cannot be closed."""
    room_id = uuid5(state.session_id, f"members-only/{product}")
    return Room(room_id=room_id, name=name, provider=product, observers=False)


def doors_step(closing: Closing | None) -> DoorsStep:
    """Where the procedure stands: what has been done, and so what comes next."""
    if closing is None:
        return "none"
    if running(closing.periods):
        return "closed"
    if running(closing.debate):
        return "debating_closed"
    return "proposed" if closing.vote is None else "voted"
