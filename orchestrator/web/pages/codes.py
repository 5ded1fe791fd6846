"""Two letters for everybody in the hall, so that a raised hand is taken with three keys."""

from collections.abc import Iterable
from uuid import UUID


def codes(people: Iterable[tuple[UUID, str]]) -> dict[UUID, str]:
    """Two letters for each person, all different: their initials, else their first letter and another.

    Whoever cannot be told apart in two letters gets none.
    """
    wishes = {
        person: _possible_codes(name)
        for person, name in sorted(people, key=lambda pair: (pair[1], str(pair[0])))
    }
    found: dict[UUID, str] = {}
    taken: set[str] = set()
    for first_choice_only in (True, False):
        for person, wished in wishes.items():
            if person in found:
                continue
            code = next(
                (code for code in wished[: 1 if first_choice_only else None] if code not in taken), None
            )
            if code:
                found[person] = code
                taken.add(code)
    return found


def _possible_codes(name: str) -> list[str]:
    words = [word for word in name.replace("-", " ").upper().split() if word[0].isalpha()]
    if not words:
        return []
    tails = words[-1] + words[0][1:] if len(words) > 1 else words[0][1:]
    return [words[0][0] + tail for tail in tails if tail.isalpha()]
