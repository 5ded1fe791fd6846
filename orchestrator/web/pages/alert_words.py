"""Urgent problems in words: for the console, the webhook and e-mail. They name nobody and lead nowhere."""

from collections.abc import Mapping
from typing import Final

from orchestrator.alert_channels import Told, Words
from orchestrator.store.alerts import Alert
from orchestrator.store.directory import Directory
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.room_words import trouble_words

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "room_not_ready": (
        N_("Rommet «%(name)s» er ikke klart, og skal snart være åpent."),
        N_("Se hvordan det står til, og prøv igjen."),
    ),
    "source_silent": (
        N_("Kilden «%(name)s» sender ikke, og møtet trenger den."),
        N_("Sjekk at koderen er på, og at nettet og adressen i den er riktig."),
    ),
    "doors_not_confirmed": (
        N_("Dørene i rommet «%(name)s» er ikke bekreftet lukket."),
        N_("Be møteleder vente. Prøv igjen, eller la medlemmene gå til et rom bare for dem."),
    ),
}
"""What is wrong and what to do, by the kinds of store.alerts."""


def alert_words(alert: Alert, language: str) -> tuple[str, str]:
    """What is wrong, with why where that is known, and what to do."""
    t = translations(language)
    what, todo = KINDS[alert.kind]
    why, remedy = trouble_words(alert.trouble, (), language)
    if alert.trouble == "not_as_wanted":
        why = t.gettext("Innstillingene er ikke bekreftet.")
    words = f"{t.gettext(what) % {'name': alert.name}} {why}".rstrip()
    return words, remedy if alert.kind == "room_not_ready" and remedy else t.gettext(todo)


def told(directory: Directory) -> Words:
    """Words for those who are not on the console, in their municipality's language."""

    async def words(alert: Alert) -> Told:
        organisation = await directory.organisation(alert.organisation_id)
        what, todo = alert_words(alert, organisation.language if organisation else "nb")
        return Told(what, todo, organisation.name if organisation else "")

    return words
