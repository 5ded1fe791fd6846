"""Speaking statistics over a running service: who sees which numbers, on the page and as a file."""

import csv
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.roles import Role
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.statistics import Spoken
from orchestrator.store.records import Person
from orchestrator.web.pages.statistics import Charts
from tests.web.client import Answer, Client, Web
from tests.web.pages.council import words

PAGE, FILE = "/mote/kommunestyret/statistikk", "/mote/kommunestyret/statistikk.csv"
YEAR, YEAR_FILE = "/statistikk", "/statistikk.csv"
EVERY = (PAGE, FILE, YEAR, YEAR_FILE)
BASIS = {"section": "11-5"}


def rows(answer: Answer) -> list[dict[str, str]]:
    """The file as a spreadsheet has it."""
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/csv; charset=utf-8")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    return list(csv.DictReader(answer.body.decode("utf-8-sig").splitlines(), delimiter=";"))


async def speaks(web: Web, session_id: UUID, number: int, which: int = 0) -> None:
    town, request = web.towns[which], uuid4()
    await town.says(session_id, "request_floor", request_id=request, person_id=town.people[number])
    await town.says(session_id, "start_speech", request_id=request, current_id=None)
    await town.says(session_id, "end_speech", speech_id=request)


async def held(web: Web, which: int = 0) -> UUID:
    """A meeting that is over: the first person spoke twice, the third once behind closed doors."""
    town, secret = web.towns[which], uuid4()
    session_id, item_id = await town.debates()
    item: dict[str, Any] = {"title": "Oppsigelse av Nils Hemmelig", "public_title": "Personalsak"}
    await town.says(session_id, "add_item", item_id=secret, restricted=True, kind="report_item", **item)
    await speaks(web, session_id, 0, which)
    await speaks(web, session_id, 0, which)
    closing = uuid4()
    await town.says(session_id, "propose_closing", closing_id=closing, item_ids=[secret], legal_basis=BASIS)
    await town.says(session_id, "record_closing_vote", closing_id=closing, unanimous=True)
    await town.says(session_id, "close_doors", closing_id=closing)
    await town.says(session_id, "open_item", item_id=secret)
    await speaks(web, session_id, 2, which)
    await town.says(session_id, "close_item", item_id=secret)
    await town.says(session_id, "open_doors", closing_id=closing)
    await town.says(session_id, "close_item", item_id=item_id)
    await town.says(session_id, "adjourn_session")
    return session_id


async def administrator(web: Web) -> Client:
    return await web.logged_in(Role.ADMINISTRATOR)


async def published(web: Web) -> Client:
    """Somebody outside, after the municipality has published."""
    answer = await (await administrator(web)).submit("/statistikk/publisering", {"public": "on"})
    assert answer.status == 303
    return web.browser()


async def test_staff_see_it_and_others_find_nothing_until_it_is_published(web_service: Web) -> None:
    await held(web_service)
    for role in (Role.CHAIR, Role.DEPUTY, Role.SECRETARY, Role.ADMINISTRATOR):
        staff = await web_service.logged_in(role)
        for path in EVERY:
            answer = await staff.get(path)
            assert answer.status == 200, (role, path)
            assert answer.headers["Cache-Control"] == "no-store"
    person = web_service.town.people[0]
    others = [
        web_service.browser(),
        await web_service.logged_in(Role.PARTICIPANT, person_id=person),
        await web_service.logged_in(Role.IT_SUPPORT),
    ]
    for other in others:
        for path in EVERY:
            assert (await other.get(path)).status == 404, path
    await published(web_service)
    for other in others:
        for path in EVERY:
            assert (await other.get(path)).status == 200, path


async def test_a_role_in_one_meeting_is_not_enough_for_the_whole_year(web_service: Web) -> None:
    session_id = await held(web_service)
    state = await web_service.town.node.commands.session(web_service.town.organisation_id, session_id)
    chair = await web_service.logged_in(Role.CHAIR, meeting_id=state.meeting_id)
    page = await chair.get(PAGE)
    assert page.status == 200
    assert 'href="/statistikk' not in page.text
    assert (await chair.get(YEAR)).status == 404
    await published(web_service)
    assert "Intern statistikk" not in (await chair.get(YEAR)).text
    assert 'href="/statistikk' in (await (await administrator(web_service)).get(PAGE)).text


