"""What a hostile page, address or header cannot do."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from orchestrator.domain.roles import Role
from orchestrator.web import middlewares
from orchestrator.web.limits import Limit, TooMany
from orchestrator.web.problems import unkeepable
from tests.clock import FakeClock
from tests.postgres import Database
from tests.web.client import Web, serving


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://fjellvik.example.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_a_change_asked_for_by_another_site_is_refused(
    web_service: Web, headers: dict[str, str]
) -> None:
    session_id, _ = await web_service.town.debates()
    chair = await web_service.logged_in(Role.CHAIR)
    for path in (f"/api/v1/sessions/{session_id}/commands", "/mote/kommunestyret/kommando", "/ut"):
        answer = await chair.post(path, {"type": "start_break", "kind": "pause"}, headers=headers)
        assert answer.status == 403
    assert (await chair.get(f"/api/v1/sessions/{session_id}")).json["breaks"] == []


async def test_a_cookie_without_an_origin_changes_nothing_but_reads(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    chair = await web_service.logged_in(Role.CHAIR)
    path = f"/api/v1/sessions/{session_id}"
    sent = {"Host": chair.host, "Cookie": "; ".join(f"{n}={v}" for n, v in chair.cookies.items())}
    async with chair.http.post(
        f"{chair.address}{path}/commands", json={"type": "stop_broadcast"}, headers=sent
    ) as answer:
        assert answer.status == 403
        assert (await answer.json(content_type=None))["rule"] == "foreign_origin"
    referred = sent | {"Referer": f"http://{chair.host}/mote/kommunestyret/leder"}
    async with chair.http.post(
        f"{chair.address}{path}/commands", json={"type": "stop_broadcast"}, headers=referred
    ) as answer:
        assert answer.status == 200


async def test_every_answer_has_safe_headers(web_service: Web) -> None:
    browser = web_service.browser()
    for path in ("/", "/inn", "/inn/x", "/nowhere", "/api/v1/openapi.json", "/api/v1/people", "/healthz"):
        headers = (await browser.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert "Server" not in headers
        assert "Strict-Transport-Security" not in headers


async def test_with_tls_the_cookie_is_held_to_the_host_and_hsts_is_sent(
    database: Database, tmp_path: object
) -> None:
    async with serving(database, tmp_path, base_url="https://fjellvik.example") as web:  # type: ignore[arg-type]
        browser = web.browser()
        browser.origin = "https://fjellvik.example"
        _, path = await web.link(Role.CHAIR)
        answer = await browser.submit(path)
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-login=")
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


async def test_guessing_links_is_slowed_down_but_the_right_one_still_works(web_service: Web) -> None:
    _, right = await web_service.link(Role.CHAIR)
    guesser = web_service.browser()
    answers = [await guesser.submit(f"/inn/{'x' * 43}") for _ in range(25)]
    assert [answer.status for answer in answers[:20]] == [404] * 20
    assert answers[-1].status == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert "For mange forsøk" in answers[-1].text
    assert (await guesser.submit(right)).status == 303


async def test_guessing_tokens_is_slowed_down_in_problem_details(web_service: Web) -> None:
    guesser = web_service.machine()
    guesser.token = "wrong"
    answers = [await guesser.get("/api/v1/people") for _ in range(25)]
    assert answers[0].status == 401
    assert answers[-1].status == 429
    assert answers[-1].headers["Content-Type"].startswith("application/problem+json")
    assert (await web_service.machine().get("/api/v1/people")).status == 200


def test_an_address_that_knocks_too_often_waits_and_others_do_not() -> None:
    clock = FakeClock()
    limit = Limit(clock, burst=2, rate=0.5, everybody=10)
    limit.take("192.0.2.1")
    limit.take("192.0.2.1")
    with pytest.raises(TooMany) as caught:
        limit.take("192.0.2.1")
    assert caught.value.headers["Retry-After"] == "2"
    limit.take("192.0.2.2")
    clock.advance(2)
    limit.take("192.0.2.1")


def test_all_addresses_together_have_a_limit_too() -> None:
    limit = Limit(FakeClock(), burst=1, rate=1, everybody=3)
    for number in range(3):
        limit.take(f"192.0.2.{number}")
    with pytest.raises(TooMany):
        limit.take("192.0.2.9")


async def test_an_unknown_host_is_not_found_when_there_are_several_municipalities(web_service: Web) -> None:
    for host in ("unknown.example", "127.0.0.1", "fjellvik.example.evil.example"):
        stranger = web_service.browser()
        stranger.host = host
        for path in ("/", "/moter", "/inn/x", "/api/v1/people", "/api/v1/openapi.json"):
            assert (await stranger.get(path)).status == 404


async def test_what_is_forwarded_by_nobody_we_know_is_not_believed(web_service: Web) -> None:
    guesser = web_service.browser()
    for number in range(25):
        answer = await guesser.submit(
            "/inn/wrong", headers={"X-Forwarded-For": f"192.0.2.{number}", "X-Forwarded-Proto": "https"}
        )
        assert "Strict-Transport-Security" not in answer.headers
    assert answer.status == 429


async def test_what_keeps_it_running_is_not_for_the_public(web_service: Web) -> None:
    direct, public = web_service.browser(), {"X-Forwarded-For": "192.0.2.1"}
    assert (await direct.get("/healthz")).text == "ok\n"
    assert (await direct.get("/readyz")).json["ready"] is True
    assert "orchestrator_commands_total" in (await direct.get("/metrics")).text
    assert (await direct.get("/metrics", headers=public)).status == 404
    assert (await direct.get("/readyz", headers=public)).status == 200


def test_text_that_no_database_keeps_is_found_where_it_stands() -> None:
    assert unkeepable({"a": [{"b": "x\x00"}]}) == "a.0.b"
    assert unkeepable({"a": "\udc00"}) == "a"
    assert unkeepable({"\x00": 1}) == "body"
    assert unkeepable({"a": "blåbær 🎤", "b": [1, None, True]}) is None


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"--x\r\nno header\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n"),
        ("application/x-www-form-urlencoded; charset=none", b"x"),
        ("application/x-www-form-urlencoded", b"\xff"),
    ],
)
async def test_a_form_that_cannot_be_read_is_a_bad_request(web_service: Web, type_: str, body: bytes) -> None:
    answer = await web_service.browser().ask("POST", "/ut", data=body, headers={"Content-Type": type_})
    assert answer.status == 400


async def test_a_change_that_does_not_arrive_is_given_up(
    web_service: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middlewares, "BODY_SECONDS", 0.1)

    async def never() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(5)

    answer = await web_service.browser().ask("POST", "/ut", data=never())
    assert answer.status == 408


@pytest.mark.parametrize("header", [b"Authorization: Bearer \xff", b"Cookie: login=\xff"])
async def test_a_secret_that_is_no_text_is_one_that_does_not_hold(web_service: Web, header: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", web_service.port)
    asked = b"GET /api/v1/people HTTP/1.1\r\nHost: fjellvik.example\r\nConnection: close\r\n"
    writer.write(asked + header + b"\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 401 ")
    writer.close()


async def test_an_address_that_is_no_text_is_a_bad_request(web_service: Web) -> None:
    assert (await web_service.browser().get("/mote/%00")).status == 400


@pytest.mark.parametrize("month", ["9999-12", "9999-11", "0001-01", "2199-12", "1900-01", "x"])
async def test_the_calendar_knows_no_time_beyond_time(web_service: Web, month: str) -> None:
    assert (await web_service.browser().get(f"/moter?fra={month}")).status == 200


async def test_no_proxy_shows_a_page_for_longer_than_two_seconds(web_service: Web) -> None:
    await web_service.town.debates()
    for path in ("/", "/moter", "/mote/kommunestyret", "/mote/kommunestyret/protokoll"):
        answer = await web_service.browser().get(path)
        assert answer.headers["Cache-Control"] == "public, max-age=2, must-revalidate"


async def test_there_is_nothing_after_a_version_that_is_never_reached(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    answer = await web_service.machine().get(f"/api/v1/sessions/{session_id}/events?after={10**17}")
    assert (answer.status, answer.json["events"]) == (200, [])


async def test_a_version_of_a_thousand_digits_is_refused(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    answer = await web_service.machine().post(
        f"/api/v1/sessions/{session_id}/commands",
        {"type": "stop_broadcast"},
        headers={"If-Match": "9" * 5000},
    )
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "If-Match"
