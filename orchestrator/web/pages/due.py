"""What the service will do by itself, when, and what IT has decided of it, in words."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from orchestrator.schedule.due import Due
from orchestrator.schedule.running import SENDER
from orchestrator.web.dates import clock
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.room_words import STEPS

STATES: Final[Mapping[str, str]] = {
    "ahead": N_("Venter"),
    "due": N_("Skjer nå"),
    "done": N_("Gjort"),
    "skipped": N_("Gjøres ikke"),
    "late": N_("Ikke gjort ennå"),
}
"""By the states of schedule.due."""


@dataclass(frozen=True)
class DueLine:
    """One thing that is due. ``decided``: by IT, in words; ``written``: its time, HH:MM.

    ``never``: IT has said that it is not done.
    """

    target_id: UUID
    kind: str
    at: datetime
    what: str
    whose: str
    state: str
    done: bool
    never: bool
    may_be_now: bool
    decided: str
    written: str

    @property
    def key(self) -> str:
        """For ids in the page."""
        return f"{self.kind}-{self.target_id}"


def due_lines(
    found: Iterable[Due], names: Mapping[UUID, str], in_use: Collection[UUID], language: str
) -> list[DueLine]:
    """What is due, in its order. ``in_use``: rooms that are not closed and so must not be deleted now."""
    return [
        _line(one, names.get(one.target_id, ""), language, in_use=one.target_id in in_use) for one in found
    ]


def _line(one: Due, whose: str, language: str, *, in_use: bool) -> DueLine:
    t = translations(language)
    by_it = one.decided_by not in ("", SENDER)
    never = by_it and one.state == "skipped"
    skipped, moved = t.gettext("IT har bestemt at dette ikke gjøres."), t.gettext("Tiden er satt av IT.")
    return DueLine(
        target_id=one.target_id,
        kind=one.kind,
        at=one.at,
        what=t.gettext(STEPS[one.kind]),
        whose=whose,
        state=t.gettext(STATES[one.state]),
        done=one.state == "done" or (one.state == "skipped" and not by_it),
        never=never,
        may_be_now=one.kind != "delete_room" or not in_use,
        decided=(skipped if never else moved) if by_it else "",
        written=clock(one.at),
    )
