"""Sessions that overlap in time and need the same room or the same person: warned about, never refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from orchestrator.domain.state import SessionKind, SessionState


@dataclass(frozen=True, slots=True)
class Slot:
    """A session's place in the programme, and what it needs there."""

    id: UUID
    title: str
    kind: SessionKind
    starts_at: datetime
    ends_at: datetime
    room_id: UUID | None = None
    presenter_ids: frozenset[UUID] = frozenset()
    contact_ids: frozenset[UUID] = frozenset()

    @classmethod
    def of(cls, state: SessionState) -> "Slot | None":
        """A session's, with the presenters of its topics; None if it has none, or is cancelled."""
        if state.starts_at is None or state.ends_at is None or state.status == "cancelled":
            return None
        presenters = {*state.presenter_ids, *(id_ for topic in state.topics for id_ in topic.presenter_ids)}
        return cls(
            *(state.session_id, state.title, state.kind, state.starts_at, state.ends_at, state.room_id),
            presenter_ids=frozenset(presenters),
            contact_ids=frozenset(state.contact_ids),
        )


@dataclass(frozen=True, slots=True)
class Clash:
    """Two sessions, the one that begins first before the other, and what both need at once."""

    first: Slot
    second: Slot
    room_id: UUID | None
    presenter_ids: frozenset[UUID]
    contact_ids: frozenset[UUID]


def clashes(slots: Iterable[Slot]) -> tuple[Clash, ...]:
    """Every pair that clashes, by time. One that ends when the other begins does not, nor does a break."""
    found: list[Clash] = []
    going_on: list[Slot] = []
    for slot in sorted((one for one in slots if one.kind != "break"), key=_order):
        going_on = [one for one in going_on if _utc(one.ends_at) > _utc(slot.starts_at)]
        found += (clash for one in going_on if (clash := _clash(one, slot)))
        going_on.append(slot)
    return tuple(found)


def _clash(first: Slot, second: Slot) -> Clash | None:
    room = first.room_id if first.room_id == second.room_id else None
    presenters = first.presenter_ids & second.presenter_ids
    contacts = first.contact_ids & second.contact_ids
    return Clash(first, second, room, presenters, contacts) if room or presenters or contacts else None


def _order(slot: Slot) -> tuple[datetime, datetime, str, UUID]:
    return _utc(slot.starts_at), _utc(slot.ends_at), slot.title, slot.id


def _utc(moment: datetime) -> datetime:
    """Two times of one zone are compared by the clock on the wall, which goes back once a year."""
    return moment.astimezone(UTC)
