from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from orchestrator.domain.clashes import Slot, clashes
from orchestrator.domain.programme import Topic
from orchestrator.domain.state import SessionKind, SessionState

OSLO = ZoneInfo("Europe/Oslo")
DAY = datetime(2027, 5, 4, tzinfo=OSLO)
PLENUM, HALL = UUID(int=1), UUID(int=2)
MARIT, OLA, SIRI = UUID(int=11), UUID(int=12), UUID(int=13)


def slot(
    title: str,
    start: str,
    end: str,
    *,
    day: datetime = DAY,
    kind: SessionKind = "parallel",
    room: UUID | None = None,
    presenters: set[UUID] | None = None,
    contacts: set[UUID] | None = None,
) -> Slot:
    starts, ends = (day.replace(hour=int(at[:2]), minute=int(at[3:])) for at in (start, end))
    id_ = UUID(bytes=title.encode().ljust(16)[:16])
    return Slot(
        *(id_, title, kind, starts, ends, room),
        presenter_ids=frozenset(presenters or ()),
        contact_ids=frozenset(contacts or ()),
    )


def test_parallel_sessions_with_nothing_in_common_do_not_clash() -> None:
    first = slot("Oppvekst", "09.00", "10.00", room=PLENUM, presenters={MARIT}, contacts={OLA})
    assert not clashes([first, slot("Teknisk", "09.00", "10.00", room=HALL, presenters={SIRI})])
    assert not clashes([slot("A", "09.00", "10.00"), slot("B", "09.00", "10.00")])


def test_all_that_two_sessions_need_at_once_is_one_clash_of_theirs() -> None:
    one = slot("Oppvekst", "09.00", "10.00", room=PLENUM, presenters={MARIT, SIRI}, contacts={OLA})
    other = slot("Teknisk", "09.59", "11.00", room=PLENUM, presenters={MARIT}, contacts={OLA, SIRI})
    (clash,) = clashes([other, one])
    assert (clash.first.title, clash.second.title) == ("Oppvekst", "Teknisk")
    assert (clash.room_id, *map(set, (clash.presenter_ids, clash.contact_ids))) == (PLENUM, {MARIT}, {OLA})


def test_one_who_presents_in_one_and_helps_in_the_other_is_not_warned_about() -> None:
    one = slot("A", "09.00", "10.00", presenters={MARIT})
    assert not clashes([one, slot("B", "09.00", "10.00", contacts={MARIT})])


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("08.00", "09.00", 0),
        ("10.00", "11.00", 0),
        ("08.00", "09.01", 1),
        ("09.59", "11.00", 1),
        ("08.00", "11.00", 1),
        ("09.15", "09.30", 1),
        ("09.00", "10.00", 1),
    ],
)
def test_sessions_clash_where_they_overlap_and_not_back_to_back(start: str, end: str, count: int) -> None:
    pair = [slot("A", "09.00", "10.00", room=PLENUM), slot("B", start, end, room=PLENUM)]
    assert len(clashes(pair)) == count
    assert clashes(pair) == clashes(pair[::-1])


def test_a_long_session_clashes_with_each_that_falls_within_it() -> None:
    whole = slot("Hele dagen", "08.00", "16.00", room=PLENUM)
    short = [slot(f"Time {hour}", f"{hour:02}.00", f"{hour + 1:02}.00", room=PLENUM) for hour in (9, 10, 15)]
    found = clashes([*short, whole])
    assert [(one.first.title, one.second.title) for one in found] == [
        ("Hele dagen", "Time 9"),
        ("Hele dagen", "Time 10"),
        ("Hele dagen", "Time 15"),
    ]


def test_a_break_overlaps_what_it_likes() -> None:
    pause = slot("Pause", "09.00", "10.00", kind="break", contacts={OLA})
    assert not clashes([pause, slot("A", "09.00", "10.00", contacts={OLA})])


def test_the_same_time_on_another_day_is_another_time() -> None:
    tomorrow = slot("B", "09.00", "10.00", day=DAY + timedelta(days=1), room=PLENUM)
    assert not clashes([slot("A", "09.00", "10.00", room=PLENUM), tomorrow])
    over_midnight = Slot(
        *(UUID(int=5), "Natt", "social", DAY.replace(hour=22), DAY + timedelta(days=1, hours=9, minutes=1)),
        room_id=PLENUM,
    )
    assert len(clashes([over_midnight, tomorrow])) == 1


def test_the_hour_that_comes_twice_in_autumn_is_two_hours() -> None:
    night = datetime(2027, 10, 31, tzinfo=OSLO)
    before = Slot(UUID(int=5), "Før", "plenary", night, night.replace(hour=2, minute=30), PLENUM)
    after = Slot(
        *(UUID(int=6), "Etter", "plenary", night.replace(hour=2, minute=15, fold=1), night.replace(hour=4)),
        room_id=PLENUM,
    )
    assert not clashes([before, after])
    same = Slot(UUID(int=7), "Samtidig", "plenary", night.replace(hour=2), night.replace(hour=3), PLENUM)
    assert len(clashes([before, same])) == 1


def test_a_planned_sessions_topics_count_and_a_cancelled_one_is_nowhere() -> None:
    planned = SessionState(
        session_id=UUID(int=5),
        status="planned",
        title="Åpning",
        starts_at=DAY,
        ends_at=DAY + timedelta(hours=1),
        room_id=PLENUM,
        presenter_ids=(MARIT,),
        topics=(Topic(title="Velkommen", presenter_ids=(SIRI,)),),
        contact_ids=(OLA,),
    )
    found = Slot.of(planned)
    assert found is not None
    assert (found.room_id, *map(set, (found.presenter_ids, found.contact_ids))) == (
        PLENUM,
        {MARIT, SIRI},
        {OLA},
    )
    assert Slot.of(planned.replace(status="cancelled")) is None
    assert Slot.of(SessionState(session_id=UUID(int=6))) is None
