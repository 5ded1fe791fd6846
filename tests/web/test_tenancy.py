"""Two municipalities with the same slugs inside: whatever one asks for of the other's is not there."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.roles import Role
from orchestrator.web.routes import table
from tests.web.client import Client, Web

Ids = dict[str, UUID]

BODIES: dict[str, Any] = {
    "/api/v1/sessions/{id}/commands": {"type": "stop_broadcast"},
    "/api/v1/meetings/{id}/commands": {"type": "publish_meeting"},
    "/api/v1/meetings/{id}/links": {"role": "chair"},
    "/api/v1/sessions/{id}/chat": {"line_id": str(uuid4()), "text": "Hei"},
}
WITHOUT_IDS = {
    "/api/v1/openapi.json",
    "/api/v1/bodies",
    "/api/v1/people",
    "/api/v1/sources",
}


def addresses_with_ids() -> Iterator[tuple[str, str]]:
    """Every address of the table that names something by its id."""
    for route in table(_NoAssets()):  # type: ignore[arg-type]
        if any(name in route.path for name in ("{id}", "{session_id}", "{broadcast}")):
            yield route.method, route.path


class _NoAssets:
    async def serve(self) -> None: ...


def filled(path: str, ids: Ids, view: str = "leder") -> str:
    """The address with the ids of one municipality in it."""
    kind = path.split("/")[3] if path.startswith("/api/") else "sources"
    if path.startswith("/drift/sesjoner/"):
        kind = "sessions"
    if "/program/" in path:
        kind, path = "rooms" if "/rom/" in path else "programme", path.replace("{slug}", "dialog")
    return (
        path.replace("{id}", str(ids.get(kind, "")))
        .replace("{line_id}", str(ids["line"]))
        .replace("{session_id}", str(ids["sessions"]))
        .replace("{broadcast}", str(ids["broadcast"]))
        .replace("{name}", "live.m3u8")
        .replace("{view}", view)
    )


async def held(web: Web, which: int) -> Ids:
    """A meeting in a municipality, at the address it has in the other one too."""
    session_id, item_id = await web.towns[which].debates()
    machine = web.machine(which)
    state = (await machine.get(f"/api/v1/sessions/{session_id}")).json
    line_id = uuid4()
    line = {"line_id": str(line_id), "text": "Hei"}
    assert (await machine.post(f"/api/v1/sessions/{session_id}/chat", line)).status == 200
    conference = await web.towns[which].plans_meeting("dialog", kind="conference")
    programme = await web.towns[which].plans_session(conference)
    await web.towns[which].says(programme, "open_session")
    room_id = uuid4()
    room = {"room_id": room_id, "name": "Plenum", "provider": "embedded"}
    await web.towns[which].says(conference, "plan_room", room=room)
    link_id, _ = await web.link(Role.CHAIR, which=which, meeting_id=UUID(state["meeting_id"]))
    broadcast = web.settings.public_media / state["broadcast_id"]
    broadcast.mkdir(parents=True)
    (broadcast / "live.m3u8").write_text("#EXTM3U\n")
    return {
        "sessions": session_id,
        "meetings": UUID(state["meeting_id"]),
        "links": link_id,
        "programme": programme,
        "rooms": room_id,
        "sources": web.towns[which].source_id,
        "broadcast": UUID(state["broadcast_id"]),
        "item": item_id,
        "line": line_id,
    }


@pytest.fixture
async def crossed(web_service: Web) -> tuple[Web, Ids, Ids]:
    return web_service, await held(web_service, 0), await held(web_service, 1)


async def test_every_address_with_the_others_id_is_not_found(crossed: tuple[Web, Ids, Ids]) -> None:
    web, _, theirs = crossed
    askers: list[Client] = [
        web.machine(),
        await web.logged_in(*(frozenset(Role) - {Role.PARTICIPANT})),
    ]
    asked = 0
    for asker in askers:
        for method, path in addresses_with_ids():
            if path == "/direkte/{view}":
                continue
            answer = await asker.ask(method, filled(path, theirs), json=BODIES.get(path))
            assert answer.status == 404, (method, path, answer.text)
            asked += 1
    assert asked >= 2 * 11
    state = (await web.machine(1).get(f"/api/v1/sessions/{theirs['sessions']}")).json
    assert state["stops"] == []


async def test_its_own_ids_are_found_at_every_one_of_those(crossed: tuple[Web, Ids, Ids]) -> None:
    web, mine, _ = crossed
    for method, path in addresses_with_ids():
        form = method == "POST" and path not in BODIES
        asker = web.machine()
        if path.startswith(("/planlegg/", "/drift/sesjoner/")):
            asker = await web.logged_in(*(frozenset(Role) - {Role.PARTICIPANT}))
        if form or path.startswith("/direkte/") or path.endswith(("/stream", "/bilde")):
            continue
        answer = await asker.ask(method, filled(path, mine), json=BODIES.get(path))
        assert answer.status in (200, 201, 204), (method, path, answer.text)


async def test_lists_hold_only_ones_own(crossed: tuple[Web, Ids, Ids]) -> None:
    web, _, _ = crossed
    for path in ("/api/v1/bodies", "/api/v1/people", "/api/v1/sources"):
        mine = {row["id"] for row in (await web.machine(0).get(path)).json}
        theirs = {row["id"] for row in (await web.machine(1).get(path)).json}
        assert mine
        assert theirs
        assert not mine & theirs


async def test_the_same_slug_leads_to_each_ones_own_meeting(crossed: tuple[Web, Ids, Ids]) -> None:
    web, mine, theirs = crossed
    for which, own, other in ((0, mine, theirs), (1, theirs, mine)):
        shown = await web.browser(which).get("/mote/kommunestyret")
        assert shown.status == 200
        assert str(own["broadcast"]) in shown.text
        assert str(other["broadcast"]) not in shown.text


async def test_a_command_by_form_goes_to_ones_own_meeting_only(crossed: tuple[Web, Ids, Ids]) -> None:
    web, mine, theirs = crossed
    chair = await web.logged_in(Role.CHAIR)
    form = {"command": '{"type": "stop_broadcast"}'}
    foreign = await chair.submit(f"/mote/kommunestyret/kommando?sesjon={theirs['sessions']}", form)
    assert foreign.status == 404
    assert (await chair.submit("/mote/kommunestyret/kommando", form)).status == 303
    assert (await web.machine(0).get(f"/api/v1/sessions/{mine['sessions']}")).json["stops"]
    assert not (await web.machine(1).get(f"/api/v1/sessions/{theirs['sessions']}")).json["stops"]


async def test_the_others_ids_cannot_be_taken_over(crossed: tuple[Web, Ids, Ids]) -> None:
    web, mine, theirs = crossed
    starts, ends = "2026-05-05T16:00:00Z", "2026-05-05T18:00:00Z"
    meeting = {"type": "plan_meeting", "slug": "nytt", "title": "Nytt", "starts_at": starts, "ends_at": ends}
    session = {
        "type": "plan_session",
        "meeting_id": str(mine["meetings"]),
        "title": "Nytt",
        "starts_at": starts,
        "ends_at": ends,
    }
    machine = web.machine()
    assert (await machine.post(f"/api/v1/meetings/{theirs['meetings']}/commands", meeting)).status == 404
    assert (await machine.post(f"/api/v1/sessions/{theirs['sessions']}/commands", session)).status == 404
    room = {"room_id": str(theirs["rooms"]), "name": "Tatt", "provider": "embedded"}
    answer = await machine.post(
        f"/api/v1/meetings/{mine['meetings']}/commands", {"type": "plan_room", "room": room}
    )
    assert answer.json["errors"][0]["field"] == "room.room_id"
    kept = await web.running.services.views.room(theirs["rooms"])
    assert kept
    assert (kept.organisation_id, kept.name) == (web.towns[1].organisation_id, "Plenum")
    body, person, source = (
        str(web.towns[1].body_id),
        str(web.towns[1].people[0]),
        str(web.towns[1].source_id),
    )
    kari = (await web.machine(1).get("/api/v1/people")).json
    assert (await machine.post("/api/v1/bodies", {"id": body, "name": "Tatt"})).status == 404
    assert (await machine.post("/api/v1/people", {"id": person, "name": "Tatt"})).status == 404
    given = {"id": source, "name": "Tatt", "passphrase": "0123456789", "port": 20099}
    assert (await machine.post("/api/v1/sources", given)).status == 404
    assert (await web.machine(1).get("/api/v1/people")).json == kari
    link = {"role": "participant", "person_id": person}
    answer = await machine.post(f"/api/v1/meetings/{mine['meetings']}/links", link)
    assert answer.json["errors"][0]["field"] == "person_id"


async def test_a_login_holds_on_its_own_host_only(crossed: tuple[Web, Ids, Ids]) -> None:
    web, mine, _ = crossed
    _, path = await web.link(Role.CHAIR)
    stranger = web.browser(1)
    assert (await stranger.submit(path)).status == 404
    chair = await web.logged_in(Role.CHAIR)
    chair.host = stranger.host
    assert (await chair.get(f"/api/v1/sessions/{mine['sessions']}")).status == 401
