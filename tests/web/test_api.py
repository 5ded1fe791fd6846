"""The API of meetings and sessions: commands, state, events; idempotent, versioned, with clear problems."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from orchestrator.domain.roles import Role
from orchestrator.planner import plan_from_file
from tests.town import ITEM
from tests.web.client import Answer, Web

COUNCIL = """\
organisation = { slug = "fjellvik" }
person = [
    { key = "kari", name = "Kari Nordli", group_short = "SP" },
    { key = "ola", name = "Ola Vik", group_short = "AP" },
    { key = "of-another-group", name = "Tor Lunde", group_short = "AP", list_order = 1 },
    { key = "second", name = "Odd Sandnes", group_short = "SP", list_order = 2 },
    { key = "first", name = "Maja Ekren", group_short = "SP", list_order = 1 },
]

[meeting]
slug = "mote"
title = "Kommunestyret"
starts_at = 2026-05-05T18:00:00
ends_at = 2026-05-05T21:00:00
publish = true
"""


def plan(slug: str = "formannskapet", **more: Any) -> dict[str, Any]:
    starts = datetime.now(UTC) + timedelta(days=3)
    return {
        "type": "plan_meeting",
        "slug": slug,
        "title": "Formannskapet",
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=2)).isoformat(),
        **more,
    }


async def test_a_meeting_and_a_session_are_planned_and_read_back(web_service: Web) -> None:
    machine, meeting_id, session_id = web_service.machine(), uuid4(), uuid4()
    done = await machine.post(f"/api/v1/meetings/{meeting_id}/commands", plan())
    assert done.status == 200
    assert done.json["version"] == 1
    event = done.json["events"][0]
    assert (event["type"], event["event_id"], event["slug"]) == ("meeting_planned", 1, "formannskapet")
    assert event["position"] > 0
    assert datetime.fromisoformat(event["recorded_at"]).tzinfo is not None
    planned = await machine.post(
        f"/api/v1/sessions/{session_id}/commands",
        {
            "type": "plan_session",
            "meeting_id": str(meeting_id),
            "title": "Formannskapet",
            "starts_at": plan()["starts_at"],
            "ends_at": plan()["ends_at"],
        },
    )
    assert planned.status == 200, planned.text
    meeting = await machine.get(f"/api/v1/meetings/{meeting_id}")
    assert meeting.json["session_ids"] == [str(session_id)]
    session = await machine.get(f"/api/v1/sessions/{session_id}")
    assert session.headers["ETag"] == '"1"'
    assert session.json["status"] == "planned"
    assert session.json["broadcast_id"]
    known = await machine.get(f"/api/v1/sessions/{session_id}", headers={"If-None-Match": '"1"'})
    assert known.status == 304


async def test_the_address_of_a_room_elsewhere_is_written_and_never_read(web_service: Web) -> None:
    machine, meeting_id = web_service.machine(), await web_service.town.plans_meeting()
    room: dict[str, Any] = {"room_id": str(uuid4()), "name": "Rom 2", "provider": "link"}
    elsewhere = "https://moterom.example/hemmelig-lenke"
    path = f"/api/v1/meetings/{meeting_id}"
    answers = [
        await machine.post(f"{path}/commands", {"type": "plan_room", "room": room | {"url": elsewhere}}),
        await machine.post(
            f"{path}/commands",
            {"type": "change_room", "room": room | {"url": f"{elsewhere}-2", "name": "Rom 3"}},
        ),
    ]
    member = await web_service.logged_in(Role.PARTICIPANT, person_id=web_service.town.people[0])
    for asker in (machine, member):
        answers += [await asker.get(path), await asker.get(f"{path}/events")]
    assert {answer.status for answer in answers} == {200}
    assert not [answer.text for answer in answers if "hemmelig" in answer.text]
    assert [room["name"] for room in answers[-2].json["rooms"].values()] == ["Rom 3"]
    async with machine.stream(f"{path}/stream?after=0") as stream:
        changed = await stream.until("room_changed")
    assert "hemmelig" not in changed.data
    state = await web_service.running.services.commands.meeting(web_service.town.organisation_id, meeting_id)
    assert [room.url for room in state.rooms.values()] == [f"{elsewhere}-2"]
    assert "hemmelig" not in repr(state)


async def test_a_command_sent_twice_with_a_key_is_done_once(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    machine = web_service.machine()
    command = {"type": "start_break", "kind": "lunch"}
    path = f"/api/v1/sessions/{session_id}/commands"
    first = await machine.post(path, command, headers={"Idempotency-Key": "pause-1"})
    again = await machine.post(path, command, headers={"Idempotency-Key": "pause-1"})
    assert first.status == again.status == 200
    assert first.json == again.json
    other = await machine.post(path, {"type": "end_break"}, headers={"Idempotency-Key": "pause-1"})
    assert (other.status, other.json["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert (await machine.post(path, command)).status == 409


async def test_a_version_that_no_longer_fits_is_412_and_nothing_is_done(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    machine = web_service.machine()
    path = f"/api/v1/sessions/{session_id}/commands"
    version = (await machine.get(f"/api/v1/sessions/{session_id}")).json["version"]
    stale = await machine.post(path, {"type": "stop_broadcast"}, headers={"If-Match": f'"{version - 1}"'})
    assert (stale.status, stale.json["version"]) == (412, version)
    fits = await machine.post(path, {"type": "stop_broadcast"}, headers={"If-Match": f'"{version}"'})
    assert fits.status == 200
    assert fits.headers["ETag"] == f'"{version + 1}"'
    nonsense = await machine.post(path, {"type": "stop_broadcast"}, headers={"If-Match": "soon"})
    assert nonsense.json["errors"][0]["field"] == "If-Match"


async def test_a_refused_command_names_its_rule(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    refused = await web_service.machine().post(
        f"/api/v1/sessions/{session_id}/commands", {"type": "undo", "event_id": 999}
    )
    assert refused.status == 409
    assert refused.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert refused.json["rule"]
    assert refused.json["title"] == "Conflict"


async def test_substitutes_of_a_plan_file_are_called_in_the_order_of_their_list(
    web_service: Web, tmp_path: Path
) -> None:
    node, machine = web_service.town.node, web_service.machine()
    file = tmp_path / "plan.toml"
    file.write_text(COUNCIL)
    planned = await plan_from_file(file, node.directory, node.commands)
    people, commands = planned.people, f"/api/v1/sessions/{planned.session_id}/commands"

    async def calls(substitute: str) -> Answer:
        seat = {"person_id": str(people[substitute]), "for_id": str(people["kari"])}
        return await machine.post(commands, {"type": "seat_substitute", **seat})

    await machine.says(planned.session_id, "open_session")
    await machine.says(planned.session_id, "call_roll", present=[str(people["ola"])])
    for other in ("second", "of-another-group"):
        refused = await calls(other)
        assert (refused.status, refused.json["rule"]) == (409, "not_next_substitute")
    assert (await calls("first")).status == 200
    state = (await machine.get(f"/api/v1/sessions/{planned.session_id}")).json
    seated = [(one["person_id"], one["for_id"]) for one in state["seatings"]]
    assert seated == [(str(people["first"]), str(people["kari"]))]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"NaN", "application/json", 400),
        (b'{"type": "\xff"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"type=open_session", "application/x-www-form-urlencoded", 415),
        (b'"' + b"x" * 1_100_000 + b'"', "application/json", 413),
        (b"[]", "application/json", 422),
        (b'{"type": "explode"}', "application/json", 422),
        (b'{"type": ["open_session"]}', "application/json", 422),
    ],
)
async def test_what_cannot_be_read_says_why(
    web_service: Web, body: bytes, content_type: str, status: int
) -> None:
    session_id, _ = await web_service.town.debates()
    answer = await web_service.machine().ask(
        "POST",
        f"/api/v1/sessions/{session_id}/commands",
        data=io.BytesIO(body),
        headers={"Content-Type": content_type},
    )
    assert answer.status == status, answer.text
    assert answer.json["status"] == status


async def test_invalid_fields_are_named_in_their_place(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    path = f"/api/v1/sessions/{session_id}/commands"
    item = {**ITEM, "type": "add_item", "item_id": str(uuid4())}

    async def fields(**more: Any) -> list[str]:
        answer = await web_service.machine().post(path, item | more)
        assert answer.status == 422, answer.text
        return [error["field"] for error in answer.json["errors"]]

    papers = [{"title": "Saksframlegg", "url": "https://a.example/1"}, {"title": "", "url": "javascript:1"}]
    assert await fields(papers=papers) == ["papers.1.title", "papers.1.url"]
    assert await fields(title="x" * 501, colour="red") == ["title", "colour"]
    assert await fields(restricted=True) == ["public_title"]
    assert await fields(title="Nul \x00") == ["title"]
    assert await fields(papers=[{"title": "\ud800", "url": "/a"}]) == ["papers.0.title"]


async def test_what_a_command_names_must_exist_here(web_service: Web) -> None:
    foreign = web_service.towns[1].body_id
    answer = await web_service.machine().post(
        f"/api/v1/meetings/{uuid4()}/commands", plan(body_id=str(foreign))
    )
    assert answer.status == 422
    assert answer.json["errors"] == [{"field": "body_id", "message": "does not exist"}]


async def test_events_are_read_on_from_where_one_was(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    path = f"/api/v1/sessions/{session_id}/events"
    machine = web_service.machine()
    everything = (await machine.get(path)).json
    assert [event["event_id"] for event in everything["events"]] == list(range(1, everything["version"] + 1))
    assert not everything["more"]
    some = (await machine.get(f"{path}?after=1&limit=2")).json
    assert [event["event_id"] for event in some["events"]] == [2, 3]
    assert some["more"]
    for query in ("after=-1", "after=x", "limit=0", "limit=1001"):
        answer = await machine.get(f"{path}?{query}")
        assert answer.json["errors"][0]["field"] == query.partition("=")[0]


async def test_reading_needs_a_role_in_this_session(web_service: Web) -> None:
    town = web_service.town
    session_id, _ = await town.debates()
    elsewhere = await town.plans_meeting("annet-mote")
    path = f"/api/v1/sessions/{session_id}"
    assert (await web_service.browser().get(path)).status == 401
    other = await web_service.logged_in(Role.PARTICIPANT, meeting_id=elsewhere, person_id=town.people[0])
    for part in ("", "/events", "/stream"):
        assert (await other.get(path + part)).status == 403
    assert (await other.get(f"/api/v1/meetings/{elsewhere}")).status == 200
    refused = await other.post(f"{path}/commands", {"type": "open_session"})
    assert (refused.status, refused.json["rule"]) == (403, "not_your_role")


async def test_a_participant_sees_the_room_and_speaks_only_for_themselves(web_service: Web) -> None:
    town = web_service.town
    session_id, item_id = await town.debates()
    meeting_id = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json["meeting_id"]
    kari, ola = town.people[:2]
    browser = await web_service.logged_in(Role.PARTICIPANT, meeting_id=meeting_id, person_id=kari)
    path = f"/api/v1/sessions/{session_id}/commands"
    asked = {"type": "request_floor", "request_id": str(uuid4()), "item_id": str(item_id)}
    mine = await browser.post(path, asked | {"person_id": str(kari)})
    assert mine.status == 200, mine.text
    theirs = await browser.post(path, asked | {"request_id": str(uuid4()), "person_id": str(ola)})
    assert theirs.status in (403, 409)
    assert (await browser.get(f"/api/v1/sessions/{session_id}")).status == 200
    assert (await browser.post(path, {"type": "adjourn_session"})).status == 403


async def test_who_is_not_in_the_room_reads_nothing_once_doors_were_closed(web_service: Web) -> None:
    session_id, item_id = await web_service.town.debates()
    helper = await web_service.logged_in(Role.IT_SUPPORT)
    path = f"/api/v1/sessions/{session_id}"
    assert (await helper.get(path)).status == 200
    async with helper.stream(f"{path}/stream") as events:
        await close_doors(web_service, session_id, item_id)
        seen = []
        while (event := await events.next()) is not None:
            seen.append(event.type)
        assert "doors_closed" not in seen
    for part in ("", "/events", "/stream"):
        assert (await helper.get(path + part)).status == 403


async def close_doors(web: Web, session_id: Any, item_id: Any) -> None:
    machine, closing_id = web.machine(), str(uuid4())
    await machine.says(
        session_id,
        "propose_closing",
        closing_id=closing_id,
        item_ids=[str(item_id)],
        legal_basis={"section": "kommuneloven § 11-5", "paragraph": "2"},
        debate_closed=False,
    )
    await machine.says(session_id, "record_closing_vote", closing_id=closing_id, unanimous=True)
    await machine.says(session_id, "close_doors", closing_id=closing_id)


async def test_an_address_that_is_none_is_refused_by_its_field_and_empty_is_none(web_service: Web) -> None:
    machine = web_service.machine()
    for wrong in ("kari@", "kari", "kari@fjellvik.example\nBcc: alle@fjellvik.example"):
        refused = await machine.post("/api/v1/people", {"name": "Ny Person", "email": wrong})
        assert refused.status == 422
        assert [error["field"] for error in refused.json["errors"]] == ["email"]
        assert wrong not in refused.text
    assert (await machine.post("/api/v1/people", {"name": "Ny Person", "email": ""})).status == 201
