"""The agenda on the pages: approved, changed by a majority, and objected to, as forms send it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.roles import Role
from orchestrator.web.pages.chair import PAGE
from orchestrator.web.pages.protocol import protocol_lines
from tests.domain.hall import Hall, opened, planned
from tests.town import ITEM
from tests.web.client import Answer, Client, Web
from tests.web.pages import council
from tests.web.pages.council import button, forms, words

CHAIR = "/mote/kommunestyret/leder"
SECRETARY = "/mote/kommunestyret/sekretar"
PARTICIPANT = "/mote/kommunestyret/deltaker"
AGAINST = {"tallies.0.group": "SP", "tallies.0.in_favour": "1", "tallies.0.against": "3"}


@dataclass
class Evening:
    """An open meeting of four with two cases in the notice and one that came after it."""

    web: Web
    session_id: UUID
    first: UUID
    second: UUID
    late: UUID

    async def state(self) -> Any:
        return (await self.web.machine().get(f"/api/v1/sessions/{self.session_id}")).json

    async def order(self) -> list[str]:
        items = (await self.state())["items"]
        return sorted(items, key=lambda key: items[key]["position"])

    async def dropped(self, item_id: UUID) -> str | None:
        found: str | None = (await self.state())["items"][str(item_id)]["dropped"]
        return found

    async def member(self, number: int) -> Client:
        return await self.web.logged_in(Role.PARTICIPANT, person_id=self.web.town.people[number])


@pytest.fixture
async def evening(web_service: Web) -> Evening:
    town = web_service.town
    session_id = await town.plans_session(await town.plans_meeting(), chair_id=town.people[3])
    first, second, late = uuid4(), uuid4(), uuid4()
    await town.says(session_id, "add_item", item_id=first, **ITEM)
    await town.says(session_id, "add_item", item_id=second, title="Skolestruktur", case_number="48/26")
    await town.says(session_id, "open_session")
    await town.says(session_id, "call_roll", present=town.people)
    await town.says(session_id, "add_item", item_id=late, title="Hastesak om vannlekkasje")
    return Evening(web_service, session_id, first, second, late)


async def sends(who: Client, path: str, type_: str, **fields: str) -> Answer:
    """The page's form of this type, filled in and sent in the background."""
    form = button((await who.get(path)).text, type_)
    hidden = {name: value for name, value in form.hidden if not name.startswith("tallies")}
    return await who.submit(form.action, hidden | fields, headers={"Accept": "application/json"})


async def objects(evening: Evening, number: int) -> Answer:
    return await sends(await evening.member(number), PARTICIPANT, "object_to_item")


@pytest.mark.parametrize(("role", "path"), [(Role.CHAIR, CHAIR), (Role.SECRETARY, SECRETARY)])
async def test_the_agenda_is_approved_from_a_console(evening: Evening, role: Role, path: str) -> None:
    who = await evening.web.logged_in(role)
    assert "Innkalling og saksliste er ikke godkjent" in words((await who.get(path)).text)
    answer = await sends(who, path, "approve_agenda", unanimous="true")
    assert answer.status == 200, answer.text
    assert (await evening.state())["approval"]["result"]["in_favour"] == 4
    page = (await who.get(path)).text
    assert "Innkalling og saksliste er ikke godkjent" not in words(page)
    assert not [form for form in forms(page) if "approve_agenda" in form.types]


async def test_an_approval_without_a_majority_is_refused_in_words(evening: Evening) -> None:
    chair = await evening.web.logged_in(Role.CHAIR)
    answer = await sends(chair, CHAIR, "approve_agenda", **AGAINST)
    assert answer.status == 409
    assert answer.json["detail"] == "Det er ikke flertall for dette. Ingenting er endret."
    assert (await evening.state())["approval"] is None


async def test_without_scripts_the_refusal_stands_on_the_page(evening: Evening) -> None:
    chair = await evening.web.logged_in(Role.CHAIR)
    form = button((await chair.get(CHAIR)).text, "approve_agenda")
    sent = {"command": dict(form.hidden)["command"], **AGAINST}
    answer = await chair.submit(form.action, sent, headers={"Referer": f"http://{chair.host}{CHAIR}"})
    assert (answer.status, answer.headers["Location"]) == (303, CHAIR)
    assert "Det er ikke flertall for dette" in words((await chair.get(CHAIR)).text)


