"""The order of the speaker list: before whom a new entry goes, and what may not be overtaken."""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from orchestrator.domain.rules import DebateRules
from orchestrator.domain.speech import SpeechKind, SpeechRequest
from orchestrator.domain.state import SessionState

EXCHANGE = frozenset({SpeechKind.REPLY, SpeechKind.REJOINDER})
"""What belongs to another speech."""
ASIDES = frozenset({SpeechKind.POINT_OF_ORDER, SpeechKind.POINT_OF_INFORMATION, *EXCHANGE})
"""What goes before the ordinary list."""


def kind_class(kind: SpeechKind) -> SpeechKind:
    """Kinds of which a person waits with one at a time: a question is a speech."""
    return SpeechKind.SPEECH if kind is SpeechKind.QUESTION else kind


def listed(state: SessionState, item_id: UUID) -> Iterator[SpeechRequest]:
    """The item's speaker list, in order."""
    return (request for key in state.waiting if (request := state.requests[key]).item_id == item_id)


def turns(state: SessionState, item_id: UUID) -> Counter[UUID]:
    """How many speeches each person has held in an item, the one under way counted too."""
    return Counter(
        request.person_id
        for request in state.requests.values()
        if request.started_at is not None
        and request.item_id == item_id
        and kind_class(request.kind) is SpeechKind.SPEECH
    )


def place(
    state: SessionState, item_id: UUID, person_id: UUID, kind: SpeechKind, category: str | None = None
) -> UUID | None:
    """Before whom a new entry goes, by kind and by arrival within each; None: last."""
    rules = state.rules_for(item_id)
    if kind not in ASIDES:
        return _ordinary_place(state, item_id, person_id, rules)
    own = _rank(rules, kind, category)
    return next((other.request_id for other in listed(state, item_id) if _standing(rules, other) > own), None)


def reply_place(state: SessionState, item_id: UUID, person_id: UUID, parent_id: UUID) -> UUID | None:
    """Before whom a reply goes: the rejoinder that closes its exchange, else after all other replies."""
    if state.rules_for(item_id).rejoinder == "after_replies":
        for other in listed(state, item_id):
            if other.kind is SpeechKind.REJOINDER and other.parent_id == parent_id:
                return other.request_id
    return place(state, item_id, person_id, SpeechKind.REPLY)


def rejoinder_place(state: SessionState, item_id: UUID, person_id: UUID, parent_id: UUID) -> UUID | None:
    """Before whom a rejoinder goes that was asked for: right after the replies it answers."""
    entries = list(listed(state, item_id))
    replies = [n for n, one in enumerate(entries) if one.kind in EXCHANGE and one.parent_id == parent_id]
    if replies:
        return entries[replies[-1] + 1].request_id if replies[-1] + 1 < len(entries) else None
    return place(state, item_id, person_id, SpeechKind.REJOINDER)


def interrupted_place(state: SessionState, item_id: UUID, but: UUID | None) -> UUID | None:
    """Before whom an interrupted speech goes: it is next, save for points of order already waiting."""
    rules = state.rules_for(item_id)
    for other in listed(state, item_id):
        waits = other.kind is SpeechKind.POINT_OF_ORDER and other.status == "waiting"
        if other.request_id != but and not (waits and rules.points_of_order_first):
            return other.request_id
    return None


def overtakes_safe(state: SessionState, moved: SpeechRequest, before_id: UUID | None) -> bool:
    """Whether this move would put an ordinary entry ahead of one in a safe place."""
    if before_id is None or moved.kind in ASIDES:
        return False
    entries = list(listed(state, moved.item_id))
    ids = [entry.request_id for entry in entries]
    target, own = ids.index(before_id), ids.index(moved.request_id)
    ordinary = [entry.request_id for entry in entries if entry.kind not in ASIDES and not entry.interrupted]
    safe = set(ordinary[: state.rules_for(moved.item_id).safe_places])
    return bool(safe & set(ids[target:own]))


def _rank(rules: DebateRules, kind: SpeechKind, category: str | None) -> tuple[int, int]:
    if kind is SpeechKind.POINT_OF_ORDER:
        names = rules.point_of_order_categories
        urgency = names.index(category) if category in names else len(names)
        return (0 if rules.points_of_order_first else 3, urgency)
    if kind in EXCHANGE:
        return (2, 0)
    return (4, 0) if kind is SpeechKind.POINT_OF_INFORMATION else (5, 0)


def _standing(rules: DebateRules, entry: SpeechRequest) -> tuple[int, int]:
    """The rank of an entry that stands on the list."""
    return (1, 0) if entry.interrupted else _rank(rules, entry.kind, entry.category)


def _ordinary_place(state: SessionState, item_id: UUID, person_id: UUID, rules: DebateRules) -> UUID | None:
    if rules.order == "arrival":
        return None
    ordinary = [entry for entry in listed(state, item_id) if entry.kind not in ASIDES]
    held = turns(state, item_id)
    own = held[person_id] + sum(entry.person_id == person_id for entry in ordinary)
    safe = rules.safe_places
    for entry in ordinary:
        theirs = held[entry.person_id]
        held[entry.person_id] += 1
        if entry.interrupted:
            continue
        safe -= 1
        if safe < 0 and theirs > own and not entry.fixed:
            return entry.request_id
    return None
