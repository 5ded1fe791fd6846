"""Closed doors and the digital room: what the chair is told, and what a member at home is asked."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from orchestrator.domain.rooms import Product, Room
from orchestrator.store.rooms import RoomStanding
from orchestrator.web.look import OUR_LOOK
from orchestrator.web.pages import chair, participant
from orchestrator.web.pages.doors import members_room
from orchestrator.web.pages.participant import mine
from orchestrator.web.pages.scene import RoomShown, Scene, render_fragments
from orchestrator.web.pages.standing import standing
from tests.domain.hall import Hall, member, named, opened
from tests.web.pages import council
from tests.web.pages.council import forms, words

PLENUM = Room(room_id=named("plenum"), name="Plenum", provider="teams")


def proposed(*remote: str) -> Hall:
    hall = opened()
    for name in remote:
        hall.says("attend_remotely", member(name), person_id=named(name))
    basis = {"section": "kommuneloven § 11-5", "paragraph": "3", "letter": "a"}
    hall.says("propose_closing", closing_id=named("c"), item_ids=[named("secret")], legal_basis=basis)
    return hall


def closed() -> Hall:
    hall = proposed()
    hall.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    hall.says("close_doors", closing_id=named("c"))
    return hall


def shown(
    hall: Hall,
    *,
    door: Literal["open", "locked"],
    locked: bool,
    room: Room = PLENUM,
    closable: Product | None = "livekit",
    known: tuple[Room, ...] = (),
) -> str:
    """The chair's panel of the doors."""
    stands = RoomStanding(room.room_id, named("town"), "open", datetime.now().astimezone(), door=door)
    scene: Scene = replace(council.scene(hall), room=RoomShown(room, stands, locked, closable))
    scene = replace(scene, meeting=scene.meeting.replace(rooms={one.room_id: one for one in known}))
    parts = render_fragments(OUR_LOOK, chair.PAGE, scene, "nb", site=council.SITE, path="/", action_url="/x")
    return parts["doors"]


def test_until_it_is_read_back_the_room_is_said_not_to_be_closed_and_another_is_offered() -> None:
    hall = closed()
    html = shown(hall, door="open", locked=False)
    assert "Rommet «Plenum» er ikke bekreftet lukket." in words(html)
    (form,) = [form for form in forms(html) if "use_room" in form.types]
    planned, used = form.commands
    assert (planned["room"]["observers"], planned["room"]["provider"]) == (False, "livekit")
    assert used["room_id"] == planned["room"]["room_id"]
    again = members_room(hall.state, "Lukka møte", "livekit")
    html = shown(hall, door="open", locked=False, known=(again,))
    (form,) = [form for form in forms(html) if "use_room" in form.types]
    assert form.commands == [used], "a room that is there already, by whatever name, is not planned anew"


def test_where_no_product_can_close_a_room_none_is_offered() -> None:
    html = shown(closed(), door="open", locked=False, closable=None)
    assert "er ikke bekreftet lukket" in words(html)
    assert "use_room" not in html


def test_a_room_that_is_read_back_as_closed_is_said_to_be() -> None:
    html = shown(closed(), door="locked", locked=True)
    assert "Rommet «Plenum» er bekreftet lukket." in words(html)
    assert "use_room" not in html


def test_when_the_doors_are_open_again_the_meeting_can_go_back_to_its_room() -> None:
    hall = opened()
    hall.says("use_room", room_id=PLENUM.room_id)
    inner = members_room(hall.state, "Lukket møte", "embedded")
    hall.says("use_room", room_id=inner.room_id)
    stands = RoomStanding(inner.room_id, named("town"), "open", datetime.now().astimezone(), door="open")
    scene = council.scene(hall)
    rooms = {PLENUM.room_id: PLENUM, inner.room_id: inner}
    scene = replace(
        scene,
        meeting=scene.meeting.replace(rooms=rooms),
        room=RoomShown(inner, stands, locked=False, closable="embedded"),
    )
    parts = render_fragments(OUR_LOOK, chair.PAGE, scene, "nb", site=council.SITE, path="/", action_url="/x")
    (form,) = forms(parts["doors"])
    assert form.commands == [{"type": "use_room", "room_id": str(PLENUM.room_id)}]


def test_a_member_at_home_is_asked_whether_they_are_alone_and_the_chair_sees_who_is_awaited() -> None:
    hall = proposed("ola")
    mine_now = standing(council.scene(hall), "nb", named("ola"))
    page = council.page(
        participant.PAGE,
        hall,
        me=named("ola"),
        own=mine(council.scene(hall), "nb", named("ola")),
        standing=mine_now,
    )
    assert "Jeg er alene" in words(page)
    assert "1 deltar hjemmefra og har ikke bekreftet" in words(shown(hall, door="open", locked=False))
    hall.says("confirm_alone", member("ola"), person_id=named("ola"), closing_id=named("c"))
    assert standing(council.scene(hall), "nb", named("ola")).confirms_alone is None
    assert "har ikke bekreftet" not in words(shown(hall, door="open", locked=False))
