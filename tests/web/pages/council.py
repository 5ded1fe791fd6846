"""Council meetings at every stage, and their pages as HTML that tests can read."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from orchestrator.domain.chat import Reading
from orchestrator.domain.meeting import MeetingState
from orchestrator.store.chat import Line
from orchestrator.web.look import OUR_LOOK, Site
from orchestrator.web.pages import chat
from orchestrator.web.pages.scene import LivePage, Scene, render_fragments, render_page
from tests.domain.hall import SECRETARY, Hall, asks, debating, member, named, opened, planned

LEADS = Reading(inside=True, leads=True)
NAMES = {
    named("kari"): "Kari Nordli",
    named("ola"): "Ola Vik",
    named("siri"): "Siri Moen",
    named("per"): "Per Haug",
    named("anne"): "Anne Berg",
}
SITE = Site(name="Fjellvik kommune", slug="fjellvik")
MEETING = MeetingState(meeting_id=named("meeting"), slug="kommunestyret-2026-05-05", status="published")


def adjourned() -> Hall:
    hall = opened()
    hall.says("adjourn_session")
    return hall


def speaking() -> Hall:
    """Kari speaks, Ola has asked for a reply, Siri for a point of order and Per for a speech."""
    hall = debating()
    asks(hall, "kari", "speech")
    asks(hall, "per", "later")
    hall.says("call_next_speaker", request_id=named("speech"), current_id=None)
    asks(hall, "ola", "reply", kind="reply", parent_id=named("speech"))
    asks(hall, "siri", "order", kind="point_of_order")
    return hall


def stopped_clock() -> Hall:
    hall = speaking()
    hall.says("pause_speech", speech_id=named("speech"))
    return hall


def proposing() -> Hall:
    hall = speaking()
    for proposal, who in (("recommended", None), ("kari's", named("kari"))):
        text = f"Forslag {proposal}"
        hall.says(
            "put_proposal",
            proposal_id=named(proposal),
            item_id=named("two"),
            proposer_id=who,
            text=text,
        )
    return hall


def voting() -> Hall:
    hall = proposing()
    hall.says("start_vote", vote_id=named("vote"), item_id=named("two"), proposal_id=named("kari's"))
    return hall


def voted() -> Hall:
    hall = voting()
    tallies = [{"group": "SP", "in_favour": 2, "against": 0}, {"group": "AP", "in_favour": 1, "against": 2}]
    hall.says("record_vote", vote_id=named("vote"), item_id=named("two"), tallies=tallies)
    return hall


def decided() -> Hall:
    hall = voted()
    hall.says("record_decision", item_id=named("two"), text="Forslaget vedtas.")
    return hall


def pausing() -> Hall:
    hall = speaking()
    hall.says("start_break", kind="lunch")
    return hall


def stopped() -> Hall:
    hall = speaking()
    hall.says("stop_broadcast")
    return hall


def list_closed() -> Hall:
    hall = speaking()
    hall.says("close_list", item_id=named("two"))
    return hall


def line_proposed() -> Hall:
    hall = speaking()
    hall.says("propose_closing_list", member("per"), item_id=named("two"))
    return hall


def last_call() -> Hall:
    hall = line_proposed()
    hall.says("call_last", item_id=named("two"), seconds=60)
    return hall


RICH = {
    "rejoinder": "after_replies",
    "safe_places": 1,
    "group_seconds": 600,
    "point_of_order_categories": ["Møteledelsen", "Stemmegivning"],
}
"""Rules with everything in them."""


def contested() -> Hall:
    """Kari was interrupted by Siri's point of order; two replies, her rejoinder, and more wait."""
    hall = debating(rules=RICH)
    asks(hall, "kari", "speech")
    asks(hall, "per", "later", note="Har med kart")
    hall.says("call_next_speaker", request_id=named("speech"), current_id=None)
    asks(hall, "ola", "reply", kind="reply", parent_id=named("speech"))
    asks(hall, "siri", "order", kind="point_of_order", category="Stemmegivning")
    asks(hall, "anne", "other order", kind="point_of_order", category="Møteledelsen")
    asks(hall, "per", "facts", kind="point_of_information")
    asks(hall, "anne", "anne's")
    hall.wait(100)
    hall.says("interrupt_speech", request_id=named("order"), current_id=named("speech"))
    return hall


def overrun() -> Hall:
    """Nobody speaks, and SP has used more than its group's time."""
    hall = debating(rules=RICH | {"group_seconds": 60})
    asks(hall, "kari", "speech")
    asks(hall, "ola", "later")
    hall.says("call_next_speaker", request_id=named("speech"), current_id=None)
    hall.wait(90)
    hall.says("end_speech", speech_id=named("speech"))
    return hall


