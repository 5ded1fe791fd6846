"""Norwegian telephone numbers: shown as they were written, called as they should be."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as its owner wrote it ("90 00 00 00") and as a phone dials it ("+4790000000")."""

    shown: str
    number: str

    @property
    def href(self) -> str:
        """The address that calls it."""
        return f"tel:{self.number}"


def phones(text: str) -> list[Phone]:
    """The numbers in a text such as "900 00 001 / 22 00 00 02". Raises ValueError naming what is none."""
    parts = [part.strip() for part in re.split(r"[/,;]", text) if part.strip()]
    return [Phone(part, _number(part)) for part in parts]


def _number(shown: str) -> str:
    digits = re.sub(r"[\s().-]", "", shown)
    digits = re.sub(r"^(\+47|0047)(?=\d{8}$|\d{5}$)", "", digits)
    if re.fullmatch(r"[2-9]\d{7}", digits):
        return f"+47{digits}"
    if re.fullmatch(r"0\d{4}|1\d{2,3}|116\d{3}|800\d{5}|\+[1-9]\d{5,14}", digits):
        return digits
    raise ValueError(f"«{shown}» er ikke et telefonnummer")
