"""The description of the API is true: of every route, in what it asks for and what it answers."""

from typing import Any
from uuid import uuid4

import pytest

from orchestrator.domain.codec import COMMANDS, EVENTS
from orchestrator.web.openapi import operations
from tests.web.client import Answer, Web
from tests.web.schema import mismatches
from tests.web.test_tenancy import BODIES, filled, held


@pytest.fixture
async def described(web_service: Web) -> dict[str, Any]:
    answer = await web_service.browser().get("/api/v1/openapi.json")
    assert answer.status == 200
    document: dict[str, Any] = answer.json
    return document


def agrees(document: dict[str, Any], said: dict[str, Any], answer: Answer) -> list[str]:
    """Where an answer differs from what was said about it."""
    response = said["responses"].get(str(answer.status))
    if response is None:
        return [f"{answer.status} is not mentioned"]
    if "content" not in response:
        return ["a body"] if answer.body else []
    [(media, content)] = response["content"].items()
    if not answer.headers["Content-Type"].startswith(media):
        return [answer.headers["Content-Type"]]
    return mismatches(document, content["schema"], answer.json)


async def test_every_route_is_described_and_nothing_else(web_service: Web, described: dict[str, Any]) -> None:
    routes = {(method, path) for method, path, _, _ in operations(web_service.app.router)}
    said = {(method, path) for path, methods in described["paths"].items() for method in methods}
    assert routes == said
    ids = [one["operationId"] for methods in described["paths"].values() for one in methods.values()]
    assert len(ids) == len(set(ids))
    assert described["openapi"] == "3.1.0"


async def test_every_route_answers_as_described(web_service: Web, described: dict[str, Any]) -> None:
    mine = await held(web_service, 0)
    await web_service.machine().post(
        f"/api/v1/sessions/{mine['sessions']}/commands", {"type": "start_break", "kind": "pause"}
    )
    bodies: dict[str, Any] = BODIES | {
        "/api/v1/bodies": {"name": "Utvalg for prøving"},
        "/api/v1/people": {"name": "Ny Person", "email": "ny@example.no"},
        "/api/v1/sources": {"name": "Ny kilde", "passphrase": "fiktivt-passord"},
    }
    for path, methods in described["paths"].items():
        for method, said in methods.items():
            if path.endswith("/stream"):
                continue
            for asker in (web_service.machine(), web_service.browser()):
                for ids in (mine, dict.fromkeys(mine, uuid4())):
                    for body in (bodies.get(path), {"nonsense": True}):
                        answer = await asker.ask(method, filled(path, ids), json=body)
                        wrong = agrees(described, said, answer)
                        assert not wrong, (method, path, answer.status, answer.text, wrong)


async def test_a_whole_session_reads_back_as_described(web_service: Web, described: dict[str, Any]) -> None:
    session_id, _ = await web_service.town.debates()
    machine = web_service.machine()
    for type_ in ("stop_broadcast", "resume_broadcast"):
        await machine.says(session_id, type_)
    for path, template in (
        (f"/api/v1/sessions/{session_id}", "/api/v1/sessions/{id}"),
        (f"/api/v1/sessions/{session_id}/events", "/api/v1/sessions/{id}/events"),
    ):
        answer = await machine.get(path)
        assert not agrees(described, described["paths"][template]["get"], answer)


async def test_every_command_and_event_is_one_of_those_described(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for kind in COMMANDS:
        post = described["paths"][f"/api/v1/{kind}s/{{id}}/commands"]["post"]
        asked = post["requestBody"]["content"]["application/json"]["schema"]
        assert asked["discriminator"]["propertyName"] == "type"
        assert set(asked["discriminator"]["mapping"]) == set(COMMANDS[kind])
        assert len(asked["oneOf"]) == len(COMMANDS[kind])
    events = set[str]()
    for done in ("MeetingDone", "SessionDone"):
        events |= set(schemas[done]["properties"]["events"]["items"]["discriminator"]["mapping"])
    assert events == set(EVENTS)


async def test_no_reference_leads_nowhere(described: dict[str, Any]) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [ref for child in value.values() for ref in references(child)]
        return [ref for child in value for ref in references(child)] if isinstance(value, list) else []

    known = described["components"]["schemas"]
    assert {ref.rpartition("/")[2] for ref in references(described)} <= set(known)