async def test_what_is_held_behind_closed_doors_is_in_the_internal_numbers_alone(web_service: Web) -> None:
    await held(web_service)
    staff = await administrator(web_service)
    inside = [words((await staff.get(path)).text) for path in (PAGE, YEAR)]
    for text in inside:
        assert "Intern statistikk" in text
        assert "Siri Moen" in text
    assert "Nils Hemmelig" in inside[0]
    public = await published(web_service)
    for path in EVERY:
        answer = await public.get(path)
        assert "Kari Nordli" in answer.text
        for secret in ("Siri Moen", "Hemmelig", "Personalsak", "Intern"):
            assert secret not in answer.text, path
    assert [row["Antall"] for row in rows(await staff.get(FILE))] == ["2", "1"]
    assert [row["Antall"] for row in rows(await public.get(FILE))] == ["2"]


async def test_an_item_is_shown_alone_and_one_that_is_hidden_is_not_found(web_service: Web) -> None:
    session_id = await held(web_service)
    town = web_service.town
    state = await town.node.commands.session(town.organisation_id, session_id)
    open_, secret = (item.item_id for item in state.agenda)
    staff, public = await administrator(web_service), await published(web_service)
    text = words((await staff.get(f"{PAGE}?sak={secret}")).text)
    assert "Siri Moen" in text
    assert "Kari Nordli" not in text
    assert "Kari Nordli" in (await public.get(f"{PAGE}?sak={open_}")).text
    for path in (PAGE, FILE):
        for item in (secret, uuid4(), "x"):
            assert (await public.get(f"{path}?sak={item}")).status == 404
    assert {row["Sak"] for row in rows(await staff.get(f"{FILE}?sak={secret}"))} == {
        "Oppsigelse av Nils Hemmelig"
    }


async def test_the_file_adds_up_to_the_page_and_names_people_as_they_are_called_now(web_service: Web) -> None:
    await held(web_service)
    town, staff = web_service.town, await administrator(web_service)
    by_name = {row["Navn"]: row for row in rows(await staff.get(FILE))}
    assert by_name.keys() == {"Kari Nordli", "Siri Moen"}
    kari = by_name["Kari Nordli"]
    assert kari | {"Sekunder": ""} == {
        "Møte": "Kommunestyret",
        "Dato": kari["Dato"],
        "Saksnummer": "47/26",
        "Sak": "Melding om skolebruk",
        "Navn": "Kari Nordli",
        "Gruppe": "SP",
        "Type": "Innlegg",
        "Antall": "2",
        "Sekunder": "",
    }
    renamed = Person(id=town.people[0], organisation_id=town.organisation_id, name="=Kari; «Nordli»")
    await town.node.directory.put_person(renamed)
    assert "'=Kari; «Nordli»" in [row["Navn"] for row in rows(await staff.get(FILE))]
    await town.node.directory.delete_person(town.organisation_id, town.people[0])
    for path in (FILE, YEAR_FILE):
        assert [row["Navn"] for row in rows(await staff.get(path))].count("–") == 1
    by_name = {row["Navn"]: row for row in rows(await staff.get(YEAR_FILE))}  # who has spoken longest first
    assert {name: (row["Organ"], row["Antall"]) for name, row in by_name.items()} == {
        "–": ("Kommunestyret", "2"),
        "Siri Moen": ("Kommunestyret", "1"),
    }


async def test_gender_is_counted_where_it_is_recorded_and_named_to_staff_alone(web_service: Web) -> None:
    await held(web_service)
    town, staff = web_service.town, await administrator(web_service)
    assert "Per kjønn" not in (await staff.get(PAGE)).text
    machine = web_service.machine()
    given = {"id": str(town.people[0]), "name": "Kari Nordli", "gender": "female"}
    made = await machine.post("/api/v1/people", given)
    assert made.json["gender"] == "female"
    assert (await machine.post("/api/v1/people", given | {"gender": "x"})).status == 422
    text = words((await staff.get(PAGE)).text)
    assert "Per kjønn" in text
    assert "Kvinner" in text
    assert "Ikke registrert" in text
    assert sorted(row["Kjønn"] for row in rows(await staff.get(FILE))) == ["", "Kvinne"]
    public = await published(web_service)
    assert "Per kjønn" in (await public.get(YEAR)).text
    for path in (FILE, YEAR_FILE):
        assert "Kjønn" not in rows(await public.get(path))[0]


