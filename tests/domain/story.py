"""A random meeting: what somebody might try next, mostly sensible; and every word and name that is secret."""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from orchestrator.domain.base import Event
from orchestrator.domain.errors import Refused
from orchestrator.domain.publicity import public_status
from orchestrator.domain.state import SessionState
from tests.domain.hall import CHAIR, PEOPLE, SECRETARY, member, named, planned

REQUESTS = tuple(f"r{number}" for number in range(8))
ITEMS = ("one", "two", "secret", "new")
VOTES, PROPOSALS = ("v0", "v1", "v2"), ("p0", "p1", "p2")
BASIS = {"section": "11-5"}
FORMED = ("question", "interpellation")
MEMBERS: list[dict[str, Any]] = [
    *({"person_id": named(name), "group": "SP" if name in ("kari", "per") else "AP"} for name in PEOPLE),
    *(
        {"person_id": named(name), "group": "SP", "list_order": n}
        for n, name in enumerate(("vara", "vara2"), 1)
    ),
]
SUBSTITUTES = ("vara", "vara2")
TALLIES = [
    [{"group": "SP", "in_favour": 2, "against": 0}, {"group": "AP", "in_favour": 1, "against": 2}],
    [{"group": "SP", "in_favour": 2, "against": 0}, {"group": "AP", "in_favour": 0, "against": 2}],
]

RULES: tuple[dict[str, Any], ...] = (
    {},
    {"rejoinder": "after_replies", "keep_replies": False, "carry_speech": True, "safe_places": 1},
    {"rejoinder": "after_each", "order": "fewest_turns", "safe_places": 2, "points_of_order_first": False},
    {"group_seconds": 60, "several_requests_allowed": True, "carry_speech": True},
)
KINDS = (
    "speech",
    "speech",
    "reply",
    "reply",
    "rejoinder",
    "point_of_order",
    "point_of_information",
    "question",
)


class Story:
    """A meeting to which random things happen. ``step`` tries one; what is refused changes nothing."""

    def __init__(self, draw: st.DrawFn, **plan: object) -> None:
        self.draw = draw
        rules = draw(st.sampled_from(RULES))
        self.hall = planned(**{"members": MEMBERS, "rules": rules, **plan})
        self.hall.tick = draw(st.sampled_from([0.0, 1.0, 0.25]))
        self.words: defaultdict[UUID, set[str]] = defaultdict(set)
        """Every word ever written of an item."""
        self.secret: defaultdict[UUID, set[str]] = defaultdict(set)
        """Those of them that were written behind closed doors and have not been released since."""
        self.seen: set[UUID] = set()
        """Speeches of which something was public."""
        self.listed: set[UUID] = set()
        """Requests that were made in public."""
        self.before_doors: SessionState | None = None
        self._count = 0
        for item in self.state.items.values():
            self.words[item.item_id].add(item.title)
        if draw(st.booleans()):
            self.says("open_session")
            self.says("call_roll", present=[named(name) for name in PEOPLE])
            self.says("open_item", item_id=named("two"))

    @property
    def state(self) -> SessionState:
        """As of now."""
        return self.hall.state

    def one_of(self, *names: str) -> UUID:
        """Any of the things by these names."""
        return named(self.draw(st.sampled_from(names)))

    def says(self, type_: str, by: Any = CHAIR, /, **fields: object) -> None:
        """Send a command and note what it made public."""
        before = self.state
        try:
            events = self.hall.says(type_, by, **fields)
        except Refused:
            assert self.state is before
            return
        for event in events:
            self._note(event, before)

    def _note(self, event: Event, before: SessionState) -> None:
        live = public_status(self.state) == "live"
        announced = event.type == "floor_requested" and before.status == "planned"  # by a template
        if event.type == "floor_requested" and (announced or public_status(before) == "live"):
            self.listed.add(event.request_id)  # type: ignore[attr-defined]
        if live and self.state.current_speech_id:
            self.seen.add(self.state.current_speech_id)
        if event.type == "doors_closed":
            self.before_doors = before
        if event.type == "item_released":
            self.secret.pop(event.item_id, None)  # type: ignore[attr-defined]

    def word(self, item_id: UUID) -> str:
        """A word like no other, about to be written of this item."""
        self._count += 1
        word = f"ord{self._count}ord"
        self.words[item_id].add(word)
        if self.state.doors_closed:
            self.secret[item_id].add(word)
        return word

    def step(self) -> None:
        """One thing that somebody tries."""
        self.draw(st.sampled_from(STEPS))(self)


