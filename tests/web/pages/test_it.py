"""What IT is told: figures as people read them, and warnings that say what to do."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

import orchestrator
from orchestrator.sources import Reception
from orchestrator.store.records import Source
from orchestrator.streaming.desk import DeskStatus
from orchestrator.streaming.status import SourceStatus, SourceWarning
from orchestrator.web.pages.it import disk, source_card
from orchestrator.web.pages.source_words import REASONS, WARNINGS, reason_words, warning_words

NOW = datetime(2026, 5, 5, 16, 0, tzinfo=UTC)
SOURCE = Source(
    id=uuid4(),
    organisation_id=uuid4(),
    name="Kommunestyresalen",
    slug="salen",
    kind="srt",
    port=20001,
    passphrase=SecretStr("fiktivt-passord"),
)
DESK = DeskStatus(waiting_seconds=0, last_listed_at=None, listed_after=None, warnings=frozenset())


def receiving(*warnings: SourceWarning) -> Reception:
    status = SourceStatus(
        state="receiving",
        since=NOW,
        bits_per_second=4_200_000,
        frames_per_second=25.0,
        keyframe_interval=8.0,
        width=1920,
        height=1080,
        sound_dbfs=-21.4,
        last_fragment_at=NOW - timedelta(seconds=1.8),
        warnings=warnings,
    )
    return Reception(status, DESK)


def test_a_source_is_shown_with_its_figures() -> None:
    card = source_card(SOURCE, receiving(), NOW, "moter.example.no", "nb")
    assert [f"{fact.label} {fact.value}".replace("\N{NO-BREAK SPACE}", " ") for fact in card.facts] == [
        "Bitrate 4,2 Mbit/s",
        "Bilder 25 b/s",
        "Nøkkelbilder 8,0 s",
        "Oppløsning 1920×1080",
        "Lyd \N{MINUS SIGN}21 dBFS",
        "Sist mottatt 1,8 s",
    ]
    assert (card.state, card.address) == ("Mottar", "srt://moter.example.no:20001")


def test_what_is_not_known_is_a_dash() -> None:
    status = SourceStatus(state="receiving", since=NOW)
    card = source_card(SOURCE, Reception(status, DESK), NOW, "localhost", "nb")
    assert {fact.value for fact in card.facts} == {"–"}


def test_a_warning_says_what_to_do() -> None:
    far_apart = SourceWarning("keyframes_far_apart", {"seconds": 8.0})
    card = source_card(SOURCE, receiving(far_apart), NOW, "localhost", "nb")
    assert card.problems == ("Nøkkelbilder hvert 8. s: sett 2 s i OBS (Keyframe Interval).",)


def test_a_source_that_cannot_work_says_why() -> None:
    status = SourceStatus(state="failed", since=NOW, reason="port_in_use")
    card = source_card(SOURCE, Reception(status, DESK), NOW, "localhost", "nb")
    assert (card.state, card.facts) == ("Virker ikke", ())
    assert "annen port" in card.problems[0]


def test_the_passphrase_is_never_on_the_card() -> None:
    assert "fiktivt-passord" not in repr(source_card(SOURCE, receiving(), NOW, "localhost", "nb"))


def codes(pattern: str) -> set[str]:
    package = Path(orchestrator.__file__).parent / "streaming"
    text = "\n".join(path.read_text("utf-8") for path in package.glob("*.py"))
    return set(re.findall(pattern, text))


def test_every_warning_has_words() -> None:
    assert codes(r'SourceWarning\(\s*"([a-z_]+)"') - WARNINGS.keys() == set()
    assert {"disk_full", "log_unreachable", "clock_behind", "media_lost"} <= WARNINGS.keys()


@pytest.mark.parametrize("reason", [*REASONS, "something_new"])
def test_every_reason_has_words(reason: str) -> None:
    assert reason_words(SourceStatus(state="failed", since=NOW, reason=reason), "nb").endswith((".", "new"))


def test_a_warning_nobody_knows_is_still_told() -> None:
    assert warning_words(SourceWarning("something_new"), "nb") == "Ukjent varsel: something_new"


@pytest.mark.parametrize(
    ("free", "said"), [(1e9, "Disken er full"), (5e9, "Disken er snart full"), (80e9, "")]
)
def test_the_disk_is_told_before_it_is_full(free: float, said: str) -> None:
    problem = disk(int(free), int(271e9), 2 * 1024**3, "nb").problem
    assert problem.startswith(said)
    assert bool(problem) is bool(said)
