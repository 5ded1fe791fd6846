"""Rooms that nobody here knows are told to IT once for each product, with why that may be."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from orchestrator.store.unknown_rooms import UnknownRoom
from orchestrator.web.pages.unknown_words import unknown_problems

HERE = uuid4()
AT = datetime(2026, 5, 5, 16, 0, tzinfo=UTC)


def room(provider: str, room_id: UUID, *, asked: bool = False, trouble: str | None = None) -> UnknownRoom:
    found_at = AT if provider == "teams" else AT + timedelta(hours=1)
    return UnknownRoom(HERE, provider, room_id, found_at, AT if asked else None, trouble)


def test_those_of_a_product_are_one_problem_that_is_not_urgent_and_names_each_to_be_taken_away() -> None:
    ids = [uuid4() for _ in range(3)]
    found = [room("livekit", ids[0]), room("teams", ids[1]), room("teams", ids[2])]
    livekit, teams = unknown_problems(found, "nb")
    assert livekit.what == "I LiveKit er det 1 rom som ingen her kjenner."
    assert teams.what == "I Teams er det 2 rom som ingen her kjenner."
    assert "sikkerhetskopi" in teams.todo
    assert "en annen installasjon" in teams.todo
    assert teams.alert_id == ""
    assert teams.removal
    assert teams.removal.room_ids == (str(ids[1]), str(ids[2]))
    assert teams.removal.since == AT


def test_what_is_being_taken_away_is_told_apart_and_asks_for_nothing() -> None:
    left = uuid4()
    waiting, going = unknown_problems([room("teams", uuid4(), asked=True), room("teams", left)], "nb")
    assert waiting.removal
    assert waiting.removal.room_ids == (str(left),)
    assert (going.what, going.removal) == ("1 rom i Teams tas bort nå.", None)


def test_why_it_could_not_be_done_is_told_with_what_to_do() -> None:
    (problem,) = unknown_problems([room("teams", uuid4(), trouble="unavailable")], "nb")
    assert problem.todo.startswith("Det gikk ikke å ta bort alle: leverandøren svarer ikke. Sjekk nettet og")
    assert problem.removal
