"""What somebody tries in a random debate: the list, the floor, the line, the clocks."""

from datetime import timedelta

from orchestrator.domain.budget import group_times
from orchestrator.domain.floor import INTERRUPTING
from orchestrator.domain.order import ASIDES
from orchestrator.domain.speakers import may_request
from orchestrator.domain.speech import SpeechKind
from tests.domain.hall import CHAIR, SECRETARY, member, named
from tests.domain.random_hall import ITEMS, KINDS, NAMES, RULES, SEATED, START, Meeting


def asks(meeting: Meeting) -> None:
    random, state = meeting.random, meeting.state
    kind = random.choice(KINDS)
    answers = kind in (SpeechKind.REPLY, SpeechKind.REJOINDER)
    speech = state.current_speech
    if answers and speech is None:
        kind, answers = SpeechKind.SPEECH, False
    parent = speech and (speech.parent_id or speech.request_id)
    waiting = {one.person_id for one in state.speaker_list} if random.random() < 0.7 else set()
    who = random.choice([one for one in state.present if one not in waiting] or SEATED)
    by = random.choice([CHAIR, member(NAMES[who])])
    told = by is not CHAIR and may_request(
        state, who, kind, max(meeting.hall.now, state.last_at or meeting.hall.now)
    )
    tick, meeting.hall.tick = meeting.hall.tick, 0
    allowed = meeting.says(
        "request_floor",
        by,
        request_id=meeting.new("r"),
        person_id=who,
        kind=kind,
        parent_id=parent if answers else None,
    )
    meeting.hall.tick = tick
    assert by is CHAIR or allowed is (told is None), told


def asks_for_several(meeting: Meeting) -> None:
    who = meeting.random.sample(meeting.state.present, min(2, len(meeting.state.present))) or SEATED
    meeting.says(
        "request_floors", requests=[{"request_id": meeting.new("r"), "person_id": one} for one in who]
    )


def calls(meeting: Meeting) -> None:
    waiting = meeting.state.speaker_list
    command = meeting.random.choice(["call_next_speaker", "call_next_speaker", "start_speech"])
    first = command == "call_next_speaker" and waiting
    entry = waiting[0].request_id if first else meeting.entry()
    if waiting:
        meeting.says(command, request_id=entry, current_id=meeting.state.current_speech_id)
    else:
        asks(meeting)


def interrupts(meeting: Meeting) -> None:
    current = meeting.state.current_speech_id
    letting_in = [one for one in meeting.state.speaker_list if one.kind in INTERRUPTING]
    if current and letting_in:
        entry = meeting.random.choice(letting_in)
        meeting.says("interrupt_speech", request_id=entry.request_id, current_id=current)
    else:
        asks(meeting)


def speech(meeting: Meeting) -> None:
    current = meeting.state.current_speech
    if current is None:
        return calls(meeting)
    stops = "pause_speech" if current.status == "speaking" else "resume_speech"
    command = meeting.random.choice([stops, stops, stops, "end_speech", "extend_speech"])
    extra = {"seconds": meeting.random.choice([30, 60, -20])} if command == "extend_speech" else {}
    meeting.says(command, speech_id=current.request_id, **extra)
    return None


def moves(meeting: Meeting) -> None:
    before = list(meeting.state.speaker_list)
    if len(before) < 2:
        return asks(meeting)
    moved, ahead = before[-1].request_id, meeting.random.choice(before[:-1]).request_id
    if meeting.says("move_request", request_id=moved, before_id=ahead):
        item_id = before[0].item_id
        ordinary = [r.request_id for r in before if r.kind not in ASIDES and not r.interrupted]
        safe = ordinary[: meeting.state.rules_for(item_id).safe_places]
        after = [r.request_id for r in meeting.state.speaker_list]
        if moved in after and moved not in safe and meeting.state.requests[moved].kind not in ASIDES:
            assert all(after.index(one) < after.index(moved) for one in safe)
    return None


def withdraws(meeting: Meeting) -> None:
    meeting.says("withdraw_request", request_id=meeting.entry())


LINE = {
    "open": ("propose_closing_list", "call_last", "close_list"),
    "proposed": ("call_last", "close_list", "reopen_list"),
    "last_call": ("close_list", "reopen_list"),
    "closed": ("reopen_list",),
}


def line(meeting: Meeting) -> None:
    item = meeting.state.current_item
    stands = item.list_state if item else "open"
    command = meeting.random.choice(LINE[stands])
    who = meeting.random.choice(meeting.state.present or SEATED)
    by = member(NAMES[who]) if command == "propose_closing_list" else CHAIR
    meeting.says(command, by, item_id=meeting.item_id())


def changes(meeting: Meeting) -> None:
    item_id = meeting.random.choice([None, *ITEMS])
    meeting.says("change_rules", item_id=item_id, rules=meeting.random.choice(RULES))


def forms(meeting: Meeting) -> None:
    name = meeting.random.choice(["interpellation", "question", None])
    pair = {"asker_id": named("kari"), "answerer_id": named("anne")} if name else {}
    meeting.says("use_template", item_id=meeting.item_id(), template=name, **pair)


def group_time(meeting: Meeting) -> None:
    """What one group spoke too long is given the others; nobody has the floor meanwhile."""
    state, item_id = meeting.state, meeting.state.current_item_id or meeting.item_id()
    if speech := state.current_speech:
        meeting.hall.now += timedelta(seconds=20)
        meeting.says("end_speech", speech_id=speech.request_id)
    elif over := [
        one.group for one in group_times(state, item_id, state.last_at or START.now) if one.overrun
    ]:
        meeting.says("share_overrun", item_id=item_id, group=meeting.random.choice(over))
    else:
        additions = [{"group": "SP", "seconds": -30}, {"group": "AP", "seconds": 30}]
        meeting.says("add_group_time", item_id=item_id, additions=additions)


def chat(meeting: Meeting) -> None:
    mode = meeting.random.choice(["open", "floor_only", "closed"])
    meeting.says("set_chat", mode=mode, item_id=meeting.random.choice([None, meeting.item_id()]))


def turns_back(meeting: Meeting) -> None:
    if meeting.state.undoable:
        meeting.says("undo", event_id=meeting.state.undoable[-1].event_id)


def corrects(meeting: Meeting) -> None:
    held = [key for key, one in meeting.state.requests.items() if one.ended_at and one.intervals]
    if held:
        speech_id = meeting.random.choice(held)
        stop = meeting.state.requests[speech_id].intervals[-1].stop
        assert stop is not None
        back = timedelta(seconds=meeting.random.choice([0.1, 3, 600]))
        meeting.says("correct_time", SECRETARY, kind="speech", id=speech_id, stop=stop - back)


def clock(meeting: Meeting) -> None:
    """It is set back or on; what has been recorded stands."""
    meeting.hall.now += timedelta(seconds=meeting.random.choice([-600, -0.5, 20, 400]))
