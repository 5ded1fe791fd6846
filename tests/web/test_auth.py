"""Who comes in and how it ends: links, logins in a cookie, tokens, revoking."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import get_args
from uuid import UUID, uuid4

from orchestrator.domain.roles import Role
from orchestrator.store.access import Right
from tests.web.client import Client, Web


async def session_of(web: Web) -> tuple[str, UUID]:
    """A session being held, as API path, and its meeting's id."""
    session_id, _ = await web.town.debates()
    path = f"/api/v1/sessions/{session_id}"
    return path, UUID((await web.machine().get(path)).json["meeting_id"])


async def may_read(client: Client, path: str) -> bool:
    return (await client.get(path)).status == 200


async def test_looking_at_a_link_does_not_log_in(web_service: Web) -> None:
    _, path = await web_service.link(Role.CHAIR, reusable=False)
    scanner = web_service.browser()
    for _ in range(3):
        shown = await scanner.get(path)
        assert shown.status == 200
        assert 'method="post"' in shown.text
        assert shown.headers["Cache-Control"] == "no-store"
    assert scanner.cookies == {}
    person = web_service.browser()
    assert (await person.submit(path)).status == 303
    assert person.cookies


async def test_logging_in_leads_to_an_address_without_the_secret(web_service: Web) -> None:
    _, meeting_id = await session_of(web_service)
    for role, page in ((Role.CHAIR, "leder"), (Role.SECRETARY, "sekretar"), (Role.PARTICIPANT, "deltaker")):
        _, path = await web_service.link(role, meeting_id=meeting_id)
        answer = await web_service.browser().submit(path)
        assert answer.headers["Location"] == f"/mote/kommunestyret/{page}"
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert path.rpartition("/")[2] not in cookie


async def test_every_link_leads_to_a_page_that_its_role_may_see(web_service: Web) -> None:
    _, meeting_id = await session_of(web_service)
    for role in Role:
        for only in (meeting_id, None):
            _, path = await web_service.link(role, meeting_id=only)
            browser = web_service.browser()
            home = (await browser.submit(path)).headers["Location"]
            assert (await browser.get(home)).status == 200, (role, only, home)


async def test_a_link_to_one_meeting_gives_nothing_in_another(web_service: Web) -> None:
    path, _ = await session_of(web_service)
    other = await web_service.town.plans_meeting("et-annet")
    chair = await web_service.logged_in(Role.CHAIR, meeting_id=other)
    assert not await may_read(chair, path)
    assert (await chair.post(f"{path}/commands", {"type": "adjourn_session"})).status == 403


async def test_a_one_time_link_works_once(web_service: Web) -> None:
    _, path = await web_service.link(Role.CHAIR, reusable=False)
    assert (await web_service.browser().submit(path)).status == 303
    again = await web_service.browser().submit(path)
    assert again.status == 404
    assert "Lenken gjelder ikke" in again.text


async def test_one_link_on_two_phones_is_one_person_and_both_are_out_when_it_is_revoked(
    web_service: Web,
) -> None:
    path, meeting_id = await session_of(web_service)
    kari = web_service.town.people[0]
    link_id, link = await web_service.link(Role.PARTICIPANT, meeting_id=meeting_id, person_id=kari)
    phones = [web_service.browser(), web_service.browser()]
    for phone in phones:
        assert (await phone.submit(link)).status == 303
    request = {"type": "request_floor", "request_id": str(uuid4()), "person_id": str(kari)}
    item_id = (await phones[0].get(path)).json["current_item_id"]
    assert (await phones[0].post(f"{path}/commands", request | {"item_id": item_id})).status == 200
    second = request | {"request_id": str(uuid4()), "item_id": item_id}
    assert (await phones[1].post(f"{path}/commands", second)).json["rule"] == "already_waiting"

    async def let_go(phone: Client) -> float:
        async with phone.stream(f"{path}/stream") as events:
            waiting.release()
            assert await events.next() is None
            return time.monotonic()

    waiting = asyncio.Semaphore(0)
    watching = [asyncio.create_task(let_go(phone)) for phone in phones]
    for _ in phones:
        await waiting.acquire()
    revoked = time.monotonic()
    answer = await web_service.machine().ask("DELETE", f"/api/v1/links/{link_id}")
    assert answer.status == 204
    assert max(await asyncio.gather(*watching)) - revoked < 2
    for phone in phones:
        assert (await phone.get(path)).status == 401


async def test_changed_roles_end_open_streams_and_logins(web_service: Web) -> None:
    path, meeting_id = await session_of(web_service)
    link_id, link = await web_service.link(Role.SECRETARY, meeting_id=meeting_id)
    browser = web_service.browser()
    await browser.submit(link)
    services = web_service.running.services
    async with browser.stream(f"{path}/stream") as events:
        await services.access.change_roles(
            web_service.town.organisation_id, link_id, {Role.PARTICIPANT}, services.clock.now()
        )
        assert await events.next(within=2) is None
    assert (await browser.get(path)).status == 401


async def test_a_browser_may_be_on_several_links_and_each_ends_on_its_own(web_service: Web) -> None:
    path, meeting_id = await session_of(web_service)
    other = await web_service.town.plans_meeting("et-annet")
    browser = web_service.browser()
    first, link = await web_service.link(Role.CHAIR, meeting_id=meeting_id)
    await browser.submit(link)
    _, second = await web_service.link(Role.SECRETARY, meeting_id=other)
    await browser.submit(second)
    assert await may_read(browser, path)
    assert await may_read(browser, f"/api/v1/meetings/{other}")
    await web_service.machine().ask("DELETE", f"/api/v1/links/{first}")
    assert not await may_read(browser, path)
    assert await may_read(browser, f"/api/v1/meetings/{other}")


