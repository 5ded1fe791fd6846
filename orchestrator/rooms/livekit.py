"""LiveKit, the self-hosted room for real use.

A guest who waits in the lobby is in the room with nothing granted: LiveKit has no lobby, cannot move people
between rooms when self-hosted, and so lets them in without a new connection the moment a host says so. They
neither hear, see nor are heard; they do see the names of those who are in, which is why behind closed doors
nobody waits who may not be inside. Who has been let in is written on the connection, under our signature, and
survives a broken line; who leaves and comes back waits again.

A token is good until it expires, and LiveKit renews the token of those who are in. So whoever is put out, or
has the floor no longer, can come back with what they had for some minutes: `apply` is called again whenever
somebody comes (livekit_hooks.py), and `verify` says who should not be there or has more than their due.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.rooms.livekit_account import LivekitAccount
from orchestrator.rooms.livekit_grants import TOKEN_LASTS, Rights, rights_of, waits
from orchestrator.rooms.provider import (
    Capabilities,
    Guest,
    Join,
    Present,
    ProviderName,
    RoomRef,
    RoomSpec,
    RoomTrouble,
)

if TYPE_CHECKING:
    from orchestrator.rooms.livekit_client import LivekitClient, Person


def room_name(organisation_id: UUID, room_id: UUID) -> str:
    """What LiveKit calls the room. It follows from what the room is for, so there is never a second one."""
    return f"{organisation_id}_{room_id}"


def room_named(name: str) -> tuple[UUID, UUID] | None:
    """(organisation_id, room_id) of a room of ours; None of others' rooms."""
    organisation, _, room = name.partition("_")
    try:
        ids = UUID(organisation), UUID(room)
    except ValueError:
        return None
    return ids if room_name(*ids) == name else None


