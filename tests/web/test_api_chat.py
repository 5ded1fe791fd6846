"""The chat for programs: what is written and answered, what is refused, and in which words."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.roles import Role
from tests.web.client import Answer, Client, Web


async def chat(web: Web, mode: str = "open") -> tuple[UUID, str]:
    session_id, _ = await web.town.debates()
    await web.machine().says(session_id, "set_chat", mode=mode)
    return session_id, f"/api/v1/sessions/{session_id}/chat"


async def member(web: Web, number: int = 0) -> Client:
    return await web.logged_in(Role.PARTICIPANT, person_id=web.town.people[number])


async def writes(who: Client, path: str, text: str, **more: Any) -> Answer:
    return await who.post(path, {"line_id": str(uuid4()), "text": text} | more)


async def test_a_line_that_asks_is_answered_with_its_place(web_service: Web) -> None:
    session_id, path = await chat(web_service, "floor_only")
    kari = await member(web_service)
    line = (await writes(kari, path, "Innlegg!")).json
    assert line["answer"] == {"kind": "speech", "place": 1, "withdrawn": None, "refused": None}
    state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
    assert len(state["waiting"]) == 1
    shown = (await (await member(web_service, 1)).get(path)).json
    assert shown["mode"] == "floor_only"
    assert shown["lines"] == [line | {"own": False}]


async def test_the_same_line_again_is_the_same_answer(web_service: Web) -> None:
    _, path = await chat(web_service)
    kari = await member(web_service)
    line = {"line_id": str(uuid4()), "text": "innlegg"}
    assert (await kari.post(path, line)).json == (await kari.post(path, line)).json
    assert len((await kari.get(path)).json["lines"]) == 1


async def test_reading_goes_on_from_a_place(web_service: Web) -> None:
    _, path = await chat(web_service)
    kari = await member(web_service)
    places = [(await writes(kari, path, f"Linje {number}")).json["place"] for number in range(3)]
    later = (await kari.get(f"{path}?after={places[0]}&limit=1")).json["lines"]
    assert [line["text"] for line in later] == ["Linje 1"]
    assert [line["text"] for line in (await kari.get(f"{path}?limit=1")).json["lines"]] == ["Linje 2"]


async def test_a_refusal_names_the_rule(web_service: Web) -> None:
    session_id, path = await chat(web_service, "floor_only")
    kari = await member(web_service)
    answer = await writes(kari, path, "Enig med Ola")
    assert (answer.status, answer.json["rule"]) == (409, "chat_floor_only")
    await web_service.machine().says(session_id, "set_chat", mode="closed")
    assert (await writes(kari, path, "innlegg")).json["rule"] == "chat_closed"
    assert (await kari.get(path)).json["lines"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"line_id": "x", "text": "Hei"}, "line_id"),
        ({"text": "Hei"}, "line_id"),
        ({"line_id": str(uuid4()), "text": " "}, "text"),
        ({"line_id": str(uuid4()), "text": "a" * 501}, "text"),
        ({"line_id": str(uuid4()), "text": "\x00"}, "text"),
        ({"line_id": str(uuid4()), "text": "Hei", "role": "chair"}, "role"),
    ],
)
async def test_what_is_wrong_names_its_field(web_service: Web, body: dict[str, str], field: str) -> None:
    _, path = await chat(web_service)
    answer = await (await member(web_service)).post(path, body)
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


async def test_a_deleted_line_shows_that_it_was_and_by_whom(web_service: Web) -> None:
    _, path = await chat(web_service)
    kari, chair = await member(web_service), await web_service.logged_in(Role.CHAIR)
    ids = [(await writes(kari, path, "Hemmelig")).json["line_id"] for _ in range(2)]
    assert (await kari.ask("DELETE", f"{path}/{ids[0]}")).status == 204
    assert (await chair.ask("DELETE", f"{path}/{ids[1]}")).status == 204
    assert (await chair.ask("DELETE", f"{path}/{uuid4()}")).status == 404
    answer = await kari.get(path)
    assert [line["deleted_as"] for line in answer.json["lines"]] == [None, "chair"]
    assert all(line["deleted_at"] for line in answer.json["lines"])
    assert "Hemmelig" not in answer.text


async def test_whoever_writes_too_fast_is_told_to_wait(web_service: Web) -> None:
    _, path = await chat(web_service)
    kari = await member(web_service)
    statuses = [(await writes(kari, path, f"Linje {number}")).status for number in range(30)]
    assert statuses[:20] == [200] * 20
    assert 429 in statuses
    assert (await writes(await member(web_service, 1), path, "Hei")).status == 200


async def test_the_chat_is_in_no_event_and_in_no_state(web_service: Web) -> None:
    session_id, path = await chat(web_service)
    await writes(await member(web_service), path, "Ord som ikke skal i referatet")
    machine = web_service.machine()
    for address in ("", "/events"):
        assert "referatet" not in (await machine.get(f"/api/v1/sessions/{session_id}{address}")).text
