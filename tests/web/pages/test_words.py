"""Whatever is refused is refused in words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import orchestrator
from orchestrator.web.pages.words import REFUSALS, UNKNOWN, UNREADABLE, refusal

PACKAGE = Path(orchestrator.__file__).parent
SOURCES = [
    *sorted((PACKAGE / "domain").glob("*.py")),
    PACKAGE / "references.py",
    PACKAGE / "commands.py",
    PACKAGE / "chat.py",
    PACKAGE / "rehearsals.py",
]


def rules() -> set[str]:
    """Every rule that the domain, and what is checked before it, can refuse by."""
    found = {"state_moved"}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Refused", "Forbidden"):
                found |= {text for argument in node.args[:1] for text in _texts(argument)}
    return found


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_every_rule_has_words() -> None:
    assert rules() - REFUSALS.keys() == set()


def test_no_words_are_left_of_a_rule_that_is_gone() -> None:
    assert REFUSALS.keys() - rules() == set()


@pytest.mark.parametrize("rule", sorted(REFUSALS))
def test_words_are_a_sentence(rule: str) -> None:
    said = refusal(rule, "nb")
    assert said[0].isupper()
    assert said[-1] == "."


def test_a_rule_nobody_knows_is_still_answered() -> None:
    assert refusal("something_new", "nb") == UNKNOWN
    assert refusal("invalid", "nb") == UNREADABLE
