"""A meeting planned in a TOML file, read with errors that name line and field; planner.py carries it out."""

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from orchestrator.domain.rules import DebateRules
from orchestrator.plan_mistakes import mistakes
from orchestrator.plan_tables import SEVERAL, BodyTable, OneOfSeveral, Plan, SessionTable, Where


class PlanError(Exception):
    """The file cannot be carried out; one line for each error, as ``file:line: field: what is wrong``."""


def read_plan(path: Path) -> Plan:
    """The plan in a file. Raises PlanError."""
    data = _toml(path)
    try:
        plan = Plan.model_validate(data)
    except ValidationError as error:
        raise PlanError("\n".join(_lines(path, error))) from None
    if wrong := list(mistakes(plan)):
        raise PlanError("\n".join(located(path, where, said) for where, said in wrong))
    session = _ruled(path, plan.session, ("session", "rules"))
    several = tuple(_ruled(path, one, ("session", n, "rules")) for n, one in enumerate(plan.several))
    bodies = tuple(_ruled(path, body, ("body", n, "rules")) for n, body in enumerate(plan.body))
    return plan.model_copy(update={"session": session, "several": several, "body": bodies})


T = TypeVar("T", BodyTable, SessionTable, OneOfSeveral)


def _ruled(path: Path, table: T, where: Where) -> T:
    """The table with its rules as values, read from the file it names."""
    if not isinstance(table.rules, str):
        return table
    return table.model_copy(update={"rules": _rules(path, table.rules, where)})


def located(path: Path, where: Where, said: str) -> str:
    """One error as ``file:line: field: said``."""
    return f"{path}:{line_of(path.read_text('utf-8'), where)}: {'.'.join(map(str, where))}: {said}"


def line_of(text: str, where: Where) -> int:
    """The line (from 1) of the field at ``where``, else of what it should stand in, else 1."""
    found, best = 1, 0
    table: list[str | int] = []
    counts: dict[str, int] = {}
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        if header := _HEADER.match(line):
            name = header[2].replace('"', "").replace("'", "")
            table = list(name.split("."))
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                table.append(counts[name])
            here: list[str | int] = table
        elif key := _KEY.match(line):
            here = [*table, *key[1].replace('"', "").replace("'", "").split(".")]
            inside = next((quotes for quotes in ('"""', "'''") if line.count(quotes) == 1), "")
        else:
            continue
        if len(here) > best and tuple(here) == where[: len(here)]:
            found, best = number, len(here)
    return found


_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\.[A-Za-z0-9_-]+)*)\s*=""")


def _toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
        return tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{path}: {error}") from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise PlanError(f"{path}:{line[1] if line else len(text.splitlines())}: {error}") from None


def _lines(path: Path, error: ValidationError) -> list[str]:
    lines = []
    for one in error.errors(include_url=False, include_input=False):
        parts = (part for part in one["loc"] if part not in {"str", "DebateRules"})
        where = tuple("session" if part == SEVERAL else part for part in parts)
        lines.append(located(path, where, one["msg"].removeprefix("Value error, ")))
    return lines


def read_rules(path: Path) -> DebateRules:
    """The rules of procedure in a file (config/debate-rules/*.toml). Raises PlanError with line and field."""
    data = _toml(path)
    try:
        return DebateRules.model_validate(data)
    except ValidationError as error:
        raise PlanError("\n".join(_lines(path, error))) from None


def _rules(path: Path, name: str, where: Where) -> DebateRules:
    file = path.parent / name
    if not file.is_file():
        raise PlanError(located(path, where, f"there is no file {file}"))
    return read_rules(file)
