"""What keeps recordings from being fetched is said to IT in words, with what to do and when it is tried."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from orchestrator.roomkeeping.fetching import _CODES
from orchestrator.roomkeeping.subscriptions import NO_ADDRESS
from orchestrator.store.fetch_troubles import FetchTrouble, Kind
from orchestrator.web.pages.fetch_words import WHY, fetch_note, fetch_problems

ROOM, HERE = uuid4(), uuid4()
AT = datetime(2026, 5, 5, 16, 0, tzinfo=UTC)


def trouble(kind: Kind, code: str, *, tried: bool = True) -> FetchTrouble:
    target = HERE if kind == "subscription" else ROOM
    return FetchTrouble(target, kind, HERE, code, AT, AT if tried else None)


def test_what_is_wrong_why_what_to_do_and_when_it_is_tried_again() -> None:
    (problem,) = fetch_problems([trouble("recording", "unavailable")], {ROOM: "Salen"}, "nb")
    assert problem.what == "Opptaket fra rommet «Salen» er ikke hentet. Leverandøren svarer ikke."
    assert problem.todo == "Sjekk nettet og leverandørens driftsmeldinger."
    assert (problem.again, problem.again_id) == ("Prøves igjen kl. 18:00.", str(ROOM))


@pytest.mark.parametrize("code", sorted({*WHY, *_CODES.values(), "throttled", "no_policy", "not_configured"}))
def test_every_trouble_has_words_of_its_own(code: str) -> None:
    (problem,) = fetch_problems([trouble("transcript", code)], {ROOM: "Salen"}, "nb")
    assert "Ukjent feil" not in problem.what
    assert problem.todo


def test_that_microsoft_cannot_reach_us_is_no_problem_and_is_said_once() -> None:
    troubles = [trouble("subscription", NO_ADDRESS, tried=False)]
    assert fetch_problems(troubles, {}, "nb") == []
    assert "ved å se etter" in fetch_note(troubles, "nb")
    assert fetch_note([trouble("subscription", "refused")], "nb") == ""
    (problem,) = fetch_problems([trouble("subscription", "refused")], {}, "nb")
    assert "Microsoft når tjenesten" in problem.todo
    assert problem.again_id == ""
