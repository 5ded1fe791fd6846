"""What goes wrong is said in words: to programs as problem details, to people as a page in their language."""

import pytest
from pydantic import ValidationError

from orchestrator.domain.codec import parse_command
from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.store.pool import UNAVAILABLE
from orchestrator.web.actions import explained
from orchestrator.web.middlewares import as_problem
from orchestrator.web.problems import field_errors
from tests.web.client import Web


async def test_an_unknown_address_is_a_page_for_people_and_details_for_programs(web_service: Web) -> None:
    browser = web_service.browser()
    page = await browser.get("/finnes-ikke", headers={"Accept": "text/html"})
    assert page.status == 404
    assert "Denne siden finnes ikke" in page.text
    english = await browser.get("/finnes-ikke", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert 'lang="en"' in english.text
    details = await browser.get("/api/v1/nothing")
    assert details.json == {"type": "about:blank", "title": "Not Found", "status": 404, "detail": ""}
    wrong = await browser.submit("/moter")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET,HEAD")


async def test_a_fault_of_ours_says_nothing_of_itself(
    web_service: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the password is hunter2")

    services = web_service.running.services
    monkeypatch.setattr(services.directory, "bodies", broken)
    answer = await web_service.machine().get("/api/v1/bodies")
    assert answer.status == 500
    assert "hunter2" not in answer.text
    assert answer.headers["X-Request-Id"]


async def test_without_the_database_one_is_asked_to_come_back(
    web_service: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id, _ = await web_service.town.debates()
    assert (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).status == 200

    async def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("no database")

    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        monkeypatch.setattr(type(web_service.running.services.pool), name, away)
    for answer in (
        await web_service.machine().get(f"/api/v1/sessions/{session_id}"),
        await web_service.machine().post(
            f"/api/v1/sessions/{session_id}/commands", {"type": "stop_broadcast"}
        ),
        await web_service.browser().submit("/inn/x"),
    ):
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "2"


def test_refusals_and_lost_databases_have_their_own_status() -> None:
    assert as_problem(Refused("state_moved")).status == 409
    assert as_problem(Forbidden("not_your_role")).status == 403
    assert as_problem(UNAVAILABLE[0]()).status == 503
    assert as_problem(KeyError("x")).status == 500


def test_a_rule_over_two_fields_names_the_one_to_change() -> None:
    plan = {
        "type": "plan_meeting",
        "slug": "a",
        "title": "A",
        "starts_at": "2026-05-05T18:00:00Z",
        "ends_at": "2026-05-05T16:00:00Z",
    }
    with pytest.raises(ValidationError) as caught:
        parse_command("meeting", plan)
    [error] = field_errors(caught.value)
    assert (error.field, error.message) == ("ends_at", "must be after starts_at")
    problem = explained(caught.value, "nb", ["ends_at@ahead"])
    assert problem.body.errors is not None
    assert (problem.body.errors[0].field, problem.body.errors[0].message) == (
        "ends_at@ahead",
        "Må være senere enn begynnelsen.",
    )