def asks(story: Story) -> None:
    state, draw = story.state, story.draw
    kind = draw(st.sampled_from(KINDS))
    answers = kind in ("reply", "rejoinder")
    parent = {"parent_id": state.current_speech_id or story.one_of(*REQUESTS)} if answers else {}
    name = draw(st.sampled_from(PEOPLE))
    by = draw(st.sampled_from([CHAIR, member(name)]))
    request = {"request_id": story.one_of(*REQUESTS), "person_id": named(name), "kind": kind, **parent}
    if draw(st.integers(0, 5)) == 0:
        other = {"request_id": story.one_of(*REQUESTS), "person_id": story.one_of(*PEOPLE, *SUBSTITUTES)}
        return story.says("request_floors", by, requests=[request, other])
    return story.says("request_floor", by, **request)


def calls(story: Story) -> None:
    state = story.state
    first = next(iter(state.speaker_list), None)
    request_id = first.request_id if first else story.one_of(*REQUESTS)
    command = story.draw(
        st.sampled_from(["call_next_speaker", "call_next_speaker", "start_speech", "interrupt_speech"])
    )
    current_id = state.current_speech_id
    if command == "interrupt_speech" and current_id is None:
        current_id = story.one_of(*REQUESTS)
    story.says(command, request_id=request_id, current_id=current_id)


def speech(story: Story) -> None:
    command = story.draw(st.sampled_from(["pause_speech", "resume_speech", "end_speech", "extend_speech"]))
    extra = {"seconds": story.draw(st.sampled_from([30, -3600]))} if command == "extend_speech" else {}
    story.says(command, speech_id=story.state.current_speech_id or story.one_of(*REQUESTS), **extra)


def waiting(story: Story) -> None:
    if story.draw(st.booleans()):
        story.says("withdraw_request", request_id=story.one_of(*REQUESTS))
    else:
        story.says("move_request", request_id=story.one_of(*REQUESTS), before_id=story.one_of(*REQUESTS))


def the_list(story: Story) -> None:
    steps = ["propose_closing_list", "call_last", "close_list", "reopen_list"]
    story.says(story.draw(st.sampled_from(steps)), item_id=story.one_of(*ITEMS))


def the_rules(story: Story) -> None:
    what = story.draw(st.sampled_from(["change_rules", "use_template", "share_overrun", "add_group_time"]))
    item_id = story.one_of(*ITEMS)
    if what == "change_rules":
        item = story.draw(st.sampled_from([None, item_id]))
        return story.says(what, item_id=item, rules=story.draw(st.sampled_from(RULES)))
    if what == "use_template":
        pair = {"asker_id": story.one_of(*PEOPLE), "answerer_id": story.one_of(*PEOPLE)}
        name = story.draw(st.sampled_from(["question", "interpellation", "question_time", None]))
        return story.says(what, item_id=item_id, template=name, **(pair if name in FORMED else {}))
    extra = {"additions": [{"group": "SP", "seconds": -30}, {"group": "AP", "seconds": 30}]}
    return story.says(what, item_id=item_id, **(extra if what == "add_group_time" else {"group": "SP"}))


def opens_item(story: Story) -> None:
    story.says("open_item", item_id=story.one_of(*ITEMS), current_id=story.state.current_item_id)


def closes_item(story: Story) -> None:
    story.says("close_item", item_id=story.state.current_item_id or story.one_of(*ITEMS))


def turns(story: Story) -> None:
    story.says(
        story.draw(st.sampled_from(["start_break", "end_break", "stop_broadcast", "resume_broadcast"]))
    )


def people(story: Story) -> None:
    command = story.draw(
        st.sampled_from(["record_arrival", "record_departure", "hand_over_chair", "call_roll"])
    )
    if command == "call_roll":
        present = story.draw(st.lists(st.sampled_from(PEOPLE), unique=True, min_size=3))
        story.says(command, present=[named(name) for name in present])
    else:
        story.says(command, person_id=story.one_of(*PEOPLE))