async def test_a_meeting_going_on_is_counted_on_its_own_page_at_once(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    staff = await administrator(web_service)
    assert "Ingen innlegg er holdt" in (await staff.get(PAGE)).text
    await speaks(web_service, session_id, 1)
    assert "Ola Vik" in (await staff.get(PAGE)).text
    assert "Ingen innlegg er holdt" in (await staff.get(YEAR)).text


async def test_only_an_administrator_publishes_and_it_ends_when_it_is_ended(web_service: Web) -> None:
    await held(web_service)
    public = web_service.browser()
    for role in (Role.CHAIR, Role.SECRETARY):
        staff = await web_service.logged_in(role)
        assert "Publiser statistikken" not in (await staff.get(YEAR)).text
        assert (await staff.submit("/statistikk/publisering", {"public": "on"})).status == 403
    assert (await public.submit("/statistikk/publisering", {"public": "on"})).status == 401
    assert (await public.get(YEAR)).status == 404
    boss = await administrator(web_service)
    assert "Publiser statistikken" in (await boss.get(YEAR)).text
    await published(web_service)
    assert (await public.get(YEAR)).headers["Cache-Control"].startswith("public, max-age=2")
    assert "Slutt å publisere" in (await boss.get(YEAR)).text
    assert (await boss.submit("/statistikk/publisering")).status == 303
    for path in EVERY:
        assert (await public.get(path)).status == 404


async def test_a_draft_or_internal_meeting_is_nothing_to_the_public(web_service: Web) -> None:
    town = web_service.town
    meeting_id = await town.plans_meeting("internt", internal=True)
    await town.plans_session(meeting_id, public=False)
    public = await published(web_service)
    assert (await public.get("/mote/internt/statistikk")).status == 404
    assert (await public.get("/mote/finnes-ikke/statistikk")).status == 404
    assert (await (await administrator(web_service)).get("/mote/internt/statistikk")).status == 200


async def test_one_municipality_never_sees_anothers(web_service: Web) -> None:
    await held(web_service)
    await published(web_service)
    theirs, staff = web_service.browser(1), await web_service.logged_in(Role.ADMINISTRATOR, which=1)
    for path in EVERY:
        assert (await theirs.get(path)).status == 404
    assert "Kari Nordli" not in (await staff.get(YEAR)).text
    assert (await staff.get(PAGE)).status == 404
    await held(web_service, 1)
    mine = rows(await (await administrator(web_service)).get(YEAR_FILE))
    assert len(mine) == len(rows(await staff.get(YEAR_FILE))) == 2


async def test_a_year_and_a_body_are_chosen_in_the_address(web_service: Web) -> None:
    await held(web_service)
    staff = await administrator(web_service)
    now = web_service.town.node.clock.now().year
    assert len(rows(await staff.get(f"{YEAR_FILE}?ar={now}&organ=kommunestyret"))) == 2
    assert rows(await staff.get(f"{YEAR_FILE}?ar={now - 1}")) == []
    assert "Ingen innlegg er holdt" in (await staff.get(f"{YEAR}?ar={now - 1}")).text
    assert (await staff.get(f"{YEAR}?organ=finnes-ikke")).status == 404
    for nonsense in ("?ar=", "?ar=x", "?ar=²²²²", "?ar=99999", "?ar=-1"):
        assert f"Taletid {now}" in words((await staff.get(YEAR + nonsense)).text)


async def test_the_consoles_lead_to_it(web_service: Web) -> None:
    await web_service.town.debates()
    for name, role in (("leder", Role.CHAIR), ("sekretar", Role.SECRETARY)):
        console = await (await web_service.logged_in(role)).get(f"/mote/kommunestyret/{name}")
        assert f'href="{PAGE}"' in console.text


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_every_kind_of_speech_has_a_name_on_the_page(language: str) -> None:
    kinds = [*(kind.value for kind in SpeechKind), "one_that_is_new"]
    lines = [Spoken(uuid4(), None, kind, 1, 1.0) for kind in kinds]
    (table,) = (table for table in Charts({}, language).of(lines) if table.key == "kind")
    names = [row.name for row in table.rows]
    assert len(set(names)) == len(kinds)
    assert all(names)
    assert "one that is new" in names


def test_shares_are_of_all_the_time_and_the_longest_bar_is_whole() -> None:
    lines = [Spoken(uuid4(), group, "speech", 1, seconds) for group, seconds in (("SP", 30.0), ("AP", 90.0))]
    (table,) = (table for table in Charts({}, "nb").of(lines) if table.key == "group")
    assert [(row.name, row.share, row.length) for row in table.rows] == [
        ("AP", 0.75, 1.0),
        ("SP", 0.25, 1 / 3),
    ]
    nothing = [Spoken(uuid4(), None, "speech", 1, 0.0)]
    assert [(row.share, row.length) for row in Charts({}, "nb").of(nothing)[0].rows] == [(0.0, 0.0)]
