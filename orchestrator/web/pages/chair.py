"""What the chair's console shows: one screen, made for stress. What its buttons send is in its templates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from orchestrator.domain.decisions import voters
from orchestrator.domain.items import Item
from orchestrator.domain.state import Closing, Member, SessionState
from orchestrator.domain.votes import Proposal, Vote
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages import debate, times
from orchestrator.web.pages.approval import approval_context
from orchestrator.web.pages.codes import codes
from orchestrator.web.pages.doors import doors_step, legal_choices, members_room, written_basis
from orchestrator.web.pages.procedure import procedure_context
from orchestrator.web.pages.scene import LivePage, Scene
from orchestrator.web.pages.seating import seating_context
from orchestrator.web.pages.words import BREAK_KINDS, OUTCOMES, case_label, item_marks, item_name


@dataclass(frozen=True)
class Step:
    """The latest step that can be undone, and what it was in words."""

    event_id: int
    words: str


_UNDO = {
    "speech_started": N_("%(name)s fikk ordet"),
    "speech_interrupted": N_("%(name)s ble avbrutt"),
    "speech_ended": N_("%(name)s ble ferdig"),
    "speech_paused": N_("Klokka ble stoppet"),
    "speech_resumed": N_("Klokka ble startet"),
    "speech_extended": N_("Taletiden ble endret"),
    "request_moved": N_("Talerlisten ble flyttet om"),
    "request_withdrawn": N_("%(item)s ble avsluttet"),
    "last_call_begun": N_("Siste frist for å tegne seg ble satt"),
    "list_closed": N_("Strek ble satt"),
    "list_reopened": N_("Streken ble opphevet"),
    "group_time_added": N_("Gruppenes taletid ble endret"),
    "item_opened": N_("%(item)s ble tatt opp"),
    "item_paused": N_("%(item)s ble satt på vent"),
    "item_closed": N_("%(item)s ble avsluttet"),
    "vote_recorded": N_("Resultatet av voteringen ble ført"),
    "decision_recorded": N_("Vedtaket ble ført"),
    "item_postponed": N_("%(item)s ble utsatt"),
    "item_fell": N_("%(item)s falt fra sakslisten"),
}


def undo_step(scene: Scene, language: str) -> Step | None:
    """What «Angre» would take back now, as a sentence."""
    state = scene.session
    if not state.undoable:
        return None
    step = state.undoable[-1]
    speakers = [request for request in step.requests if state.requests[request.request_id].started_at]
    started = state.current_speech if step.what == "speech_started" else None
    person = started or (speakers[0] if speakers else None)
    items = [
        item for item in step.items if step.what != "item_opened" or item.item_id == state.current_item_id
    ]
    words = translations(language).gettext(_UNDO.get(step.what, N_("Siste steg")))
    return Step(
        step.event_id,
        words
        % {
            "name": scene.name(person.person_id) if person else "–",
            "item": item_name(items[0], language) if items else "–",
        },
    )


def next_item(state: SessionState) -> Item | None:
    """The item to take up next: the first after the current one that is not closed, else the first of all."""
    left = [
        item for item in state.agenda if item.status != "closed" and item.item_id != state.current_item_id
    ]
    current = state.current_item
    later = [item for item in left if current and item.position > current.position]
    return next(iter(later or left), None)


def can_be_closed(item: Item) -> bool:
    """Whether the item has what it must have before it is closed (§ 11-4: what was decided)."""
    return item.decision is not None or item.dropped is not None or item.kind not in ("decision", "election")


@dataclass(frozen=True)
class VoteLine:
    """A vote of the current item, as a line: what was asked and, once counted, how it went."""

    vote: Vote
    question: str
    result: str


def votes_of(scene: Scene, item: Item | None, language: str) -> list[VoteLine]:
    """The item's votes in order, cancelled ones left out."""
    if item is None:
        return []
    return [
        VoteLine(vote, question_of(scene, vote, language), result_words(vote, language))
        for vote in scene.session.votes.values()
        if vote.item_id == item.item_id and not vote.cancelled
    ]


def question_of(scene: Scene, vote: Vote, language: str) -> str:
    """What is voted on, in a few words."""
    proposal = scene.session.proposals.get(vote.proposal_id) if vote.proposal_id else None
    if vote.question:
        return vote.question
    t = translations(language)
    if proposal is None:
        return t.gettext("Saken")
    return proposer(scene, proposal, language)


def proposer(scene: Scene, proposal: Proposal, language: str) -> str:
    """Who put it, as "Kari Nordli (SP)", or the administration's recommendation."""
    return scene.signed(proposal.proposer_id) or translations(language).gettext("Innstillingen")


def result_words(vote: Vote, language: str) -> str:
    """How it went, as "Vedtatt 23–20"; nothing while it is being held."""
    t = translations(language)
    result = vote.result
    if result is None:
        return ""
    if result.unanimous:
        return t.gettext("Enstemmig (%(number)s stemmer)") % {"number": result.in_favour}
    words = (
        t.gettext("Vedtatt %(for)s–%(against)s") if result.carried else t.gettext("Falt %(for)s–%(against)s")
    )
    line = words % {"for": result.in_favour, "against": result.against}
    return f"{line} ({t.gettext('dobbeltstemme')})" if result.casting_vote else line


