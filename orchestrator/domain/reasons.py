"""What somebody may tell the secretary the reason for. The words themselves are in no stream."""

from typing import Literal, NamedTuple, Self
from uuid import UUID

from orchestrator.domain.absence import AskLeave, ReportAbsence
from orchestrator.domain.impartiality import RaiseImpartiality
from orchestrator.domain.state import SessionState

Explained = ReportAbsence | AskLeave | RaiseImpartiality
"""The commands that may come with a reason."""
Subject = Literal["absence", "leave", "impartiality"]


class Occasion(NamedTuple):
    """What a reason is given for. ``item_id``: in which item somebody is questioned, else null."""

    subject: Subject
    person_id: UUID
    item_id: UUID | None = None

    @classmethod
    def of(cls, command: Explained) -> Self:
        """What this command makes."""
        match command:
            case ReportAbsence():
                return cls("absence", command.person_id)
            case AskLeave():
                return cls("leave", command.person_id)
            case RaiseImpartiality():
                return cls("impartiality", command.person_id, command.item_id)


def occasions(state: SessionState) -> frozenset[Occasion]:
    """What there is to give a reason for now; of anything else no reason is kept or shown."""
    return frozenset(
        [
            *(Occasion("absence", person_id) for person_id in state.absences),
            *(Occasion("leave", leave.person_id) for leave in state.leaves),
            *(Occasion("impartiality", one.person_id, one.item_id) for one in state.questions.values()),
        ]
    )
