"""What a LiveKit room must do beyond the contract of all rooms, on a fake server and on a real one."""

import asyncio
import base64
import json

import aiohttp
import pytest
from livekit import api
from livekit.protocol import rtc

from orchestrator.rooms.livekit import LivekitRooms
from orchestrator.rooms.provider import Guest, RoomRef, RoomSpec, RoomTrouble
from tests.rooms.contract import CHAIR, MEMBER, OBSERVER, OTHER, PRESENTER, RoomContract, spec_of
from tests.rooms.livekit_visitor import LivekitProduct, Visitor

NOT_ALLOWED = rtc.RequestResponse.NOT_ALLOWED
FLOOR = frozenset({MEMBER.identity})


async def opened(rooms: LivekitRooms, spec: RoomSpec) -> RoomRef:
    ref = await rooms.create(spec, None)
    await rooms.apply(ref, spec)
    return ref


class LivekitContract(RoomContract):
    async def test_who_waits_neither_hears_nor_is_heard_until_let_in(
        self, rooms: LivekitRooms, product: LivekitProduct
    ) -> None:
        spec = spec_of(lobby=True, open_microphones=True)
        ref = await opened(rooms, spec)
        visitor = await product.sit_down(await rooms.join(ref, spec, MEMBER), MEMBER)
        assert [one.waiting for one in await rooms.present(ref)] == [True]
        assert not (await product.people())[MEMBER.identity].permission.can_subscribe
        assert not await visitor.publishes()
        await rooms.apply(ref, spec)
        assert not await visitor.publishes()
        await rooms.admit(ref, spec, MEMBER.identity)
        assert [one.waiting for one in await rooms.present(ref)] == [False]
        assert (await product.people())[MEMBER.identity].permission.can_subscribe
        assert await visitor.publishes()
        assert await rooms.verify(ref, spec) == ()

    async def test_who_comes_back_waits_again(self, rooms: LivekitRooms, product: LivekitProduct) -> None:
        spec = spec_of(lobby=True)
        ref = await opened(rooms, spec)
        await product.come_in(rooms, spec, MEMBER)
        await product.sit_down(await rooms.join(ref, spec, MEMBER), MEMBER)
        assert [one.waiting for one in await rooms.present(ref)] == [True]

    async def test_a_host_does_not_wait(self, rooms: LivekitRooms, product: LivekitProduct) -> None:
        spec = spec_of(lobby=True, door="shut")
        ref = await opened(rooms, spec)
        visitor = await product.sit_down(await rooms.join(ref, spec, CHAIR), CHAIR)
        assert await visitor.publishes()

    async def test_without_a_lobby_those_who_wait_are_let_in(
        self, rooms: LivekitRooms, product: LivekitProduct
    ) -> None:
        spec = spec_of(lobby=True)
        ref = await opened(rooms, spec)
        await product.sit_down(await rooms.join(ref, spec, OBSERVER), OBSERVER)
        assert await rooms.verify(ref, spec_of(lobby=False)) == ("rights",)
        await rooms.apply(ref, spec_of(lobby=False))
        assert await rooms.verify(ref, spec_of(lobby=False)) == ()
        permission = (await product.people())[OBSERVER.identity].permission
        assert (permission.can_subscribe, permission.can_publish) == (True, False)

    async def test_nobody_is_let_in_who_may_not_be_in(
        self, rooms: LivekitRooms, product: LivekitProduct
    ) -> None:
        spec = spec_of(lobby=True)
        ref = await opened(rooms, spec)
        visitor = await product.sit_down(await rooms.join(ref, spec, OBSERVER), OBSERVER)
        with pytest.raises(Exception, match="not_allowed_in"):
            await rooms.admit(ref, spec_of(lobby=True, observers=False), OBSERVER.identity)
        assert not await visitor.publishes()
        assert [one.waiting for one in await rooms.present(ref)] == [True]

    async def test_an_observer_can_make_no_more_of_themselves(
        self, rooms: LivekitRooms, product: LivekitProduct
    ) -> None:
        spec = spec_of(open_microphones=True)
        ref = await opened(rooms, spec)
        join = await rooms.join(ref, spec, OBSERVER)
        assert join.token
        as_host = base64.urlsafe_b64encode(b'{"role": "host"}').decode()
        for trick in ({"publish": "second"}, {"attributes": as_host}):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await product.connect(join.token, **trick)
        visitor = await product.sit_down(join, OBSERVER)
        await visitor.say(
            rtc.SignalRequest(update_metadata=rtc.UpdateParticipantMetadata(attributes={"role": "host"}))
        )
        assert (await visitor.hear("request_response")).request_response.reason == NOT_ALLOWED
        await rooms.apply(ref, spec)
        assert [one.role for one in await rooms.present(ref)] == ["observer"]
        assert not await visitor.publishes()

    async def test_a_screen_is_shared_by_presenters_and_by_who_has_the_floor(
        self, rooms: LivekitRooms, product: LivekitProduct
    ) -> None:
        spec = spec_of(open_microphones=True)
        ref = await opened(rooms, spec)
        presenter = Guest(PRESENTER.identity, PRESENTER.name, "participant")
        can = {}
        for guest in (presenter, MEMBER, OTHER, OBSERVER):
            await product.come_in(rooms, spec, guest)
        await rooms.apply(ref, spec_of(open_microphones=True, speakers=FLOOR))
        for guest in (presenter, MEMBER, OTHER, OBSERVER):
            visitor = product.visitors[guest.identity]
            can[guest] = [
                await visitor.publishes(source)
                for source in (
                    api.TrackSource.MICROPHONE,
                    api.TrackSource.CAMERA,
                    api.TrackSource.SCREEN_SHARE,
                    api.TrackSource.UNKNOWN,
                )
            ]
        assert can == {
            presenter: [True, True, True, False],
            MEMBER: [True, True, True, False],
            OTHER: [True, True, False, False],
            OBSERVER: [False, False, False, False],
        }

    async def test_a_renewed_token_gives_the_floor_back_only_until_it_is_looked_at(
        self, rooms: LivekitRooms, product: LivekitProduct
    ) -> None:
        ref = await opened(rooms, spec_of())
        await product.come_in(rooms, spec_of(), MEMBER)
        first = product.visitors[MEMBER.identity]
        await rooms.apply(ref, spec_of(speakers=FLOOR))
        assert await first.publishes()
        kept = await newest_token(first)
        await rooms.apply(ref, spec_of())
        await first.go()
        again = product.visitors[MEMBER.identity] = await product.connect(kept)
        assert await rooms.verify(ref, spec_of()) == ("rights",)
        await rooms.apply(ref, spec_of())
        assert not await again.publishes()
        assert await rooms.verify(ref, spec_of()) == ()

    async def test_who_comes_back_behind_closed_doors_with_an_old_token_is_noticed_and_put_out(
        self, rooms: LivekitRooms, product: LivekitProduct
    ) -> None:
        ref = await opened(rooms, spec_of())
        old = await rooms.join(ref, spec_of(), OBSERVER)
        locked = spec_of(door="locked", inside=frozenset({CHAIR.identity}))
        await rooms.apply(ref, locked)
        for _ in range(2):
            await product.sit_down(old, OBSERVER)
            assert await rooms.verify(ref, locked) == ("inside",)
            await rooms.apply(ref, locked)
            assert await product.inside() == set()
            assert await rooms.verify(ref, locked) == ()

    async def test_a_second_connection_under_a_name_of_its_own_making_is_put_out(
        self, rooms: LivekitRooms, product: LivekitProduct
    ) -> None:
        spec = spec_of(open_microphones=True)
        ref = await opened(rooms, spec)
        join = await rooms.join(ref, spec, MEMBER)
        assert join.token
        kept_out = spec_of(open_microphones=True, kept_out=frozenset({MEMBER.identity}))
        product.visitors["second"] = await product.connect(join.token, publish="second")
        assert await product.inside() == {f"{MEMBER.identity}#second"}
        assert await rooms.verify(ref, kept_out) == ("inside",)
        await rooms.apply(ref, kept_out)
        assert await product.inside() == set()

    async def test_a_token_that_is_not_ours_has_every_right_until_its_bearer_is_put_out(
        self, rooms: LivekitRooms, product: LivekitProduct
    ) -> None:
        ref = await opened(rooms, spec_of())
        stranger = Guest("stranger", "Ukjent", "observer")
        token = api.AccessToken(product.account.key, product.account.secret).with_identity(stranger.identity)
        bare = api.VideoGrants(
            room_join=True,
            room=ref.id,
            can_publish=None,  # type: ignore[arg-type]
            can_subscribe=None,  # type: ignore[arg-type]
            can_publish_data=None,  # type: ignore[arg-type]
        )
        visitor = await product.connect(token.with_grants(bare).to_jwt())
        product.visitors[stranger.identity] = visitor
        assert await visitor.publishes()
        assert await rooms.verify(ref, spec_of()) == ("inside",)
        await rooms.apply(ref, spec_of())
        assert await product.inside() == set()

    async def test_a_token_from_before_does_not_open_a_closed_room(
        self, rooms: LivekitRooms, product: LivekitProduct
    ) -> None:
        ref = await opened(rooms, spec_of())
        join = await rooms.join(ref, spec_of(), MEMBER)
        await product.come_in(rooms, spec_of(), OTHER)
        await rooms.close(ref)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await product.sit_down(join, MEMBER)
        await rooms.apply(ref, spec_of())
        assert await product.inside() == set()
        assert await rooms.verify(ref, spec_of()) == ()

    async def test_nothing_happens_to_somebody_who_has_gone(
        self, rooms: LivekitRooms, product: LivekitProduct
    ) -> None:
        ref = await opened(rooms, spec_of(lobby=True))
        await rooms.admit(ref, spec_of(lobby=True), MEMBER.identity)
        await rooms.mute(ref, MEMBER.identity)
        await rooms.put_out(ref, spec_of(), MEMBER.identity)
        assert await rooms.present(ref) == ()

    async def test_who_is_put_out_is_out(self, rooms: LivekitRooms, product: LivekitProduct) -> None:
        ref = await opened(rooms, spec_of())
        for guest in (MEMBER, OTHER):
            await product.come_in(rooms, spec_of(), guest)
        await rooms.put_out(ref, spec_of(), MEMBER.identity)
        await rooms.put_out(ref, spec_of(), MEMBER.identity)
        assert await product.inside() == {OTHER.identity}

    async def test_who_was_put_out_waits_whatever_the_lobby_until_let_in_again(
        self, rooms: LivekitRooms, product: LivekitProduct
    ) -> None:
        spec = spec_of(open_microphones=True)
        ref = await opened(rooms, spec)
        old = await rooms.join(ref, spec, MEMBER)
        await product.come_in(rooms, spec, MEMBER)
        await rooms.put_out(ref, spec, MEMBER.identity)
        back = await product.sit_down(old, MEMBER)
        assert await rooms.verify(ref, spec) == ("rights",)
        await rooms.apply(ref, spec)
        assert not await back.publishes()
        assert [one.waiting for one in await rooms.present(ref)] == [True]
        again = await product.sit_down(await rooms.join(ref, spec, MEMBER), MEMBER)
        assert not await again.publishes()
        await rooms.admit(ref, spec, MEMBER.identity)
        assert await again.publishes()
        assert await rooms.verify(ref, spec) == ()
        await rooms.put_out(ref, spec, MEMBER.identity)
        await rooms.admit(ref, spec, MEMBER.identity)
        freely = await product.sit_down(await rooms.join(ref, spec, MEMBER), MEMBER)
        assert await freely.publishes()

    async def test_a_host_is_not_put_out(self, rooms: LivekitRooms, product: LivekitProduct) -> None:
        ref = await opened(rooms, spec_of())
        await product.come_in(rooms, spec_of(), CHAIR)
        with pytest.raises(RoomTrouble, match="refused"):
            await rooms.put_out(ref, spec_of(), CHAIR.identity)
        assert await product.inside() == {CHAIR.identity}

    async def test_those_in_the_room_are_told_who_has_the_floor(
        self, rooms: LivekitRooms, product: LivekitProduct
    ) -> None:
        ref = await opened(rooms, spec_of())
        await product.come_in(rooms, spec_of(), OBSERVER)
        await rooms.apply(ref, spec_of(speakers=FLOOR))
        told = await product.visitors[OBSERVER.identity].hear("room_update")
        assert json.loads(told.room_update.room.metadata)["speakers"] == [MEMBER.identity]
        assert await rooms.verify(ref, spec_of(speakers=FLOOR)) == ()

    async def test_the_same_person_twice_is_one(self, rooms: LivekitRooms, product: LivekitProduct) -> None:
        ref = await opened(rooms, spec_of())
        await product.come_in(rooms, spec_of(), MEMBER)
        first = product.visitors[MEMBER.identity]
        await product.come_in(rooms, spec_of(), MEMBER)
        assert (await first.hear("leave")).HasField("leave")
        assert [one.identity for one in await rooms.present(ref)] == [MEMBER.identity]
        await first.go()


async def newest_token(visitor: Visitor) -> str:
    """The token with which the server renewed this connection's after the last change."""
    async with asyncio.timeout(5):
        while len(visitor.tokens) < 2:
            await asyncio.sleep(0.01)
    return visitor.tokens[-1]
