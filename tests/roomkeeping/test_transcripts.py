"""What was said is kept only as far as it is known to have been said in public."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.captions import Cue
from orchestrator.domain.openness import Interval
from orchestrator.roomkeeping.transcripts import UnplacedError, public_lines
from orchestrator.rooms.teams_artifacts import Artifact
from orchestrator.streaming.gate import SessionUse, Settled
from orchestrator.streaming.imported import StillOpenError

BEGAN = datetime(2026, 5, 5, 16, 0, tzinfo=UTC)
ONE, OTHER = uuid4(), uuid4()


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def use(session_id: UUID, *public: tuple[float, float]) -> SessionUse:
    """A session that is open for a hundred seconds; one without anything public is internal."""
    return SessionUse(
        session_id,
        uuid4() if public else None,
        parts=(Interval(at(0), at(100)),),
        public=tuple(Interval(at(start), at(end)) for start, end in public),
    )


def kept(
    *cues: tuple[float, float], uses: tuple[SessionUse, ...], lasts: float = 100, read: float = 1000
) -> dict[UUID, list[float]]:
    """When what was kept of each session begins, in seconds."""
    artifact = Artifact("transcript", "t", at(0), at(lasts), None)
    said = [Cue(round(start * 1000), round(end * 1000), "ord") for start, end in cues]
    found = public_lines(artifact, said, Settled(at(read), uses))
    return {id_: [(one.start - BEGAN).total_seconds() for one in lines] for id_, lines in found.items()}


def test_only_what_is_far_from_every_edge_is_kept() -> None:
    public = use(ONE, (0, 40), (60, 100))
    cues = ((2, 4), (10, 12), (34, 36), (45, 50), (62, 64), (70, 75), (94, 99))
    assert kept(*cues, uses=(public,)) == {ONE: [10, 70]}


def test_every_session_in_the_room_has_a_say_and_has_it_if_all_agree() -> None:
    assert kept((20, 22), (70, 72), uses=(use(ONE, (0, 100)), use(OTHER, (0, 50)))) == {
        ONE: [20],
        OTHER: [20],
    }
    assert kept((20, 22), uses=(use(ONE, (0, 100)), use(OTHER))) == {ONE: [], OTHER: []}


def test_of_what_lies_outside_the_time_it_covers_nothing_is_kept() -> None:
    public = use(ONE, (0, 100))
    for lasts in (50, 0, -10):
        with pytest.raises(UnplacedError):
            kept((10, 12), (56, 58), uses=(public,), lasts=lasts)


def test_what_the_log_cannot_tell_yet_waits() -> None:
    with pytest.raises(StillOpenError):
        kept((10, 12), (80, 82), uses=(use(ONE, (0, 100)),), read=80)
