"""Forms: done, or told why not in the reader's language, with and without scripts."""

import json
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.roles import Role
from tests.web.client import Answer, Client, Web

PATH = "/mote/kommunestyret/kommando"


@pytest.fixture
async def meeting(web_service: Web) -> tuple[Web, UUID, Client]:
    session_id, _ = await web_service.town.debates()
    return web_service, session_id, await web_service.logged_in(Role.CHAIR)


async def quietly(chair: Client, form: dict[str, str], **headers: str) -> Answer:
    """As the page's script sends it."""
    return await chair.submit(PATH, form, headers={"Accept": "application/json"} | headers)


async def status(web: Web, session_id: UUID) -> dict[str, object]:
    state: dict[str, object] = (await web.machine().get(f"/api/v1/sessions/{session_id}")).json
    return state


def command(type_: str, **fields: object) -> dict[str, str]:
    return {"command": json.dumps({"type": type_, **fields})}


async def test_a_form_without_scripts_goes_back_to_its_page(meeting: tuple[Web, UUID, Client]) -> None:
    web, session_id, chair = meeting
    page = f"http://{chair.host}/mote/kommunestyret/leder?lang=nn"
    answer = await chair.submit(PATH, command("stop_broadcast"), headers={"Referer": page})
    assert (answer.status, answer.headers["Location"]) == (303, "/mote/kommunestyret/leder?lang=nn")
    assert (await status(web, session_id))["stops"]
    elsewhere = await chair.submit(
        PATH, command("resume_broadcast"), headers={"Referer": f"http://{chair.host}//evil.example/x"}
    )
    assert elsewhere.headers["Location"] == "/evil.example/x"


async def test_a_form_sent_by_a_script_is_answered_in_json(meeting: tuple[Web, UUID, Client]) -> None:
    web, session_id, chair = meeting
    done = await quietly(chair, command("start_break", kind="lunch"))
    assert (done.status, done.json) == (200, {})
    assert (await status(web, session_id))["breaks"]


async def test_the_same_form_sent_again_is_done_once(meeting: tuple[Web, UUID, Client]) -> None:
    web, session_id, chair = meeting
    form = command(
        "request_floor", request_id="new", item_id=(await status(web, session_id))["current_item_id"]
    )
    form |= {"person_id": str(web.town.people[0])}
    for _ in range(2):
        answer = await quietly(chair, form, **{"Idempotency-Key": "k"})
        assert answer.status == 200, answer.text
    waiting = (await status(web, session_id))["waiting"]
    assert isinstance(waiting, list)
    assert len(waiting) == 1


async def test_a_refusal_is_a_sentence_in_the_readers_language(meeting: tuple[Web, UUID, Client]) -> None:
    _, _, chair = meeting
    answer = await quietly(chair, command("undo", event_id=999))
    assert (answer.status, answer.json["rule"]) == (409, "not_the_latest")
    assert answer.json["detail"] == "Noe nytt har skjedd siden. Se hva som nå kan angres."


async def test_wrong_fields_are_named_as_the_form_names_them(meeting: tuple[Web, UUID, Client]) -> None:
    _, _, chair = meeting
    papers = [{"title": "Saksframlegg", "url": "ftp://a.example"}]
    form = command("add_item", item_id=str(uuid4()), title="", papers=papers)
    answer = await quietly(chair, form)
    assert answer.status == 422
    errors = {error["field"]: error["message"] for error in answer.json["errors"]}
    assert errors == {
        "title": "Må fylles ut.",
        "papers.0.url": "Må være en nettadresse (https://…).",
    }


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"command": "nonsense"},
        {"command": "[]"},
        {"command": "[" * 50_000},
        {"command": '{"type": "record_vote"}', "tallies.x.group": "SP"},
        {"command": '{"type": "record_vote", "tallies": {"0": 1}}'},
        {"command": '{"type": "stop_broadcast", "x": {}}', "x.y": "1", "x.y.z": "2"},
        {"command": '{"type": "request_floor"}', "request_id": "\x00"},
        {"command": '{"type": "explode"}'},
    ],
)
async def test_a_form_that_cannot_be_read_changes_nothing(
    meeting: tuple[Web, UUID, Client], form: dict[str, str]
) -> None:
    web, session_id, chair = meeting
    before = (await status(web, session_id))["version"]
    answer = await quietly(chair, form)
    assert answer.status == 422, answer.text
    assert answer.json["errors"]
    assert (await status(web, session_id))["version"] == before


async def test_who_is_not_logged_in_or_has_another_role_is_told_so(
    meeting: tuple[Web, UUID, Client],
) -> None:
    web, _, _ = meeting
    assert (await quietly(web.browser(), command("stop_broadcast"))).status == 401
    helper = await web.logged_in(Role.IT_SUPPORT)
    refused = await quietly(helper, command("adjourn_session"))
    assert (refused.status, refused.json["detail"]) == (403, "Din rolle kan ikke gjøre dette.")
