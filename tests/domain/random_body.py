"""What a body does in a random meeting: who takes part, what it votes on and decides."""

from typing import Any
from uuid import UUID

from orchestrator.domain.items import Question
from orchestrator.domain.state import SessionState
from orchestrator.domain.substitutes import next_substitute, vacant
from tests.domain.hall import CHAIR, SECRETARY, member, named
from tests.domain.random_hall import BASIS, ITEMS, NAMES, SEATED, SUBSTITUTES, Meeting


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


def elsewhere(meeting: Meeting) -> None:
    """Somebody takes part from home, and says that they are alone if they are asked."""
    state, random = meeting.state, meeting.random
    if state.remote and state.closing and random.random() < 0.8:
        for who in sorted(state.remote - state.alone):
            meeting.says("confirm_alone", person_id=who, closing_id=state.closing.closing_id)
    else:
        who = random.choice([*sorted(state.remote), random.choice(SEATED)])
        meeting.says("attend_remotely", person_id=who, remote=who not in state.remote)


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
    if put and random.random() < 0.5:
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


def releases(meeting: Meeting) -> None:
    if meeting.random.random() < 0.5:
        meeting.says("release_item", SECRETARY, item_id=meeting.random.choice(ITEMS))
    else:
        meeting.says("release_recording", SECRETARY)