def decision_words(item: Item, language: str) -> str:
    """What was decided, in one word."""
    return translations(language).gettext(OUTCOMES[item.decision.outcome]) if item.decision else ""


def proposals_of(state: SessionState, item: Item | None) -> list[Proposal]:
    """The item's proposals that stand, as they were put."""
    if item is None:
        return []
    return [p for p in state.proposals.values() if p.item_id == item.item_id and not p.withdrawn]


def people(scene: Scene, may: Callable[[Member], bool]) -> list[dict[str, Any]]:
    """Everyone who may, for choosing by seat number, two letters or name."""
    chosen = {key: member for key, member in scene.session.members.items() if may(member)}
    short = codes((key, scene.name(key)) for key in scene.session.members)
    found = [
        {
            "id": str(key),
            "name": scene.name(key),
            "group": member.group or "",
            "seat": member.seat,
            "code": short.get(key, ""),
        }
        for key, member in chosen.items()
    ]
    return sorted(found, key=lambda person: person["name"])


def closing_items(state: SessionState, closing: Closing, language: str) -> str:
    """What the doors are closed for, as "Sak 48/21, Sak 49/21"."""
    return ", ".join(item_name(state.items[key], language) for key in closing.item_ids if key in state.items)


def suggested_items(state: SessionState) -> list[UUID]:
    """The items a closing is most likely about: restricted ones not yet treated, else the current one."""
    restricted = [item.item_id for item in state.agenda if item.hidden and item.status != "closed"]
    current = state.current_item
    return restricted or ([current.item_id] if current else [])


def chair_context(scene: Scene, language: str) -> Mapping[str, Any]:
    """All that the console's templates show, apart from names, which they ask the scene for."""
    t = translations(language)
    state = scene.session
    item = state.current_item
    voting = state.current_vote
    sizes = debate.group_sizes(state, state.current_item_id)
    return {
        "state": state,
        "item": item,
        "item_case": case_label(item, language) if item else "",
        "next_item": next_item(state),
        "closable": item is not None and can_be_closed(item),
        "air": debate.on_air(state, language),
        "attendance": debate.attendance(state),
        "floor": debate.floor(scene, language),
        "entries": debate.speaker_list(scene, language),
        "last_request": debate.last_request(scene, language),
        "undo": undo_step(scene, language),
        "group_times": times.group_times(state, state.current_item_id),
        "person_times": times.person_times(scene, state.current_item_id),
        "silent": times.silent(scene, state.current_item_id) if item else [],
        "proposals": [(p, proposer(scene, p, language)) for p in proposals_of(state, item)],
        "votes": votes_of(scene, item, language),
        "voting": voting,
        "voters": voters(state, state.current_item_id),
        "sizes": sizes,
        "decided": decision_words(item, language) if item else "",
        "people": people(scene, lambda member: member.rights.speak),
        "leaders": people(scene, lambda member: member.rights.attend),
        "closing": state.closing,
        "closing_items": closing_items(state, state.closing, language) if state.closing else "",
        "closing_basis": written_basis(state.closing.legal_basis, t.gettext) if state.closing else "",
        "step": doors_step(state.closing),
        "remote_waiting": len(state.remote_present - state.alone) if state.closing else 0,
        "members_room": members_room(state, t.gettext("Lukket møte"), scene.room.closable)
        if scene.room and scene.room.closable
        else None,
        "legal_bases": legal_choices(language),
        "break_kinds": [(kind, t.gettext(words)) for kind, words in BREAK_KINDS.items()],
        "break_words": t.gettext(BREAK_KINDS[state.breaks[-1].kind]) if state.in_break else "",
        "untreated": [item for item in state.agenda if item.status != "closed"],
        "suggested": suggested_items(state),
        "name_of": lambda item: item_name(item, language),
        "marks_of": lambda item: item_marks(item, language),
        **procedure_context(scene, language, sizes),
        **seating_context(scene, item, language),
        **approval_context(scene, language),
    }


PAGE = LivePage(
    template="chair/page.html",
    fragments={
        "top": "chair/top.html",
        "case": "chair/case.html",
        "doors": "chair/doors.html",
        "approval": "chair/approval.html",
        "floor": "chair/floor.html",
        "queue": "chair/queue.html",
        "impartiality": "chair/impartiality.html",
        "matter": "chair/matter.html",
        "cases": "chair/cases.html",
        "spoken": "chair/spoken.html",
        "last": "chair/last.html",
        "asks-begin": "chair/ask_begin.html",
        "asks-resume": "chair/ask_resume.html",
        "asks-adjourn": "chair/ask_adjourn.html",
        "asks-closing": "chair/ask_closing.html",
        "asks-close": "chair/ask_close.html",
        "asks-open": "chair/ask_open.html",
        "asks-count": "chair/ask_count.html",
        "asks-leave": "chair/ask_leave.html",
        "add-kinds": "chair/add_kinds.html",
        "asks-template": "chair/ask_template.html",
        "asks-rules": "chair/ask_rules.html",
        "asks-time": "chair/ask_time.html",
        "asks-impartial": "chair/ask_impartial.html",
        "asks-agenda": "chair/ask_agenda.html",
    },
    context=chair_context,
    reminded=True,
)
