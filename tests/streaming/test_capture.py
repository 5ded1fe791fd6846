import itertools
import random

import pytest

from orchestrator.streaming.capture import CaptureTime, Moments
from orchestrator.streaming.media import Fragment

HALF = 0.5


def fragment(number: int) -> Fragment:
    start = number * HALF
    return Fragment(b"", start, HALF, keyframe=True, earliest=start, latest=start + HALF)


def run(capture: CaptureTime, arrivals: list[float], first: int = 0) -> list[Moments]:
    """Each fragment arrives at its time; where each was placed."""
    placed = []
    for number, at in enumerate(arrivals, first):
        capture.arrived(fragment(number), at)
        placed.append(capture.place(fragment(number), at))
    return placed


def steady(count: int, *, begin: float = 1000.0, first: int = 0) -> list[float]:
    return [begin + (number + 1) * HALF for number in range(first, first + count)]


def test_steady_arrival_gives_the_time_it_was_captured() -> None:
    placed = run(CaptureTime(delay=0.0), steady(10))
    assert [round(m.captured_at, 3) for m in placed] == [1000.0 + n * HALF for n in range(10)]
    assert placed[3].captured_from == pytest.approx(1001.5)
    assert placed[3].captured_to == pytest.approx(1002.0)


def test_the_delay_of_the_source_is_taken_off() -> None:
    placed = run(CaptureTime(delay=3.0), steady(3))
    assert placed[0].captured_at == pytest.approx(997.0)


def test_jitter_moves_nothing() -> None:
    late = random.Random(1)  # noqa: S311
    capture = CaptureTime(delay=0.0)
    run(capture, steady(20))
    placed = run(capture, [at + late.uniform(0, 0.4) for at in steady(400, first=20)], first=20)
    errors = [m.captured_at - (1000.0 + n * HALF) for n, m in enumerate(placed, 20)]
    assert max(map(abs, errors)) < 0.05


def test_a_first_burst_is_waited_out() -> None:
    capture = CaptureTime(delay=0.0)
    settled = []
    for number, at in enumerate([1003.0] * 5 + steady(5, first=5)):
        capture.arrived(fragment(number), at)
        settled.append(capture.settled(at))
    assert settled[:5] == [False] * 5
    assert settled[-1]
    assert capture.place(fragment(0), 1003.0).captured_at == pytest.approx(1000.0)


def test_a_stall_moves_nothing_and_widens_what_came_late() -> None:
    capture = CaptureTime(delay=0.0)
    run(capture, steady(20))
    during = run(capture, [1030.0] * 39, first=20)  # twenty seconds' worth, all at once
    assert [round(m.captured_at, 2) for m in during] == [1010.0 + n * HALF for n in range(39)]
    assert during[0].captured_to == pytest.approx(1030.0)
    after = run(capture, steady(20, first=60), first=60)
    assert [round(m.captured_at, 2) for m in after] == [1030.0 + n * HALF for n in range(20)]
    assert after[0].captured_to == pytest.approx(1030.5)


def test_a_stall_longer_than_the_window_moves_nothing() -> None:
    capture = CaptureTime(delay=0.0)
    run(capture, steady(20))
    burst = run(capture, [1100.0 + n * 0.01 for n in range(180)], first=20)
    assert [round(m.captured_at, 2) for m in burst] == [1010.0 + n * HALF for n in range(180)]
    after = run(capture, steady(200, first=204), first=204)
    assert after[-1].captured_at == pytest.approx(1000.0 + 403 * HALF, abs=0.05)


def test_clocks_that_drift_50_ppm_apart_are_followed_for_two_hours() -> None:
    capture = CaptureTime(delay=0.0)
    count = 2 * 3600 * 2
    arrivals = [1000.0 + (number + 1) * HALF * (1 + 50e-6) for number in range(count)]
    placed = run(capture, arrivals)
    errors = [m.captured_at - (1000.0 + n * HALF * (1 + 50e-6)) for n, m in enumerate(placed)]
    assert max(map(abs, errors)) < 0.02
    assert max(b.captured_at - a.captured_at for a, b in itertools.pairwise(placed)) < HALF + 0.01


def test_the_encoders_time_that_stood_still_is_followed_after_a_minute_and_uncertain_until_then() -> None:
    capture = CaptureTime(delay=0.0)
    run(capture, steady(20))
    placed = run(capture, [at + 10.0 for at in steady(200, first=20)], first=20)
    truth = [1010.0 + (20 + n) * HALF for n in range(200)]
    for moments, captured in zip(placed, truth, strict=True):
        assert moments.captured_from <= captured + 0.01
        assert moments.captured_to >= captured + HALF - 0.01
    assert placed[-1].captured_at == pytest.approx(truth[-1], abs=0.05)


def test_the_encoders_time_that_leapt_ahead_is_followed_at_once() -> None:
    capture = CaptureTime(delay=0.0)
    run(capture, steady(20))
    placed = run(capture, [at - 10.0 for at in steady(4, first=40)], first=40)
    assert placed[0].captured_at == pytest.approx(1010.0)
    assert placed[0].captured_to <= 1010.5 + 0.01


def test_nothing_is_ever_placed_after_its_arrival() -> None:
    capture = CaptureTime(delay=0.0)
    run(capture, steady(20))
    sooner = [at - 0.8 for at in steady(20, first=20)]
    for moments, at in zip(run(capture, sooner, first=20), sooner, strict=True):
        assert moments.captured_from <= at - HALF + 1e-6
