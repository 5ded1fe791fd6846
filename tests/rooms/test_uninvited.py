"""Who would keep a room in Teams from opening is known while it is planned."""

from uuid import UUID

from orchestrator.rooms.uninvited import Uninvited, uninvited
from tests.domain.hall import named
from tests.web.pages.conference import Conference, planned


def warned(held: Conference, addresses: dict[UUID, str]) -> tuple[Uninvited, ...]:
    return uninvited(held.meeting.rooms, held.sessions.values(), addresses)


def in_teams() -> Conference:
    """Marit leads one session in the room in Teams, and Jon opens a topic of another."""
    held = planned()
    room = {"room_id": named("oppvekst")}
    topics = [{"title": "Rammene", "presenter_ids": [named("jon")]}]
    held.plans("Budsjett", "09:00", "10:00", 6, chair_id=named("marit"), topics=topics, **room)
    held.plans("Avslutning", "10:00", "10:30", 6, presenter_ids=[named("marit")], **room)
    return held


def test_whoever_leads_or_presents_in_teams_without_an_address_is_named_once_with_the_sessions() -> None:
    held = in_teams()
    (marit,) = warned(held, {named("marit"): "", named("jon"): "jon@fjellvik.example"})
    assert (marit.person_id, marit.room.name) == (named("marit"), "Rom Oppvekst")
    assert marit.titles == ("Budsjett", "Avslutning")
    (jon,) = warned(held, {named("marit"): "m@fjellvik.example", named("jon"): ""})
    assert jon.titles == ("Budsjett",)


def test_other_products_need_no_address_nor_do_those_who_are_erased_or_sessions_that_are_over() -> None:
    held = in_teams()
    assert not warned(planned(), {named("marit"): "", named("jon"): ""})  # they present in another product
    assert not warned(held, {})
    for name in ("Budsjett", "Avslutning"):
        held.tells(name, "cancel_session")
    assert not warned(held, {named("marit"): "", named("jon"): ""})
