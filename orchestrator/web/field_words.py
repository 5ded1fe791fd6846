"""What is wrong with a field, in the reader's language: for people; the API says it in pydantic's English."""

from collections.abc import Mapping
from typing import Any, Final

from orchestrator.web.i18n import N_, translations

_WORDS: Final[Mapping[str, str]] = {
    "missing": N_("Må fylles ut."),
    "string_too_short": N_("Må fylles ut."),
    "string_too_long": N_("Kan ha høyst %(max_length)s tegn."),
    "greater_than_equal": N_("Må være minst %(ge)s."),
    "less_than_equal": N_("Kan være høyst %(le)s."),
    "int_parsing": N_("Må være et helt tall."),
    "int_type": N_("Må være et helt tall."),
    "int_from_float": N_("Må være et helt tall."),
    "float_parsing": N_("Må være et tall."),
    "bool_parsing": N_("Må være ja eller nei."),
    "enum": N_("Velg ett av alternativene."),
    "literal_error": N_("Velg ett av alternativene."),
    "uuid_parsing": N_("Velg ett av alternativene."),
    "uuid_type": N_("Velg ett av alternativene."),
    "datetime_parsing": N_("Må være en dato og et klokkeslett."),
    "datetime_from_date_parsing": N_("Må være en dato og et klokkeslett."),
    "timezone_aware": N_("Må være en dato og et klokkeslett."),
    "does not exist": N_("Finnes ikke (lenger)."),
    "is taken": N_("Er allerede i bruk."),
    "is taken by another meeting": N_("Er allerede adressen til et annet møte."),
    "before the first day": N_("Kan ikke være før den første dagen."),
    "must be after starts_at": N_("Må være senere enn begynnelsen."),
    "only a-z, 0-9 and single hyphens": N_("Bare bokstavene a–z, tall og enkle bindestreker."),
    "must be a web address (https://…)": N_("Må være en nettadresse (https://…)."),
    "is required for this kind of source": N_("Må fylles ut."),
    "private_address": N_("Fører til et privat nett. Det må være ført opp i innstillingene."),
    "protocol": N_("Må begynne med srt://, rtsp://, rtmp:// eller https://."),
    "characters": N_("Har tegn som ikke kan brukes. Skriv uten mellomrom og uten æ, ø og å."),
    "form": N_("Er ikke en adresse som det kan hentes fra."),
    "file": N_("Filen finnes ikke i mappen som er satt av til slike."),
    "list without a group": N_("Listen er gruppens: personen må høre til en gruppe."),
    "place on the list is taken": N_("En annen i gruppen har dette nummeret på listen."),
    "time of day": N_("Må være et klokkeslett, for eksempel 09.15."),
    "outside the session": N_("Hvert tema må begynne mens sesjonen varer."),
    "nobody of this name": N_("Ingen i listen heter dette. Skriv navnet slik det står der."),
    "outside the days of the meeting": N_("Må være en av dagene som møtet varer."),
    "a break has no room; one with a room is a social session": N_(
        "En pause har ikke noe rom. Velg typen Uformelt for en pause med rom."
    ),
    "breaks and social sessions are never broadcast": N_("Pauser og uformelle sesjoner sendes aldri."),
    "is recorded: a social session never is": N_("Rommet tas opp. En uformell sesjon tas aldri opp."),
    "must be an address that begins with https://": N_("Må begynne med https://."),
    "is for a room of the kind link, which needs one": N_(
        "Et rom i et annet produkt må ha en adresse, og bare et slikt rom."
    ),
    "such a room is never recorded or streamed": N_("Et uformelt rom tas aldri opp og sendes aldri."),
    "is no room of this meeting": N_("Finnes ikke (lenger)."),
    "is required when the item is restricted": N_("Må fylles ut når saken er unntatt offentlighet."),
}
"""By pydantic's type of error, by our own message, or by the rule that a source breaks."""

_OTHERWISE: Final = N_("Kan ikke brukes slik det er skrevet.")


def in_words(type_: str, message: str, values: Mapping[str, Any], language: str) -> str:
    """One sentence; ``type_`` and ``message`` as pydantic has them, ``values`` the limits they speak of."""
    words = _WORDS.get(type_) or _WORDS.get(message, _OTHERWISE)
    return translations(language).gettext(words) % values
