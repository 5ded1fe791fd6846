"""The keys of the chair's console, for the card that lies beside it on paper."""

from typing import Final

from orchestrator.web.i18n import N_, translations

SHORTCUTS: Final[tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = (
    (
        N_("Har ordet"),
        (
            ("n", N_("Neste taler får ordet")),
            (" ", N_("Ferdig: innlegget avsluttes")),
            ("k", N_("Stopp eller start klokka")),
            ("+", N_("30 sekunder til")),
        ),
    ),
    (
        N_("Hender i salen: tre tastetrykk"),
        (
            ("i", N_("Innlegg, så plassnummer eller to bokstaver")),
            ("r", N_("Replikk, likedan")),
            ("d", N_("Til dagsorden, likedan")),
            ("o", N_("Saksopplysning, likedan")),
            ("/", N_("Finn en person")),
        ),
    ),
    (
        N_("Talerlisten"),
        (
            ("t", N_("Gå til listen; piltastene velger en linje")),
            ("Alt + ↑ ↓", N_("Flytt linjen opp eller ned")),
            ("Enter", N_("Gi ordet til den som er valgt")),
            ("Delete", N_("Stryk den som er valgt")),
            ("a", N_("Slipp til «til dagsorden» eller saksopplysning nå, midt i innlegget")),
            ("l", N_("Strek, neste steg: siste frist, satt, opphevet")),
        ),
    ),
    (
        N_("Saken og møtet"),
        (
            ("v", N_("Start votering")),
            ("g", N_("Neste sak")),
            ("p", N_("Møtepause")),
            ("f", N_("Fortsett etter pausen")),
            ("s", N_("Stopp sendingen straks")),
            ("z", N_("Angre det siste")),
        ),
    ),
)
"""What the keys do, by what they are for: (heading, ((key, words), …)). Longer ones are of the list."""


def card(language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The shortcuts in this language, each key as it is printed."""
    t = translations(language)
    return [
        (t.gettext(heading), [(_printed(key, language), t.gettext(words)) for key, words in keys])
        for heading, keys in SHORTCUTS
    ]


def _printed(key: str, language: str) -> str:
    if key == " ":
        return translations(language).gettext("Mellomrom")
    return key.upper() if len(key) == 1 else key
