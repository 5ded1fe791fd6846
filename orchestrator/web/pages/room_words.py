"""Digital rooms in words: how one stands, what is wrong and what to do, and what is due."""

from collections.abc import Mapping
from typing import Final

from orchestrator.store.rooms import RoomStanding
from orchestrator.web.dates import clock_seconds
from orchestrator.web.i18n import N_, translations

STATES: Final[Mapping[str, tuple[str, str]]] = {
    "asked": (N_("Bestilt"), "neutral"),
    "created": (N_("Opprettet"), "info"),
    "verified": (N_("Bekreftet"), "success"),
    "open": (N_("Åpent"), "success"),
    "closed": (N_("Lukket"), "neutral"),
    "failed": (N_("Feilet"), "danger"),
}
"""Each state of a room, and the colour that repeats it."""

PRODUCTS: Final[Mapping[str, str]] = {
    "teams": "Teams",
    "livekit": "LiveKit",
    "embedded": N_("Vårt eget rom"),
    "link": N_("Annet program"),
}

TROUBLES: Final[Mapping[str, tuple[str, str]]] = {
    "throttled": (N_("Leverandøren ber oss vente."), N_("Du trenger ikke gjøre noe.")),
    "unavailable": (
        N_("Leverandøren svarer ikke."),
        N_("Sjekk nettet og leverandørens driftsmeldinger."),
    ),
    "refused": (
        N_("Leverandøren sier nei."),
        N_("Sjekk at tilgangen som kommunen har gitt tjenesten, fortsatt gjelder."),
    ),
    "no_policy": (
        N_("Kontoen som lager rommet, har ikke lov til det."),
        N_("Gi den en tilgangspolicy i Teams. Det kan ta en halv time før den virker."),
    ),
    "gone": (N_("Rommet er borte hos leverandøren."), N_("Prøv igjen, så lages det på nytt.")),
    "not_configured": (
        N_("Leverandøren er ikke koblet til."),
        N_("Legg inn kommunens konto hos leverandøren."),
    ),
    "not_installed": (
        N_("Programvaren for slike rom er ikke installert."),
        N_("Installer tillegget på maskinen, eller velg et rom i et annet produkt."),
    ),
    "not_as_wanted": (
        N_("Ikke bekreftet: %(options)s."),
        N_("Rett det hos leverandøren, og prøv igjen. Ingen får lenke før det er bekreftet."),
    ),
    "no_egress": (
        N_("Ingen egress-tjeneste svarer hos LiveKit-serveren."),
        N_("Start LiveKits egress-tjeneste og Redis, som docs/operations.md forklarer."),
    ),
    "sends_nothing": (
        N_("Egress-tjenesten har fått beskjed, men sender ikke."),
        N_("Sjekk at den når vår adresse, LiveKit-serveren og kildens port."),
    ),
}
"""What is wrong with a room and what to do, by the codes of rooms.provider.TroubleCode."""

OPTIONS: Final[Mapping[str, str]] = {
    "admitters": N_("hvem som slipper inn fra lobbyen"),
    "allowed_presenters": N_("hvem som kan presentere"),
    "announcements": N_("varsel når noen kommer"),
    "auto_create": N_("at rom ikke kan lages av andre"),
    "cameras": N_("kamera"),
    "chat": N_("chat"),
    "door": N_("døren"),
    "inside": N_("hvem som er inne"),
    "kept_out": N_("hvem som holdes ute"),
    "lobby": N_("lobby"),
    "metadata": N_("merkingen av rommet"),
    "microphones": N_("mikrofon"),
    "name": N_("navnet"),
    "observers": N_("tilhørere"),
    "open_microphones": N_("mikrofon"),
    "presenters": N_("møteledere og innledere"),
    "record_automatically": N_("opptak av seg selv"),
    "recorded": N_("opptak"),
    "recording": N_("opptak"),
    "rights": N_("hvem som kan snakke"),
    "speakers": N_("hvem som har ordet"),
    "telephones_pass": N_("telefon forbi lobbyen"),
    "transcribed": N_("utskrift av det som sies"),
    "transcription": N_("utskrift av det som sies"),
}
"""The options of a room, as `verify` of its product names them."""

_PRESENTERS: Final = N_(
    "Se etter at de har e-postadressen de logger inn hos leverandøren med: "
    "«Program og rom» sier hvem som mangler. Ingen får lenke før det er bekreftet."
)

STEPS: Final[Mapping[str, str]] = {
    "create_room": N_("Rommet lages"),
    "verify_day_before": N_("Rommet kontrolleres dagen før"),
    "verify_hour_before": N_("Rommet kontrolleres en time før"),
    "open_lobby": N_("Rommet åpnes"),
    "close_room": N_("Rommet stenges"),
    "delete_room": N_("Rommet slettes"),
    "remind": N_("Deltakerne minnes på at det snart begynner"),
    "warm_source": N_("Kilden gjøres klar"),
    "open_session": N_("Sesjonen åpnes"),
    "adjourn_session": N_("Sesjonen heves"),
    "delete_recording": N_("Opptaket slettes"),
    "fetch_artifacts": N_("Opptak og utskrift hentes"),
}
"""What is due for a room or a session, by the kinds of schedule.due."""


def state_words(standing: RoomStanding | None, language: str, *, needed: bool = True) -> tuple[str, str]:
    """How a room stands, and its colour. ``needed``: whether some session is to be in it."""
    t = translations(language)
    if standing is None and not needed:
        return t.gettext("Trengs ikke"), "neutral"
    if standing is None:
        return t.gettext("Ikke bestilt ennå"), "neutral"
    words, color = STATES[standing.state]
    if standing.state == "open" and standing.door == "locked":
        return t.gettext("Åpent, dørene bekreftet lukket"), "success"
    return t.gettext(words), color


def in_sentence(words: str) -> str:
    """A sentence as the end of another."""
    return words[:1].lower() + words[1:]


def trouble_words(code: str | None, differs: tuple[str, ...], language: str) -> tuple[str, str]:
    """What is wrong and what to do; a code that nobody knows is still told. Empty where all is well."""
    if code is None:
        return "", ""
    t = translations(language)
    if code not in TROUBLES:
        return t.gettext("Ukjent feil: %(code)s") % {"code": code}, t.gettext("Se loggen.")
    options = ", ".join(dict.fromkeys(t.gettext(OPTIONS[one]) if one in OPTIONS else one for one in differs))
    what, todo = TROUBLES[code]
    if code == "not_as_wanted" and "presenters" in differs:
        todo = _PRESENTERS
    named = {"options": options or t.gettext("ukjent innstilling")}
    return t.gettext(what) % named, t.gettext(todo)


def next_try(standing: RoomStanding, language: str) -> str:
    """When it is tried again by itself, if it is."""
    if not standing.trouble or standing.try_at is None:
        return ""
    return translations(language).gettext("Prøves igjen kl. %(time)s.") % {
        "time": clock_seconds(standing.try_at)
    }
