"""What keeps the service from fetching what was made of a meeting, in words: what, why, and what to do."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from orchestrator.roomkeeping.subscriptions import NO_ADDRESS
from orchestrator.store.fetch_troubles import FetchTrouble
from orchestrator.web.dates import clock
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.day import Problem
from orchestrator.web.pages.room_words import trouble_words

WHAT: Final[Mapping[str, str]] = {
    "recording": N_("Opptaket fra rommet «%(name)s» er ikke hentet."),
    "transcript": N_("Tekstingen fra rommet «%(name)s» er ikke hentet."),
    "attendance": N_("Oversikten over hvem som var i rommet «%(name)s», er ikke hentet."),
    "subscription": N_("Teams sier ikke fra når opptak er klare. De hentes likevel, men senere."),
}
WHY: Final[Mapping[str, tuple[str, str]]] = {
    "refused": (
        N_("Teams sier nei."),
        N_("Sjekk at tilgangen som kommunen har gitt tjenesten, gjelder opptak, utskrift og fremmøte."),
    ),
    "gone": (
        N_("Møtet er borte i Teams."),
        N_("Se om det ligger hos kontoen som lager møtene, og last det ned der."),
    ),
    "transcripts_disabled": (
        N_("Teams lar ikke programmer lese utskrifter."),
        N_("Tillat det i administrasjonen av Teams hvis dere vil ha teksting. Opptaket kommer uansett."),
    ),
    "not_a_film": (N_("Filen kan ikke spilles av."), N_("Se om opptaket kan spilles av i Teams.")),
    "disk_full": (N_("Det er ikke plass på disken."), N_("Gjør plass på disken.")),
    "unplaced": (
        N_("Tidene i den stemmer ikke, så ingen vet hva som ble sagt for lukkede dører."),
        N_("Ingenting av den lagres eller vises. Du trenger ikke gjøre noe."),
    ),
}
"""By the codes of a trouble; those of a room mean the same here."""
UNREACHED: Final = (
    N_("Teams sier nei."),
    N_("Sjekk at Microsoft når tjenesten over https, og at tilgangen fortsatt gjelder."),
)
"""The same of a subscription, which is refused where nobody answers at our address."""


def fetch_problems(
    troubles: Sequence[FetchTrouble], names: Mapping[UUID, str], language: str
) -> list[Problem]:
    """Each trouble in words. ``names``: of the rooms."""
    wrong = (one for one in troubles if one.code != NO_ADDRESS)
    return [_problem(one, names.get(one.target_id, ""), language) for one in wrong]


def fetch_note(troubles: Sequence[FetchTrouble], language: str) -> str:
    """What IT should know once, and is no problem: that Microsoft cannot reach this service."""
    if not any(one.code == NO_ADDRESS for one in troubles):
        return ""
    return translations(language).gettext(
        "Microsoft når ikke tjenesten over https. Opptak fra Teams hentes ved å se etter, "
        "og kommer litt senere."
    )


def _problem(one: FetchTrouble, name: str, language: str) -> Problem:
    t = translations(language)
    if one.kind == "subscription" and one.code == "refused":
        why, todo = (t.gettext(words) for words in UNREACHED)
    elif one.code in WHY:
        why, todo = (t.gettext(words) for words in WHY[one.code])
    else:
        why, todo = trouble_words(one.code, (), language)
    again = ""
    if one.try_at:
        again = t.gettext("Prøves igjen kl. %(time)s.") % {"time": clock(one.try_at)}
    return Problem(
        f"{t.gettext(WHAT[one.kind]) % {'name': name}} {why}",
        todo,
        again,
        "" if one.kind == "subscription" else str(one.target_id),
    )
