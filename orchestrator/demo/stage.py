"""What happens in the fictional council hall right now, as its camera would see it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """The words on the picture; ``behind_doors`` is filmed too, and must never be seen outside."""

    heading: str = "Fjellvik kommunestyre"
    item: str = ""
    speaker: str = ""
    group: str = ""
    note: str = ""
    behind_doors: bool = False
