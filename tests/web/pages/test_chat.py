"""The chat on the pages: what its readers see, what is sent from it, and that nobody else sees a word."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.chat import Reading
from orchestrator.domain.roles import Role
from orchestrator.store.chat import Line
from orchestrator.web import live
from orchestrator.web.look import OUR_LOOK
from orchestrator.web.pages.chair import PAGE
from orchestrator.web.pages.chat import added_to
from orchestrator.web.pages.scene import render_fragments
from tests.domain.hall import START, Hall, debating, named
from tests.web.client import Client, Events, Web
from tests.web.pages import council
from tests.web.pages.council import LEADS, NAMES, forms, words

MEMBER = Reading(inside=True, leads=False)
IT = Reading(inside=False, leads=False)
JSON = {"Accept": "application/json"}


def line(text: str | None = "Hei", who: str = "ola", **more: Any) -> Line:
    given: dict[str, Any] = {
        "line_id": uuid4(),
        "organisation_id": uuid4(),
        "session_id": named("session"),
        "item_id": named("two"),
        "behind_doors": False,
        "author": named(who),
        "person_id": named(who) if named(who) in NAMES else None,
        "role": Role.PARTICIPANT,
        "text": text,
        "answer": None,
        "written_at": START + timedelta(minutes=42),
        "place": 1,
    }
    return Line(**given | more)


def parts(
    hall: Hall, *lines: Line, reader: Reading = LEADS, language: str = "nb", **more: Any
) -> dict[str, str]:
    shown = council.talk(hall, language, reader, *lines)
    given: dict[str, Any] = {"path": "/", "action_url": "/kommando", "chat": shown} | more
    return render_fragments(
        OUR_LOOK, added_to(PAGE), council.scene(hall), language, site=council.SITE, **given
    )


def lines_of(*lines: Line, **more: Any) -> str:
    return words(parts(debating(), *lines, **more)["chat-lines"])


# What is seen


def test_a_line_has_its_writer_their_group_and_role_and_the_time() -> None:
    assert lines_of(line("God kveld"), reader=MEMBER) == "Ola Vik AP Deltaker · 18:42 God kveld Slett"


def test_whoever_is_no_person_writes_in_their_role() -> None:
    shown = lines_of(line("Lyden er nede", "nobody", role=Role.IT_SUPPORT))
    assert shown.startswith("IT-støtte 18:42 Lyden er nede")


@pytest.mark.parametrize(
    ("answer", "came"),
    [
        ({"kind": "reply", "place": 3}, "Replikk · nr. 3 på listen"),
        ({"kind": "speech", "place": None}, "Innlegg"),
        ({"withdrawn": 2}, "Strøket fra listen"),
        ({"refused": "list_closed"}, "Ikke på listen: Strek er satt: det tegnes ikke flere på talerlisten."),
        (None, ""),
    ],
)
def test_a_line_that_asked_says_what_came_of_it(answer: dict[str, Any] | None, came: str) -> None:
    shown = parts(debating(), line("replikk", answer=answer))
    assert words(shown["chat-lines"]).removesuffix("Slett").strip().endswith(came or "replikk")
    latest = f"«Ola Vik: replikk» → {came}" if came else "«Ola Vik: replikk»"
    assert words(shown["chat-latest"]) == latest


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (None, "Slettet av den som skrev"),
        (Role.CHAIR, "Slettet av møtelederen"),
        (Role.DEPUTY, "Slettet av møtelederen"),
        (Role.SECRETARY, "Slettet av møtesekretæren"),
    ],
)
def test_a_deleted_line_says_by_whom_and_cannot_be_deleted_again(by: Role | None, said: str) -> None:
    shown = parts(debating(), line(None, deleted_at=START, deleted_as=by))
    assert words(shown["chat-lines"]).endswith(said)
    assert "chat-delete" not in shown["chat-lines"]
    assert words(shown["chat-latest"]) == "Ingen har skrevet ennå"


def test_those_who_lead_can_delete_every_line_others_their_own() -> None:
    own, other = line(who="ola"), line(who="kari")
    for reader, me, hidden in ((LEADS, "anne", 0), (MEMBER, "ola", 1), (MEMBER, "siri", 2)):
        html = parts(debating(), own, other, reader=reader, chat_author=named(me))["chat-lines"]
        assert html.count(" hidden>Slett") == hidden


def test_what_somebody_writes_is_text_and_nothing_else() -> None:
    shown = parts(debating(), line("<script>alert(1)</script>"))
    assert "<script>" not in shown["chat-lines"] + shown["chat-latest"]


@pytest.mark.parametrize(
    ("mode", "reader", "said", "disabled"),
    [
        ("open", MEMBER, "Alle i møtet kan skrive.", False),
        ("open", IT, "Alle i møtet kan skrive.", False),
        ("floor_only", MEMBER, "Her ber du om ordet", False),
        ("floor_only", LEADS, "Bare for å be om ordet.", False),
        ("floor_only", IT, "Chatten er bare for å be om ordet nå.", True),
        ("closed", MEMBER, "Chatten er stengt.", True),
        ("closed", LEADS, "Chatten er stengt.", True),
        (
            "open",
            Reading(inside=True, leads=False, without=frozenset({named("two")})),
            "Du deltar ikke i denne saken",
            True,
        ),
    ],
)
def test_the_field_says_what_the_chat_is_for_or_why_it_is_closed(
    mode: str,
    reader: Reading,
    said: str,
    disabled: bool,  # noqa: FBT001
) -> None:
    hall = debating()
    hall.says("set_chat", mode=mode)
    html = parts(hall, reader=reader)["chat-write"]
    assert said in words(html)
    assert forms(html)[0].disabled is disabled


def test_those_who_lead_say_what_it_is_for_in_the_meeting_and_in_the_item() -> None:
    html = parts(debating())["chat-settings"]
    sent = [form.commands[0] for form in forms(html) if "set_chat" in form.types]
    assert [(one["mode"], one["item_id"]) for one in sent] == [
        *((mode, None) for mode in ("open", "floor_only", "closed")),
        *((mode, str(named("two"))) for mode in (None, "open", "floor_only", "closed")),
    ]
    assert forms(parts(debating(), reader=MEMBER)["chat-settings"]) == []


@pytest.mark.parametrize("stage", council.STAGES)
@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_a_fragment_is_what_the_console_holds(stage: str, language: str) -> None:
    hall = council.STAGES[stage]()
    said = line()
    page = council.page(PAGE, hall, language, chat=council.talk(hall, language, LEADS, said))
    shown = parts(hall, said, language=language)
    for name in ("chat-latest", "chat-lines", "chat-write", "chat-settings"):
        html = shown[name]
        assert html.strip() in page
        assert council.ids(html)[0] == name


# Over the running service


async def chatting(web: Web, mode: str = "open") -> tuple[UUID, UUID]:
    session_id, item_id = await web.town.debates()
    await web.machine().says(session_id, "set_chat", mode=mode)
    return session_id, item_id


async def member(web: Web, number: int = 0) -> Client:
    return await web.logged_in(Role.PARTICIPANT, person_id=web.town.people[number])


async def writes(who: Client, text: str, **headers: str) -> Any:
    return await who.submit("/mote/kommunestyret/chat", {"text": text}, headers=JSON | headers)


async def test_what_is_written_stands_on_everybodys_page(web_service: Web) -> None:
    await chatting(web_service)
    assert (await writes(await member(web_service), "innlegg")).status == 200
    for role, name in ((Role.CHAIR, "leder"), (Role.SECRETARY, "sekretar"), (Role.IT_SUPPORT, "chat")):
        page = await (await web_service.logged_in(role)).get(f"/mote/kommunestyret/{name}")
        assert page.status == 200
        assert "Kari Nordli: innlegg» → Innlegg · nr. 1 på listen" in words(page.text) or name == "chat"
        assert "Innlegg · nr. 1 på listen" in words(page.text)
    assert "Innlegg · nr. 1 på listen" in words(
        (await (await member(web_service, 1)).get("/mote/kommunestyret/deltaker")).text
    )


async def test_the_same_press_sent_again_is_one_line(web_service: Web) -> None:
    session_id, _ = await chatting(web_service)
    kari = await member(web_service)
    for _ in range(2):
        assert (await writes(kari, "innlegg", **{"Idempotency-Key": "one"})).status == 200
    assert len((await kari.get(f"/api/v1/sessions/{session_id}/chat")).json["lines"]) == 1


async def test_a_refusal_is_said_at_the_field(web_service: Web) -> None:
    await chatting(web_service, "floor_only")
    answer = await writes(await member(web_service), "Enig")
    assert (answer.status, answer.json["rule"]) == (409, "chat_floor_only")
    [error] = answer.json["errors"]
    assert error["field"] == "text"
    assert error["message"].startswith("Her kan du bare be om ordet.")
    for text in (" ", "a" * 501, "\x00"):
        wrong = await writes(await member(web_service), text)
        assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "text"), text[:5]


async def test_without_scripts_it_is_sent_and_one_is_led_back(web_service: Web) -> None:
    await chatting(web_service)
    kari = await member(web_service)
    page = "/mote/kommunestyret/deltaker"
    answer = await kari.submit(
        "/mote/kommunestyret/chat", {"text": "Hei"}, headers={"Referer": f"http://{kari.host}{page}"}
    )
    assert (answer.status, answer.headers["Location"]) == (303, f"{page}#chat")
    assert "Hei" in words((await kari.get(page)).text)


async def test_without_scripts_a_refused_line_comes_back_with_the_reason(web_service: Web) -> None:
    await chatting(web_service, "floor_only")
    answer = await (await member(web_service)).submit("/mote/kommunestyret/chat", {"text": "Enig med Ola"})
    assert answer.status == 409
    assert 'value="Enig med Ola"' in answer.text
    assert "Her kan du bare be om ordet." in words(answer.text)


async def test_ones_own_line_can_be_deleted_from_the_page_and_nobody_elses(web_service: Web) -> None:
    session_id, _ = await chatting(web_service)
    kari, ola = await member(web_service), await member(web_service, 1)
    await writes(kari, "Hemmelig")
    [sent] = (await kari.get(f"/api/v1/sessions/{session_id}/chat")).json["lines"]
    path, form = "/mote/kommunestyret/chat/slett", {"line_id": sent["line_id"]}
    assert (await ola.submit(path, form, headers=JSON)).status == 403
    assert (await ola.submit(path, {"line_id": "x"}, headers=JSON)).status == 404
    assert (await kari.submit(path, form)).status == 303
    page = await ola.get("/mote/kommunestyret/deltaker")
    assert "Slettet av den som skrev" in words(page.text)
    assert "Hemmelig" not in page.text


async def test_an_observer_sees_no_chat_and_writes_in_none(web_service: Web) -> None:
    session_id, _ = await chatting(web_service)
    await writes(await member(web_service), "Ord bare for oss")
    observer = web_service.browser()
    for path in ("", "/talerliste", "/protokoll"):
        page = await observer.get(f"/mote/kommunestyret{path}")
        assert "Ord bare for oss" not in page.text
        assert "chat" not in page.text.lower()
    assert (await observer.get("/mote/kommunestyret/chat")).status == 401
    assert (await observer.get(f"/direkte/{session_id}/chat")).status == 401
    assert (await writes(observer, "innlegg")).status == 401
    for role in (Role.DISPLAY, Role.ADMINISTRATOR):
        other = await web_service.logged_in(role)
        assert (await other.get("/mote/kommunestyret/chat")).status == 403
        assert (await other.get(f"/direkte/{session_id}/chat")).status == 403
        assert (await writes(other, "innlegg")).status == 403
    elsewhere = await web_service.logged_in(
        Role.CHAIR, meeting_id=await web_service.town.plans_meeting("et-annet")
    )
    assert (await writes(elsewhere, "innlegg")).status == 403


async def test_an_administrators_secretary_page_has_no_chat(web_service: Web) -> None:
    session_id, _ = await chatting(web_service)
    await writes(await member(web_service), "Ord bare for oss")
    administrator = await web_service.logged_in(Role.ADMINISTRATOR)
    assert "Ord bare for oss" not in (await administrator.get("/mote/kommunestyret/sekretar")).text
    async with administrator.stream(f"/direkte/{session_id}/sekretar") as events:
        assert "chat-lines" not in (await all_parts(events))


async def all_parts(events: Events) -> dict[str, str]:
    """The parts that a page is sent at once."""
    found = {}
    while (event := await events.next()) is not None and event.type != "shown":
        if event.type == "fragment":
            found[event.json["id"]] = event.json["html"]
    return found


async def lines_sent(events: Events, containing: str, within: float = 10) -> str:
    """The chat's lines, once this is among them."""
    async with asyncio.timeout(within):
        while True:
            event = await events.until("fragment", within)
            if event.json["id"] == "chat-lines" and containing in event.json["html"]:
                return words(event.json["html"])