def undoes(story: Story) -> None:
    if story.state.undoable:
        story.says("undo", event_id=story.state.undoable[-1].event_id)


def proposes(story: Story) -> None:
    item_id = story.state.current_item_id or story.one_of(*ITEMS)
    if story.draw(st.integers(0, 4)) == 0:
        story.says("withdraw_proposal", proposal_id=story.one_of(*PROPOSALS))
    else:
        story.says(
            "put_proposal",
            proposal_id=story.one_of(*PROPOSALS),
            item_id=item_id,
            proposer_id=story.one_of(*PEOPLE),
            text=story.word(item_id),
        )


def votes(story: Story) -> None:
    command = story.draw(st.sampled_from(["start_vote", "record_vote", "record_vote", "cancel_vote"]))
    running = story.state.current_vote
    vote_id = running.vote_id if running else story.one_of(*VOTES)
    item_id = running.item_id if running else story.state.current_item_id or story.one_of(*ITEMS)
    if command == "cancel_vote":
        return story.says(command, vote_id=vote_id)
    result: dict[str, object] = {}
    if command == "record_vote":
        tallies = story.draw(st.sampled_from([None, *TALLIES]))
        result = {"tallies": tallies} if tallies else {"unanimous": True}
        if story.draw(st.booleans()) and tallies == TALLIES[1]:
            result["casting_vote"] = "in_favour"
    proposal = story.draw(st.sampled_from([None, *PROPOSALS]))
    known = story.state.proposals.get(named(proposal)) if proposal else None
    if known is not None and known.item_id == item_id:
        result["proposal_id"] = known.proposal_id
    return story.says(command, vote_id=vote_id, item_id=item_id, question=story.word(item_id), **result)


def decides(story: Story) -> None:
    item_id = story.state.current_item_id or story.one_of(*ITEMS)
    story.says("record_decision", item_id=item_id, text=story.word(item_id))


def writes(story: Story) -> None:
    """Add an item or change its words; a form sends again what is not changed."""
    item_id = story.one_of(*ITEMS)
    known = story.state.items.get(item_id)
    new = story.draw(st.sets(st.sampled_from(["title", "summary", "papers"])))
    words: dict[str, Any] = {
        "title": story.word(item_id) if known is None or "title" in new else known.title,
        "public_title": "Offentlig tittel"
        if item_id == named("secret") or story.draw(st.booleans())
        else None,
    }
    if known and "summary" not in new:
        words["summary"] = known.summary
    elif "summary" in new:
        words["summary"] = story.word(item_id)
    if known and "papers" not in new:
        words["papers"] = [paper.model_dump() for paper in known.papers]
    elif "papers" in new:
        words["papers"] = [{"title": story.word(item_id), "url": f"/{story.word(item_id)}"}]
    restricted = bool(words["public_title"]) and (known.restricted if known else False)
    if words["public_title"] and story.draw(st.integers(0, 4)) == 0:
        restricted = True
    story.says("change_item" if known else "add_item", item_id=item_id, restricted=restricted, **words)


def agenda(story: Story) -> None:
    if story.draw(st.booleans()):
        story.says("move_item", item_id=story.one_of(*ITEMS), before_id=story.one_of(*ITEMS))
    else:
        story.says("remove_item", item_id=story.one_of(*ITEMS))


def releases(story: Story) -> None:
    if story.draw(st.integers(0, 3)) == 0:
        story.says("release_item", SECRETARY, item_id=story.one_of(*ITEMS))


def corrects(story: Story) -> None:
    moments = [event.at for event in story.hall.events[4:]] or [story.hall.now]
    kind = story.draw(st.sampled_from(["item", "speech"]))
    names = ITEMS if kind == "item" else REQUESTS
    moment = st.none() | st.sampled_from(moments)
    story.says(
        "correct_time", kind=kind, id=story.one_of(*names), start=story.draw(moment), stop=story.draw(moment)
    )


def doors(story: Story) -> None:
    closing = story.state.closing
    if closing is None:
        items = story.draw(st.lists(st.sampled_from(ITEMS[:3]), min_size=1, unique=True))
        ids = [named(item) for item in items]
        number = named(f"c{len(story.state.closings)}")
        story.says("propose_closing", closing_id=number, item_ids=ids, legal_basis=BASIS)
    elif closing.part is not None:
        story.says("open_doors", closing_id=closing.closing_id, part=closing.part)
    elif story.draw(st.integers(0, 5)) == 0:
        story.says("drop_closing", closing_id=closing.closing_id)
    elif closing.vote is None and story.draw(st.booleans()):
        story.says("record_closing_vote", closing_id=closing.closing_id, unanimous=True)
    else:
        story.says("close_doors", closing_id=closing.closing_id, part="items" if closing.vote else "debate")


