"""A random meeting from its plan to its end: each step is mostly one that may be taken as things stand."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from orchestrator.domain.budget import group_times
from orchestrator.domain.errors import Refused
from orchestrator.domain.floor import INTERRUPTING
from orchestrator.domain.items import Question
from orchestrator.domain.order import ASIDES
from orchestrator.domain.presence import returning
from orchestrator.domain.roles import Actor
from orchestrator.domain.rules import DebateRules
from orchestrator.domain.speakers import may_request
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.state import SessionState
from orchestrator.domain.substitutes import next_substitute, vacant
from tests.domain.hall import CHAIR, PEOPLE, SECRETARY, Hall, member, named, planned

ITEMS = (named("one"), named("two"), named("secret"))
MEMBERS: list[dict[str, Any]] = [
    *({"person_id": named(name), "group": "SP" if name in ("kari", "per") else "AP"} for name in PEOPLE),
    *(
        {"person_id": named(f"{group}{n}"), "group": group, "list_order": n}
        for group in ("SP", "AP")
        for n in (1, 2)
    ),
]
SEATED = tuple(named(name) for name in PEOPLE)
SUBSTITUTES = tuple(named(name) for name in ("SP1", "SP2", "AP1", "AP2"))
NAMES = {named(name): name for name in (*PEOPLE, "SP1", "SP2", "AP1", "AP2")}
KINDS = (*(SpeechKind.SPEECH, SpeechKind.REPLY) * 3, *SpeechKind)
BASIS = {"section": "11-5"}
START = planned(members=MEMBERS)
"""A plan that every random meeting begins from; a state is a value, so they may share it."""


def rules(random: Random) -> DebateRules:
    """Any rules of procedure."""
    return DebateRules(
        rejoinder=random.choice(["none", "after_replies", "after_each"]),
        order=random.choice(["arrival", "fewest_turns"]),
        safe_places=random.randrange(3),
        replies_per_speech=random.randrange(1, 4),
        points_of_order_first=random.random() < 0.7,
        keep_replies=random.random() < 0.5,
        carry_speech=random.random() < 0.5,
        several_requests_allowed=random.random() < 0.2,
        group_seconds=random.choice([None, 10, 600]),
        last_call_seconds=random.choice([0, 30]),
    )


RULES = tuple(rules(Random(seed)).model_dump() for seed in range(200))  # noqa: S311


class Meeting:
    """One meeting. ``accepted`` counts the commands, by type, that something came of."""

    def __init__(self, random: Random, accepted: Counter[str]) -> None:
        self.random, self.accepted = random, accepted
        self.hall = Hall(tick=random.choice([0, 0.25, 7]))
        self.hall.state, self.hall.events, self.hall.now = START.state, list(START.events), START.now
        self.number = 0
        self.says("change_rules", SECRETARY, rules=random.choice(RULES))

    @property
    def state(self) -> SessionState:
        """As of now."""
        return self.hall.state

    def says(self, type_: str, by: Actor = CHAIR, /, **fields: Any) -> bool:
        """Try a command; whether it was allowed. What is refused changes nothing."""
        before = self.hall.state
        try:
            events = self.hall.says(type_, by, **fields)
        except Refused:
            assert self.hall.state is before
            return False
        self.accepted[type_] += bool(events)
        return True

    def new(self, prefix: str) -> UUID:
        """A name that nothing has yet."""
        self.number += 1
        return named(f"{prefix}{self.number}")

    def item_id(self) -> UUID:
        """The item being treated, now and then another."""
        current = self.state.current_item_id
        return current if current and self.random.random() < 0.8 else self.random.choice(ITEMS)

    def planned_item(self) -> UUID:
        """An item not treated yet, if there is one."""
        left = [item.item_id for item in self.state.agenda if item.status == "planned"]
        return self.random.choice(left or ITEMS)

    def entry(self) -> UUID:
        """An entry of any list, mostly the first of this one."""
        waiting = self.state.speaker_list
        if waiting and self.random.random() < 0.7:
            return waiting[0].request_id
        return self.random.choice(self.state.waiting or tuple(self.state.requests) or (named("r"),))

    def step(self) -> None:
        """One thing that somebody tries."""
        self.random.choice(self._sensible())(self)

    def _sensible(self) -> "tuple[Try, ...]":
        state = self.state
        if state.status == "planned":
            return BEFORE
        if state.status == "adjourned":
            return AFTER
        if state.roll_called_at is None:
            return FIRST
        if state.in_break:
            return IN_BREAK
        if returning(state):
            return AFTER_BREAK
        if state.current_vote:
            return VOTING
        if state.closing is not None and self.random.random() < 0.25:
            return (doors,)
        if open_questions(state) and self.random.random() < 0.25:
            return (impartiality,)
        if state.current_item_id is None:
            return BETWEEN
        return DEBATING


Try = Callable[[Meeting], object]


def opens(meeting: Meeting) -> None:
    meeting.says("open_session")


def roll(meeting: Meeting) -> None:
    meeting.says("call_roll", present=there(meeting))


def there(meeting: Meeting) -> list[UUID]:
    """Most of the members, and now and then a substitute."""
    absent = meeting.random.choice([*SEATED, None, None])
    extra = meeting.random.choice([*SUBSTITUTES, *[None] * 4])
    return [one for one in (*SEATED, extra) if one and one != absent]


def breaks(meeting: Meeting) -> None:
    meeting.says("start_break", kind=meeting.random.choice(["pause", "group_meeting", "lunch"]))


def goes_on(meeting: Meeting) -> None:
    meeting.says("end_break", number=len(meeting.state.breaks))


def who_is_back(meeting: Meeting) -> None:
    meeting.says("confirm_attendance", present=there(meeting))


def adjourns(meeting: Meeting) -> None:
    meeting.says("adjourn_session", part=len(meeting.state.parts))


def reopens(meeting: Meeting) -> None:
    meeting.says("reopen_session", part=len(meeting.state.parts))


def opens_item(meeting: Meeting) -> None:
    left = [item.item_id for item in meeting.state.agenda if item.status in ("planned", "paused")]
    hidden = named("secret")
    if not meeting.state.doors_closed and len(left) > 1 and meeting.random.random() < 0.9:
        left = [one for one in left if one != hidden]
    if not left:
        plans(meeting)
    elif left == [hidden] and not meeting.state.doors_closed and meeting.random.random() < 0.9:
        doors(meeting)
    else:
        meeting.says("open_item", item_id=meeting.random.choice(left))


def closes_item(meeting: Meeting) -> None:
    item = meeting.state.current_item
    if item is not None and item.decision is None:
        meeting.says("record_decision", item_id=item.item_id, text=f"Vedtak {meeting.number}")
    else:
        meeting.says("close_item", item_id=meeting.item_id())


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
    told = may_request(state, who, kind, max(meeting.hall.now, state.last_at or meeting.hall.now))
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
    command = meeting.random.choice([stops, stops, "end_speech", "extend_speech"])
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


def comes_or_leaves(meeting: Meeting) -> None:
    state, random = meeting.state, meeting.random
    away = [one for one in SEATED if one not in state.present]
    if not away:
        meeting.says("record_departure", person_id=random.choice(SEATED))
    elif random.random() < 0.4:
        meeting.says("record_arrival", person_id=random.choice(away))
    elif random.random() < 0.6:
        meeting.says("register_presence", member(NAMES[away[0]]), person_id=away[0])
    else:
        meeting.says("confirm_presence", person_ids=[*state.registered, *away[:1]])


def takes_the_chair(meeting: Meeting) -> None:
    meeting.says("hand_over_chair", person_id=meeting.random.choice(SEATED))


def absence(meeting: Meeting) -> object:
    state, random = meeting.state, meeting.random
    if state.absences and random.random() < 0.6:
        return meeting.says("withdraw_absence", person_id=next(iter(state.absences)))
    away = [one for one in (*SEATED, *SUBSTITUTES) if one not in state.present]
    who = random.choice(away)
    return meeting.says("report_absence", member(NAMES[who]), person_id=who)


def leave(meeting: Meeting) -> None:
    asked = [one.person_id for one in meeting.state.leaves if one.outcome is None]
    if asked:
        meeting.says(meeting.random.choice(["grant_leave", "refuse_leave"]), person_id=asked[0])
    else:
        who = meeting.random.choice(meeting.state.present or SEATED)
        item_id = meeting.random.choice([None, meeting.item_id()])
        meeting.says("ask_leave", member(NAMES[who]), person_id=who, item_id=item_id)


def substitutes(meeting: Meeting) -> None:
    state, random = meeting.state, meeting.random
    seated = [one for one in state.seatings if not one.over]
    in_item = state.current_item_id or named("two")
    places = [(who, item_id) for who in SEATED for item_id in (None, in_item) if vacant(state, who, item_id)]
    for_id, item_id = random.choice(places or [(random.choice(SEATED), None)])
    called = next_substitute(state, for_id, item_id) or random.choice(SUBSTITUTES)
    if seated and random.random() < 0.4:
        out = random.choice(seated)
        meeting.says("unseat_substitute", person_id=out.person_id, item_id=out.item_id)
    elif not places and random.random() < 0.8:
        comes_or_leaves(meeting)
    elif random.random() < 0.2:
        meeting.says("skip_substitute", person_id=called)
    else:
        meeting.says("seat_substitute", person_id=called, for_id=for_id, item_id=item_id)


def open_questions(state: SessionState) -> list[Question]:
    """Which the body may decide on now."""
    return [
        one
        for one in state.questions.values()
        if one.outcome is None
        and (item := state.items.get(one.item_id))
        and item.status != "closed"
        and (state.doors_closed or not item.hidden)
    ]


def impartiality(meeting: Meeting) -> None:
    state, random = meeting.state, meeting.random
    undecided = open_questions(state)
    if not undecided or random.random() < 0.2:
        who = random.choice(SEATED)
        meeting.says(
            "raise_impartiality",
            random.choice([CHAIR, member(NAMES[who])]),
            question_id=meeting.new("q"),
            item_id=meeting.item_id(),
            person_id=who,
        )
        return
    question = random.choice(undecided)
    if random.random() < 0.6:
        outcome = random.choice(["impartial", "disqualified", "disqualified", "exempted"])
        meeting.says(
            "decide_impartiality",
            question_id=question.question_id,
            outcome=outcome,
            legal_basis=BASIS,
            unanimous=True,
        )
    elif random.random() < 0.5:
        substitutes(meeting)
    else:
        command = random.choice(["explain_impartiality", "withdraw_impartiality"])
        meeting.says(command, question_id=question.question_id)


def counted(meeting: Meeting, item_id: UUID | None) -> dict[str, Any]:
    """A result that the hall could have given."""
    there = len(meeting.state.sitting(item_id))
    if meeting.random.random() < 0.5:
        return {"unanimous": True}
    for_it = meeting.random.randint(there // 2, there)
    result: dict[str, Any] = {
        "tallies": [
            {"group": "SP", "in_favour": for_it, "against": 0},
            {"group": "AP", "in_favour": 0, "against": there - for_it},
        ]
    }
    return result | ({"casting_vote": "in_favour"} if for_it * 2 == there else {})


def proposes(meeting: Meeting) -> None:
    random = meeting.random
    put = [key for key, one in meeting.state.proposals.items() if not one.withdrawn]
    if put and random.random() < 0.3:
        meeting.says("withdraw_proposal", proposal_id=random.choice(put))
    else:
        meeting.says(
            "put_proposal",
            proposal_id=meeting.new("p"),
            item_id=meeting.item_id(),
            proposer_id=random.choice([None, *(meeting.state.present or SEATED)]),
            text="Saken utsettes.",
        )


def votes(meeting: Meeting) -> None:
    state, random = meeting.state, meeting.random
    item_id = state.current_item_id or meeting.item_id()
    put = [key for key, one in state.proposals.items() if one.item_id == item_id and not one.withdrawn]
    proposal_id = random.choice([None, *put])
    fields = {"vote_id": meeting.new("v"), "item_id": item_id, "proposal_id": proposal_id}
    if random.random() < 0.7:
        meeting.says("start_vote", **fields)
    else:
        meeting.says("record_vote", **fields, **counted(meeting, item_id))


def counts(meeting: Meeting) -> None:
    vote = meeting.state.current_vote
    if vote is None:
        return votes(meeting)
    if meeting.random.random() < 0.2:
        meeting.says("cancel_vote", vote_id=vote.vote_id)
    else:
        result = counted(meeting, vote.item_id)
        meeting.says("record_vote", vote_id=vote.vote_id, item_id=vote.item_id, **result)
    return None


def decides(meeting: Meeting) -> None:
    meeting.says("record_decision", item_id=meeting.item_id(), text=f"Vedtak {meeting.number}")


def agenda(meeting: Meeting) -> None:
    random, item_id = meeting.random, meeting.planned_item()
    if meeting.state.status == "planned":
        meeting.says("mark_item", item_id=item_id, unlisted=random.random() < 0.5, late_papers=True)
        return
    if meeting.state.approval is None and random.random() < 0.5:
        meeting.says("approve_agenda", **counted(meeting, None))
        return
    marked = [one.item_id for one in meeting.state.agenda if one.late_papers and one.status == "planned"]
    if marked and random.random() < 0.7:
        who = random.choice(SEATED)
        meeting.says("object_to_item", member(NAMES[who]), item_id=random.choice(marked), person_id=who)
        return
    command = random.choice(["reorder_agenda", "postpone_item", "mark_item", "mark_item"])
    marks = {"late_papers": True} if command == "mark_item" else counted(meeting, None)
    meeting.says(command, item_id=item_id, **marks)


PLAN: dict[str, Any] = {
    "meeting_id": named("meeting"),
    "title": "Kommunestyret",
    "starts_at": START.now,
    "ends_at": START.now + timedelta(hours=4),
    "members": MEMBERS,
    "source_id": named("source"),
    "chair_id": named("anne"),
}


def plans(meeting: Meeting) -> None:
    random, new = meeting.random, meeting.new("item")
    if meeting.state.status == "planned" and random.random() < 0.3:
        meeting.says("change_session", SECRETARY, **PLAN)
    elif random.random() < 0.3:
        kind = random.choice(["decision", "election", "question", "report_item"])
        meeting.says("add_item", SECRETARY, item_id=new, title="Ny sak", kind=kind)
    elif random.random() < 0.4:
        meeting.says("change_item", SECRETARY, item_id=named("one"), title=f"Sak {meeting.number}")
    elif random.random() < 0.5:
        others = [one.item_id for one in meeting.state.agenda if one.item_id not in ITEMS]
        meeting.says("remove_item", SECRETARY, item_id=random.choice(others or ITEMS))
    else:
        order = random.sample(ITEMS, 2)
        meeting.says("move_item", SECRETARY, item_id=order[0], before_id=order[1])


def doors(meeting: Meeting) -> None:
    state, random = meeting.state, meeting.random
    closing = state.closing
    if closing is None:
        item_ids = random.choice([[named("secret")], [meeting.item_id(), named("secret")]])
        fields = {"item_ids": list(dict.fromkeys(item_ids)), "legal_basis": BASIS}
        meeting.says("propose_closing", closing_id=meeting.new("c"), **fields)
    elif closing.part is not None:
        item = state.current_item
        if item is not None and item.hidden:
            closes_item(meeting)
        elif closing.part == "items" and item is None and random.random() < 0.6:
            meeting.says("open_item", item_id=named("secret"))
        else:
            meeting.says("open_doors", closing_id=closing.closing_id, part=closing.part)
    elif random.random() < 0.1:
        meeting.says("drop_closing", closing_id=closing.closing_id)
    elif closing.vote is None and random.random() < 0.8:
        meeting.says("record_closing_vote", closing_id=closing.closing_id, **counted(meeting, None))
    else:
        meeting.says("close_doors", closing_id=closing.closing_id, part="items" if closing.vote else "debate")


def broadcast(meeting: Meeting) -> None:
    stopped = meeting.state.stopped
    meeting.says("resume_broadcast" if stopped else "stop_broadcast")


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


def releases(meeting: Meeting) -> None:
    if meeting.random.random() < 0.5:
        meeting.says("release_item", SECRETARY, item_id=meeting.random.choice(ITEMS))
    else:
        meeting.says("release_recording", SECRETARY)


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


def winds_up(meeting: Meeting) -> None:
    """One step nearer the end of the meeting, and what is done after it."""
    state = meeting.state
    if state.status != "open":
        meeting.step()
    elif state.current_vote:
        counts(meeting)
    elif state.doors_closed:
        doors(meeting)
    else:
        adjourns(meeting)


BEFORE: tuple[Try, ...] = (
    *[opens] * 12,
    absence,
    absence,
    impartiality,
    substitutes,
    plans,
    plans,
    agenda,
    agenda,
    forms,
)
FIRST: tuple[Try, ...] = (*[roll] * 9, absence, opens_item)
BETWEEN: tuple[Try, ...] = (
    *[opens_item] * 9,
    *(agenda, agenda, agenda, comes_or_leaves, comes_or_leaves, substitutes, substitutes, leave),
    *(doors, impartiality, plans, turns_back, releases, takes_the_chair, absence, adjourns),
)
DEBATING: tuple[Try, ...] = (
    *[asks] * 18,
    *[calls] * 12,
    *(interrupts, interrupts, speech, speech, speech, moves, moves, withdraws, asks_for_several),
    *(
        line,
        line,
        votes,
        votes,
        proposes,
        proposes,
        decides,
        closes_item,
        closes_item,
        turns_back,
        turns_back,
    ),
    *(impartiality, impartiality, comes_or_leaves, substitutes, leave, doors, breaks, opens_item, forms),
    *(group_time, group_time, group_time, changes, clock, chat, corrects, broadcast, roll),
)
VOTING: tuple[Try, ...] = (*[counts] * 7, asks, calls, speech, opens_item, closes_item, adjourns)
IN_BREAK: tuple[Try, ...] = (*[goes_on] * 7, comes_or_leaves, leave, asks, calls)
AFTER_BREAK: tuple[Try, ...] = (*[who_is_back] * 6, comes_or_leaves, calls, opens_item, turns_back)
AFTER: tuple[Try, ...] = (reopens, corrects, releases, opens_item, asks)
