"""The hall display and the lower third: what screens that nobody sits at show, from the public's view alone.

A screen's link may end up anywhere, so a screen knows no more than somebody at home: behind closed doors,
and while the broadcast is stopped, it names nobody, though those in the hall see who speaks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from orchestrator.domain.publicity import PublicClock, PublicSession
from orchestrator.domain.timeline import Name
from orchestrator.web.dates import clock, day_clock
from orchestrator.web.i18n import translations
from orchestrator.web.pages import public_view
from orchestrator.web.pages.public_view import NextLine
from orchestrator.web.pages.words import BREAK_KINDS

NEXT_SHOWN: Final = 3


@dataclass(frozen=True)
class Hall:
    """The hall display: big words and what belongs to them. ``state`` is for the look only.

    ``until``: when the last call ends; ``line``: how far strek has come otherwise.
    """

    state: str
    headline: str
    detail: str = ""
    group: str = ""
    number: str = ""
    title: str = ""
    clock: PublicClock | None = None
    nexts: tuple[NextLine, ...] = ()
    until: datetime | None = None
    line: str = ""
    rehearsal: bool = False


@dataclass(frozen=True)
class Plate:
    """The lower third: who speaks, in which case."""

    name: str
    group: str
    number: str
    rehearsal: bool = False


def hall(
    view: PublicSession | None, names: Mapping[UUID, Name], language: str, *, rehearsal: bool = False
) -> Hall:
    """What those in the hall see of a session; nothing of one that is not for the public.

    ``rehearsal``: it is one, and is marked as such.
    """
    return replace(_hall(view, names, language), rehearsal=rehearsal)


def _hall(view: PublicSession | None, names: Mapping[UUID, Name], language: str) -> Hall:
    _ = translations(language).gettext
    if view is None:
        return Hall("none", _("Møtet vises ikke her"))
    if view.status == "live":
        return _debate(view, names, language)
    pause = BREAK_KINDS[view.break_kind or "pause"]
    headline = {
        "planned": view.title,
        "break": _(pause),
        "closed": _("Møtet er lukket"),
        "stopped": _("Sendingen er stoppet"),
        "adjourned": _("Møtet er hevet"),
        "cancelled": _("Møtet er avlyst"),
    }[view.status]
    return Hall(view.status, headline, _detail(view, language))


def _detail(view: PublicSession, language: str) -> str:
    _ = translations(language).gettext
    match view.status:
        case "planned" if view.starts_at:
            return _("Begynner %(when)s") % {"when": day_clock(view.starts_at, language)}
        case "break" if view.resume_at:
            return _("Møtet fortsetter kl. %(time)s.") % {"time": clock(view.resume_at)}
        case "break":
            return _("Møtet fortsetter om litt.")
        case "closed" if view.closing:
            return _("Hjemmel: %(basis)s.") % {"basis": public_view.basis_words(view.closing.legal_basis, _)}
        case "stopped":
            return _("Møtet fortsetter i salen.")
        case "adjourned" if view.adjourned_at:
            return _("Kl. %(time)s") % {"time": clock(view.adjourned_at)}
    return ""


def _debate(view: PublicSession, names: Mapping[UUID, Name], language: str) -> Hall:
    _ = translations(language).gettext
    speaking = None if view.voting else view.speaking
    name = names.get(speaking.person_id) if speaking else None
    return Hall(
        state="speaking" if speaking else "voting" if view.voting else "silent",
        headline=name.name if name else public_view.floor_words(view, names, _),
        detail=public_view.special_kind(speaking.kind, _) if speaking else "",
        group=_group(view, name) if name else "",
        number=_number(view, language),
        title=view.current.title if view.current else "",
        clock=view.clock if speaking else None,
        nexts=tuple(public_view.waiting(view, names, _)[:NEXT_SHOWN]),
        until=view.list_until,
        line={"proposed": _("Strek er foreslått."), "closed": _("Strek er satt.")}.get(
            view.list_state or "", ""
        ),
    )


def plate(
    view: PublicSession | None, names: Mapping[UUID, Name], language: str, *, rehearsal: bool = False
) -> Plate | None:
    """None unless somebody speaks in public whose name is known."""
    if view is None or view.status != "live" or view.voting or view.speaking is None:
        return None
    name = names.get(view.speaking.person_id)
    return Plate(name.name, _group(view, name), _number(view, language), rehearsal) if name else None


def _group(view: PublicSession, name: Name) -> str:
    return (view.speaking.group if view.speaking else None) or name.group or ""


def _number(view: PublicSession, language: str) -> str:
    number = view.current.case_number if view.current else None
    return translations(language).gettext("Sak %(number)s") % {"number": number} if number else ""
