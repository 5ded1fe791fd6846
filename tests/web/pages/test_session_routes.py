"""A conference's staff and participants choose the session, and find the door of its room."""

from datetime import timedelta

from orchestrator.domain.roles import Role
from tests.rooms.memory import MemoryRooms
from tests.web.client import Web
from tests.web.pages.council import words
from tests.web.pages.test_room_routes import planned, product

__all__ = ["product"]


async def test_in_a_conference_one_chooses_the_session_first(web_service: Web, product: MemoryRooms) -> None:
    path = await planned(web_service)
    slug, town = "/mote/dialog", web_service.town
    row = await town.node.views.meeting_by_slug(town.organisation_id, "dialog")
    assert row
    second = await town.plans_session(row.meeting_id, title="Gruppearbeid", source_id=None)
    person = town.people[0]
    member = await web_service.logged_in(Role.PARTICIPANT, person_id=person, meeting_id=row.meeting_id)
    assert (await member.get(f"{slug}/deltaker")).headers["Location"] == f"{slug}/sesjoner"
    page = (await member.get(f"{slug}/sesjoner")).text
    assert "Gruppearbeid" in words(page)
    assert f'href="{slug}/deltaker?sesjon={second}"' in page
    assert f'href="{path}"' in page, "its room is open"
    assert "/leder?" not in page
    room_id, later = path.rpartition("/")[2], town.node.clock.now() + timedelta(hours=3)
    times = {"starts_at": later, "ends_at": later + timedelta(hours=1)}
    await town.plans_session(row.meeting_id, title="Avslutning", room_id=room_id, source_id=None, **times)
    page = (await member.get(f"{slug}/sesjoner")).text
    assert "Avslutning" in words(page)
    assert page.count(f'href="{path}"') == 1, "what is in the room now, not what will be in it later"
    answer = await member.get(f"{slug}/deltaker?sesjon={second}")
    assert answer.status == 200
    assert (await web_service.browser().get(f"{slug}/sesjoner")).status == 401


async def test_the_participants_page_leads_to_the_room_once_it_is_open(
    web_service: Web, product: MemoryRooms
) -> None:
    path = await planned(web_service, ahead=5)
    member = await web_service.logged_in(Role.PARTICIPANT, person_id=web_service.town.people[0])
    page = await member.get("/mote/dialog/deltaker")
    assert "Møterommet er ikke åpnet ennå." in words(page.text)
    assert path not in page.text
    chair = await web_service.logged_in(Role.CHAIR)
    assert f'href="{path}"' in (await chair.get("/mote/dialog/leder")).text, "ready for who leads"
