"""What the chair chooses by the rules of procedure: kinds to add, templates, group time, the rules."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from orchestrator.domain import budget, exchange
from orchestrator.domain.items import Item
from orchestrator.domain.rules import DebateRules
from orchestrator.domain.speech import SpeechKind, SpeechRequest
from orchestrator.domain.state import SessionState
from orchestrator.plan_file import PlanError, read_rules
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.scene import Scene
from orchestrator.web.pages.words import SPEECH_KINDS

KEYS: Final = {
    SpeechKind.SPEECH: "i",
    SpeechKind.REPLY: "r",
    SpeechKind.POINT_OF_ORDER: "d",
    SpeechKind.POINT_OF_INFORMATION: "o",
}
"""The kinds a hand in the hall most often means, each with its key."""
TEMPLATES: Final = {
    "group_leaders": N_("Gruppelederne først"),
    "interpellation": N_("Interpellasjon"),
    "question": N_("Spørsmål"),
    "question_time": N_("Spørretime"),
}
SHIPPED: Final = Path(__file__).parents[3] / "config" / "debate-rules"


# Adding somebody


@dataclass(frozen=True)
class KindToAdd:
    """A button of the form that adds to the list."""

    kind: str
    words: str
    key: str | None


@dataclass(frozen=True)
class Adding:
    """What may be added: ``kinds`` in sight, ``more`` behind «Mer»; which speeches a reply may answer."""

    kinds: tuple[KindToAdd, ...]
    more: tuple[KindToAdd, ...]
    answered: tuple[tuple[UUID, str], ...]
    categories: tuple[str, ...]
    category_required: bool


def adding(scene: Scene, language: str) -> Adding:
    """What those who lead may put on the list of the current item."""
    state, t = scene.session, translations(language)
    item, rules = state.current_item, state.rules_for(state.current_item_id)
    given = {
        SpeechKind.REPLY: rules.replies_per_speech > 0,
        SpeechKind.REJOINDER: rules.rejoinder != "none",
    }
    kinds = [kind for kind in SpeechKind if given.get(kind, True)]
    allowed = item.template.allowed if item and item.template else tuple(SpeechKind)
    near = [kind for kind in (*KEYS, *_first(item)) if kind in kinds and kind in allowed]
    near = list(dict.fromkeys(near))

    def shown(some: list[SpeechKind]) -> tuple[KindToAdd, ...]:
        return tuple(KindToAdd(kind, t.gettext(SPEECH_KINDS[kind]), KEYS.get(kind)) for kind in some)

    return Adding(
        kinds=shown(near),
        more=shown([kind for kind in kinds if kind not in near]),
        answered=tuple(
            (
                speech.request_id,
                t.gettext("Svar til %(name)s") % {"name": scene.name(speech.person_id)},
            )
            for speech in answered(state)
        ),
        categories=rules.point_of_order_categories,
        category_required=rules.category_required,
    )


def _first(item: Item | None) -> tuple[SpeechKind, ...]:
    asks = item is not None and (
        item.kind == "question" or (item.template is not None and item.template.name == "question_time")
    )
    return (SpeechKind.QUESTION,) if asks else ()


def answered(state: SessionState) -> list[SpeechRequest]:
    """The speeches that a reply may be added to, the likeliest first: held, interrupted, just ended."""
    likeliest = exchange.answerable(state)
    begun = [
        speech
        for speech in state.requests.values()
        if speech.item_id == state.current_item_id
        and speech.kind in exchange.ANSWERED
        and (speech.under_way or (speech.status == "done" and speech.ended_at))
    ]
    last = max(
        (one for one in begun if one.ended_at), key=lambda one: (one.ended_at, one.request_id), default=None
    )
    others = [
        one for one in begun if one.under_way or (one is last and not exchange.exchange_over(state, one))
    ]
    chosen = [likeliest, *others] if likeliest and likeliest.kind in exchange.ANSWERED else others
    return list({one.request_id: one for one in chosen}.values())


# Rules, templates and time


@dataclass(frozen=True)
class Variant:
    """Rules of procedure that can be chosen, by name."""

    name: str
    rules: str
    chosen: bool


@cache
def shipped() -> tuple[DebateRules, ...]:
    """The variants that come with the service; those that cannot be read are left out."""
    found = []
    for path in sorted(SHIPPED.glob("*.toml")):
        try:
            found.append(read_rules(path))
        except PlanError:
            continue
    return tuple(found)


def variants(state: SessionState, item: Item, language: str) -> list[Variant]:
    """The meeting's own rules, then the shipped ones that differ from them."""
    now = state.rules_for(item.item_id)
    t = translations(language)
    named = t.gettext("Møtets eget: %(name)s") % {"name": state.rules.name}
    choices = [(named if state.rules.name else rules_name(state.rules, language), state.rules)]
    choices += [(one.name, one) for one in shipped() if one != state.rules]
    if now not in (rules for _, rules in choices):
        choices.insert(0, (t.gettext("Som nå, endret for saken"), now))
    return [Variant(name, rules_json(rules), rules == now) for name, rules in choices]


def rules_name(rules: DebateRules, language: str) -> str:
    """What the rules are called; the meeting's own, where they have no name."""
    return rules.name or translations(language).gettext("Møtets eget reglement")


def rules_json(rules: DebateRules) -> str:
    """The rules as a form carries them."""
    return json.dumps(rules.model_dump(mode="json"), ensure_ascii=False)


def template_of(item: Item, language: str) -> str:
    """What form the debate has been given, in words."""
    return translations(language).gettext(TEMPLATES[item.template.name]) if item.template else ""


def likely_template(item: Item) -> str:
    """The template an item of this kind most likely needs."""
    if item.template:
        return item.template.name
    return {"interpellation": "interpellation", "question": "question"}.get(item.kind, "group_leaders")


def procedure_context(scene: Scene, language: str, groups: dict[str, int]) -> dict[str, Any]:
    """What the console's templates show of all this."""
    state, item = scene.session, scene.session.current_item
    rules = state.rules_for(state.current_item_id)
    leaders = {
        group: [
            (str(key), scene.name(key))
            for key, member in state.members.items()
            if member.group == group and member.rights.speak
        ]
        for group in groups
    }
    lately = [one.template for one in state.agenda if one.template and one.template.leader_ids]
    return {
        "adding": adding(scene, language),
        "rules": rules,
        "rules_name": rules_name(rules, language),
        "rules_fields": json.loads(rules_json(rules)),
        "rules_variants": variants(state, item, language) if item else [],
        "budgets": budget.group_times(state, item.item_id, scene.now) if item else (),
        "time_left": budget.time_left(state, item.item_id, scene.now) if item else None,
        "template_name": template_of(item, language) if item else "",
        "likely_template": likely_template(item) if item else "",
        "led_lately": [str(key) for one in lately[-1:] for key in one.leader_ids],
        "group_members": {
            group: sorted(some, key=lambda one: one[1]) for group, some in leaders.items() if some
        },
    }
