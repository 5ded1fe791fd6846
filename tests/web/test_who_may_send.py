"""Who may send which command, in full: the one table, tried through the service's own door."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.codec import COMMANDS, StreamKind
from orchestrator.domain.roles import LEADS, MAY_CHAT, MAY_SEND, Role, may_send
from orchestrator.web.limits import LIMITS, Limit
from orchestrator.web.routes import table
from tests.web.client import Answer, Client, Web
from tests.web.examples import command
from tests.web.test_tenancy import Ids, _NoAssets, filled, held

REFUSED = (401, 403, 404)
"""Not let in."""


def commands() -> Iterator[tuple[StreamKind, str, dict[str, Any]]]:
    """One of each."""
    for kind, known in COMMANDS.items():
        for type_, model in known.items():
            yield kind, type_, command(model)


async def told_its_role(asker: Client, kind: StreamKind, id: UUID, body: dict[str, Any]) -> Answer:
    return await asker.post(f"/api/v1/{kind}s/{id}/commands", body)


@pytest.fixture
async def meeting(web_service: Web) -> Ids:
    return await held(web_service, 0)


def test_the_table_names_every_command_and_nothing_else() -> None:
    assert MAY_SEND.keys() == {type_ for _, type_, _ in commands()}


@pytest.mark.parametrize("role", [*Role, None])
async def test_each_role_sends_what_the_table_says_and_nothing_else(
    web_service: Web, meeting: Ids, role: Role | None
) -> None:
    services = web_service.running.services
    town = web_service.town
    if role is Role.PARTICIPANT:
        asker = await web_service.logged_in(role, person_id=town.people[0])
    else:
        _, token = await services.access.create_token(
            town.organisation_id, "one role", services.clock.now(), roles=[role] if role else []
        )
        asker = web_service.machine()
        asker.token = token
    wrong = []
    for kind, type_, body in commands():
        answer = await told_its_role(asker, kind, meeting[f"{kind}s"], body)
        refused = answer.status == 403 and answer.json.get("rule") == "not_your_role"
        allowed = may_send(frozenset({role} if role else ()), type_)
        if allowed == refused or (not allowed and answer.status not in REFUSED):
            wrong.append((type_, answer.status, answer.text[:200]))
    assert wrong == []


@pytest.mark.parametrize("role", [*Role, None])
async def test_each_role_writes_reads_and_deletes_in_the_chat_as_the_table_says(
    web_service: Web, meeting: Ids, role: Role | None
) -> None:
    person_id = web_service.town.people[0] if role is Role.PARTICIPANT else None
    asker = await web_service.logged_in(role, person_id=person_id) if role else web_service.browser()
    path = f"/api/v1/sessions/{meeting['sessions']}/chat"
    await web_service.machine().says(meeting["sessions"], "set_chat", mode="open")
    line = {"line_id": str(uuid4()), "text": "innlegg"}
    answers = [
        (await asker.get(path)).status,
        (await asker.post(path, line)).status,
        (await asker.ask("DELETE", f"{path}/{line['line_id']}")).status,
        (await asker.ask("DELETE", f"{path}/{meeting['line']}")).status,
    ]
    if role in MAY_CHAT:
        assert answers == [200, 200, 204, 204 if role in LEADS else 403]
    else:
        assert answers == [403 if role else 401] * 4


@pytest.fixture
async def strangers(web_service: Web) -> dict[str, Client]:
    """Whoever has no business in the meeting; none of them is refused for asking too often."""
    town = web_service.town
    web_service.app[LIMITS].failures = Limit(web_service.running.services.clock, burst=10_000, rate=10_000)
    elsewhere = await town.plans_meeting("et-annet-mote")
    every = frozenset(Role) - {Role.PARTICIPANT}
    abroad = await web_service.logged_in(*every, which=1)
    abroad.host = web_service.browser().host
    return {
        "an observer": web_service.browser(),
        "a machine of another municipality": Client(
            web_service.address, web_service.machine().host, web_service.http, token=web_service.tokens[1]
        ),
        "everybody of another municipality": abroad,
        "everybody of another meeting": await web_service.logged_in(*every, meeting_id=elsewhere),
        "a participant of another meeting": await web_service.logged_in(
            Role.PARTICIPANT, meeting_id=elsewhere, person_id=town.people[0]
        ),
    }


async def test_a_stranger_sends_nothing_in_whatever_way(
    web_service: Web, meeting: Ids, strangers: dict[str, Client]
) -> None:
    other = await held(web_service, 1)
    versions = [await version(web_service, meeting), await version(web_service, other, 1)]
    wrong = []
    for who, asker in strangers.items():
        for kind, type_, body in commands():
            answer = await told_its_role(asker, kind, meeting[f"{kind}s"], body)
            if answer.status not in REFUSED:
                wrong.append((who, type_, answer.status, answer.text[:200]))
        for method, path in writing_addresses():
            answer = await asker.ask(method, filled(path, meeting), json={"text": "innlegg"})
            if answer.status not in REFUSED:
                wrong.append((who, f"{method} {path}", answer.status, ""))
    assert wrong == []
    assert versions == [await version(web_service, meeting), await version(web_service, other, 1)]


async def test_a_stranger_sends_nothing_by_the_doors_of_the_pages(
    web_service: Web, meeting: Ids, strangers: dict[str, Client]
) -> None:
    other = await held(web_service, 1)
    versions = [await version(web_service, meeting), await version(web_service, other, 1)]
    lines = await chat(web_service, meeting)
    wrong = []
    for who, asker in strangers.items():
        for path, form in forms(meeting):
            for address in (path, f"{path}?sesjon={meeting['sessions']}"):
                answer = await asker.submit(address, form, headers={"Accept": "application/json"})
                if answer.status not in REFUSED:
                    wrong.append((who, address, form, answer.status, answer.text[:200]))
    assert wrong == []
    assert versions == [await version(web_service, meeting), await version(web_service, other, 1)]
    assert lines == await chat(web_service, meeting)


def test_every_door_of_the_meeting_pages_is_tried() -> None:
    tried = {path.replace("kommunestyret", "{slug}") for path, _ in forms({"line": uuid4()})}
    # It lets observers in. What hosts do there is tried in pages/test_room_routes.py too.
    room = "/mote/{slug}/rom/{room_id}"
    tried |= {room, f"{room}/{{act:slipp-inn|demp|ta-ut}}"}
    assert tried == {
        route.path
        for route in table(_NoAssets())  # type: ignore[arg-type]
        if route.method == "POST" and route.path.startswith("/mote/")
    }


def forms(ids: Ids) -> Iterator[tuple[str, dict[str, str]]]:
    """What the pages of a meeting send: every command, a line written and deleted, an absence reported."""
    for _, _, body in commands():
        yield "/mote/kommunestyret/kommando", {"command": json.dumps(body)}
    yield "/mote/kommunestyret/chat", {"text": "innlegg"}
    yield "/mote/kommunestyret/chat/slett", {"line_id": str(ids["line"])}
    absence = COMMANDS["session"]["report_absence"]
    yield "/mote/kommunestyret/deltaker", {"command": json.dumps(command(absence)), "reason": "syk"}


def writing_addresses() -> Iterator[tuple[str, str]]:
    """Every address by which something of a session or meeting is changed."""
    for route in table(_NoAssets()):  # type: ignore[arg-type]
        if route.method not in ("GET", "HEAD") and route.path.startswith(
            ("/api/v1/sessions/{id}", "/api/v1/meetings/{id}")
        ):
            yield route.method, route.path


async def version(web: Web, ids: Ids, which: int = 0) -> int:
    answer = await web.machine(which).get(f"/api/v1/sessions/{ids['sessions']}")
    found: int = answer.json["version"]
    return found


async def chat(web: Web, ids: Ids) -> list[Any]:
    answer = await web.machine().get(f"/api/v1/sessions/{ids['sessions']}/chat")
    found: list[Any] = answer.json["lines"]
    return found