def chats(story: Story) -> None:
    mode = story.draw(st.sampled_from(["open", "floor_only", "closed"]))
    story.says("set_chat", mode=mode, item_id=story.draw(st.sampled_from([None, story.one_of(*ITEMS)])))


def clock(story: Story) -> None:
    """It is set back; what has been recorded stands."""
    story.hall.now -= timedelta(seconds=story.draw(st.sampled_from([0.5, 3, 600])))


def course(story: Story) -> None:
    story.says(story.draw(st.sampled_from(["open_session", "adjourn_session", "reopen_session"])))


def impartiality(story: Story) -> None:
    item_id = story.state.current_item_id or story.one_of(*ITEMS)
    open_questions = [one for one in story.state.questions.values() if one.outcome is None]
    if not open_questions or story.draw(st.integers(0, 3)) == 0:
        name = story.draw(st.sampled_from(PEOPLE))
        number = named(f"q{len(story.state.questions)}")
        story.says(
            "raise_impartiality", member(name), question_id=number, item_id=item_id, person_id=named(name)
        )
        return
    question = story.draw(st.sampled_from(open_questions))
    command = story.draw(
        st.sampled_from(
            ["explain_impartiality", "withdraw_impartiality", *["decide_impartiality", "seat_substitute"] * 2]
        )
    )
    if command == "seat_substitute":
        story.says(
            command, person_id=story.one_of(*SUBSTITUTES), for_id=question.person_id, item_id=question.item_id
        )
    elif command == "decide_impartiality":
        outcome = story.draw(st.sampled_from(["impartial", "disqualified", "exempted"]))
        story.says(
            command, question_id=question.question_id, outcome=outcome, legal_basis=BASIS, unanimous=True
        )
    else:
        story.says(command, question_id=question.question_id)


def absence(story: Story) -> None:
    person_id = story.one_of(*PEOPLE)
    command = story.draw(
        st.sampled_from(
            [
                *("report_absence", "withdraw_absence", "ask_leave", "grant_leave", "refuse_leave"),
                *("register_presence", "confirm_presence", "confirm_attendance"),
                *("seat_substitute", "seat_substitute", "unseat_substitute", "skip_substitute"),
            ]
        )
    )
    if command == "confirm_presence":
        story.says(command, person_ids=[person_id])
    elif command == "confirm_attendance":
        present = story.draw(st.lists(st.sampled_from((*PEOPLE, *SUBSTITUTES)), unique=True, min_size=3))
        story.says(command, present=[named(name) for name in present])
    elif command == "seat_substitute":
        story.says(command, person_id=story.one_of(*SUBSTITUTES), for_id=person_id)
    elif command in ("unseat_substitute", "skip_substitute"):
        story.says(command, person_id=story.one_of(*SUBSTITUTES))
    else:
        story.says(command, person_id=person_id)


def approval(story: Story) -> None:
    command = story.draw(
        st.sampled_from(["approve_agenda", "reorder_agenda", "postpone_item", "object_to_item", "mark_item"])
    )
    if command == "approve_agenda":
        story.says(command, unanimous=True)
    elif command == "object_to_item":
        story.says(command, item_id=story.one_of(*ITEMS), person_id=story.one_of(*PEOPLE))
    elif command == "mark_item":
        story.says(command, item_id=story.one_of(*ITEMS), late_papers=True)
    else:
        story.says(command, item_id=story.one_of(*ITEMS), unanimous=True)


STEPS: tuple[Callable[[Story], None], ...] = (
    *(asks, asks, asks, calls, calls, speech, waiting, the_list, the_rules),
    *(opens_item, opens_item, closes_item, turns, people, undoes, undoes),
    *(proposes, votes, votes, decides, writes, agenda, releases, corrects),
    *(doors, doors, doors, course, chats, clock),
    *(impartiality, impartiality, absence, absence, approval),
)
