"""The rules of procedure changed during a meeting: for one item, or for all that have none of their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.domain.base import Command, Event
from orchestrator.domain.errors import Refused
from orchestrator.domain.floor import SpeechLimited
from orchestrator.domain.planning import item_of
from orchestrator.domain.roles import Actor
from orchestrator.domain.rules import DebateRules
from orchestrator.domain.state import SessionState, session
from orchestrator.domain.time_limit import limit_for


class ChangeRules(Command):
    """From now on these rules: in one item, or (``item_id`` null) in all that have none of their own."""

    type: Literal["change_rules"] = "change_rules"
    item_id: UUID | None = None
    rules: DebateRules


class RulesChanged(Event):
    type: Literal["rules_changed"] = "rules_changed"
    item_id: UUID | None
    rules: DebateRules


@session.decides(ChangeRules)
def change_rules(state: SessionState, command: ChangeRules, at: datetime, _: Actor) -> Sequence[Event]:
    if state.status not in ("planned", "open"):
        raise Refused("not_planned" if state.status in ("unplanned", "cancelled") else "session_ended")
    if command.item_id is None:
        known = state.rules
    else:
        item = item_of(state, command.item_id)
        if item.status == "closed":
            raise Refused("item_closed")
        known = state.rules_for(item.item_id)
    if known == command.rules:
        return []
    changed = RulesChanged(at=at, item_id=command.item_id, rules=command.rules)
    return [changed, *_limited(state, changed, at)]


def _limited(state: SessionState, changed: RulesChanged, at: datetime) -> list[Event]:
    """Those who have begun get the new time, with what they have used of it, and never less than none."""
    after = _rules_changed(state, changed)
    return [
        SpeechLimited(at=at, request_id=speech.request_id, limit_seconds=limit)
        for speech in state.requests.values()
        if speech.under_way
        and state.rules_for(speech.item_id) != after.rules_for(speech.item_id)
        and (limit := max(limit_for(after, speech, at), -speech.extra_seconds)) != speech.limit_seconds
    ]


@session.evolves(RulesChanged)
def _rules_changed(state: SessionState, event: RulesChanged) -> SessionState:
    if event.item_id is None:
        return state.replace(rules=event.rules)
    return state.with_item(event.item_id, lambda _: {"rules": event.rules})
