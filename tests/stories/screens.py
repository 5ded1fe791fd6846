"""What each screen in a hall shows, read from the page itself, beside what the service says is so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from playwright.async_api import Page

from orchestrator.domain.publicity import PublicSession, public_session
from orchestrator.domain.state import SessionState
from orchestrator.web.dates import clock
from tests.browser import accessibility_findings, complaints, sideways

Shown = dict[str, Any]
"""What a screen shows, by what it is: who, order, clock (seconds), line, doors, case, leads."""
Kind = Literal["console", "phone", "hall", "plate", "observer"]

_COMMON: Final = """
const text = (selector) => document.querySelector(selector)?.textContent.replace(/\\s+/g, " ").trim() ?? "";
const own = (selector) => [...document.querySelector(selector)?.childNodes ?? []]
    .filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join("");
const all = (selector, what) => [...document.querySelectorAll(selector)].map(what);
const unsigned = (words) => words.replace(/ \\([^)]*\\)$/, "");
const seconds = (words) => words ? words.split(":").reduce((sum, part) => 60 * sum + Number(part), 0) : null;
const lines = [[/settes om|fristen er ute/i, "last_call"], [/foreslått/i, "proposed"], [/satt/i, "closed"]];
const line = (words) => lines.find(([like]) => like.test(words))?.[1] ?? "open";
"""
_READ: Final[Mapping[Kind, str]] = {
    "console": """({
        who: document.querySelector(".floor__nobody") ? "" : own(".floor__who .big-name"),
        order: all("#queue-rows > li", (row) => row.dataset.name),
        clock: seconds(text("#floor [data-elapsed-text]")),
        line: line(text(".line__state")),
        doors: /Dører lukket/.test(text("#top")) ? "closed" : "open",
        case: text("#case-title"),
        leads: text(".top__leads > span").replace("Leder: ", ""),
    })""",
    "phone": """({
        who: text(".holds strong"),
        order: all("#list .queue > li strong", (name) => name.textContent.trim()),
        clock: seconds(text("#list [data-elapsed-text]")),
        line: line(text("#list > p:not(.holds), #list .empty-state p:last-child")),
        doors: /Dører lukket/.test(text("#where")) ? "closed" : "open",
        case: text(".where__item"),
    })""",
    "hall": """({
        who: text("#hall[data-state=speaking] .hall__headline"),
        order: all(".hall__next li > span:first-child", (name) => unsigned(name.textContent.trim())),
        clock: seconds(text("#hall [data-elapsed-text]")),
        case: text(".hall__title"),
    })""",
    "plate": '({ who: text("#on-air .plate__name") })',
    "observer": """({
        who: unsigned(text("#speakers > p:not(.speakers__case)").replace(/^Nå: ?/, "")),
        order: all("#speakers .queue > li", (one) => unsigned(one.firstChild.textContent.trim())),
        case: own(".speakers__case"),
    })""",
}


@dataclass
class Screen:
    """A page that somebody looks at, and everything that went wrong in it."""

    kind: Kind
    name: str
    page: Page
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wrong = complaints(self.page)

    async def shows(self) -> Shown:
        """What it shows now."""
        shown: Shown = await self.page.evaluate(f"() => {{ {_COMMON} return {_READ[self.kind]}; }}")
        return shown

    async def differs(self, truth: "Truth") -> str:
        """What it shows that is not so, as words; nothing when all is as it is."""
        shown, so = await self.shows(), truth.on(self.kind)
        found = [f"{key}: {shown[key]!r}, not {so[key]!r}" for key in shown if not _same(shown[key], so[key])]
        return f"{self.name} shows {'; '.join(found)}" if found else ""

    async def faults(self) -> list[str]:
        """What axe finds, what makes it scroll sideways, what its scripts complained of."""
        return [*await accessibility_findings(self.page), *await sideways(self.page), *self.wrong]


def _same(shown: Any, so: Any) -> bool:
    if isinstance(shown, int) and isinstance(so, int):
        return abs(shown - so) <= 1
    return bool(shown == so)


@dataclass(frozen=True)
class Truth:
    """A session as the service has it at a moment, and what that means on each kind of screen."""

    state: SessionState
    names: Mapping[UUID, str]
    now: datetime

    @property
    def public(self) -> PublicSession:
        """What those outside may see of it."""
        public = public_session(self.state)
        assert public is not None
        return public

    def on(self, kind: Kind) -> Shown:
        """What such a screen is to show."""
        return self._outside(kind) if kind in ("hall", "plate", "observer") else self._inside(kind)

    def _inside(self, kind: Kind) -> Shown:
        state = self.state
        speech, item = state.current_speech, state.current_item
        who = self.names[speech.person_id] if speech else ""
        shown: Shown = {
            "who": "Votering pågår" if state.current_vote else who,
            "order": [self.names[one.person_id] for one in state.speaker_list],
            "clock": int(speech.seconds(self.now)) if speech and not state.current_vote else None,
            "line": item.list_state if item else "open",
            "doors": "closed" if state.doors_closed else "open",
            "case": item.title if item else "",
            "leads": self.names[state.chair_id] if state.chair_id and state.status != "adjourned" else "",
        }
        if kind == "console" and (instead := self._instead()):
            shown["case"] = instead
        return shown

    def _instead(self) -> str:
        """What stands on a console where the case would stand."""
        state = self.state
        match state.status:
            case "planned":
                return "Møtet er ikke åpnet"
            case "adjourned":
                assert state.parts[-1].stop
                return f"Møtet er hevet kl. {clock(state.parts[-1].stop)}"
        if state.in_break:
            until = state.breaks[-1].resume_at
            return f"Møtepause til kl. {clock(until)}" if until else "Møtepause"
        return "" if state.current_item else "Ingen sak er tatt opp"

    def _outside(self, kind: Kind) -> Shown:
        view = self.public
        who = self.names[view.speaking.person_id] if view.speaking and not view.voting else ""
        order = [self.names[one.person_id] for one in view.next] if view.status == "live" else []
        case = view.current.title if view.current else ""
        if kind == "hall":
            speech = self.state.current_speech
            spoken = int(speech.seconds(self.now)) if speech and who else None
            return {
                "who": who,
                "order": order[:3],
                "clock": spoken,
                "case": case if view.status == "live" else "",
            }
        if kind == "observer":
            return {"who": who or self._silence(), "order": order, "case": case}
        return {"who": who}

    def _silence(self) -> str:
        """What stands on the public list where the speaker would stand."""
        view = self.public
        if view.status in ("break", "stopped"):
            return "Talerlisten vises ikke nå."
        if view.status != "live":
            return ""
        if view.voting:
            return "Votering"
        chair = self.names[view.chair_id] if view.chair_id and view.current else ""
        return f"Møteleder: {chair}" if chair else "Ingen taler i gang"

    def known_outside(self) -> set[str]:
        """Whose names the public may see now."""
        view = self.public
        people = {request.person_id for request in view.next} | {view.chair_id}
        people |= {speech.person_id for item in view.items for speech in item.speeches}
        people |= {one.proposer_id for item in view.items for one in item.proposals}
        for item in view.items:
            for told in item.impartiality:
                people |= {told.person_id, told.substitute_id}
        return {self.names[person] for person in people if person}
