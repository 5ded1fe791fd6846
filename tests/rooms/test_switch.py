"""One stream out of many senders': whose pictures go on, from when, and at what times."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.rooms.embedded.feed import Frame
from orchestrator.rooms.embedded.switch import MOST_LATE, MOST_WAITING, Switch, Timeline

RATE, DELAY = 90_000, 0.15
LATER = 1e9


def whole(name: str, taken: int = 0) -> Frame:
    return Frame("video", b"\x10" + name.encode(), taken)


def part(name: str, taken: int = 0) -> Frame:
    return Frame("video", b"\x11" + name.encode(), taken)


class Studio:
    """A switch, and what it has asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.switch = Switch[str](self.asked.append, rate=RATE, delay=DELAY)

    def seen(self, now: float = LATER) -> list[str]:
        return [frame.data[1:].decode() for _, frame in self.switch.due(now)]


def test_nobody_is_seen_before_a_whole_picture_and_that_is_asked_for_until_it_is_here() -> None:
    studio = Studio()
    studio.switch.want("Ola")
    assert studio.asked == ["Ola"]
    studio.switch.take("Ola", part("a"), 1.0)
    studio.switch.take("Ola", part("b"), 1.1)
    assert studio.asked == ["Ola"] * 3
    assert studio.seen() == []
    studio.switch.take("Ola", whole("c"), 1.2)
    studio.switch.take("Ola", part("d"), 1.3)
    assert studio.seen() == ["c", "d"]
    assert studio.asked == ["Ola"] * 3


def test_whoever_is_seen_goes_on_until_the_next_ones_whole_picture_is_here() -> None:
    studio = Studio()
    studio.switch.want("Ola")
    studio.switch.take("Ola", whole("o1"), 1.0)
    studio.switch.want("Siri")
    studio.switch.take("Siri", part("s1"), 1.1)
    studio.switch.take("Ola", part("o2"), 1.1)
    studio.switch.take("Siri", whole("s2"), 1.2)
    studio.switch.take("Ola", part("o3"), 1.2)
    assert studio.seen() == ["o1", "o2", "s2"]
    assert studio.switch.shown == "Siri"


def test_whoever_may_not_be_seen_any_more_is_gone_at_once_with_what_still_waited() -> None:
    studio = Studio()
    studio.switch.want("Ola")
    studio.switch.take("Ola", whole("a"), 1.0)
    studio.switch.leave("Ola")
    studio.switch.take("Ola", whole("b"), 1.1)
    assert studio.seen() == []
    assert (studio.switch.shown, studio.switch.wanted) == (None, None)


def test_of_whoever_leaves_after_a_switch_nothing_that_still_waited_is_seen() -> None:
    studio = Studio()
    studio.switch.want("Ola")
    studio.switch.take("Ola", whole("o"), 1.0)
    studio.switch.want("Siri")
    studio.switch.take("Siri", whole("s"), 1.1)
    studio.switch.leave("Ola")
    assert studio.seen() == ["s"]


def test_wanting_nobody_shows_nobody() -> None:
    studio = Studio()
    studio.switch.want("Ola")
    studio.switch.take("Ola", whole("a"), 1.0)
    studio.switch.want(None)
    assert studio.seen() == []
    assert studio.switch.shown is None


def test_others_than_who_is_wanted_are_never_seen() -> None:
    studio = Studio()
    studio.switch.take("Siri", whole("a"), 1.0)
    studio.switch.want("Ola")
    studio.switch.take("Siri", whole("b"), 1.1)
    assert studio.seen() == []


def test_a_picture_is_due_a_constant_while_after_it_came() -> None:
    studio = Studio()
    studio.switch.want("Ola")
    studio.switch.take("Ola", whole("a", 0), 10.0)
    studio.switch.take("Ola", part("b", RATE // 25), 10.04)
    assert studio.seen(10.0 + DELAY - 0.001) == []
    assert studio.seen(10.0 + DELAY) == ["a"]
    assert studio.seen(10.04 + DELAY + 0.001) == ["b"]


def test_what_cannot_be_decoded_is_left_for_the_next_whole_picture() -> None:
    studio = Studio()
    studio.switch.want("Ola")
    studio.switch.take("Ola", whole("a"), 1.0)
    studio.switch.spoilt()
    studio.switch.take("Ola", part("b"), 1.1)
    studio.switch.take("Ola", whole("c"), 1.2)
    assert studio.seen() == ["c"]
    assert studio.asked == ["Ola"] * 3


def test_pictures_that_nobody_fetches_do_not_pile_up() -> None:
    studio = Studio()
    studio.switch.want("Ola")
    studio.switch.take("Ola", whole("a"), 1.0)
    for number in range(MOST_WAITING):
        studio.switch.take("Ola", part("b", number), 1.0)
    assert studio.seen() == []
    studio.switch.take("Ola", whole("c"), 1.1)
    assert studio.seen() == ["c"]


def test_ticks_that_begin_again_at_nought_are_no_step() -> None:
    timeline = Timeline(RATE)
    last = (1 << 32) - 1800
    times = [timeline.at((last + 3600 * n) % (1 << 32), 5 + n * 0.04) for n in range(10)]
    assert all(abs(later - earlier - 0.04) < 1e-6 for earlier, later in pairwise(times))


@given(
    start=st.integers(0, (1 << 32) - 1),
    frames=st.lists(st.tuples(st.floats(0.02, 3.0), st.floats(0, 1.0)), min_size=2, max_size=30),
)
def test_times_never_descend_and_are_never_ahead_nor_far_behind(
    start: int, frames: list[tuple[float, float]]
) -> None:
    timeline, taken, now = Timeline(RATE), 0.0, 0.0
    times = []
    for gap, jitter in frames:
        taken += gap
        now = max(now, taken + jitter)
        times.append(timeline.at(int(start + taken * RATE) % (1 << 32), now))
        assert now - MOST_LATE - 1e-6 <= times[-1] <= now
    assert times == sorted(times)


def test_jitter_on_the_way_is_not_seen() -> None:
    timeline = Timeline(RATE)
    times = [timeline.at(n * 3600, n * 0.04 + (0.05 if n % 3 else 0)) for n in range(100)]
    assert max(abs(later - earlier - 0.04) for earlier, later in pairwise(times)) < 0.002


def test_at_a_switch_the_times_go_on_as_the_clock_does() -> None:
    """Whatever ticks the two senders count in, the step is the time that passed, to within 0.08 s."""
    studio = Studio()
    studio.switch.want("Ola")
    for n in range(50):
        studio.switch.take("Ola", whole(f"o{n}", 4_000_000_000 + n * 3600), n * 0.04)
    studio.switch.want("Siri")
    for n in range(50):
        studio.switch.take("Siri", whole(f"s{n}", n * 3600), 2 + n * 0.04)
    seen_at: dict[str, float] = {}
    for tick in range(500):
        for name in studio.seen(tick * 0.01):
            seen_at[name] = tick * 0.01
    assert len(seen_at) == 100
    steps = [later - earlier for earlier, later in pairwise(seen_at.values())]
    assert max(abs(step - 0.04) for step in steps) < 0.08
