"""The forms a debate can be given: who begins, in which order, what others may ask for, how long it lasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID, uuid5

from pydantic import Field, model_validator

from orchestrator.domain import order
from orchestrator.domain.base import Command, Event
from orchestrator.domain.errors import Refused
from orchestrator.domain.items import Item
from orchestrator.domain.limits import ItemTemplate, TemplateName
from orchestrator.domain.planning import item_of
from orchestrator.domain.roles import Actor
from orchestrator.domain.rules import DebateRules, Hours
from orchestrator.domain.speakers import FloorRequested, drop_waiting, speaker
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.state import SessionState, session

Turn = tuple[Literal["asker", "answerer", "leaders"], SpeechKind]


@dataclass(frozen=True)
class Form:
    """``turns``: who begins, with what. ``allowed``: what members may ask for. ``total``: by which rule."""

    turns: tuple[Turn, ...] = ()
    allowed: frozenset[SpeechKind] = frozenset(SpeechKind)
    total: Literal["interpellation_seconds", "question_time_seconds"] | None = None

    def total_seconds(self, rules: DebateRules) -> int | None:
        """What all of it may take by these rules."""
        return None if self.total is None else int(getattr(rules, self.total))


_ORDER: Final = frozenset({SpeechKind.POINT_OF_ORDER})

FORMS: Final[dict[TemplateName, Form]] = {
    "group_leaders": Form(turns=(("leaders", SpeechKind.SPEECH),)),
    "interpellation": Form(
        turns=(
            ("asker", SpeechKind.PRESENTATION),
            ("answerer", SpeechKind.PRESENTATION),
            ("asker", SpeechKind.SPEECH),
        ),
        total="interpellation_seconds",
    ),
    "question": Form(
        turns=(
            ("asker", SpeechKind.QUESTION),
            ("answerer", SpeechKind.SPEECH),
            ("asker", SpeechKind.QUESTION),
            ("answerer", SpeechKind.SPEECH),
        ),
        allowed=_ORDER,
    ),
    "question_time": Form(allowed=_ORDER | {SpeechKind.QUESTION}, total="question_time_seconds"),
}
"""The templates by name. The last follow-up and its answer can be taken off the list."""


class UseTemplate(Command):
    """Give an item a form; ``template`` null: it has none any more. Who begins is placed first at once.

    ``total_seconds``: what all of it may take, if not what the rules say.
    """

    type: Literal["use_template"] = "use_template"
    item_id: UUID
    template: TemplateName | None
    asker_id: UUID | None = None
    answerer_id: UUID | None = None
    leader_ids: Annotated[tuple[UUID, ...], Field(max_length=50)] = ()
    total_seconds: Hours | None = None

    @model_validator(mode="after")
    def _people_it_needs(self) -> "UseTemplate":
        roles = {role for role, _ in FORMS[self.template].turns} if self.template else set()
        for role, name, given in (
            ("asker", "asker_id", self.asker_id),
            ("answerer", "answerer_id", self.answerer_id),
            ("leaders", "leader_ids", self.leader_ids),
        ):
            if role in roles and not given:
                raise ValueError(f"{name}: is required by this template")
            if given and role not in roles:
                raise ValueError(f"{name}: has no place in this template")
        if len(self.leader_ids) != len(set(self.leader_ids)):
            raise ValueError("leader_ids: the same person twice")
        return self


class TemplateUsed(Event):
    type: Literal["template_used"] = "template_used"
    item_id: UUID
    template: ItemTemplate | None


@session.decides(UseTemplate)
def use_template(state: SessionState, command: UseTemplate, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status not in ("planned", "open"):
        raise Refused("not_planned" if state.status in ("unplanned", "cancelled") else "session_ended")
    item = item_of(state, command.item_id)
    if item.status == "closed":
        raise Refused("item_closed")
    template = _template(state, command)
    if template == item.template:
        return []
    former = [
        one.request_id for one in order.listed(state, item.item_id) if one.fixed and not one.interrupted
    ]
    return [
        TemplateUsed(at=at, item_id=item.item_id, template=template),
        *drop_waiting(former, at, "template"),
        *(_first_turns(state, item, command, set(former), at) if command.template else []),
    ]


def _template(state: SessionState, command: UseTemplate) -> ItemTemplate | None:
    if command.template is None:
        return None
    form = FORMS[command.template]
    by_rule = form.total_seconds(state.rules_for(command.item_id))
    return ItemTemplate(
        name=command.template,
        asker_id=command.asker_id,
        answerer_id=command.answerer_id,
        leader_ids=command.leader_ids,
        allowed=tuple(sorted(form.allowed)),
        total_seconds=by_rule if command.total_seconds is None else command.total_seconds,
    )


def _first_turns(
    state: SessionState, item: Item, command: UseTemplate, former: set[UUID], at: datetime
) -> list[Event]:
    """Those who begin, before everyone who waits with an ordinary speech."""
    assert command.template is not None
    people = {
        "asker": (command.asker_id,),
        "answerer": (command.answerer_id,),
        "leaders": command.leader_ids,
    }
    before = next(
        (
            one.request_id
            for one in order.listed(state, item.item_id)
            if one.kind not in order.ASIDES and not one.interrupted and one.request_id not in former
        ),
        None,
    )
    turns = [
        (person, kind) for role, kind in FORMS[command.template].turns for person in people[role] if person
    ]
    events: list[Event] = []
    for number, (person_id, kind) in enumerate(turns):
        member = speaker(state, person_id, item.item_id)
        events.append(
            FloorRequested(
                at=at,
                # Each time a template is used these are new entries, the same however often it is decided.
                request_id=uuid5(item.item_id, f"{command.template}/{state.version}/{number}"),
                person_id=person_id,
                group=state.group_in(member, item.item_id),
                item_id=item.item_id,
                kind=kind,
                parent_id=None,
                before_id=before,
                fixed=True,
            )
        )
    return events


@session.evolves(TemplateUsed)
def _template_used(state: SessionState, event: TemplateUsed) -> SessionState:
    return state.with_item(event.item_id, lambda _: {"template": event.template})
