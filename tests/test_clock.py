from datetime import UTC, date, datetime, timedelta

import pytest

from orchestrator.clock import SLEW, Clock, WallClock, day_bounds
from tests.clock import START, FakeClock


class Machine:
    """A machine whose two clocks a test can set apart."""

    def __init__(self) -> None:
        self.wall = START.timestamp()
        self.monotonic = 100.0

    def pass_time(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def clock(machine: Machine) -> WallClock:
    return WallClock(wall=lambda: machine.wall, monotonic=lambda: machine.monotonic)


def in_seconds(moment: datetime) -> float:
    return (moment - START).total_seconds()


def test_time_passes(machine: Machine, clock: WallClock) -> None:
    machine.pass_time(12.5)
    assert clock.now() == START + timedelta(seconds=12.5)
    assert clock.monotonic() == 112.5


def test_time_is_utc() -> None:
    assert abs(WallClock().now() - datetime.now(UTC)) < timedelta(seconds=1)
    assert WallClock().now().tzinfo is UTC


def test_a_jump_of_the_machines_clock_changes_nothing(machine: Machine, clock: WallClock) -> None:
    machine.wall += 3600
    machine.pass_time(1)
    assert in_seconds(clock.now()) == pytest.approx(1)


def test_steering_returns_how_far_we_were_behind(machine: Machine, clock: WallClock) -> None:
    behind = clock.steer(START + timedelta(seconds=2), asked_at=clock.monotonic(), may_step=False)
    assert behind == pytest.approx(2)


@pytest.mark.parametrize("difference", [2, -2])
def test_steering_is_gradual_and_reaches_the_reference(
    machine: Machine, clock: WallClock, difference: float
) -> None:
    clock.steer(START + timedelta(seconds=difference), asked_at=clock.monotonic(), may_step=False)
    assert clock.now() == START
    machine.pass_time(100)
    assert in_seconds(clock.now()) == pytest.approx(100 + difference * SLEW * 50)
    machine.pass_time(900)
    assert in_seconds(clock.now()) == pytest.approx(1000 + difference)


def test_time_ascends_while_slewed_back(machine: Machine, clock: WallClock) -> None:
    clock.steer(START - timedelta(hours=1), asked_at=clock.monotonic(), may_step=False)
    moments = []
    for _ in range(50):
        machine.pass_time(0.01)
        moments.append(clock.now())
    assert moments == sorted(set(moments))


def test_a_step_is_at_once(machine: Machine, clock: WallClock) -> None:
    clock.steer(START - timedelta(hours=1), asked_at=clock.monotonic(), may_step=True)
    assert in_seconds(clock.now()) == pytest.approx(-3600)


def test_a_difference_within_the_wait_for_the_answer_corrects_nothing(
    machine: Machine, clock: WallClock
) -> None:
    asked_at = clock.monotonic()
    machine.pass_time(0.4)
    clock.steer(START + timedelta(seconds=0.3), asked_at=asked_at, may_step=True)
    assert in_seconds(clock.now()) == pytest.approx(0.4)


def test_half_the_wait_for_the_answer_is_counted(machine: Machine, clock: WallClock) -> None:
    asked_at = clock.monotonic()
    machine.pass_time(0.4)
    behind = clock.steer(START + timedelta(seconds=10.2), asked_at=asked_at, may_step=True)
    assert behind == pytest.approx(10)


def test_the_latest_steering_replaces_the_earlier(machine: Machine, clock: WallClock) -> None:
    clock.steer(START + timedelta(seconds=50), asked_at=clock.monotonic(), may_step=False)
    clock.steer(START, asked_at=clock.monotonic(), may_step=False)
    machine.pass_time(10)
    assert in_seconds(clock.now()) == pytest.approx(10)


def test_the_fake_clock_stands_still_until_moved() -> None:
    fake = FakeClock()
    clock: Clock = fake
    assert clock.now() == START
    fake.advance(3)
    assert in_seconds(clock.now()) == 3
    assert clock.monotonic() == 3
    fake.jump(-10)
    assert in_seconds(clock.now()) == -7
    assert clock.monotonic() == 3


@pytest.mark.parametrize(
    ("day", "begins", "hours"),
    [
        (date(2027, 1, 4), datetime(2027, 1, 3, 23, 0, tzinfo=UTC), 24),
        (date(2027, 5, 4), datetime(2027, 5, 3, 22, 0, tzinfo=UTC), 24),
        (date(2027, 3, 28), datetime(2027, 3, 27, 23, 0, tzinfo=UTC), 23),
        (date(2027, 10, 31), datetime(2027, 10, 30, 22, 0, tzinfo=UTC), 25),
    ],
)
def test_a_day_is_from_midnight_to_midnight_in_norway(day: date, begins: datetime, hours: int) -> None:
    start, end = day_bounds(day)
    assert (start, end - start) == (begins, timedelta(hours=hours))
    assert day_bounds(day + timedelta(days=1))[0] == end
