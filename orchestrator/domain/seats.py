"""Who sits in which seat: substitutes seated for members, whose leave lasts, as values."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from orchestrator.domain.base import Model, Period


class Seating(Model):
    """A substitute in a member's seat, in one item or from one item to another.

    ``period`` is null while the substitute is only called: seated at the roll call, or once the item being
    treated is over. ``leaving``: told to leave it, once the item is over.
    """

    person_id: UUID
    for_id: UUID
    item_id: UUID | None = None
    period: Period | None = None
    leaving: bool = False
    behind_doors: bool = False

    @property
    def over(self) -> bool:
        """Whether the seat has been left again."""
        return self.period is not None and self.period.stop is not None

    @property
    def seated(self) -> bool:
        """Whether the substitute sits there now, or does whenever its item is treated."""
        return self.period is not None and self.period.stop is None

    def holds(self, item_id: UUID | None) -> bool:
        """Whether the substitute has the seat in this item."""
        return self.seated and self.item_id in (None, item_id)

    def begun(self, at: datetime) -> "Seating":
        """The same, seated from ``at``."""
        return self.model_copy(update={"period": Period(start=at)})

    def ended(self, at: datetime) -> "Seating":
        """The same, left at ``at``."""
        return self.model_copy(
            update={
                "period": self.period and Period(start=self.period.start, stop=max(at, self.period.start))
            }
        )


class Absence(Model):
    """Forfall: somebody said beforehand that they cannot come. The reason is not in the stream."""

    reported_at: AwareDatetime


class Leave(Model):
    """Permisjon: asked for during the meeting, for one item or for the rest of it."""

    person_id: UUID
    item_id: UUID | None = None
    asked_at: AwareDatetime
    outcome: Literal["granted", "refused"] | None = None
    decided_at: AwareDatetime | None = None


def settled(
    seatings: Iterable[Seating],
    stand_ins: Iterable[tuple[UUID, UUID]],
    present: Collection[UUID],
    at: datetime,
    *,
    between: bool,
) -> tuple[Seating, ...]:
    """The seats once ``present`` are in the hall; they change only ``between`` items, disqualification apart.

    ``stand_ins``: (substitute, member) of those who were called in for somebody beforehand.
    """
    after = [
        one for seating in seatings if (one := _settled(seating, present, at, between=between)) is not None
    ]
    for person_id, for_id in stand_ins:
        if person_id not in present or for_id in present:
            continue
        if any(not one.over and not one.item_id and for_id == one.for_id for one in after):
            continue
        if any(not one.over and person_id == one.person_id for one in after):
            continue
        called = Seating(person_id=person_id, for_id=for_id)
        after.append(called.begun(at) if between else called)
    return tuple(after)


def _settled(seating: Seating, present: Collection[UUID], at: datetime, *, between: bool) -> Seating | None:
    here, back = seating.person_id in present, seating.for_id in present
    if seating.over:
        return seating
    if seating.seated and not here:
        return seating.ended(at)
    if seating.item_id is not None:
        return seating
    if seating.period is None:
        if back:
            return None
        return seating.begun(at) if here and between else seating
    return seating.ended(at) if between and (back or seating.leaving) else seating
