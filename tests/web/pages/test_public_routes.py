"""The public pages as a citizen's browser gets them."""

import re

from tests.web.client import Web


async def test_a_case_can_be_shared_from_the_moment_it_is_opened(web_service: Web) -> None:
    await web_service.town.debates()
    page = (await web_service.browser().get("/mote/kommunestyret")).text
    assert 'href="/mote/kommunestyret?sak=47-26"' in page


async def test_who_came_late_is_linked_to_the_second_it_happened(web_service: Web) -> None:
    town = web_service.town
    session_id, _ = await town.debates()
    await town.says(session_id, "record_departure", person_id=town.people[1])
    await town.says(session_id, "record_arrival", person_id=town.people[1])
    page = (await web_service.browser().get("/mote/kommunestyret/protokoll")).text
    (line,) = re.findall(r"<li>(Ola Vik.*)</li>", page)
    assert line.count('href="/mote/kommunestyret?t=') == 3
