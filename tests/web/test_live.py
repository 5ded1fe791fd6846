"""Pages that follow: rendered once for everyone, only what changed is sent, and the right people see it."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import pytest

from orchestrator.domain.roles import LEADS, Role
from orchestrator.web import live
from orchestrator.web.context import SERVICES
from orchestrator.web.hub import HUB
from orchestrator.web.live import Moment, View
from orchestrator.web.look import NOBODYS_SITE
from orchestrator.web.pages.scene_reading import read_scene
from tests.web.client import Web


class Page:
    """A page with two parts, that counts how often it is rendered."""

    def __init__(self) -> None:
        self.rendered = 0

    async def fragments(self, moment: Moment) -> Mapping[str, str]:
        assert moment.session_id is not None
        self.rendered += 1
        shown = await read_scene(moment.app[SERVICES], moment.organisation_id, moment.session_id)
        stopped = "stopped" if shown.session.stopped else "running"
        return {
            "state": f'<p id="state" lang="{moment.language}">{stopped}</p>',
            "title": f'<h1 id="title">{shown.session.title}</h1>',
        }


def shown_by(web: Web, roles: frozenset[Role] = LEADS) -> Page:
    page = Page()
    web.app[live.VIEWS]["prove"] = View(roles, page.fragments)
    return page


async def address(web: Web) -> tuple[UUID, str]:
    session_id, _ = await web.town.debates()
    return session_id, f"/direkte/{session_id}/prove"


async def test_a_page_gets_the_time_then_all_parts_then_only_what_changes(web_service: Web) -> None:
    shown_by(web_service)
    session_id, path = await address(web_service)
    chair = await web_service.logged_in(Role.CHAIR)
    async with chair.stream(path) as events:
        first = await events.take(4)
        assert [event.type for event in first] == ["time", "fragment", "fragment", "shown"]
        assert {event.json["id"] for event in first[1:3]} == {"state", "title"}
        await web_service.machine().says(session_id, "stop_broadcast")
        changed, shown = await events.take(2)
        assert changed.json == {"id": "state", "html": '<p id="state" lang="nb">stopped</p>'}
        assert shown.id


async def test_who_comes_back_gets_only_what_is_new(web_service: Web) -> None:
    shown_by(web_service)
    session_id, path = await address(web_service)
    chair = await web_service.logged_in(Role.CHAIR)
    async with chair.stream(path) as stays:
        await stays.take(4)
        async with chair.stream(path) as events:
            last = (await events.take(4))[-1].id
        await web_service.machine().says(session_id, "stop_broadcast")
        await stays.until("fragment")
        async with chair.stream(f"{path}?after={last}") as again:
            assert [event.type for event in await again.take(3)] == ["time", "fragment", "shown"]
        async with chair.stream(path, **{"Last-Event-ID": "another-9"}) as anew:
            assert [event.type for event in await anew.take(4)] == ["time", "fragment", "fragment", "shown"]


async def test_one_rendering_serves_all_readers_of_a_language(web_service: Web) -> None:
    page = shown_by(web_service)
    session_id, path = await address(web_service)
    chair = await web_service.logged_in(Role.CHAIR)

    async def read(language: str) -> str:
        async with chair.stream(f"{path}?lang={language}") as events:
            await events.take(4)
            ready.release()
            return (await events.until("fragment")).json["html"]  # type: ignore[no-any-return]

    ready = asyncio.Semaphore(0)
    readers = [asyncio.create_task(read(language)) for language in ["nb"] * 10 + ["en"] * 10]
    for _ in readers:
        await ready.acquire()
    before = page.rendered
    assert before == 2
    await web_service.machine().says(session_id, "stop_broadcast")
    html = await asyncio.gather(*readers)
    assert len(set(html)) == 2
    assert page.rendered <= before + 4


async def test_a_burst_of_events_is_few_renderings_and_the_first_is_at_once(
    web_service: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PAUSE", 1.0)  # longer than a busy machine takes for one rendering
    page = shown_by(web_service)
    session_id, path = await address(web_service)
    chair = await web_service.logged_in(Role.CHAIR)
    async with chair.stream(path) as events:
        await events.take(4)
        await asyncio.sleep(2 * live.PAUSE)
        before = page.rendered
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(21):
            type_ = "resume_broadcast" if number % 2 else "stop_broadcast"
            await web_service.machine().says(session_id, type_)
            if number == 0:
                await events.until("fragment")
                assert loop.time() - began < live.PAUSE
        took = loop.time() - began
        await asyncio.sleep(2 * live.PAUSE)
        assert page.rendered - before <= 2 + (took + 2 * live.PAUSE) / live.PAUSE


async def test_nothing_is_rendered_for_nobody(web_service: Web) -> None:
    page = shown_by(web_service)
    session_id, path = await address(web_service)
    chair = await web_service.logged_in(Role.CHAIR)
    async with chair.stream(path) as events:
        await events.take(4)
    async with asyncio.timeout(15):
        while web_service.app[live.LIVE]._pictures:
            web_service.app[HUB].show_life()
            await asyncio.sleep(0.05)
    before = page.rendered
    await web_service.machine().says(session_id, "stop_broadcast")
    await asyncio.sleep(2 * live.PAUSE)
    assert page.rendered == before


async def test_a_page_is_for_its_roles_in_this_meeting(web_service: Web) -> None:
    shown_by(web_service)
    _, path = await address(web_service)
    other = await web_service.town.plans_meeting("et-annet")
    assert (await web_service.browser().get(path)).status == 401
    for browser in (
        await web_service.logged_in(Role.IT_SUPPORT),
        await web_service.logged_in(Role.CHAIR, meeting_id=other),
    ):
        assert (await browser.get(path)).status == 403
    chair = await web_service.logged_in(Role.CHAIR)
    assert (await chair.get(path.replace("prove", "ukjent"))).status == 404
    assert (await chair.get("/direkte/no-id/prove")).status == 404


async def test_revoking_leads_the_page_away_within_two_seconds(web_service: Web) -> None:
    shown_by(web_service)
    _, path = await address(web_service)
    link_id, link = await web_service.link(Role.CHAIR)
    chair = web_service.browser()
    await chair.submit(link)
    async with chair.stream(path) as events:
        await events.take(4)
        assert (await web_service.machine().ask("DELETE", f"/api/v1/links/{link_id}")).status == 204
        gone = await events.until("goto", within=2)
        assert gone.data == "/inn"
        assert await events.next() is None


async def test_a_part_that_cannot_be_rendered_does_not_end_the_stream(web_service: Web) -> None:
    page = shown_by(web_service)
    session_id, path = await address(web_service)
    chair = await web_service.logged_in(Role.CHAIR)
    async with chair.stream(path) as events:
        await events.take(4)
        good = page.fragments

        async def fails(moment: Moment) -> Mapping[str, str]:
            raise RuntimeError("on purpose")

        moment = Moment(web_service.app, NOBODYS_SITE, web_service.town.organisation_id, session_id, "nb")
        picture = next(iter(web_service.app[live.LIVE]._pictures.values()))
        picture._render = lambda: fails(moment)
        await web_service.machine().says(session_id, "stop_broadcast")
        await asyncio.sleep(2 * live.PAUSE)
        picture._render = lambda: good(moment)
        picture.touch()
        assert (await events.until("fragment")).json["id"] == "state"


async def test_a_role_in_one_meeting_opens_no_stream_of_the_whole_organisation(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
    of_the_meeting = await web_service.logged_in(Role.IT_SUPPORT, meeting_id=UUID(state["meeting_id"]))
    assert (await of_the_meeting.get(f"/direkte/{session_id}/drift")).status == 404
    assert (await of_the_meeting.get("/direkte/drift")).status == 403
    everywhere = await web_service.logged_in(Role.IT_SUPPORT)
    async with everywhere.stream("/direkte/drift") as events:
        assert (await events.until("fragment")).json["html"]