async def test_a_line_comes_to_every_open_page_and_who_comes_back_catches_up(web_service: Web) -> None:
    session_id, _ = await chatting(web_service)
    kari, chair = await member(web_service), await web_service.logged_in(Role.CHAIR)
    async with (
        kari.stream(f"/direkte/{session_id}/deltaker") as phone,
        chair.stream(f"/direkte/{session_id}/leder") as console,
    ):
        await all_parts(phone)
        await all_parts(console)
        await writes(kari, "Hei alle")
        assert "Hei alle" in await lines_sent(console, "Hei alle")
        await lines_sent(phone, "Hei alle")
    await writes(await member(web_service, 1), "Mens du var borte")
    async with kari.stream(f"/direkte/{session_id}/deltaker") as phone:
        await lines_sent(phone, "Mens du var borte")


async def test_readers_of_the_same_share_a_picture_others_have_their_own(web_service: Web) -> None:
    session_id, item_id = await chatting(web_service)
    await disqualified(web_service, session_id, item_id, 2)
    people = [await member(web_service, number) for number in range(3)]
    path = f"/direkte/{session_id}/deltaker"
    async with people[0].stream(path) as one, people[1].stream(path) as two, people[2].stream(path) as out:
        for events in (one, two, out):
            await all_parts(events)
        assert len(web_service.app[live.LIVE]._pictures) == 2
        await writes(people[0], "Ikke for den inhabile")
        await lines_sent(two, "Ikke for den inhabile")
        await web_service.machine().says(session_id, "stop_broadcast")
        async with asyncio.timeout(10):
            while True:
                event = await out.until("fragment", 10)
                assert "Ikke for den inhabile" not in event.data
                if event.json["id"] != "chat-lines":
                    break


