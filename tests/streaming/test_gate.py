"""The gate: pure, and shut whenever it does not know."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.openness import Interval
from orchestrator.streaming.gate import Place, SessionUse, Settled, Verdict, judge, places
from tests.clock import START


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def between(start: float, end: float | None = None) -> Interval:
    return Interval(at(start), None if end is None else at(end))


def session(
    *public: Interval, parts: tuple[Interval, ...] | None = None, last: float | None = None
) -> SessionUse:
    return SessionUse(
        session_id=uuid4(),
        broadcast_id=uuid4(),
        parts=public if parts is None else parts,
        public=public,
        last_event_at=None if last is None else at(last),
    )


def read(begun: float, *sessions: SessionUse) -> Settled:
    return Settled(at(begun), sessions)


def test_media_inside_a_public_interval_is_public() -> None:
    assert judge(at(10), at(14), read(15, session(between(0)))) is Verdict.PUBLIC


def test_media_is_unknown_until_a_read_begun_a_second_after_it() -> None:
    assert judge(at(10), at(14), read(14.9, session(between(0)))) is Verdict.UNKNOWN


def test_media_is_unknown_before_anything_was_read() -> None:
    assert judge(at(10), at(14), None) is Verdict.UNKNOWN


def test_what_the_newest_event_leaves_behind_is_settled_at_once() -> None:
    adjourned = session(between(0, 20), last=20)
    assert judge(at(10), at(20), read(20.1, adjourned)) is Verdict.PUBLIC


def test_media_before_opening_is_refused() -> None:
    assert judge(at(-5), at(-1), read(0.5, session(between(0)))) is Verdict.REFUSED


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (18, 22), (20, 24), (29, 31)])
def test_media_that_touches_a_shut_moment_is_refused(start: float, end: float) -> None:
    use = session(between(0, 20), between(30), parts=(between(0),))
    assert judge(at(start), at(end), read(60, use)) is Verdict.REFUSED


def test_media_is_refused_as_soon_as_its_beginning_is_known_to_be_shut() -> None:
    use = session(between(0, 20), parts=(between(0),), last=20)
    assert judge(at(19), at(25), read(20.2, use)) is Verdict.REFUSED


def test_media_that_begins_before_a_closing_is_refused_when_the_closing_is_known() -> None:
    use = session(between(0, 20), parts=(between(0),), last=20)
    assert judge(at(15), at(25), read(21, use)) is Verdict.REFUSED


def test_media_that_ends_when_the_doors_close_is_public() -> None:
    use = session(between(0, 20), parts=(between(0),), last=20)
    assert judge(at(16), at(20), read(20.1, use)) is Verdict.PUBLIC


def test_media_across_a_reopening_at_the_same_instant_is_refused() -> None:
    use = session(between(0, 20), between(20), parts=(between(0),))
    assert judge(at(18), at(22), read(60, use)) is Verdict.REFUSED


def test_media_that_no_session_uses_is_refused() -> None:
    assert judge(at(10), at(14), read(20)) is Verdict.REFUSED
    assert judge(at(10), at(14), read(20, session())) is Verdict.REFUSED


def test_a_planned_session_does_not_shut_the_hall_for_another() -> None:
    assert judge(at(10), at(14), read(20, session(between(0)), session())) is Verdict.PUBLIC


def test_every_session_that_uses_the_source_must_allow_it() -> None:
    closed = session(between(0, 5), parts=(between(0),))
    internal = session(parts=(between(0),))
    public = session(between(0))
    assert judge(at(10), at(14), read(20, public, session(between(2)))) is Verdict.PUBLIC
    assert judge(at(10), at(14), read(20, public, closed)) is Verdict.REFUSED
    assert judge(at(10), at(14), read(20, internal, public)) is Verdict.REFUSED


def test_a_session_that_has_ended_shuts_nothing_any_more() -> None:
    ended = session(between(0, 5))
    assert judge(at(10), at(14), read(20, ended, session(between(6)))) is Verdict.PUBLIC


def test_a_shut_moment_in_one_session_refuses_before_the_other_is_settled() -> None:
    shut = session(between(0, 12), parts=(between(0),), last=12)
    assert judge(at(10), at(14), read(12.1, session(between(0)), shut)) is Verdict.REFUSED


def test_media_is_shown_in_every_broadcast_that_uses_the_source() -> None:
    first, second = session(between(0, 5), between(6)), session(between(2))
    shown = places(at(10), at(14), read(20, first, second))
    assert first.broadcast_id
    assert second.broadcast_id
    assert shown == (Place(first.broadcast_id, 2), Place(second.broadcast_id, 1))


edges = st.lists(st.integers(0, 60), unique=True, max_size=6).map(sorted)


@given(edges, edges, st.integers(0, 60), st.integers(0, 8), st.integers(0, 70))
def test_a_verdict_is_never_taken_back(
    opened: list[int], closed: list[int], start: int, length: int, seen: int
) -> None:
    """Whatever is appended after a read, its public stays public and its refused stays refused."""

    def as_known(until: float) -> SessionUse:
        """The session as its stream told it at a moment."""
        turns = sorted([(moment, True) for moment in opened] + [(moment, False) for moment in closed])
        public: list[Interval] = []
        is_open, last = False, None
        for moment, opens in turns:
            if moment > until:
                break
            if opens and not is_open:
                public.append(between(moment))
            elif is_open and not opens:
                public[-1] = Interval(public[-1].start, at(moment))
            is_open, last = opens, moment
        parts = (between(opened[0]),) if opened and opened[0] <= until else ()
        return session(*[each for each in public if each.end != each.start], parts=parts, last=last)

    end = start + length
    early = judge(at(start), at(end), read(seen, as_known(seen)))
    late = judge(at(start), at(end), read(200, as_known(200)))
    assert late is not Verdict.UNKNOWN
    assert early in {Verdict.UNKNOWN, late}
