"""Whether a line of the chat asks for the floor: a whole line that says so, never talk that mentions it.

    asked("Replikk!")                          → Asked("reply")
    asked("stryk meg")                         → Asked("withdraw")
    asked("Jeg syns innlegget til Per var bra") → None

A line is one phrase that names what is asked for, and around it nothing but words of asking, courtesy and the
sender's own name. One word more and it is talk: whoever is not understood can write again, but whoever is put
on the list for a remark is embarrassed before the whole council.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

Wish = Literal[
    "withdraw",
    "rejoinder",
    "reply",
    "point_of_order",
    "point_of_information",
    "explanation_of_vote",
    "speech",
]

MOST_WORDS = 14
"""A longer line is talk."""
HAND = "✋"


@dataclass(frozen=True)
class Asked:
    """What a line asks for. ``to``: whose speech a reply answers, if named. ``of``: what is withdrawn."""

    wish: Wish
    to: tuple[str, ...] = ()
    of: Wish | None = None


def asked(line: str, own: Iterable[str] = (), hall: Iterable[str] = ()) -> Asked | None:
    """What the line asks for, or None. ``own``: the sender's name; ``hall``: those who may be answered."""
    words = words_of(line)
    if not 0 < len(words) <= MOST_WORDS:
        return None
    mine = frozenset(word for name in own for word in words_of(name))
    there = frozenset(word for name in hall for word in words_of(name))
    return _withdrawn(words, mine) or _wished(words, mine, there)


# The words


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WISHES: tuple[tuple[Wish, tuple[str, ...]], ...] = (
    ("rejoinder", ("svarreplikk", "svar replikk", "rejoinder")),
    (
        "point_of_order",
        (
            *("til dagsordenen", "til dagsorden", "dagsorden", "dagsordenen", "point of order"),
            *("til forretningsordenen", "til forretningsorden", "forretningsorden", "forretningsordenen"),
            *("til voteringsordenen", "til voteringsorden", "voteringsorden"),
        ),
    ),
    (
        "point_of_information",
        (
            *("saksopplysning", "saksopplysninger", "saksopplysing", "saksopplysingar"),
            *("sakopplysning", "sakopplysing", "faktaopplysning", "faktaopplysing", "point of information"),
        ),
    ),
    ("explanation_of_vote", ("stemmeforklaring", "røysteforklaring", "explanation of vote")),
    ("reply", ("replikk", "repl", "to reply", "reply")),
    (
        "speech",
        (
            *("innlegg", "hovedinnlegg", "hovudinnlegg", "speech", "til orde", "to speak", "speak"),
            *("på talerlisten", "på talerlista", "på talarlista", "på talelisten", "på lista", "på listen"),
            *("on the list", "on the speaker list", "on the speakers list"),
            *("hånd opp", "handa opp", "hånda opp", "hånden opp", "hand opp", "hand up", "hand raised"),
            *("tegner meg", "tegn meg", "tegne meg", "teiknar meg", "teikn meg", "teikne meg"),
            *("skriv meg opp", "for the floor", "the floor", "floor", "ordet", HAND),
        ),
    ),
)
"""The first phrase that is found says what is asked for: «ordet til dagsorden» is a point of order."""

_ASKING = _set(
    "jeg eg æ vil ville ønsker ønskjer ynskjer ynskje ønske ønskes ønskjest kan kunne kunna får få må ha ta"
    " be ber bed bede om gjerne også òg og til en et ein ei eit kort liten lite ny nytt enda ett"
    " tegn tegner tegne teikn teiknar teikne sett set sette meg opp melder melde meld inn"
    " ordet hei hallo ja takk herved her å"
    " i i'd would like may can could have request requesting ask asking want wish a an the put me my"
    f" please yes short brief hello hi {HAND}"
)
_ADDRESS = _set(
    "ordfører ordførar ordføraren ordføreren ordstyrer ordstyrar møteleder møtelederen møteleiar møteleiaren"
    " leder leiar varaordfører varaordførar president dirigent dirigenter"
    " mayor chair chairman chairwoman madam mister mr mrs ms"
)
_COURTESY = _set(
    "takk please thanks thank you vær så snill ver er du grei fra frå her meg from me also også òg"
    f" ønskes ønskjest ynskjest {HAND}"
)
_IN_THIS_CASE = tuple(
    tuple(f"{where} {case}".split())
    for where in ("i", "til", "på", "in", "on")
    for case in (
        *("saken", "saka", "denne saken", "denne saka", "dette", "this case", "this item", "this matter"),
    )
)
_SPEECH_HELD = _set("taler taleren talaren siste innlegget innlegg talar speaker last speech the") | _ADDRESS
"""Whoever has the floor, not by name."""