async def test_a_majority_changes_the_order_and_postpones(evening: Evening) -> None:
    secretary = await evening.web.logged_in(Role.SECRETARY)
    asked = {"item_id": str(evening.second), "before_id": str(evening.first), "unanimous": "true"}
    answer = await sends(secretary, SECRETARY, "reorder_agenda", **asked)
    assert answer.status == 200, answer.text
    assert (await evening.order())[:2] == [str(evening.second), str(evening.first)]
    answer = await sends(secretary, SECRETARY, "reorder_agenda", **asked, type="postpone_item")
    assert answer.status == 200, answer.text
    assert await evening.dropped(evening.second) == "postponed"
    participant = await evening.member(0)
    chair = await evening.web.logged_in(Role.CHAIR)
    for who, path in ((secretary, SECRETARY), (participant, PARTICIPANT), (chair, CHAIR)):
        assert "48/26 Skolestruktur Utsatt" in words((await who.get(path)).text)


async def test_an_item_is_moved_last_by_choosing_no_other(evening: Evening) -> None:
    chair = await evening.web.logged_in(Role.CHAIR)
    asked = {"item_id": str(evening.first), "before_id": "", "unanimous": "true", "type": "reorder_agenda"}
    assert (await sends(chair, CHAIR, "reorder_agenda", **asked)).status == 200
    assert (await evening.order())[-1] == str(evening.first)


@pytest.mark.parametrize("type_", ["reorder_agenda", "postpone_item"])
async def test_a_change_without_a_majority_is_refused_in_words(evening: Evening, type_: str) -> None:
    chair = await evening.web.logged_in(Role.CHAIR)
    before = await evening.order()
    asked = {"item_id": str(evening.second), "before_id": str(evening.first), "type": type_, **AGAINST}
    answer = await sends(chair, CHAIR, "reorder_agenda", **asked)
    assert (answer.status, answer.json["rule"]) == (409, "not_carried")
    assert await evening.order() == before
    assert await evening.dropped(evening.second) is None


async def test_once_approved_the_arrows_are_gone_and_a_decision_is_offered(evening: Evening) -> None:
    secretary = await evening.web.logged_in(Role.SECRETARY)
    assert [form for form in forms((await secretary.get(SECRETARY)).text) if "move_item" in form.types]
    await evening.web.machine().says(evening.session_id, "approve_agenda", unanimous=True)
    page = (await secretary.get(SECRETARY)).text
    assert not [form for form in forms(page) if "move_item" in form.types]
    assert page.count('data-opens="ask-agenda"') == 3


async def test_a_case_falls_when_a_third_object_from_their_phones(evening: Evening) -> None:
    answer = await objects(evening, 0)
    assert answer.status == 200, answer.text
    assert await evening.dropped(evening.late) is None
    for role, path in ((Role.CHAIR, CHAIR), (Role.SECRETARY, SECRETARY)):
        said = words((await (await evening.web.logged_in(role)).get(path)).text)
        assert "1 av 2 som trengs har motsatt seg" in said
    assert (await objects(evening, 1)).status == 200
    assert await evening.dropped(evening.late) == "objected"
    page = (await (await evening.member(0)).get(PARTICIPANT)).text
    assert "Hastesak om vannlekkasje Ikke behandlet: innsigelse" in words(page)
    assert not [form for form in forms(page) if "object_to_item" in form.types]


async def test_objecting_is_asked_about_first_and_offered_for_what_came_late_alone(evening: Evening) -> None:
    page = (await (await evening.member(0)).get(PARTICIPANT)).text
    offered = [form for form in forms(page) if "object_to_item" in form.types]
    assert [form.commands[0]["item_id"] for form in offered] == [str(evening.late)]
    assert offered[0].dialog == f"object-{evening.late}"
    assert dict(offered[0].hidden)["person_id"] == str(evening.web.town.people[0])


async def test_whoever_has_objected_is_told_so_and_not_asked_again(evening: Evening) -> None:
    await objects(evening, 0)
    own, other = [(await (await evening.member(number)).get(PARTICIPANT)).text for number in (0, 1)]
    said, asked = 'class="quiet" data-only="{}"', '<div data-only="{}"'
    first = str(evening.web.town.people[0])
    assert said.format(first) + ">" in own
    assert said.format(first) + " hidden>" in other
    left = " ".join(str(one) for one in evening.web.town.people[1:])
    assert asked.format(left) + " hidden>" in own
    assert asked.format(left) + ">" in other


