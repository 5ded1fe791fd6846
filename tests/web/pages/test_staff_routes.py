"""The staff's pages over a running service: who may see them, what is sent from them, what streams."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from orchestrator.domain.roles import Role
from tests.web.client import Client, Web
from tests.web.pages.council import button, forms, words

CONSOLES = {"leder": Role.CHAIR, "sekretar": Role.SECRETARY, "deltaker": Role.PARTICIPANT}


@pytest.mark.parametrize("name", CONSOLES)
async def test_a_console_is_for_its_own_role(web_service: Web, name: str) -> None:
    await web_service.town.debates()
    path = f"/mote/kommunestyret/{name}"
    assert (await web_service.browser().get(path)).status == 401
    others = {"leder": Role.PARTICIPANT, "sekretar": Role.CHAIR, "deltaker": Role.IT_SUPPORT}
    person = web_service.town.people[0]
    other = await web_service.logged_in(others[name], person_id=person)
    assert (await other.get(path)).status == 403
    own = await web_service.logged_in(CONSOLES[name], person_id=person)
    answer = await own.get(path)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "47/26" in words(answer.text)
    assert (await own.get(f"/mote/finnes-ikke/{name}")).status == 404


async def test_whether_there_is_a_draft_is_told_to_nobody_outside_it(web_service: Web) -> None:
    town = web_service.town
    draft = uuid4()
    now = town.node.clock.now()
    times: dict[str, Any] = {"starts_at": now, "ends_at": now + timedelta(hours=1)}
    await town.says(draft, "plan_meeting", slug="hemmelig", title="Hemmelig", **times)
    await town.plans_session(draft)
    elsewhere = await web_service.logged_in(Role.CHAIR, meeting_id=await town.plans_meeting())
    for slug in ("hemmelig", "finnes-ikke"):
        assert (await web_service.browser().get(f"/mote/{slug}/leder")).status == 401
        assert (await elsewhere.get(f"/mote/{slug}/leder")).status == 404
    inside = await web_service.logged_in(Role.CHAIR, meeting_id=draft)
    assert (await inside.get("/mote/hemmelig/leder")).status == 200
    await town.says(draft, "cancel_meeting")
    assert (await elsewhere.get("/mote/hemmelig/leder")).status == 404


async def test_a_button_on_the_console_does_what_it_says(web_service: Web) -> None:
    session_id, item_id = await web_service.town.debates()
    chair = await web_service.logged_in(Role.CHAIR)
    page = await chair.get("/mote/kommunestyret/leder")
    form = button(page.text, "close_list")
    answer = await chair.submit(form.action, dict(form.hidden), headers={"Accept": "application/json"})
    assert answer.status == 200, answer.text
    state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
    assert state["items"][str(item_id)]["list_closed"]


async def test_a_raised_hand_is_taken_by_seat(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    chair = await web_service.logged_in(Role.CHAIR)
    page = await chair.get("/mote/kommunestyret/leder")
    form = button(page.text, "request_floor")
    sent = dict(form.hidden) | {"person_id": str(web_service.town.people[1]), "kind": "speech"}
    answer = await chair.submit(form.action, sent, headers={"Accept": "application/json"})
    assert answer.status == 200, answer.text
    state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
    assert len(state["waiting"]) == 1


async def test_a_refusal_is_said_on_the_page_without_scripts(web_service: Web) -> None:
    await web_service.town.debates()
    chair = await web_service.logged_in(Role.CHAIR)
    path = "/mote/kommunestyret/leder"
    form = button((await chair.get(path)).text, "start_break")
    sent = dict(form.hidden) | {"kind": "pause", "resume_at@minutes": "0"}
    answer = await chair.submit(form.action, sent, headers={"Referer": f"http://{chair.host}{path}"})
    assert (answer.status, answer.headers["Location"]) == (303, path)
    assert "Klokkeslettet må ligge foran oss" in words((await chair.get(path)).text)
    assert "Klokkeslettet må ligge foran oss" not in words((await chair.get(path)).text)


async def test_the_console_follows_what_others_do(web_service: Web) -> None:
    session_id, item_id = await web_service.town.debates()
    chair = await web_service.logged_in(Role.CHAIR)
    page = await chair.get("/mote/kommunestyret/leder")
    found = re.search(r'data-live-url="([^"]+)"', page.text)
    assert found
    async with chair.stream(found[1]) as events:
        await events.until("shown")
        await web_service.machine().says(session_id, "close_list", item_id=str(item_id))
        while (await events.until("fragment")).json["id"] != "queue":
            pass  # the clock on top has its own


async def test_a_participant_is_shown_their_own_place(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    person = web_service.town.people[2]
    phone = await web_service.logged_in(Role.PARTICIPANT, person_id=person)
    await web_service.machine().says(
        session_id, "request_floor", request_id=str(uuid4()), person_id=str(person)
    )
    assert "Du er neste" in words((await phone.get("/mote/kommunestyret/deltaker")).text)


# IT


async def test_it_sees_its_sources_and_nobody_else_does(web_service: Web) -> None:
    assert (await web_service.browser().get("/drift")).status == 401
    assert (await (await web_service.logged_in(Role.CHAIR)).get("/drift")).status == 403
    it = await web_service.logged_in(Role.IT_SUPPORT)
    page = await it.get("/drift")
    assert page.status == 200
    assert "Kommunestyresalen" in page.text
    assert "fiktivt-passord" not in page.text


async def test_the_passphrase_is_shown_when_it_is_asked_for(web_service: Web) -> None:
    it = await web_service.logged_in(Role.IT_SUPPORT)
    shown = await it.submit(f"/drift/kilder/{web_service.town.source_id}/passord")
    assert "fiktivt-passord" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    elsewhere = web_service.towns[1].source_id
    assert (await it.submit(f"/drift/kilder/{elsewhere}/passord")).status == 404
    assert (await it.get(f"/drift/kilder/{elsewhere}")).status == 404
    assert (await it.get(f"/drift/kilder/{elsewhere}/bilde")).status == 404


async def test_a_new_source_gets_a_port_and_a_passphrase(web_service: Web) -> None:
    it = await web_service.logged_in(Role.IT_SUPPORT)
    form = {"name": "Formannskapssalen", "kind": "srt", "delay_ms": "0", "spread_ms": "5000"}
    made = await it.submit("/drift/kilder/ny", form)
    assert "Passordet til Formannskapssalen" in words(made.text)
    found = await web_service.running.services.directory.sources(web_service.town.organisation_id)
    new = next(source for source in found if source.name == "Formannskapssalen")
    assert new.passphrase
    assert new.passphrase.get_secret_value() in made.text
    assert new.port not in (None, 20000, 20001)


async def test_changing_a_source_keeps_the_passphrase_that_is_not_written(web_service: Web) -> None:
    it = await web_service.logged_in(Role.IT_SUPPORT)
    path = f"/drift/kilder/{web_service.town.source_id}"
    assert "fiktivt-passord" not in (await it.get(path)).text
    form = {"name": "Storsalen", "kind": "srt", "delay_ms": "300", "spread_ms": "500"}
    assert (await it.submit(path, form)).status == 303
    services, town = web_service.running.services, web_service.town
    source = await services.directory.source(town.organisation_id, town.source_id)
    assert source
    assert source.passphrase
    assert (source.name, source.delay_ms, source.passphrase.get_secret_value()) == (
        "Storsalen",
        300,
        "fiktivt-passord",
    )


async def test_a_source_that_cannot_be_is_told_at_its_field(web_service: Web) -> None:
    it = await web_service.logged_in(Role.IT_SUPPORT)
    form = {"name": "Salen", "kind": "srt", "passphrase": "kort", "delay_ms": "x", "spread_ms": "0"}
    answer = await it.submit("/drift/kilder/ny", form)
    assert answer.status == 422
    assert 'id="f-delay_ms-error"' in answer.text
    assert "Må være et helt tall." in words(answer.text)
    assert 'value="Salen"' in answer.text


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("rtsp://10.0.0.7/live", "Fører til et privat nett."),
        ("https://[::1]/live.m3u8", "Fører til et privat nett."),
        ("http://169.254.169.254/latest", "Fører til et privat nett."),
        ("gopher://camera.example/", "Må begynne med"),
        ("srt://camera.example", "Er ikke en adresse"),
        ("rtsp://kåmera.example/live", "Har tegn som ikke kan brukes."),
        ("file:///etc/hostname", "Filen finnes ikke"),
        ("", "Må fylles ut."),
    ],
)
async def test_an_address_that_may_not_be_pulled_is_refused_at_its_field(
    web_service: Web, url: str, said: str
) -> None:
    it = await web_service.logged_in(Role.IT_SUPPORT)
    form = {"name": "Fjernkamera", "kind": "pull", "url": url, "delay_ms": "0", "spread_ms": "0"}
    answer = await it.submit("/drift/kilder/ny", form)
    assert answer.status == 422
    assert re.search(rf'id="f-url-error">{re.escape(said)}', answer.text)
    assert 'value="Fjernkamera"' in answer.text
    given = {name: value for name, value in form.items() if name not in ("delay_ms", "spread_ms")}
    refused = await web_service.machine().post("/api/v1/sources", given)
    assert (refused.status, [error["field"] for error in refused.json["errors"]]) == (422, ["url"])
    assert len((await web_service.machine().get("/api/v1/sources")).json) == 1


async def test_it_stops_the_broadcast_from_its_own_page(web_service: Web) -> None:
    session_id, _ = await web_service.town.debates()
    it = await web_service.logged_in(Role.IT_SUPPORT)
    form = button((await it.get("/drift")).text, "stop_broadcast")
    assert (await it.submit(form.action, dict(form.hidden))).status == 303
    page = await it.get("/drift")
    resume = button(page.text, "resume_broadcast")
    assert resume.dialog
    assert "sending stoppet" in words(page.text)
    assert (await it.submit(resume.action, dict(resume.hidden))).status == 303
    state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
    assert state["stops"][0]["stop"]


async def test_it_has_nothing_to_stop_where_nothing_is_sent(web_service: Web) -> None:
    town = web_service.town
    session_id = await town.plans_session(await town.plans_meeting(), source_id=None)
    await town.says(session_id, "open_session")
    page = (await (await web_service.logged_in(Role.IT_SUPPORT)).get("/drift")).text
    assert "Pågår · ingen kilde" in words(page)
    assert "stop_broadcast" not in page


# Planning


async def planner(web_service: Web) -> Client:
    return await web_service.logged_in(Role.SECRETARY)


async def filled(client: Client, **more: str) -> dict[str, str]:
    """The form as the browser would send it, with what the secretary writes."""
    page = await client.get("/planlegg/ny?organ=kommunestyret")
    (form,) = [one for one in forms(page.text) if one.action == "/planlegg/ny"]
    written = {"title": "Kommunestyret", "date": "2027-05-04", "start": "18:00", "end": "21:00"}
    return dict(form.hidden) | written | {"item-0-title": "Godkjenning av saksliste"} | more


async def test_a_meeting_is_planned_published_moved_and_cancelled(web_service: Web) -> None:
    secretary = await planner(web_service)
    made = await secretary.submit("/planlegg/ny", await filled(secretary))
    assert (made.status, made.headers["Location"]) == (303, "/planlegg/kommunestyret-2027-05-04")
    path = made.headers["Location"]
    assert (await web_service.browser().get("/mote/kommunestyret-2027-05-04")).status == 404
    page = await secretary.get(path)
    assert "Utkast" in words(page.text)
    publish = button(page.text, "publish_meeting")
    assert (await secretary.submit(publish.action, dict(publish.hidden))).status == 303
    assert (await web_service.browser().get("/mote/kommunestyret-2027-05-04")).status == 200
    times = {"starts_at@local": "2027-05-06T17:00", "ends_at@local": "2027-05-06T20:00", "note": "Brøytekaos"}
    assert (await secretary.submit(f"{path}/flytt", times)).status == 303
    assert "torsdag 6. mai 2027 kl. 17:00–20:00" in words((await secretary.get(path)).text)
    public = words((await web_service.browser().get("/mote/kommunestyret-2027-05-04")).text)
    assert "Endret etter kunngjøringen" in public
    assert "nytt tidspunkt. Brøytekaos" in public
    assert (await secretary.submit(f"{path}/avlys", {"note": "Utsatt"})).status == 303
    assert "Avlyst" in words((await secretary.get(path)).text)
    assert "Avlyst" in words((await secretary.get("/planlegg")).text)
    public = words((await web_service.browser().get("/mote/kommunestyret-2027-05-04")).text)
    assert "Møtet er avlyst Utsatt" in public


async def test_substitutes_and_marks_of_the_form_reach_the_session_and_stand_when_it_is_moved(
    web_service: Web,
) -> None:
    town, secretary = web_service.town, await planner(web_service)
    kari, ola, *_ = town.people
    for key in (kari, ola):
        person = await town.node.directory.person(town.organisation_id, key)
        assert person
        await town.node.directory.put_person(person.model_copy(update={"group_short": "SP"}))
    same = {f"list-{kari}": "1", f"list-{ola}": "1", f"right-{kari}": "member", f"right-{ola}": "member"}
    refused = await secretary.submit("/planlegg/ny", await filled(secretary, **same))
    assert refused.status == 422
    assert "Vara nr.: en annen i gruppen har dette nummeret på listen." in words(refused.text)
    asked = await filled(secretary, **{**same, f"list-{ola}": "2"}, **{"item-0-unlisted": "on"})
    path = (await secretary.submit("/planlegg/ny", asked)).headers["Location"]
    times = {"starts_at@local": "2027-05-06T17:00", "ends_at@local": "2027-05-06T20:00"}
    assert (await secretary.submit(f"{path}/flytt", times)).status == 303
    assert "Ikke på innkallingen" in words((await secretary.get(path)).text)
    row = await town.node.views.meeting_by_slug(town.organisation_id, path.rpartition("/")[2])
    assert row
    (session,) = await town.node.views.sessions_of(town.organisation_id, row.meeting_id)
    state = await town.node.commands.session(town.organisation_id, session.session_id)
    assert [state.members[key].list_order for key in (kari, ola)] == [1, 2]


async def test_a_meeting_moved_through_the_api_counts_down_to_its_new_time(web_service: Web) -> None:
    town = web_service.town
    meeting_id = await town.plans_meeting()
    await town.plans_session(meeting_id)
    await town.says(
        meeting_id, "move_meeting", starts_at="2031-05-05T16:00:00Z", ends_at="2031-05-05T18:00:00Z"
    )
    in_the_meantime = datetime(2031, 5, 4, tzinfo=UTC)
    upcoming = await town.node.views.upcoming(town.organisation_id, in_the_meantime)
    assert [one.meeting_id for one in upcoming] == [meeting_id]
    page = await web_service.browser().get("/mote/kommunestyret")
    assert set(re.findall(r'data-countdown="([^"]+)"', page.text)) == {"2031-05-05T16:00:00.000Z"}


async def test_two_meetings_of_one_day_get_addresses_of_their_own(web_service: Web) -> None:
    secretary = await planner(web_service)
    first = await secretary.submit("/planlegg/ny", await filled(secretary))
    second = await secretary.submit("/planlegg/ny", await filled(secretary))
    assert first.headers["Location"] + "-2" == second.headers["Location"]


async def test_what_is_wrong_is_at_its_field_and_nothing_is_lost(web_service: Web) -> None:
    secretary = await planner(web_service)
    wrong = await filled(secretary, date="", **{"item-0-title": "", "item-0-case_number": "47/26"})
    answer = await secretary.submit("/planlegg/ny", wrong)
    assert answer.status == 422
    assert "2 ting må rettes" in words(answer.text)
    assert 'value="47/26"' in answer.text
    assert 'href="#f-item-0-title"' in answer.text


async def test_more_lines_are_had_without_scripts(web_service: Web) -> None:
    secretary = await planner(web_service)
    answer = await secretary.submit("/planlegg/ny", await filled(secretary, more="1"))
    assert answer.status == 200
    assert "item-11-title" in answer.text
    assert 'value="Godkjenning av saksliste"' in answer.text


async def test_a_time_that_cannot_be_is_told(web_service: Web) -> None:
    secretary = await planner(web_service)
    made = await secretary.submit("/planlegg/ny", await filled(secretary))
    times = {"starts_at@local": "2027-05-06T17:00", "ends_at@local": "2027-05-06T16:00"}
    await secretary.submit(f"{made.headers['Location']}/flytt", times)
    page = await secretary.get(made.headers["Location"])
    assert "Må være senere enn begynnelsen." in words(page.text)
    assert "tirsdag 4. mai 2027" in words(page.text)


async def test_links_are_handed_out_once_and_can_be_taken_back(web_service: Web) -> None:
    meeting_id = await web_service.town.plans_meeting()
    await web_service.town.plans_session(meeting_id)
    secretary = await planner(web_service)
    made = await secretary.submit("/planlegg/kommunestyret/lenker", {"person": "everybody"})
    paths = re.findall(r"<code>https?://[^/]+(/inn/[^<]+)</code>", made.text)
    assert len(paths) == 4
    page = await secretary.get("/planlegg/kommunestyret")
    assert not [path for path in paths if path in page.text]
    phone = web_service.browser()
    assert (await phone.submit(paths[0])).status == 303
    assert (await phone.get("/mote/kommunestyret/deltaker")).status == 200
    again = await secretary.submit("/planlegg/kommunestyret/lenker", {"person": "everybody"})
    assert "<code>" not in again.text
    for form in forms(page.text):
        if form.action.endswith("/trekk"):
            assert (await secretary.submit(form.action)).status == 303
    assert (await phone.get("/mote/kommunestyret/deltaker")).status == 401


async def test_a_link_for_a_role(web_service: Web) -> None:
    await web_service.town.plans_meeting()
    secretary = await planner(web_service)
    made = await secretary.submit("/planlegg/kommunestyret/lenker", {"role": "chair"})
    assert "En lenke er laget" in words(made.text)
    offered = re.findall(r'<option value="([a-z_]+)"', made.text.partition('id="link-role"')[2])
    assert offered[:3] == ["chair", "deputy", "secretary"]
    for role in ("administrator", "it_support"):
        assert (await secretary.submit("/planlegg/kommunestyret/lenker", {"role": role})).status == 422


@pytest.mark.parametrize("path", ["", "/ny", "/kommunestyret"])
async def test_planning_is_for_the_office(web_service: Web, path: str) -> None:
    await web_service.town.debates()
    assert (await web_service.browser().get(f"/planlegg{path}")).status == 401
    assert (await (await web_service.logged_in(Role.CHAIR)).get(f"/planlegg{path}")).status == 403
    assert (await (await planner(web_service)).get(f"/planlegg{path}")).status == 200


async def test_another_municipalitys_meetings_are_not_there(web_service: Web) -> None:
    await web_service.town.plans_meeting("bare-her")
    other = await web_service.logged_in(Role.SECRETARY, which=1)
    for path in ("/planlegg/bare-her", "/mote/bare-her/leder", "/mote/bare-her/sekretar"):
        assert (await other.get(path)).status == 404


# Login


async def test_a_link_shows_a_button_and_says_nothing_of_whether_it_holds(web_service: Web) -> None:
    _, path = await web_service.link(Role.CHAIR)
    for shown in (path, "/inn/finnes-ikke"):
        page = await web_service.browser().get(shown)
        assert page.status == 200
        assert "Logg inn" in words(page.text)


async def test_those_without_a_login_are_told_what_to_do(web_service: Web) -> None:
    assert "Du er ikke innlogget" in words((await web_service.browser().get("/inn")).text)
    gone = await web_service.browser().submit("/inn/finnes-ikke")
    assert "Lenken gjelder ikke lenger" in words(gone.text)
