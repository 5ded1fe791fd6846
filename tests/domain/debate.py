"""Words for tests of the debate: who speaks, who stands on the list."""

from tests.domain.hall import CHAIR, Hall, asks, debating, named

REQUESTS = (
    *("r1", "r2", "r3", "r4", "r5"),
    *("reply1", "reply2", "reply3", "reply4"),
    *("order", "order2", "info", "explanation", "question"),
)


def speaks(hall: Hall, request: str) -> None:
    """The first in line gets the floor."""
    current = hall.state.current_speech_id
    hall.says("call_next_speaker", request_id=named(request), current_id=current)


def next_up(hall: Hall) -> None:
    """Whoever is first in line gets the floor."""
    first = hall.state.speaker_list[0].request_id
    hall.says("call_next_speaker", request_id=first, current_id=hall.state.current_speech_id)


def order(hall: Hall) -> list[str]:
    """The list; a rejoinder is named after whose it is."""
    names = {named(name): name for name in REQUESTS}
    people = {named(name): name for name in ("kari", "ola", "siri", "per", "anne")}
    requests = hall.state.speaker_list
    return [names.get(r.request_id) or f"{r.kind} {people[r.person_id]}" for r in requests]


def speaking(**rules: object) -> Hall:
    """Kari has the floor; Ola and Siri wait."""
    hall = debating(rules=rules)
    for name, request in (("kari", "r1"), ("ola", "r2"), ("siri", "r3")):
        asks(hall, name, request)
    speaks(hall, "r1")
    return hall


def reply(hall: Hall, name: str, request: str, parent: str = "r1") -> None:
    """A member asks for a reply."""
    asks(hall, name, request, kind="reply", parent_id=named(parent))


def adds(hall: Hall, name: str, request: str, **fields: object) -> None:
    """The chair puts somebody on the list."""
    hall.says("request_floor", CHAIR, request_id=named(request), person_id=named(name), **fields)


def undo(hall: Hall) -> None:
    """The chair takes the latest step back."""
    hall.says("undo", event_id=hall.state.undoable[-1].event_id)