def interpellation() -> Hall:
    hall = debating()
    people = {"asker_id": named("siri"), "answerer_id": named("anne")}
    hall.says("use_template", item_id=named("two"), template="interpellation", **people)
    return hall


def closing_proposed() -> Hall:
    hall = debating()
    basis = {"section": "kommuneloven § 11-5", "paragraph": "3", "letter": "a"}
    hall.says("propose_closing", closing_id=named("closing"), item_ids=[named("secret")], legal_basis=basis)
    return hall


def closing_debated() -> Hall:
    hall = closing_proposed()
    hall.says("close_doors", closing_id=named("closing"), part="debate")
    return hall


def closing_voted() -> Hall:
    hall = closing_proposed()
    hall.says("record_closing_vote", closing_id=named("closing"), unanimous=True)
    return hall


def doors_closed() -> Hall:
    hall = closing_voted()
    hall.says("close_doors", closing_id=named("closing"), remaining="Kommunedirektøren")
    hall.says("open_item", item_id=named("secret"))
    return hall


def cancelled() -> Hall:
    hall = planned()
    hall.says("cancel_session", SECRETARY)
    return hall


STAGES: dict[str, Callable[[], Hall]] = {
    stage.__name__: stage
    for stage in (
        planned,
        opened,
        debating,
        speaking,
        stopped_clock,
        list_closed,
        line_proposed,
        last_call,
        contested,
        overrun,
        interpellation,
        proposing,
        voting,
        voted,
        decided,
        pausing,
        stopped,
        closing_proposed,
        closing_debated,
        closing_voted,
        doors_closed,
        adjourned,
        cancelled,
    )
}


def scene(hall: Hall) -> Scene:
    return Scene(session=hall.state, meeting=MEETING, names=NAMES, now=hall.now, body="Kommunestyret")


def page(view: LivePage, hall: Hall, language: str = "nb", **more: Any) -> str:
    given = {"path": "/", "live_url": "/direkte", "action_url": "/kommando", "refused": ""} | more
    return render_page(
        OUR_LOOK, view, scene(hall), language, site=SITE, **{"chat": talk(hall, language), **given}
    )


def talk(hall: Hall, language: str = "nb", reader: Reading = LEADS, *lines: Line) -> chat.Panel:
    """The chat as somebody who reads this sees it."""
    return chat.panel(scene(hall), chat.Talk(reader, lines), language)


def fragments(view: LivePage, hall: Hall, language: str = "nb") -> dict[str, str]:
    given = {"path": "/", "action_url": "/kommando"}
    return render_fragments(OUR_LOOK, view, scene(hall), language, site=SITE, **given)


@dataclass
class Form:
    """A form as it would be sent: its hidden fields, what else it has, and its buttons' words."""

    action: str
    hidden: list[tuple[str, str]] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    words: str = ""
    disabled: bool = False
    dialog: str = ""

    @property
    def commands(self) -> list[dict[str, Any]]:
        return [json.loads(value) for name, value in self.hidden if name == "command"]

    @property
    def types(self) -> list[str]:
        return [command["type"] for command in self.commands]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.ids: list[str] = []
        self.text: list[str] = []
        self.links: set[str] = set()
        self._form: Form | None = None
        self._dialog = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if "id" in given:
            self.ids.append(given["id"] or "")
        if tag == "a":
            self.links.add((given.get("href") or "").removeprefix("#"))
        if tag == "dialog":
            self._dialog = given.get("id") or ""
        if tag == "form":
            self._form = Form(given.get("action") or "", dialog=self._dialog)
            self.found.append(self._form)
        elif self._form and tag in ("input", "select", "textarea", "button"):
            if given.get("type") == "hidden":
                self._form.hidden.append((given["name"] or "", given.get("value") or ""))
            elif tag != "button":
                self._form.fields.append(given.get("name") or "")
            elif "disabled" in given:
                self._form.disabled = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "dialog":
            self._dialog = ""

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._form:
            self._form.words += f" {data.strip()}"


def _parsed(html: str) -> _Forms:
    parser = _Forms()
    parser.feed(html)
    return parser


def forms(html: str) -> list[Form]:
    return _parsed(html).found


def reachable(html: str) -> list[Form]:
    """The forms that stand in the page, or in a dialog that something opens."""
    parsed = _parsed(html)
    return [form for form in parsed.found if not form.dialog or form.dialog in parsed.links]


def ids(html: str) -> list[str]:
    return _parsed(html).ids


def words(html: str) -> str:
    """The text of some HTML, spaces evened out."""
    return " ".join(" ".join(_parsed(html).text).split())


def button(html: str, type_: str) -> Form:
    """The form that sends a command of this type."""
    found = [form for form in forms(html) if type_ in form.types]
    assert found, f"no button sends {type_}"
    return found[0]
