"""Rooms that a product has and nobody here knows of, in words: how many, why that may be, what to do."""

from collections.abc import Sequence
from itertools import groupby

from orchestrator.store.unknown_rooms import UnknownRoom
from orchestrator.web.i18n import translations
from orchestrator.web.pages.day import Problem, Removal
from orchestrator.web.pages.room_words import PRODUCTS, in_sentence, trouble_words


def unknown_problems(rooms: Sequence[UnknownRoom], language: str) -> list[Problem]:
    """One of each product, and one of what is being taken away from it. ``rooms``: by product."""
    found = []
    for provider, of_product in groupby(rooms, key=lambda one: one.provider):
        product = translations(language).gettext(PRODUCTS.get(provider, provider))
        there = list(of_product)
        if waiting := [one for one in there if one.asked_at is None]:
            found.append(_undecided(waiting, product, language))
        if asked := len(there) - len(waiting):
            words = translations(language).ngettext(
                "%(num)s rom i %(product)s tas bort nå.", "%(num)s rom i %(product)s tas bort nå.", asked
            )
            found.append(Problem(words % {"num": asked, "product": product}))
    return found


def _undecided(rooms: Sequence[UnknownRoom], product: str, language: str) -> Problem:
    t = translations(language)
    what = t.ngettext(
        "I %(product)s er det %(num)s rom som ingen her kjenner.",
        "I %(product)s er det %(num)s rom som ingen her kjenner.",
        len(rooms),
    )
    todo = t.gettext(
        "Enten er databasen hentet fra en sikkerhetskopi, eller så bruker en annen installasjon samme konto, "
        "og da kan rommene være i bruk der."
    )
    if trouble := next((one.trouble for one in rooms if one.trouble), None):
        why, mend = trouble_words(trouble, (), language)
        failed = t.gettext("Det gikk ikke å ta bort alle: %(why)s") % {"why": in_sentence(why)}
        todo = f"{failed} {mend} {todo}"
    removal = Removal(
        provider=rooms[0].provider,
        product=product,
        room_ids=tuple(str(one.room_id) for one in rooms),
        since=min(one.found_at for one in rooms),
    )
    return Problem(what % {"num": len(rooms), "product": product}, todo, removal=removal)
