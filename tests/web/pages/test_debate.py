"""What every console shows of a session."""

from uuid import uuid4

import pytest

from orchestrator.domain.exchange import answerable
from orchestrator.web.pages import debate
from orchestrator.web.pages.codes import codes
from tests.domain.hall import asks, named
from tests.web.pages import council


@pytest.mark.parametrize(
    ("stage", "live", "words"),
    [
        ("planned", False, "Sending ikke startet"),
        ("speaking", True, ""),
        ("stopped", False, "Sending stoppet"),
        ("pausing", False, "Plakat: pause"),
        ("doors_closed", False, "Plakat: lukkede dører"),
        ("adjourned", False, "Sending slutt"),
        ("cancelled", False, "Avlyst"),
    ],
)
def test_what_the_public_sees_is_said_in_words(stage: str, live: bool, words: str) -> None:  # noqa: FBT001
    air = debate.on_air(council.STAGES[stage]().state, "nb")
    assert (air.live, air.words) == (live, words)


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("planned", "Ikke åpnet"),
        ("speaking", "Åpen"),
        ("pausing", "Pause"),
        ("doors_closed", "Lukket"),
        ("adjourned", "Hevet"),
    ],
)
def test_a_session_without_a_source_is_never_said_to_be_live(stage: str, words: str) -> None:
    air = debate.on_air(council.STAGES[stage]().state.replace(source_id=None), "nb")
    assert (air.live, air.words) == (False, words)


def test_the_clock_runs_from_where_it_was_started() -> None:
    hall = council.speaking()
    hall.wait(40)
    floor = debate.floor(council.scene(hall), "nb")
    assert floor
    assert (floor.name, floor.spoken, floor.limit) == ("Kari Nordli", 0, 180)
    assert floor.since == hall.state.requests[named("speech")].started_at


def test_a_stopped_clock_stands_where_it_was() -> None:
    hall = council.stopped_clock()
    hall.wait(500)
    floor = debate.floor(council.scene(hall), "nb")
    assert floor
    assert floor.since is None
    assert floor.spoken < 10


def test_the_list_says_what_each_has_asked_for_and_how_long_they_wait() -> None:
    hall = council.speaking()
    entries = debate.speaker_list(council.scene(hall), "nb")
    assert [(entry.name, entry.words) for entry in entries] == [
        ("Siri Moen", "Til dagsorden"),
        ("Ola Vik", "Replikk 1/2"),
        ("Per Haug", "Innlegg"),
    ]
    waits = [entry.wait_seconds for entry in entries]
    assert waits[1] - waits[0] == 120
    assert waits[2] - waits[1] == 60


def test_moving_names_the_entry_that_it_goes_before() -> None:
    first, second, third = debate.speaker_list(council.scene(council.speaking()), "nb")
    assert (first.up_before, second.up_before) == (None, first.request_id)
    assert (first.down_before, second.down_before) == (third.request_id, None)
    assert (first.up, second.up, second.down, third.down) == (False, True, True, False)


def test_somebody_who_has_spoken_is_seen_to_speak_again() -> None:
    hall = council.speaking()
    hall.says("end_speech", speech_id=named("speech"))
    asks(hall, "kari", "again")
    assert debate.speaker_list(council.scene(hall), "nb")[-1].words == "Innlegg (2.)"


def test_a_reply_asked_for_during_a_reply_answers_the_same_speech() -> None:
    hall = council.speaking()
    hall.says("withdraw_request", request_id=named("order"))
    hall.says("call_next_speaker", request_id=named("reply"), current_id=named("speech"))
    answered = answerable(hall.state)
    assert answered
    assert answered.request_id == named("speech")


def test_everybody_has_two_letters_of_their_own() -> None:
    names = ["Kari Nordli", "Knut Nes", "Kåre Nilsen", "Åse Ås", "Ida-Marie Lie", "Xi", "Ng"]
    found = codes((uuid4(), name) for name in names)
    assert len(set(found.values())) == len(names)
    assert all(len(code) == 2 for code in found.values())


def test_initials_come_before_other_letters() -> None:
    first, second, third = uuid4(), uuid4(), uuid4()
    found = codes([(first, "Anne Berg"), (second, "Arne Bø"), (third, "Anton Eide")])
    assert (found[first], found[third]) == ("AB", "AE")
    assert found[second] == "AØ"


def test_nothing_is_moved_above_an_interrupted_speech_or_into_a_safe_place() -> None:
    entries = {one.request_id: one for one in debate.speaker_list(council.scene(council.contested()), "nb")}
    assert not entries[named("reply")].up, "it would go before the speech that goes on"
    assert not entries[named("anne's")].up, "the place above is safe"
    assert entries[named("later")].note == "Har med kart"