class LivekitRooms:
    """Rooms on one LiveKit server. Also for hosts: `admit`, `mute`, `put_out`.

    RoomTrouble("not_installed") without the extra.
    """

    name: ProviderName = "livekit"
    can = Capabilities(holds_observers_mute=True, puts_out=True, gives_floor=True, tells_who_is_in=True)

    def __init__(self, account: LivekitAccount, clock: Clock) -> None:
        try:
            from orchestrator.rooms.livekit_client import LivekitClient  # noqa: PLC0415 - an extra
        except ModuleNotFoundError as error:
            raise RoomTrouble("not_installed", "livekit-api", lasting=True) from error
        self.client = LivekitClient(account)
        self._clock = clock

    async def create(self, spec: RoomSpec, known: RoomRef | None) -> RoomRef:  # noqa: ARG002 - the name says all
        """The room by its name, whether it was there or not."""
        name = room_name(spec.organisation_id, spec.room_id)
        await self.client.make(name, _metadata(spec))
        return RoomRef("livekit", spec.organisation_id, name)

    async def apply(self, ref: RoomRef, spec: RoomSpec) -> None:
        """Those who may not be in are put out and rights taken away; only when that is done are any given."""
        metadata = (await self.client.rooms(ref.id)).get(ref.id)
        if metadata is None:
            await self.client.make(ref.id, _metadata(spec))
        elif metadata != _metadata(spec):
            await self.client.describe(ref.id, _metadata(spec))
        takes: list[Callable[[], Awaitable[None]]] = []
        gives: list[Callable[[], Awaitable[None]]] = []
        for one in await self.client.people(ref.id):
            rights = _due(spec, one)
            if not _may_stay(spec, one):
                takes.append(partial(self.client.put_out, ref.id, one.identity))
            elif rights is not None and _differs(spec, one):
                change = partial(self.client.give, ref.id, one.identity, rights, admitted=not spec.lobby)
                (gives if rights.sources else takes).append(change)
        await _all(takes)
        await _all(gives)

    async def verify(self, ref: RoomRef, spec: RoomSpec) -> tuple[str, ...]:
        """The names of what differs.

        "inside": somebody who may not be; "rights": of those who may; "auto_create": a setting of the server.
        """
        rooms = await self.client.rooms(ref.id)
        if ref.id not in rooms:
            raise RoomTrouble("gone")
        people = await self.client.people(ref.id)
        found = {
            "metadata": rooms[ref.id] != _metadata(spec),
            "inside": not all(_may_stay(spec, one) for one in people),
            "rights": any(_may_stay(spec, one) and _differs(spec, one) for one in people),
            "auto_create": await self.client.makes_rooms_by_itself(),
        }
        return tuple(name for name, differs in found.items() if differs)

    async def join(self, ref: RoomRef, spec: RoomSpec, guest: Guest) -> Join:
        """A token with the rights of this moment and no more: what is given later is given in the room."""
        waiting = waits(spec, guest.role)
        rights = rights_of(spec, guest.identity, guest.role, waiting=waiting)
        if rights is None:
            raise RoomTrouble("not_allowed_in")
        return Join(
            self.client.account.url,
            self.client.token(ref.id, guest, rights, waiting=waiting),
            self._clock.now() + TOKEN_LASTS,
        )

    async def present(self, ref: RoomRef) -> tuple[Present, ...]:
        """Who is in the room. Somebody whom we did not let in is shown as an observer until put out."""
        return tuple(
            Present(
                one.identity,
                one.name,
                one.role or "observer",
                waiting=one.waiting,
                microphone=bool(one.microphones),
                camera=one.camera,
            )
            for one in await self.client.people(ref.id)
            if not one.recorder
        )

    async def admit(self, ref: RoomRef, spec: RoomSpec, identity: str) -> None:
        """Let somebody in who waits. Nothing happens if they have gone."""
        await unless_gone(_admit(self.client, ref, spec, identity))

    async def mute(self, ref: RoomRef, identity: str) -> None:
        """Shut somebody's microphone, which they may open again; taking the floor from them is `apply`."""
        await unless_gone(self.client.mute(ref.id, identity))

    async def put_out(self, ref: RoomRef, identity: str) -> None:
        """Put somebody out for now; they are kept out by `RoomSpec.kept_out`."""
        await unless_gone(self.client.put_out(ref.id, identity))

    async def close(self, ref: RoomRef) -> None:
        """The room is no more: that alone stops tokens handed out before. `apply` makes it again."""
        await self.delete(ref)

    async def delete(self, ref: RoomRef) -> None:
        """Likewise."""
        await unless_gone(self.client.delete(ref.id))

    async def all_of(self, organisation_id: UUID) -> tuple[tuple[UUID, RoomRef], ...]:
        """By their names, which nobody can change."""
        named = ((name, room_named(name)) for name in await self.client.rooms())
        return tuple(
            (ids[1], RoomRef("livekit", organisation_id, name))
            for name, ids in named
            if ids is not None and ids[0] == organisation_id
        )

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.client.aclose()


def _metadata(spec: RoomSpec) -> str:
    """For those who look at the server itself. Everyone in the room can read it."""
    return json.dumps({"organisation": str(spec.organisation_id), "room": str(spec.room_id)})


async def _admit(client: "LivekitClient", ref: RoomRef, spec: RoomSpec, identity: str) -> None:
    one = await client.person(ref.id, identity)
    rights = rights_of(spec, identity, one.role, waiting=False)
    if rights is None:
        raise RoomTrouble("not_allowed_in")
    if one.waiting:
        await client.give(ref.id, identity, rights, admitted=True)


def _due(spec: RoomSpec, one: "Person") -> Rights | None:
    """What somebody who is in may do."""
    return rights_of(spec, one.identity, one.role, waiting=one.waiting and spec.lobby)


def _may_stay(spec: RoomSpec, one: "Person") -> bool:
    """Whether somebody may be in; a recorder may, except behind closed doors."""
    return spec.door != "locked" if one.recorder else _due(spec, one) is not None


def _differs(spec: RoomSpec, one: "Person") -> bool:
    """Whether somebody may do more or less than is their due. What a recorder may is LiveKit's affair."""
    return not one.recorder and (one.rights != _due(spec, one) or (one.waiting and not spec.lobby))


async def unless_gone(change: Awaitable[None]) -> None:
    """Make a change to what may be there no longer."""
    try:
        await change
    except RoomTrouble as trouble:
        if trouble.code != "gone":
            raise


async def _all(changes: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Every change, also when one fails; then the first failure."""
    made = (unless_gone(change()) for change in changes)
    for result in await asyncio.gather(*made, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