_TAKES_BACK = _set(
    "stryk stryker stryke stryks trekk trekker trekke trekkjer trekkje trekt frafaller frafalle frafell"
    " fråfell fråfelle fråfall withdraw withdrawing withdrawn remove strike strek cancel"
)
_ALONE = _set("strek stryk withdraw")
"""Enough by themselves; the others say what or whom."""
_TAKEN: dict[str, Wish | None] = {
    **dict.fromkeys(("meg", "me", "ordet", "request", "floor", "hånda", "hånden", "handa"), None),
    **dict.fromkeys(("innlegg", "innlegget", "speech"), "speech"),
    **dict.fromkeys(("replikk", "replikken", "reply"), "reply"),
    **dict.fromkeys(("svarreplikk", "svarreplikken", "rejoinder"), "rejoinder"),
    **dict.fromkeys(("saksopplysning", "saksopplysningen", "saksopplysing"), "point_of_information"),
}
_AROUND_TAKEN = _set(
    "jeg eg æ vil gjerne herved få igjen min mitt mi my the i i'd would like to want off from of list"
    " fra frå av lista listen talerlista talerlisten talarlista talelisten speaker speakers likevel"
    " da så og ja takk beklager orsak sorry please kan du can you"
)
_OFF_THE_LIST = _set("ta tar take") | _AROUND_TAKEN | {"meg", "me"}


# Reading


def words_of(line: str) -> list[str]:
    """The line's words in lower case: punctuation gone, a raised hand is one word, every other sign too."""
    text = re.sub("[✋🤚🖐🙋☝][\ufe0f🏻🏼🏽🏾🏿]*(?:\u200d[♀♂]\ufe0f?)?", f" {HAND} ", line)
    text = unicodedata.normalize("NFC", text).casefold().replace("’", "'")
    kept = "".join(_kept(sign) for sign in text)
    return [word.strip("'") for word in kept.split() if word.strip("'")]


def _kept(sign: str) -> str:
    if sign in f"'{HAND}":
        return sign
    kind = unicodedata.category(sign)
    if kind == "So" and sign != "🙏":
        return f" {sign} "
    return sign if kind[0] in "LMN" else " "


def _withdrawn(words: list[str], own: frozenset[str]) -> Asked | None:
    rest = [word for word in words if word not in _TAKES_BACK | _ADDRESS | own]
    verbs = frozenset(words) & _TAKES_BACK
    named = [word for word in rest if word in _TAKEN]
    if verbs:
        understood = set(rest) <= _AROUND_TAKEN | _TAKEN.keys()
        enough = bool(named) or (verbs <= _ALONE and set(rest) <= _COURTESY)
    else:
        understood = set(rest) <= _OFF_THE_LIST
        enough = {"ta", "meg", "av"} <= set(rest) or {"take", "me", "off"} <= set(rest)
    asks_another = "du" in rest and "kan" not in rest
    if not (understood and enough) or asks_another:
        return None
    return Asked("withdraw", of=next((kind for word in named if (kind := _TAKEN[word])), None))


def _wished(words: list[str], own: frozenset[str], hall: frozenset[str]) -> Asked | None:
    before, after = _ASKING | _ADDRESS | own, _COURTESY | _ADDRESS | own
    for wish, phrases in _WISHES:
        for phrase in phrases:
            at = _place(words, phrase.split())
            if at is None:
                continue
            first, rest = words[: at[0]], _without_case(words[at[1] :])
            rest, to = _answered(rest, hall) if wish == "reply" else (rest, ())
            if set(first) <= before and set(rest) <= after:
                return Asked(wish, to)
    return None


def _place(words: list[str], phrase: list[str]) -> tuple[int, int] | None:
    length = len(phrase)
    for at in range(len(words) - length + 1):
        if words[at : at + length] == phrase:
            return at, at + length
    return None


def _without_case(words: list[str]) -> list[str]:
    """What follows, without «i denne saken»."""
    for phrase in _IN_THIS_CASE:
        if tuple(words[: len(phrase)]) == phrase:
            return words[len(phrase) :]
    return words


def _answered(words: list[str], hall: Collection[str]) -> tuple[list[str], tuple[str, ...]]:
    """What follows without «til Kari Nordli», and that name; «til det Kari sa» names nobody."""
    if not words or words[0] not in ("til", "to", "på"):
        return words, ()
    named = words[1:]
    while named and named[-1] in _COURTESY and named[-1] not in hall:
        named = named[:-1]
    if named and set(named) <= _SPEECH_HELD:
        return [], ()
    return ([], tuple(named)) if named and set(named) <= frozenset(hall) else (words, ())
