"""A rehearsal is made on a meeting's planning page; its own pages say what it is, the public has none."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.roles import Role
from orchestrator.store.views import MeetingView
from tests.web.client import Client, Web

BAND = "Generalprøve – ikke et møte"
SLUG = "generalprove-kommunestyret-1"


async def planned(web: Web) -> UUID:
    """A meeting in a week, with a session."""
    town = web.town
    start = town.node.clock.now() + timedelta(days=7)
    times: dict[str, Any] = {"starts_at": start, "ends_at": start + timedelta(hours=3)}
    meeting_id = await town.plans_meeting(**times)
    room = {"room_id": uuid4(), "name": "Møterom", "provider": "link", "url": "https://rom.example/1"}
    await town.says(meeting_id, "plan_room", room=room)
    await town.plans_session(meeting_id, room_id=room["room_id"], **times)
    return meeting_id


async def rehearsed(web: Web, client: Client) -> MeetingView:
    """Its rehearsal, made by whoever this is."""
    await planned(web)
    made = await client.submit(
        "/planlegg/kommunestyret/generalprove", {"starts_at@local": "2031-05-05T18:00"}
    )
    assert (made.status, made.headers["Location"]) == (303, f"/planlegg/{SLUG}")
    row = await web.town.node.views.meeting_by_slug(web.town.organisation_id, SLUG)
    assert row is not None
    return row


async def session_of(web: Web, row: MeetingView) -> UUID:
    (session,) = await web.town.node.views.sessions_of(row.organisation_id, row.meeting_id)
    return session.session_id


async def test_every_page_of_a_rehearsal_says_that_it_is_one(web_service: Web) -> None:
    secretary = await web_service.logged_in(Role.SECRETARY)
    row = await rehearsed(web_service, secretary)
    session_id = await session_of(web_service, row)
    state = await web_service.town.node.commands.session(row.organisation_id, session_id)
    person = web_service.town.people[0]
    everyone = await web_service.logged_in(
        *(Role.CHAIR, Role.SECRETARY, Role.IT_SUPPORT, Role.PARTICIPANT), person_id=person
    )
    pages = ["leder", "leder/taster", "sekretar", "deltaker", "chat", "sesjoner", f"rom/{state.room_id}"]
    paths = [f"/planlegg/{SLUG}", f"/drift/skjermer/{SLUG}", *(f"/mote/{SLUG}/{page}" for page in pages)]
    for path in paths:
        page = await everyone.get(path)
        assert (page.status, BAND in page.text) == (200, True), path
    for path in (path.replace(SLUG, "kommunestyret") for path in paths if "/rom/" not in path):
        page = await everyone.get(path)
        assert (page.status, BAND in page.text) == (200, False), path
    assert "Generalprøve" in (await secretary.get("/planlegg")).text


async def test_observers_are_told_nothing_of_a_rehearsal(web_service: Web) -> None:
    row = await rehearsed(web_service, await web_service.logged_in(Role.SECRETARY))
    session_id = await session_of(web_service, row)
    await web_service.town.says(session_id, "open_session")
    observer = web_service.browser()
    state = await web_service.town.node.commands.session(row.organisation_id, session_id)
    hidden = [
        *(f"/mote/{SLUG}{page}" for page in ("", "/talerliste", "/protokoll", "/statistikk")),
        *(f"/program/{SLUG}", f"/program/{SLUG}.ics", f"/program/{SLUG}/sesjon/{session_id}"),
        *(f"/program/{SLUG}/sesjon/{session_id}.ics", f"/mote/{SLUG}/rom/{state.room_id}"),
        f"/media/{state.broadcast_id}/live.m3u8",
    ]
    for path in hidden:
        assert (await observer.get(path)).status == 404, path
    for path in (
        *(f"/api/v1/meetings/{row.meeting_id}", f"/api/v1/sessions/{session_id}"),
        *(f"/api/v1/meetings/{row.meeting_id}/events", f"/api/v1/sessions/{session_id}/stream"),
    ):
        unknown = path.replace(str(row.meeting_id), str(uuid4())).replace(str(session_id), str(uuid4()))
        answers = [await observer.get(one) for one in (path, unknown)]
        assert [(one.status, one.body) for one in answers] == [(answers[0].status, answers[0].body)] * 2
        assert answers[0].status in (401, 404), path
    for path in ("/", "/moter", "/moter.ics", "/statistikk"):
        page = await observer.get(path)
        assert not {word for word in (SLUG, "Generalprøve", str(row.meeting_id)) if word in page.text}, path
    staff = await web_service.logged_in(Role.SECRETARY)
    assert (await staff.get(f"/mote/{SLUG}/statistikk")).status == 404


async def test_deleted_it_is_nowhere_and_the_meeting_stands(web_service: Web) -> None:
    secretary = await web_service.logged_in(Role.SECRETARY)
    row = await rehearsed(web_service, secretary)
    session_id = await session_of(web_service, row)
    page = await secretary.get("/planlegg/kommunestyret")
    assert f'href="/planlegg/{SLUG}"' in page.text
    deleted = await secretary.submit(f"/planlegg/{SLUG}/slett")
    assert (deleted.status, deleted.headers["Location"]) == (303, "/planlegg/kommunestyret")
    machine, rehearsals = web_service.machine(), web_service.running.services.rehearsals
    async with asyncio.timeout(30):  # other readers are told, and its room is taken away
        while (await machine.get(f"/api/v1/sessions/{session_id}")).status != 404:
            await rehearsals.sweep()
            await asyncio.sleep(0.1)
    for path in (f"/planlegg/{SLUG}", f"/mote/{SLUG}/leder", f"/api/v1/meetings/{row.meeting_id}"):
        assert (await machine.get(path)).status == 404, path
    page = await secretary.get("/planlegg/kommunestyret")
    assert (page.status, SLUG in page.text) == (200, False)
    assert (await web_service.browser().get("/mote/kommunestyret")).status == 200


async def test_it_deletes_a_rehearsal_from_its_page_of_screens(web_service: Web) -> None:
    await rehearsed(web_service, await web_service.logged_in(Role.SECRETARY))
    it = await web_service.logged_in(Role.IT_SUPPORT)
    assert f'action="/planlegg/{SLUG}/slett"' in (await it.get(f"/drift/skjermer/{SLUG}")).text
    assert (await it.submit(f"/planlegg/{SLUG}/slett")).headers["Location"] == "/drift"
    assert await web_service.town.node.views.live_now(web_service.town.organisation_id) == []
    row = await web_service.town.node.views.meeting_by_slug(web_service.town.organisation_id, SLUG)
    assert row is None or row.status == "cancelled"


async def test_a_meeting_is_not_deleted_whoever_asks(web_service: Web) -> None:
    await planned(web_service)
    secretary = await web_service.logged_in(Role.SECRETARY)
    assert "/slett" not in (await secretary.get("/planlegg/kommunestyret")).text
    refused = await secretary.submit("/planlegg/kommunestyret/slett")
    assert refused.headers["Location"] == "/planlegg/kommunestyret"
    page = await secretary.get("/planlegg/kommunestyret")
    assert "Bare en generalprøve kan slettes." in page.text
    assert "Kunngjort" in page.text


async def test_rehearsals_are_for_the_office_of_every_meeting(web_service: Web) -> None:
    meeting_id = await planned(web_service)
    form = {"starts_at@local": "2031-05-05T18:00"}
    make, other = "/planlegg/kommunestyret/generalprove", await web_service.logged_in(Role.SECRETARY, which=1)
    here = await web_service.logged_in(Role.SECRETARY, meeting_id=meeting_id)
    chair = await web_service.logged_in(Role.CHAIR)
    assert [(await one.submit(make, form)).status for one in (web_service.browser(), chair, here, other)] == [
        *(401, 403, 403, 404)
    ]
    assert (await chair.submit("/planlegg/kommunestyret/slett")).status == 403
    assert (await other.submit("/planlegg/kommunestyret/slett")).status == 404


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Skriv når generalprøven begynner."),
        ({"starts_at@local": "i morgen"}, "Skriv når generalprøven begynner."),
        ({"starts_at@local": "2031-05-05T18:00", "day": "2031-05-05"}, "Møtet har ingen sesjoner å øve på"),
    ],
)
async def test_what_cannot_be_rehearsed_is_told(web_service: Web, form: dict[str, str], said: str) -> None:
    await planned(web_service)
    secretary = await web_service.logged_in(Role.SECRETARY)
    answer = await secretary.submit("/planlegg/kommunestyret/generalprove", form)
    assert answer.headers["Location"] == "/planlegg/kommunestyret"
    assert said in (await secretary.get("/planlegg/kommunestyret")).text
