"""Why somebody is absent, asks for leave or is questioned: told on the phone, read by the secretary alone."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.roles import Role
from tests.web.client import Client, Web
from tests.web.pages.council import words

SECRET = "Blindtarmen skal ut"
JSON = {"Accept": "application/json"}
PHONE = "/mote/kommunestyret/deltaker"


async def planned(web: Web, which: int = 0) -> tuple[UUID, UUID]:
    """A planned session with one item; their ids."""
    town = web.towns[which]
    session_id, item_id = await town.plans_session(await town.plans_meeting()), uuid4()
    await town.says(session_id, "add_item", item_id=item_id, title="Skolebruk", case_number="47/26")
    return session_id, item_id


async def member(web: Web, number: int = 0, **more: Any) -> Client:
    return await web.logged_in(Role.PARTICIPANT, person_id=web.town.people[number], **more)


async def tells(
    web: Web, by: Client, type_: str = "report_absence", reason: str = SECRET, **more: Any
) -> Any:
    """Send the form of the page, as scripts do."""
    return await by.submit(PHONE, form(web, type_, reason, **more), headers=JSON)


def form(web: Web, type_: str = "report_absence", reason: str = SECRET, **more: Any) -> dict[str, str]:
    command = {"type": type_, "person_id": str(web.town.people[0])} | more
    return {"command": json.dumps(command), "reason": reason}


def address(web: Web, subject: str = "absence", number: int = 0, **more: object) -> str:
    given = {"emne": subject, "person": web.town.people[number]} | more
    query = "&".join(f"{name}={value}" for name, value in given.items())
    return f"/mote/kommunestyret/sekretar/grunn?{query}"


async def shown(web: Web, by: Client, subject: str = "absence", number: int = 0, **more: object) -> str:
    answer = await by.get(address(web, subject, number, **more), headers=JSON)
    assert answer.status == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    reason: str = answer.json["reason"]
    return reason


async def kept(web: Web) -> list[str]:
    rows = await web.running.services.pool.fetch("select text from reason order by written_at")
    return [row["text"] for row in rows]


async def test_the_secretary_reads_what_the_member_wrote(web_service: Web) -> None:
    session_id, item_id = await planned(web_service)
    kari, secretary = await member(web_service), await web_service.logged_in(Role.SECRETARY)
    answer = await tells(web_service, kari)
    assert (answer.status, answer.json) == (200, {"location": PHONE})
    assert await shown(web_service, secretary) == SECRET
    page = await secretary.get(address(web_service))
    assert "Forfall: Kari Nordli (SP)" in words(page.text)
    assert f'<p class="reason">{SECRET}</p>' in page.text
    question = {"question_id": str(uuid4()), "item_id": str(item_id)}
    await tells(web_service, kari, "raise_impartiality", "Min bror er søker", **question)
    assert await shown(web_service, secretary, "impartiality", sak=item_id) == "Min bror er søker"
    await web_service.machine().says(session_id, "open_session")
    ola = await member(web_service, 1)
    await tells(web_service, ola, "ask_leave", "Barnet er sykt", person_id=str(web_service.town.people[1]))
    assert await shown(web_service, secretary, "leave", 1) == "Barnet er sykt"


async def test_nobody_has_to_say_why(web_service: Web) -> None:
    await planned(web_service)
    assert (await tells(web_service, await member(web_service), reason="  ")).status == 200
    secretary = await web_service.logged_in(Role.SECRETARY)
    assert await shown(web_service, secretary) == "Ingen grunn er oppgitt."
    assert await kept(web_service) == []


async def test_a_new_leave_has_not_the_old_ones_reason(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    kari, machine = await member(web_service), web_service.machine()
    await tells(web_service, kari, "ask_leave")
    await machine.says(session_id, "refuse_leave", person_id=str(web_service.town.people[0]))
    await tells(web_service, kari, "ask_leave", "")
    assert await kept(web_service) == []


@pytest.mark.parametrize("role", [*sorted(frozenset(Role) - {Role.SECRETARY}), None])
async def test_no_other_role_reads_it(web_service: Web, role: Role | None) -> None:
    await planned(web_service)
    kari = await member(web_service)
    await tells(web_service, kari)
    asker = web_service.browser()
    if role is Role.PARTICIPANT:
        asker = kari  # not even on a page that others may look at over their shoulder
    elif role:
        asker = await web_service.logged_in(role)
    for headers in ({}, JSON):
        answer = await asker.get(address(web_service), headers=headers)
        assert answer.status == (403 if role else 401)
        assert SECRET not in answer.text


async def test_another_meetings_secretary_and_another_municipalitys_do_not_read_it(web_service: Web) -> None:
    session_id, _ = await planned(web_service)
    await planned(web_service, 1)
    await tells(web_service, await member(web_service))
    elsewhere = await web_service.town.plans_meeting("et-annet")
    other = await web_service.logged_in(Role.SECRETARY, meeting_id=elsewhere)
    assert (await other.get(address(web_service))).status == 403
    theirs = await web_service.logged_in(Role.SECRETARY, which=1)
    assert (await theirs.get(address(web_service))).status == 404
    assert (await theirs.get(address(web_service, sesjon=session_id))).status == 404
    assert (await web_service.machine(1).get(address(web_service))).status == 404


@pytest.mark.parametrize("query", ["", "emne=alt&person=x", "emne=absence&person=x", "emne=absence"])
async def test_an_address_that_names_nothing_is_not_found(web_service: Web, query: str) -> None:
    await planned(web_service)
    secretary = await web_service.logged_in(Role.SECRETARY)
    assert (await secretary.get(f"/mote/kommunestyret/sekretar/grunn?{query}")).status == 404


async def test_where_there_is_nothing_to_explain_there_is_no_reason(web_service: Web) -> None:
    await planned(web_service)
    secretary = await web_service.logged_in(Role.SECRETARY)
    assert (await secretary.get(address(web_service))).status == 404


@pytest.mark.parametrize(
    ("role", "status"),
    [(None, 401), (Role.CHAIR, 403), (Role.SECRETARY, 403), (Role.IT_SUPPORT, 403), (Role.DISPLAY, 403)],
)
async def test_only_a_participant_tells(web_service: Web, role: Role | None, status: int) -> None:
    await planned(web_service)
    asker = await web_service.logged_in(role) if role else web_service.browser()
    assert (await tells(web_service, asker)).status == status
    assert await kept(web_service) == []


async def test_nothing_is_kept_of_what_is_refused(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    kari = await member(web_service)
    other = {"person_id": str(web_service.town.people[1])}
    answers = [
        await tells(web_service, kari),  # is present
        await tells(web_service, kari, "ask_leave", **other),
        await tells(web_service, kari, "ask_leave", item_id=str(uuid4())),
        await tells(web_service, kari, "ask_leave", item_id="x"),
        await tells(web_service, kari, "stop_broadcast"),
        await tells(web_service, kari, "withdraw_absence"),
        await kari.submit(PHONE, {"reason": SECRET}, headers=JSON),
    ]
    assert [answer.status for answer in answers] == [409, 403, 409, 422, 422, 422, 422]
    assert answers[0].json["rule"] == "present_already"
    assert await kept(web_service) == []
    state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
    assert (state["leaves"], state["stops"]) == ([], [])


async def test_whoever_leads_and_takes_part_gives_no_reason_for_others(web_service: Web) -> None:
    session_id, _ = await planned(web_service)
    both = await web_service.logged_in(Role.CHAIR, Role.PARTICIPANT, person_id=web_service.town.people[1])
    assert (await tells(web_service, both)).status == 403
    assert (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json["absences"] == {}


async def test_too_long_a_reason_is_said_at_its_field_and_nothing_is_done(web_service: Web) -> None:
    session_id, _ = await planned(web_service)
    answer = await tells(web_service, await member(web_service), reason="x" * 1001)
    assert answer.status == 422
    assert answer.json["errors"] == [{"field": "reason", "message": "Kan ha høyst 1000 tegn."}]
    assert (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json["absences"] == {}
    assert await kept(web_service) == []


async def test_without_scripts_what_was_written_comes_back(web_service: Web) -> None:
    session_id, item_id = await web_service.town.debates()
    kari = await member(web_service)
    text = "Lang grunn. " * 100
    page = await kari.submit(PHONE, form(web_service, "ask_leave", text) | {"item_id": str(item_id)})
    assert page.status == 422
    assert text in page.text
    assert "Kan ha høyst 1000 tegn." in page.text
    assert f'<option value="{item_id}" selected>' in page.text
    assert '<details class="mine__more" id="mine-standing" open>' in page.text
    await web_service.machine().says(session_id, "adjourn_session")
    assert (await kari.submit(PHONE, form(web_service, "ask_leave", "Syk"))).status == 409


async def test_without_scripts_it_leads_back_to_the_page(web_service: Web) -> None:
    await planned(web_service)
    kari = await member(web_service)
    answer = await kari.submit(PHONE, form(web_service))
    assert (answer.status, answer.headers["Location"]) == (303, PHONE)
    assert await kept(web_service) == [SECRET]


@pytest.mark.parametrize("how", ["withdrawn", "by the secretary", "came"])
async def test_it_is_deleted_when_the_absence_is_over(web_service: Web, how: str) -> None:
    session_id, _ = await planned(web_service)
    kari, secretary = await member(web_service), await web_service.logged_in(Role.SECRETARY)
    person = str(web_service.town.people[0])
    await tells(web_service, kari)
    assert await kept(web_service) == [SECRET]
    if how == "came":
        await secretary.says(session_id, "open_session")
        await secretary.says(session_id, "call_roll", present=[person])
    else:
        by = kari if how == "withdrawn" else secretary
        await by.says(session_id, "withdraw_absence", person_id=person)
    assert await kept(web_service) == []
    assert (await secretary.get(address(web_service))).status == 404


async def test_it_is_deleted_when_the_question_is_withdrawn_and_others_stay(web_service: Web) -> None:
    session_id, item_id = await planned(web_service)
    kari, question = await member(web_service), str(uuid4())
    await tells(web_service, kari)
    await tells(web_service, kari, "raise_impartiality", "Søker", question_id=question, item_id=str(item_id))
    await kari.says(session_id, "withdraw_impartiality", question_id=question)
    assert await kept(web_service) == [SECRET]


async def test_what_is_sent_again_after_it_was_taken_back_is_not_kept(web_service: Web) -> None:
    session_id, _ = await planned(web_service)
    kari = await member(web_service)
    headers = JSON | {"Idempotency-Key": "en"}
    await kari.submit(PHONE, form(web_service), headers=headers)
    await kari.says(session_id, "withdraw_absence", person_id=str(web_service.town.people[0]))
    assert (await kari.submit(PHONE, form(web_service), headers=headers)).status == 200
    assert await kept(web_service) == []


async def test_making_the_pages_tables_anew_keeps_it(web_service: Web) -> None:
    session_id, _ = await planned(web_service)
    kari, person = await member(web_service), str(web_service.town.people[0])
    for _ in range(2):
        await tells(web_service, kari)
        await kari.says(session_id, "withdraw_absence", person_id=person)
    await tells(web_service, kari)
    await web_service.running.services.projector.rebuild()
    assert await kept(web_service) == [SECRET]


async def test_it_is_in_neither_the_log_nor_the_api_nor_any_page(web_service: Web) -> None:
    session_id, item_id = await planned(web_service)
    kari, machine = await member(web_service), web_service.machine()
    await tells(web_service, kari)
    question = {"question_id": str(uuid4()), "item_id": str(item_id)}
    await tells(web_service, kari, "raise_impartiality", **question)
    pool = web_service.running.services.pool
    tables = await pool.fetch("select tablename from pg_tables where schemaname = 'public'")
    holding = set()
    for row in tables:
        name = row["tablename"]
        if await pool.fetchval(
            f'select count(*) from "{name}" t where t::text like $1',  # noqa: S608
            f"%{SECRET}%",
        ):
            holding.add(name)
    assert holding == {"reason"}
    paths = [f"/api/v1/sessions/{session_id}", f"/api/v1/sessions/{session_id}/events"]
    everything = await web_service.logged_in(*Role, person_id=web_service.town.people[0])
    paths += [f"/mote/kommunestyret{page}" for page in ("", "/leder", "/sekretar", "/deltaker", "/chat")]
    for path in [*paths, "/drift", "/planlegg/kommunestyret"]:
        answer = await (machine if path.startswith("/api/") else everything).get(path)
        assert answer.status == 200, path
        assert SECRET not in answer.text, path
    for view in ("leder", "sekretar", "deltaker"):
        async with everything.stream(f"/direkte/{session_id}/{view}") as events:
            while (event := await events.next()) is not None and event.type != "shown":
                assert SECRET not in event.data
    async with machine.stream(f"/api/v1/sessions/{session_id}/stream?after=0") as events:
        for event in await events.take(4):
            assert SECRET not in event.data


async def test_the_log_cannot_tell_two_reasons_apart(web_service: Web) -> None:
    """Nothing is derived from the words: not even the command's own id, from which one might guess them."""
    session_id, _ = await planned(web_service)
    kari, ids = await member(web_service), []
    for reason in (SECRET, "Ferie"):
        headers = JSON | {"Idempotency-Key": "samme"}
        await kari.submit(PHONE, form(web_service, reason=reason), headers=headers)
        pool = web_service.running.services.pool
        ids += await pool.fetch("select command_id from event where stream = $1", f"session/{session_id}")
    assert len({row["command_id"] for row in ids if row["command_id"]}) == 1
    assert await kept(web_service) == ["Ferie"]


async def test_only_the_secretarys_own_page_leads_to_it(web_service: Web) -> None:
    await planned(web_service)
    await tells(web_service, await member(web_service))
    secretary = await web_service.logged_in(Role.SECRETARY)
    page = await secretary.get("/mote/kommunestyret/sekretar")
    link = f"emne=absence&amp;person={web_service.town.people[0]}"
    assert link in page.text
    assert "data-keeps-reasons" in page.text
    administrator = await web_service.logged_in(Role.ADMINISTRATOR)
    assert "data-keeps-reasons" not in (await administrator.get("/mote/kommunestyret/sekretar")).text
    chair = await web_service.logged_in(Role.CHAIR)
    assert "data-reason" not in (await chair.get("/mote/kommunestyret/leder")).text
