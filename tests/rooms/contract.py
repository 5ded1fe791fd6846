"""What every provider of rooms must do, whatever the product behind it (docs/architecture.md).

A provider's test module makes a subclass named Test… with two fixtures: ``rooms``, the provider, and
``product``, which tells what those see who are in the product itself.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid5

import pytest

from orchestrator.rooms.provider import (
    Guest,
    Presenter,
    RoomProvider,
    RoomRef,
    RoomRole,
    RoomSpec,
    RoomTrouble,
)

TOWN = UUID(int=77)
NINE = datetime(2027, 5, 4, 7, 0, tzinfo=UTC)
CHAIR = Guest("chair-1", "Kari Nordli", "host")
MEMBER = Guest("member-1", "Ola Vik", "participant")
OTHER = Guest("member-2", "Siri Moen", "participant")
OBSERVER = Guest("observer-1", "Tilhører", "observer")
PRESENTER = Presenter("presenter-1", "Per Haug", "per.haug@fjellvik.example")


class Product(Protocol):
    """The product behind a provider, as those in it see it."""

    async def rooms_made(self) -> int:
        """How many rooms there are in it."""
        ...

    async def come_in(self, rooms: RoomProvider, spec: RoomSpec, guest: Guest) -> None:
        """Let this guest come in by the way that ``join`` gives, past the lobby."""
        ...

    async def inside(self) -> set[str]:
        """Who is in the room now; a product that does not know says who could be."""
        ...

    async def could_speak(self, guest: Guest) -> bool:
        """Whether what this guest says now would be heard, whatever their client sends."""
        ...

    async def meddle(self) -> None:
        """Somebody changes an option of ours by hand."""
        ...


def spec_of(name: str = "Plenum", **changes: object) -> RoomSpec:
    base = RoomSpec(
        room_id=uuid5(TOWN, name),
        organisation_id=TOWN,
        name=name,
        starts_at=NINE,
        ends_at=NINE + timedelta(hours=6),
        door="open",
        lobby=False,
        presenters=(PRESENTER,),
        url="https://rooms.example/plenum",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


async def gets_in(rooms: RoomProvider, ref: RoomRef, spec: RoomSpec) -> bool:
    """Whether an observer is given any way in."""
    try:
        await rooms.join(ref, spec, OBSERVER)
    except RoomTrouble:
        return False
    return True


class RoomContract:
    """Inherited by each provider's tests."""

    async def test_asked_twice_there_is_one_room(self, rooms: RoomProvider, product: Product) -> None:
        first = await rooms.create(spec_of(), None)
        again = await rooms.create(spec_of(), first)
        forgotten = await rooms.create(spec_of(), None)  # killed before the answer was kept
        assert first.id == again.id == forgotten.id
        assert await product.rooms_made() <= 1

    async def test_what_was_applied_is_read_back(self, rooms: RoomProvider, product: Product) -> None:
        ref = await rooms.create(spec_of(), None)
        for spec in (spec_of(door="shut"), spec_of(), spec_of(lobby=True), spec_of(open_microphones=True)):
            await rooms.apply(ref, spec)
            assert await rooms.verify(ref, spec) == ()

    async def test_what_somebody_changed_by_hand_is_noticed_and_mended(
        self, rooms: RoomProvider, product: Product
    ) -> None:
        if not rooms.can.read_back:
            return
        ref = await rooms.create(spec_of(), None)
        await rooms.apply(ref, spec_of())
        await product.meddle()
        assert await rooms.verify(ref, spec_of()) != ()
        await rooms.apply(ref, spec_of())
        assert await rooms.verify(ref, spec_of()) == ()

    async def test_a_room_that_is_gone_is_said_to_be_and_is_made_again(
        self, rooms: RoomProvider, product: Product
    ) -> None:
        ref = await rooms.create(spec_of(), None)
        await rooms.delete(ref)
        await rooms.delete(ref)
        if rooms.can.read_back:
            with pytest.raises(RoomTrouble) as trouble:
                await rooms.verify(ref, spec_of())
            assert trouble.value.code == "gone"
        anew = await rooms.create(spec_of(), ref)
        await rooms.apply(anew, spec_of())
        assert await rooms.verify(anew, spec_of()) == ()

    @pytest.mark.parametrize("open_microphones", [False, True])
    async def test_an_observer_is_given_no_way_to_a_voice(
        self, rooms: RoomProvider, product: Product, *, open_microphones: bool
    ) -> None:
        spec = spec_of(open_microphones=open_microphones)
        ref = await rooms.create(spec, None)
        await rooms.apply(ref, spec)
        # Some products shut the microphones of all who are no presenters, or of none of them: those need not
        # let observers in where microphones are open, but they may not let them in to speak.
        if not rooms.can.holds_observers_mute or (open_microphones and not await gets_in(rooms, ref, spec)):
            with pytest.raises(RoomTrouble) as trouble:
                await rooms.join(ref, spec, OBSERVER)
            assert trouble.value.code == "not_allowed_in"
            return
        await product.come_in(rooms, spec, OBSERVER)
        assert not await product.could_speak(OBSERVER)

    async def test_who_is_given_the_floor_can_speak_and_nobody_else(
        self, rooms: RoomProvider, product: Product
    ) -> None:
        if not rooms.can.gives_floor:
            return
        ref = await rooms.create(spec_of(), None)
        await rooms.apply(ref, spec_of())
        for guest in (CHAIR, MEMBER, OTHER):
            await product.come_in(rooms, spec_of(), guest)
        assert [await product.could_speak(one) for one in (CHAIR, MEMBER, OTHER)] == [True, False, False]
        await rooms.apply(ref, spec_of(speakers=frozenset({MEMBER.identity})))
        assert [await product.could_speak(one) for one in (MEMBER, OTHER)] == [True, False]
        await rooms.apply(ref, spec_of(speakers=frozenset({OTHER.identity})))
        assert [await product.could_speak(one) for one in (MEMBER, OTHER)] == [False, True]

    @pytest.mark.parametrize("role", ["observer", "participant"])
    async def test_a_shut_door_has_no_way_in(
        self, rooms: RoomProvider, product: Product, role: RoomRole
    ) -> None:
        shut = spec_of(door="shut")
        ref = await rooms.create(shut, None)
        await rooms.apply(ref, shut)
        with pytest.raises(RoomTrouble) as trouble:
            await rooms.join(ref, shut, Guest("somebody", "Noen", role))
        assert trouble.value.code == "not_allowed_in"

    async def test_locked_only_those_inside_remain_and_the_disqualified_are_put_out(
        self, rooms: RoomProvider, product: Product
    ) -> None:
        locked = spec_of(
            door="locked",
            inside=frozenset({CHAIR.identity, MEMBER.identity, OTHER.identity}),
            kept_out=frozenset({OTHER.identity}),
        )
        ref = await rooms.create(spec_of(), None)
        await rooms.apply(ref, spec_of())
        if not rooms.can.puts_out:
            for guest in (OTHER, OBSERVER):
                with pytest.raises(RoomTrouble):
                    await rooms.join(ref, locked, guest)
            return
        for guest in (CHAIR, MEMBER, OTHER, OBSERVER):
            await product.come_in(rooms, spec_of(), guest)
        await rooms.apply(ref, locked)
        assert await product.inside() == {CHAIR.identity, MEMBER.identity}
        assert await rooms.verify(ref, locked) == ()
        for guest in (OTHER, OBSERVER):
            with pytest.raises(RoomTrouble):
                await rooms.join(ref, locked, guest)

    async def test_who_came_by_a_link_that_was_taken_back_is_put_out_and_comes_in_as_less(
        self, rooms: RoomProvider, product: Product
    ) -> None:
        spec = spec_of()
        ref = await rooms.create(spec, None)
        await rooms.apply(ref, spec)
        ended = spec_of(ended=frozenset({(CHAIR.identity, "host")}))
        if rooms.can.puts_out:
            for guest in (CHAIR, MEMBER):
                await product.come_in(rooms, spec, guest)
            await rooms.apply(ref, ended)
            assert await rooms.verify(ref, ended) == ()
            assert await product.inside() == {MEMBER.identity}
        with pytest.raises(RoomTrouble, match="not_allowed_in"):
            await rooms.join(ref, ended, CHAIR)
        assert (await rooms.join(ref, ended, replace(CHAIR, role="participant"))).url

    async def test_closing_leaves_nobody_inside(self, rooms: RoomProvider, product: Product) -> None:
        ref = await rooms.create(spec_of(), None)
        await rooms.apply(ref, spec_of())
        if rooms.can.puts_out:
            await product.come_in(rooms, spec_of(), MEMBER)
        await rooms.close(ref)
        await rooms.close(ref)
        if rooms.can.puts_out:
            assert await product.inside() == set()

    async def test_our_rooms_are_found_again_by_what_they_are_for(
        self, rooms: RoomProvider, product: Product
    ) -> None:
        ref = await rooms.create(spec_of(), None)
        found = await rooms.all_of(TOWN)
        assert [(room_id, one.id) for room_id, one in found] in (
            [],
            [(spec_of().room_id, ref.id)],
        )
        if rooms.can.read_back:
            assert found
        assert await rooms.all_of(UUID(int=78)) == ()

    async def test_secrets_are_in_no_text_that_might_be_logged(
        self, rooms: RoomProvider, product: Product
    ) -> None:
        ref = await rooms.create(spec_of(), None)
        await rooms.apply(ref, spec_of())
        join = await rooms.join(ref, spec_of(), MEMBER)
        for secret in (join.url, join.token, ref.join_url):
            assert not secret or secret not in f"{ref!r} {join!r}"