async def test_a_question_is_not_objected_to(evening: Evening) -> None:
    await evening.web.town.says(
        evening.session_id, "add_item", item_id=uuid4(), title="Om brøyting", kind="question"
    )
    page = (await (await evening.member(0)).get(PARTICIPANT)).text
    assert len([form for form in forms(page) if "object_to_item" in form.types]) == 1


async def test_an_objection_made_in_the_hall_is_recorded_by_the_secretary(evening: Evening) -> None:
    secretary = await evening.web.logged_in(Role.SECRETARY)
    ola = str(evening.web.town.people[1])
    answer = await sends(secretary, SECRETARY, "object_to_item", item_id=str(evening.late), person_id=ola)
    assert answer.status == 200, answer.text
    assert (await evening.state())["items"][str(evening.late)]["objectors"] == [ola]


async def test_a_case_falls_when_the_chair_objects(evening: Evening) -> None:
    chair = await evening.web.logged_in(Role.CHAIR)
    own = str(evening.web.town.people[3])
    answer = await sends(chair, CHAIR, "object_to_item", item_id=str(evening.late), person_id=own)
    assert answer.status == 200, answer.text
    assert await evening.dropped(evening.late) == "objected"


async def test_nobody_objects_for_another_from_a_phone(evening: Evening) -> None:
    kari = await evening.member(0)
    answer = await sends(kari, PARTICIPANT, "object_to_item", person_id=str(evening.web.town.people[1]))
    assert (answer.status, answer.json["rule"]) == (403, "not_yourself")


async def test_observers_and_strangers_settle_nothing(evening: Evening) -> None:
    page = (await (await evening.member(0)).get(PARTICIPANT)).text
    form = button(page, "object_to_item")
    json_wanted = {"Accept": "application/json"}
    stranger = uuid4()
    staff = await evening.web.logged_in(Role.IT_SUPPORT)
    other = await evening.web.logged_in(Role.PARTICIPANT, person_id=stranger)
    observer = evening.web.browser()
    fields = dict(form.hidden)
    assert (await staff.submit(form.action, fields, headers=json_wanted)).status == 403
    refused = await other.submit(form.action, fields | {"person_id": str(stranger)}, headers=json_wanted)
    assert (refused.status, refused.json["rule"]) == (409, "not_a_member")
    assert (await observer.submit(form.action, fields, headers=json_wanted)).status == 401
    assert not (await evening.state())["items"][str(evening.late)]["objectors"]
    chair = await evening.web.logged_in(Role.CHAIR)
    approves = dict(button((await chair.get(CHAIR)).text, "approve_agenda").hidden)["command"]
    for who in (staff, other):
        answer = await who.submit(
            form.action, {"command": approves, "unanimous": "true"}, headers=json_wanted
        )
        assert answer.status == 403
    assert (await evening.state())["approval"] is None


def test_nothing_is_said_of_the_approval_before_the_roll_or_behind_doors() -> None:
    hall = planned()
    hall.says("open_session")
    for other in (hall, council.doors_closed(), council.pausing()):
        assert "ikke godkjent" not in words(council.fragments(PAGE, other)["approval"])
    assert "ikke godkjent" in words(council.fragments(PAGE, opened())["approval"])


@pytest.mark.parametrize(
    ("vote", "said"),
    [
        ({"unanimous": True}, "Innkalling og saksliste godkjent (enstemmig)"),
        (
            {"tallies": [{"group": "SP", "in_favour": 3, "against": 2}]},
            "Innkalling og saksliste godkjent (for 3, mot 2)",
        ),
    ],
)
def test_the_approval_stands_in_the_running_protocol(vote: dict[str, Any], said: str) -> None:
    hall: Hall = opened()
    assert not [line for line in protocol_lines(council.scene(hall), "nb") if "godkjent" in line.text]
    hall.says("approve_agenda", **vote)
    line = next(line for line in protocol_lines(council.scene(hall), "nb") if line.text == said)
    assert line.at == hall.now