async def disqualified(web: Web, session_id: UUID, item_id: UUID, number: int) -> None:
    question = str(uuid4())
    person = str(web.town.people[number])
    machine = web.machine()
    await machine.says(
        session_id, "raise_impartiality", question_id=question, item_id=str(item_id), person_id=person
    )
    await machine.says(
        session_id,
        "decide_impartiality",
        question_id=question,
        outcome="disqualified",
        legal_basis={"section": "forvaltningsloven § 6"},
        unanimous=True,
    )


async def test_whoever_is_found_disqualified_is_sent_no_further_line(web_service: Web) -> None:
    session_id, item_id = await chatting(web_service)
    kari, ola = await member(web_service), await member(web_service, 1)
    await writes(ola, "Før")
    async with kari.stream(f"/direkte/{session_id}/deltaker") as phone:
        assert "Før" in (await all_parts(phone))["chat-lines"]
        await disqualified(web_service, session_id, item_id, 0)
        await writes(ola, "Etter")
        while (event := await phone.next(10)) is not None:
            assert "Etter" not in event.data
            assert event.type != "goto"
    async with kari.stream(f"/direkte/{session_id}/deltaker") as phone:
        shown = await all_parts(phone)
        assert "Før" not in shown["chat-lines"]
        assert "Du deltar ikke i denne saken" in shown["chat-write"]


async def test_the_chair_says_what_the_chat_is_for(web_service: Web) -> None:
    session_id, item_id = await chatting(web_service)
    chair = await web_service.logged_in(Role.CHAIR)
    page = await chair.get("/mote/kommunestyret/leder")
    form = [one for one in forms(page.text) if "set_chat" in one.types][-1]
    assert (await chair.submit(form.action, dict(form.hidden), headers=JSON)).status == 200
    state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
    assert state["items"][str(item_id)]["chat"] == "closed"


async def test_it_finds_the_chat_from_its_console_and_an_administrator_does_not(web_service: Web) -> None:
    await chatting(web_service)
    page = await (await web_service.logged_in(Role.IT_SUPPORT)).get("/drift")
    assert "data-chats" in page.text
    assert "/mote/kommunestyret/chat?sesjon=" in page.text
    assert "data-chats" not in (await (await web_service.logged_in(Role.ADMINISTRATOR)).get("/drift")).text