async def test_logging_out_ends_the_login_on_the_server(web_service: Web) -> None:
    path, _ = await session_of(web_service)
    browser = await web_service.logged_in(Role.CHAIR)
    kept = dict(browser.cookies)
    assert (await browser.submit("/ut")).headers["Location"] == "/inn"
    assert browser.cookies == {}
    browser.cookies = kept
    assert (await browser.get(path)).status == 401
    assert (await browser.get("/inn")).status == 200


async def test_a_token_holds_in_its_own_municipality_until_revoked(web_service: Web) -> None:
    path, _ = await session_of(web_service)
    machine = web_service.machine()
    assert await may_read(machine, path)
    machine.host = web_service.machine(1).host
    assert (await machine.get(path)).status == 401
    services, here = web_service.running.services, web_service.town.organisation_id
    token_id, secret = await services.access.create_token(
        here, "short", services.clock.now(), roles={Role.CHAIR}
    )
    short = web_service.machine()
    short.token = secret
    async with short.stream(f"{path}/stream") as events:
        await services.access.revoke_token(here, token_id, services.clock.now())
        assert await events.next(within=2) is None
    answer = await short.get(path)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


async def test_a_token_has_only_its_roles(web_service: Web) -> None:
    path, _ = await session_of(web_service)
    services = web_service.running.services
    _, secret = await services.access.create_token(
        web_service.town.organisation_id, "it", services.clock.now(), roles={Role.IT_SUPPORT}
    )
    machine = web_service.machine()
    machine.token = secret
    assert (await machine.post(f"{path}/commands", {"type": "stop_broadcast"})).status == 200
    assert (await machine.post(f"{path}/commands", {"type": "adjourn_session"})).status == 403
    assert (await machine.post("/api/v1/people", {"name": "Ny Person"})).status == 403


async def test_a_token_has_only_its_named_rights(web_service: Web) -> None:
    path, meeting_id = await session_of(web_service)
    services = web_service.running.services
    given = {
        "bodies": ("/api/v1/bodies", {"name": "Utvalg for prøving"}),
        "people": ("/api/v1/people", {"name": "Ny Person"}),
        "sources": ("/api/v1/sources", {"name": "Ny kilde", "passphrase": "fiktivt-passord"}),
        "links": (f"/api/v1/meetings/{meeting_id}/links", {"role": "chair"}),
    }
    assert set(given) == set(get_args(Right))
    for right in get_args(Right):
        _, secret = await services.access.create_token(
            web_service.town.organisation_id, right, services.clock.now(), rights={right}
        )
        machine = web_service.machine()
        machine.token = secret
        for other, (address, body) in given.items():
            expected = (200, 201) if other == right else (403, 403)
            answers = (await machine.get(address), await machine.post(address, body))
            assert tuple(answer.status for answer in answers) == expected, (right, other)
        assert (await machine.get(path)).status == 403
        assert (await machine.post(f"{path}/commands", {"type": "stop_broadcast"})).status == 403


async def test_the_secretary_makes_links_that_are_shown_once(web_service: Web) -> None:
    _, meeting_id = await session_of(web_service)
    secretary = await web_service.logged_in(Role.SECRETARY, meeting_id=meeting_id)
    kari = str(web_service.town.people[0])
    path, key = f"/api/v1/meetings/{meeting_id}/links", {"Idempotency-Key": "kari"}
    asked = {"person_id": kari, "role": "participant"}
    made = await secretary.post(path, asked, headers=key)
    assert made.status == 201, made.text
    assert made.json == (await secretary.post(path, asked, headers=key)).json
    other = await secretary.post(path, asked | {"label": "x"}, headers=key)
    assert other.json["errors"][0]["field"] == "Idempotency-Key"
    listed = (await secretary.get(path)).json
    assert [link["id"] for link in listed].count(made.json["id"]) == 1
    assert made.json["url"].rpartition("/")[2] not in (await secretary.get(path)).text
    assert made.json["url"].startswith(f"http://{secretary.host}/inn/")
    phone = web_service.browser()
    assert (await phone.submit("/inn/" + made.json["url"].rpartition("/")[2])).status == 303
    for wrong, field in (
        ({"role": "king"}, "role"),
        ({"role": "participant"}, "person_id"),
        ({"role": "chair", "person_id": str(uuid4())}, "person_id"),
    ):
        assert (await secretary.post(path, wrong)).json["errors"][0]["field"] == field
    assert (await secretary.post(path, {"role": "administrator"})).status == 403
    assert (await phone.post(path, asked)).status == 403


async def test_who_is_put_out_while_sending_a_command_slowly_changes_nothing(web_service: Web) -> None:
    path, meeting_id = await session_of(web_service)
    link_id, link = await web_service.link(Role.CHAIR, meeting_id=meeting_id)
    chair = web_service.browser()
    await chair.submit(link)
    revoked = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"type": '
        await revoked.wait()
        yield b'"stop_broadcast"}'

    sending = asyncio.create_task(
        chair.ask("POST", f"{path}/commands", data=slowly(), headers={"Content-Type": "application/json"})
    )
    await asyncio.sleep(0.2)  # the head has arrived
    assert (await web_service.machine().ask("DELETE", f"/api/v1/links/{link_id}")).status == 204
    revoked.set()
    assert (await sending).status == 401
    assert (await web_service.machine().get(path)).json["stops"] == []
