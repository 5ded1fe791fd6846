from orchestrator.backoff import Backoff


def test_backoff_doubles_up_to_thirty_seconds_and_forgets_after_a_healthy_minute() -> None:
    backoff = Backoff()
    assert [backoff.after(1) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert backoff.after(61) == 1
    assert backoff.after(1) == 2
