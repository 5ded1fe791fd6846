"""From the fields of a posted form to commands.

    name="command" value='{"type": "end_speech", "speech_id": "…"}'
        a whole command as JSON; several are carried out one after another
    name="legal_basis.section"
        every other field goes into the last command; dots nest
    name="present"
        a name in LISTS becomes a list, also of one
    value="new"
        of an id: a fresh UUID, since only scripts could make one in the page
    name="resume_at@minutes" value=15
        a moment that many minutes ahead
    name="resume_at@ahead" value="18:30"
        the next time that clock shows; @behind: the latest time it did
    name="starts_at@local" value="2026-05-05T18:00"
        that moment on Norwegian clocks
    name="legal_basis@json"
        a value that is JSON
    name="total_seconds@in_minutes"
        minutes, in seconds
    name="additions.from", "additions.to", "additions.seconds@in_minutes"
        time moved from one group to another
    name="papers@lines"
        documents, one a line: a title, a space, an address

An empty field is left out, so that the command's own default holds.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from orchestrator.web.dates import OSLO

LISTS: Final = frozenset({"present", "item_ids", "tallies", "leader_ids"})
NEW: Final = "new"
BOOLEANS: Final = frozenset(
    {"unanimous", "debate_closed", "restricted", "election", "unlisted", "late_papers"}
)


class FieldError(ValueError):
    """A field that could not be read; ``field`` is its name in the form."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


def commands(
    pairs: Iterable[tuple[str, str]], now: datetime, fresh: Callable[[], UUID]
) -> list[dict[str, Any]]:
    """The commands that a form asks for, as JSON values, in order. Raises ``FieldError``."""
    fields = list(pairs)
    found = [_json(name, value) for name, value in fields if name == "command"]
    if not found:
        raise FieldError("command", "missing")
    last = found[-1]
    for name, value in fields:
        if name != "command" and value.strip():
            _put(last, name, value.strip(), now)
    for command in found:
        _settle(command, fresh)
    return found


def _json(name: str, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise FieldError(name, str(error)) from None
    if not isinstance(value, dict):
        raise FieldError(name, "not an object")
    return value


def as_command(type_: str, **fields: object) -> str:
    """A command for a form's hidden field: what the button does, and what the one who presses it saw."""
    return json.dumps({"type": type_, **fields}, default=str)


def _put(into: dict[str, Any], name: str, value: str, now: datetime) -> None:
    path, _, reading = name.partition("@")
    *parents, last = path.split(".")
    for parent in parents:
        into = into.setdefault(parent, {})
        if not isinstance(into, dict):
            raise FieldError(name, "not an object")
    if reading == "json":
        into[last] = _json(name, value)
    elif reading == "lines":
        into[last] = paper_lines(value)
    elif reading == "in_minutes":
        into[last] = _seconds(name, value)
    elif reading:
        into[last] = _moment(name, reading, value, now).isoformat()
    elif last in LISTS:
        into.setdefault(last, []).append(value)
    else:
        into[last] = value


def _seconds(name: str, minutes: str) -> int:
    try:
        return round(float(minutes.replace(",", ".")) * 60)
    except (ValueError, OverflowError):
        raise FieldError(name, minutes) from None


def paper_lines(text: str) -> list[dict[str, str]]:
    """A document a line: its title and then its address; without a title the address's last word."""
    found = []
    for line in text.splitlines():
        title, _, url = line.strip().rpartition(" ")
        if url:
            found.append({"title": title.strip(" :–-") or url.rsplit("/", 1)[-1] or url, "url": url})
    return found


def _moment(name: str, reading: str, value: str, now: datetime) -> datetime:
    here = now.astimezone(OSLO)
    try:
        if reading == "minutes":
            return (here + timedelta(minutes=int(value))).replace(second=0, microsecond=0)
        if reading == "local":
            return datetime.fromisoformat(value).replace(tzinfo=OSLO)
        clock = time.fromisoformat(value)
    except (ValueError, OverflowError):
        raise FieldError(name, value) from None
    moment = here.replace(
        hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=clock.microsecond
    )
    if reading == "ahead" and moment <= here:
        moment += timedelta(days=1)
    elif reading == "behind" and moment > here:
        moment -= timedelta(days=1)
    return moment


def _settle(command: dict[str, Any], fresh: Callable[[], UUID]) -> None:
    """Ids made, lists in order, and only what belongs to the kind: which button was pressed decides that."""
    for name, value in command.items():
        if value == NEW:
            command[name] = str(fresh())
        elif name in BOOLEANS and isinstance(value, str):
            command[name] = value not in ("", "false", "0")
        elif name == "tallies" and isinstance(value, dict):
            command[name] = _tallies(value)
        elif name == "additions" and isinstance(value, dict):
            command[name] = _moved(value)
    for name in _idle(command):
        command.pop(name, None)


def _idle(command: dict[str, Any]) -> Iterator[str]:
    """What was written for another choice than the one that was made."""
    if command.get("unanimous") is True:
        yield from ("tallies", "casting_vote")
    if command.get("type") == "start_break" and command.get("kind") != "group_meeting":
        yield "asked_by"
    if command.get("type") == "postpone_item":
        yield "before_id"
    if command.get("type") == "request_floor":
        if command.get("kind") not in ("reply", "rejoinder"):
            yield "parent_id"
        if command.get("kind") != "point_of_order":
            yield "category"


def _moved(written: dict[str, Any]) -> list[dict[str, Any]]:
    """Time for one group, taken from another if one is named."""
    seconds = written.get("seconds", 0)
    found = [{"group": written.get("to"), "seconds": seconds}]
    if giver := written.get("from"):
        found.append({"group": giver, "seconds": -seconds})
    return found


def _tallies(written: dict[str, Any]) -> list[dict[str, Any]]:
    """How the groups voted, in the order of the rows; a count that was left empty is none."""
    try:
        return [{"in_favour": 0, "against": 0, **written[key]} for key in sorted(written, key=int)]
    except (TypeError, ValueError):
        raise FieldError("tallies", "unreadable") from None
