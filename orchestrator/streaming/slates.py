"""The slates of one municipality: which one is shown for which reason, in its language and colours."""

import asyncio
import dataclasses
from pathlib import Path
from typing import Literal

from orchestrator.streaming.slate import Face, Slate, make_slate

Language = Literal["nb", "nn", "en"]

_NB = {
    "starting": ("Møtet begynner straks", "Sendingen starter når møtelederen åpner møtet."),
    "not_opened": ("Møtet har ikke begynt", "Sendingen starter når møtelederen åpner møtet."),
    "break": ("Pause", "Møtet fortsetter snart."),
    "closed": (
        "Lukkede dører",
        "Denne delen av møtet er ikke offentlig. Sendingen fortsetter når dørene åpnes.",
    ),
    "stopped": ("Sendingen er stanset", "Møtet pågår. Sendingen fortsetter så snart som mulig."),
    "technical": ("Vi mangler bilde", "Møtet pågår. Sendingen fortsetter så snart bildet er tilbake."),
    "adjourned": ("Møtet er hevet", "Opptaket ligger på denne siden."),
    "internal": ("Ikke offentlig", "Dette møtet sendes ikke."),
}
_NN = {
    "starting": ("Møtet tek til straks", "Sendinga startar når møteleiaren opnar møtet."),
    "not_opened": ("Møtet har ikkje teke til", "Sendinga startar når møteleiaren opnar møtet."),
    "break": ("Pause", "Møtet held fram snart."),
    "closed": (
        "Lukka dører",
        "Denne delen av møtet er ikkje offentleg. Sendinga held fram når dørene blir opna.",
    ),
    "stopped": ("Sendinga er stansa", "Møtet går føre seg. Sendinga held fram så snart som mogleg."),
    "technical": ("Vi manglar bilete", "Møtet går føre seg. Sendinga held fram så snart biletet er tilbake."),
    "adjourned": ("Møtet er heva", "Opptaket ligg på denne sida."),
    "internal": ("Ikkje offentleg", "Dette møtet blir ikkje sendt."),
}
_EN = {
    "starting": ("The meeting begins shortly", "The broadcast starts when the chair opens the meeting."),
    "not_opened": ("The meeting has not begun", "The broadcast starts when the chair opens the meeting."),
    "break": ("Break", "The meeting continues soon."),
    "closed": ("Closed doors", "This part is not public. The broadcast continues when the doors are opened."),
    "stopped": (
        "The broadcast is paused",
        "The meeting goes on. The broadcast continues as soon as possible.",
    ),
    "technical": (
        "No picture at the moment",
        "The meeting goes on. The broadcast continues when the picture is back.",
    ),
    "adjourned": ("The meeting is adjourned", "The recording is on this page."),
    "internal": ("Not public", "This meeting is not broadcast."),
}
_TEXTS = {"nb": _NB, "nn": _NN, "en": _EN}
_RESUMES = {
    "nb": "Møtet fortsetter kl. {}.",
    "nn": "Møtet held fram kl. {}.",
    "en": "The meeting continues at {}.",
}


class SlateBook:
    """Every slate, ready before it is needed: `await prepare()` first, then `book(reason)` at once."""

    def __init__(self, cache: Path, *, name: str, language: Language = "nb", colour: str = "#0b2545") -> None:
        self._cache = cache
        self._plain = Face(heading="", footer=name, colour=colour)
        self._language = language
        self._slates: dict[str, Slate] = {}

    async def prepare(self) -> None:
        """Make all of them: under a second of processor time each the first time, at once from the cache."""
        texts = _TEXTS[self._language]
        async with asyncio.TaskGroup() as tasks:  # which, cancelled, waits until every ffmpeg is gone
            making = {reason: tasks.create_task(self._make(*text)) for reason, text in texts.items()}
        self._slates.update({reason: task.result() for reason, task in making.items()})

    async def resumes_at(self, time: str | None) -> None:
        """Show the time a break ends ("19.30", as it is to be read) on its slate; None takes it away."""
        heading, line = _TEXTS[self._language]["break"]
        text = _RESUMES[self._language].format(time) if time else line
        self._slates["break"] = await self._make(heading, text)

    def __call__(self, reason: str) -> Slate:
        """The slate for a reason (`domain.openness.WhyShut`, "starting", "technical")."""
        return self._slates.get(reason) or self._slates["technical"]

    async def _make(self, heading: str, line: str) -> Slate:
        face = dataclasses.replace(self._plain, heading=heading, lines=(line,))
        return await make_slate(face, self._cache)
