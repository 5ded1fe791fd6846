"""A session slides: shown first, then done exactly as shown, and told where people look."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from orchestrator.domain.roles import Role
from orchestrator.store.records import Contact
from orchestrator.web.dates import clock
from tests.mail_sink import mail_sink
from tests.postgres import Database
from tests.web.client import Client, Web, serving
from tests.web.pages.council import words

JSON = {"Accept": "application/json"}
MINUTE = timedelta(minutes=1)


async def conference(web: Web) -> list[UUID]:
    """Three sessions after each other with one presenter, the first begins in an hour or two."""
    town, now = web.town, web.running.services.clock.now()
    start = (now + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    meeting_id = await town.plans_meeting("dialog", kind="conference", title="Dialog", body_id=None)
    return [
        await town.plans_session(
            meeting_id,
            title=title,
            source_id=None,
            presenter_ids=[town.people[0]],
            starts_at=start + number * 10 * MINUTE,
            ends_at=start + (number + 1) * 10 * MINUTE,
        )
        for number, title in enumerate(("Vann", "Vei", "Skole"))
    ]


async def times(web: Web, session_id: UUID) -> tuple[str, str]:
    state = await web.running.services.commands.session(web.town.organisation_id, session_id)
    assert state.starts_at
    assert state.ends_at
    return clock(state.starts_at), clock(state.ends_at)


def shown(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'name="move" value="([^"]+)"', html)]


def path(session_id: UUID) -> str:
    return f"/drift/sesjoner/{session_id}/forskyv"


async def submit(client: Client, session_id: UUID, moves: list[str], note: str = "") -> int:
    form = [*(("move", one) for one in moves), ("note", note)]
    answer = await client.ask("POST", path(session_id), data=form)
    return answer.status


async def test_what_is_shown_is_what_is_done_however_often(web_service: Web) -> None:
    first, second, third = await conference(web_service)
    it = await web_service.logged_in(Role.IT_SUPPORT)
    before = [await times(web_service, one) for one in (first, second, third)]
    alone = await it.get(f"{path(second)}?minutter=5")
    assert [one.partition(" ")[0] for one in shown(alone.text)] == [str(second)]
    assert "«Vei» og «Skole» overlapper" in words(alone.text)
    assert "Tjenesten er ikke koblet til en e-posttjener." in words(alone.text)
    page = await it.get(f"{path(second)}?minutter=5&folger=on")
    assert "2 sesjoner får ny tid" in words(page.text)
    assert "overlapper" not in words(page.text)
    assert [await times(web_service, one) for one in (first, second, third)] == before, "only shown"
    for _ in range(2):
        assert await submit(it, second, shown(page.text), "Toget er forsinket.") == 303
    services = web_service.running.services
    for session_id, old in zip((first, second, third), before, strict=True):
        state = await services.commands.session(web_service.town.organisation_id, session_id)
        assert len(state.moves) == (0 if session_id == first else 1)
        assert (await times(web_service, session_id) == old) is (session_id == first)
    programme = words((await web_service.browser().get("/program/dialog")).text)
    assert f"Flyttet fra {before[1][0]}. Toget er forsinket." in programme.replace(" . ", ". ")


async def test_before_it_is_moved_it_says_how_many_will_have_a_letter(
    database: Database, tmp_path: Path
) -> None:
    mail: dict[str, Any] = {
        "smtp_host": "127.0.0.1",
        "smtp_from": "moter@fjellvik.example",
        "smtp_tls": "none",
    }
    async with mail_sink() as sink, serving(database, tmp_path, smtp_port=sink.port, **mail) as web:
        first, *_ = await conference(web)
        it = await web.logged_in(Role.IT_SUPPORT)
        directory, here = web.town.node.directory, web.town.organisation_id
        assert "Uten e-postadresse: 1." in words((await it.get(f"{path(first)}?minutter=5")).text)
        person = await directory.person(here, web.town.people[0])
        assert person
        await directory.put_person(person, Contact(email="kari@fjellvik.example"))
        said = words((await it.get(f"{path(first)}?minutter=5")).text)
        assert "1 som leder, innleder eller hjelper til, får e-post om det." in said
        assert "Uten e-postadresse" not in said


async def test_of_a_session_that_goes_on_only_the_end_is_moved(web_service: Web) -> None:
    first, *_ = await conference(web_service)
    await web_service.town.says(first, "open_session")
    it = await web_service.logged_in(Role.IT_SUPPORT)
    start, _end = await times(web_service, first)
    page = await it.get(f"{path(first)}?minutter=20")
    assert "bare slutten flyttes" in words(page.text)
    assert await submit(it, first, shown(page.text)) == 303
    assert (await times(web_service, first))[0] == start
    await web_service.town.says(first, "adjourn_session")
    assert (await it.get(path(first))).status == 404


async def test_what_cannot_be_is_refused_in_words(web_service: Web) -> None:
    first, *_ = await conference(web_service)
    it = await web_service.logged_in(Role.IT_SUPPORT)
    for minutes in ("0", "-500", "x", "9999"):
        answer = await it.get(f"{path(first)}?minutter={minutes}")
        assert answer.status == 422, minutes
        assert not shown(answer.text)
    (right,) = shown((await it.get(f"{path(first)}?minutter=5")).text)
    id_, start, end = right.split(" ")
    for wrong in (f"{uuid4()} {start} {end}", f"{id_} {end} {start}", f"{id_} {start}", "x"):
        assert await submit(it, first, [wrong]) == 422
    assert await submit(it, first, []) == 422


async def test_nobody_else_moves_it_and_another_municipality_finds_nothing(web_service: Web) -> None:
    first, *_ = await conference(web_service)
    chair = await web_service.logged_in(Role.CHAIR)
    other = await web_service.logged_in(Role.IT_SUPPORT, which=1)
    assert (await chair.get(path(first), headers=JSON)).status == 403
    assert (await other.get(path(first), headers=JSON)).status == 404
