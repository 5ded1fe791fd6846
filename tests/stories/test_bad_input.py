"""Bad input through every door of a running service: an answer that names the field, and nothing is lost."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from orchestrator.domain.codec import COMMANDS, StreamKind
from orchestrator.domain.roles import Role
from tests.postgres import Database
from tests.stories.council import Council, Json, council
from tests.stories.visitors import browsing, debating, link, log_in

pytestmark = [pytest.mark.story, pytest.mark.timeout(240)]

UNUSABLE: tuple[Any, ...] = ({"x": {"y": 1}}, 10**400, "x" * 30_000, [[1]])
"""Nothing that any field of any command could be."""


EXAMPLE = Path("config/demo/kommunestyret.toml").read_text(encoding="utf-8")


class Doors:
    """Sends what is bad, and sees what is answered."""

    def __init__(self, hall: Council) -> None:
        self.hall = hall
        self.root = hall.server.address

    async def sends(self, path: str, body: object, method: str = "POST", **headers: str) -> tuple[int, Json]:
        """The status, and the problem details that every refusal must be."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} | headers
        async with self.hall.http.request(method, self.root + path, data=data, headers=sent) as answer:
            text = await answer.text()
            assert answer.content_type == "application/problem+json", (answer.status, text[:300])
            assert "Traceback" not in text
            problem: Json = json.loads(text)
            assert problem["status"] == answer.status
            assert problem["title"]
            return answer.status, problem

    async def bytes(self, sent: bytes) -> bytes:
        """What comes back for bytes that may be no HTTP at all; nothing while more is awaited."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.hall.server.port)
        writer.write(sent)
        await writer.drain()
        answer = b""
        with suppress(TimeoutError):
            answer = await asyncio.wait_for(reader.read(2000), 2)
        writer.close()
        return answer

    async def nothing_is_lost(self, before: Json) -> None:
        """The meeting is as it was, goes on, and nothing went wrong inside the service."""
        assert await self.hall.state() == before
        await self.hall.says("request_floor", request_id=uuid4(), person_id=self.hall.town.people[0])
        assert (await self.hall.state())["version"] == before["version"] + 1
        log = self.hall.server.log.read_text()
        assert " ERROR " not in log, log[-3000:]


def wrong_fields() -> Iterator[tuple[StreamKind, str, str, Any]]:
    """Every field of every command, with each of the values that it cannot be."""
    for kind, commands in COMMANDS.items():
        for type_, model in commands.items():
            for name in model.model_fields.keys() - {"type"}:
                for value in UNUSABLE:
                    if (type_, value) != ("undo", 10**400):  # a number like others, of no event
                        yield kind, type_, name, value


async def test_no_field_of_any_command_takes_what_it_cannot_be(database: Database, tmp_path: Path) -> None:
    async with council(database, tmp_path) as hall:
        await debating(hall)
        doors, before = Doors(hall), await hall.state()
        ids = {"session": hall.session_id, "meeting": hall.meeting_id}
        asked = list(wrong_fields())
        assert len(asked) > 400
        found: list[str] = []

        async def some(which: list[tuple[StreamKind, str, str, Any]]) -> None:
            for kind, type_, name, value in which:
                body = {"type": type_, name: value}
                status, problem = await doors.sends(f"/api/v1/{kind}s/{ids[kind]}/commands", body)
                named = {error["field"].partition(".")[0] for error in problem.get("errors", ())}
                if status != 422 or name not in named:
                    found.append(f"{type_}.{name} = {str(value)[:20]}: {status} {sorted(named)}")

        await asyncio.gather(*(some(asked[start::8]) for start in range(8)))
        assert found == []
        await doors.nothing_is_lost(before)


async def test_what_is_no_request_gets_an_answer_in_words(database: Database, tmp_path: Path) -> None:
    async with council(database, tmp_path) as hall:
        await debating(hall)
        doors, before = Doors(hall), await hall.state()
        session = f"/api/v1/sessions/{hall.session_id}"
        commands = f"{session}/commands"

        async def refused(status: int, path: str, body: object, *fields: str, **headers: str) -> None:
            answered, problem = await doors.sends(path, body, **headers)
            assert answered == status, (path, str(body)[:80], problem)
            assert tuple(error["field"] for error in problem.get("errors", ())) == fields

        pause = {"type": "start_break", "resume_at": "2026-11-22T18:00:00"}
        await refused(422, commands, pause, "resume_at")  # whose clock?
        await refused(422, commands, {"type": "end_speech", "speech_id": "42"}, "speech_id")
        await refused(422, commands, {"type": "stop_broadcast", "why": "x"}, "why")
        basis = {"section": "", "paragraph": 5}
        closing = {
            "type": "propose_closing",
            "closing_id": str(uuid4()),
            "item_ids": [str(hall.items[0]), "x"],
        }
        inside = ("item_ids.1", "legal_basis.section", "legal_basis.paragraph")
        await refused(422, commands, closing | {"legal_basis": basis}, *inside)
        await refused(422, commands, {"type": "stop_broadcast"}, "If-Match", **{"If-Match": '"x"'})
        await refused(
            422, commands, {"type": "stop_broadcast"}, "Idempotency-Key", **{"Idempotency-Key": "k" * 300}
        )
        await refused(400, commands, b'{"type": "stop_broadcast"', **{"Content-Length": "25"})
        await refused(400, commands, b"{'type': 'stop_broadcast'}")
        await refused(415, commands, b"<xml/>", **{"Content-Type": "text/xml"})
        await refused(401, commands, {"type": "stop_broadcast"}, Authorization="Bearer nothing")
        await refused(401, commands, {"type": "stop_broadcast"}, Authorization="Basic bm9uZTpub25l")
        for id_ in ("x", "%00", "..%2f", f"{{{uuid4()}}}", str(uuid4())):
            await refused(404, f"/api/v1/sessions/{id_}/commands", {"type": "stop_broadcast"})
        assert (await doors.sends(commands, b"", method="PUT"))[0] == 405
        assert (await doors.sends("/api/v1/unheard-of", {}))[0] == 404

        endless = aiohttp.ClientSession(headers=dict(hall.http.headers))
        async with endless:

            async def flood() -> Any:
                for _ in range(64):
                    yield b'"' + b"x" * 65_536

            headers = {"Content-Type": "application/json"}
            async with endless.post(doors.root + commands, data=flood(), headers=headers) as answer:
                assert answer.status == 413
        await doors.nothing_is_lost(before)


async def test_addresses_and_bytes_that_nobody_meant(database: Database, tmp_path: Path) -> None:
    async with council(database, tmp_path) as hall:
        await debating(hall)
        doors, before = Doors(hall), await hall.state()
        odd = (
            "%00",
            "%ff%fe",
            "..%2f..%2fetc%2fpasswd",
            "'%22><script>",
            "9" * 3000,
            "-1",
            "NaN",
            "%F0%9F%92%A9",
        )
        async with aiohttp.ClientSession(cookies={"login": "x.y.z", "lang": "<script>"}) as http:
            for bad in odd:
                for path in (
                    f"/mote/{bad}",
                    f"/inn/{bad}",
                    f"/media/{bad}/{bad}",
                    f"/media/{hall.broadcast_id}/{bad}",
                    f"/static/{bad}",
                    f"/?fra={bad}&lang={bad}",
                    f"/moter?fra={bad}",
                    f"/mote/{hall.slug}?sak={bad}&t={bad}&sesjon={bad}",
                    f"/mote/{hall.slug}/protokoll?sesjon={bad}",
                    f"/mote/{hall.slug}/leder?sesjon={bad}",
                ):
                    async with http.get(doors.root + path, allow_redirects=False) as answer:
                        text = await answer.text(errors="replace")
                        assert answer.status in (200, 400, 401, 404), (path, answer.status)
                        assert "<script>" not in text, path
        for junk in (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: " + b"x" * 20_000 + b"\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
            b"\r\n" * 500,
        ):
            answer_bytes = await doors.bytes(junk + b"\r\n\r\n")
            assert b"Traceback" not in answer_bytes, junk[:40]
            assert b" 500 " not in answer_bytes[:40], junk[:40]
        await doors.nothing_is_lost(before)


async def test_a_plan_with_errors_names_line_and_field_and_plans_nothing(
    database: Database, tmp_path: Path
) -> None:
    async with council(database, tmp_path) as hall:
        before = await hall.state()
        slug = 'slug = "Møtet"'
        bad = EXAMPLE.replace('slug = "kommunestyret-5-mai-2026"', slug).replace("starts_at", "start")
        line = bad.splitlines().index(slug) + 1
        plan = tmp_path / "plan.toml"
        plan.write_text(bad, encoding="utf-8")
        arguments = (sys.executable, "-m", "orchestrator", "plan", str(plan))
        process = await asyncio.create_subprocess_exec(
            *arguments, env=hall.server.environment, stdout=PIPE, stderr=PIPE
        )
        _, said = await process.communicate()
        assert process.returncode == 1
        assert f"plan.toml:{line}: meeting.slug: only a-z" in said.decode()
        assert "meeting.start" in said.decode()
        assert "Traceback" not in said.decode()
        async with hall.http.get(f"{hall.server.address}/moter") as answer:
            assert (await answer.text()).count('class="agenda__title"') == 1
        assert await hall.state() == before


@pytest.mark.browser
async def test_forms_say_what_is_wrong_where_it_is_and_keep_what_was_written(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with council(database, tmp_path) as hall:
        await debating(hall)
        before = await hall.state()
        _, address = await link(hall, Role.SECRETARY, Role.IT_SUPPORT, everywhere=True)
        page = await log_in(await browsing(browser), address)

        await page.goto(f"{hall.page}/sekretar")
        await page.get_by_text("Legg til en sak").click()
        item = page.locator("#new-item")
        await item.get_by_label("Tittel", exact=True).fill("Klage over vedtak")
        await item.get_by_label("Unntatt offentlighet").check()
        await item.get_by_role("button", name="Legg til").click()
        await expect(page.locator("#new-public-title-error")).to_have_text(
            "Må fylles ut når saken er unntatt offentlighet."
        )
        await expect(item.get_by_label("Offentlig tittel")).to_be_focused()
        await expect(item.get_by_label("Tittel", exact=True)).to_have_value("Klage over vedtak")

        await page.goto(f"{hall.server.address}/drift/kilder/ny")
        await page.get_by_label("Navn").fill("Fjernkamera")
        await page.get_by_label("Vi henter fra en adresse").check()
        await page.get_by_label("Adresse å hente fra").fill("rtsp://127.0.0.1/kamera")
        await page.get_by_role("button", name="Lagre").click()
        await expect(page.get_by_role("alert")).to_be_focused()
        await expect(page.locator("#f-url-error")).to_contain_text("Fører til et privat nett")
        await expect(page.get_by_label("Navn")).to_have_value("Fjernkamera")
        await expect(page.get_by_label("Adresse å hente fra")).to_have_value("rtsp://127.0.0.1/kamera")

        await page.goto(f"{hall.server.address}/planlegg/ny?organ=kommunestyret")
        await page.locator("form[method=post]").first.evaluate("(form) => { form.noValidate = true; }")
        await page.get_by_label("Sted").fill("Rådhuset")
        await page.get_by_label("Dato").fill("")
        await page.get_by_role("button", name="Planlegg møtet").click()
        await expect(page.get_by_role("alert")).to_be_focused()
        await page.get_by_role("alert").get_by_role("link").first.click()
        await expect(page.get_by_label("Dato")).to_be_focused()
        await expect(page.get_by_label("Sted")).to_have_value("Rådhuset")
        await Doors(hall).nothing_is_lost(before)
