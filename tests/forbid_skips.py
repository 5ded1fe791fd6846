"""A skip without leave makes the run fail: pytest -p tests.forbid_skips."""

from collections.abc import Generator

import pytest

MAY_BE_SKIPPED = {"tenant", "livekit"}
"""Markers of tests that need somebody else's service."""

skipped_without_leave: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail") and not MAY_BE_SKIPPED & report.keywords.keys():
        skipped_without_leave.add(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        skipped_without_leave.add(report.nodeid)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    if skipped_without_leave and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for nodeid in sorted(skipped_without_leave):
        terminalreporter.write_line(f"skipped without leave, so the run fails: {nodeid}")
