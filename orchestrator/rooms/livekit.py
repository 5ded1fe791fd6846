"""LiveKit, the self-hosted room for real use.

A guest who waits in the lobby is in the room with nothing granted: LiveKit has no lobby, cannot move people
between rooms when self-hosted, and so lets them in without a new connection the moment a host says so. They
neither hear, see nor are heard; they do see the names of those who are in, which is why behind closed doors
nobody waits who may not be inside. Who has been let in is written on the connection, under our signature, and
survives a broken line; who leaves and comes back waits again, and whoever a host has put out also where there
is no lobby.

A token is good until it expires, and LiveKit renews the token of those who are in. So whoever is put out, or
has the floor no longer, can come back with what they had for some minutes: `apply` is called again whenever
somebody comes (livekit_hooks.py), and `verify` says who should not be there or has more than their due.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.rooms.livekit_account import LivekitAccount
from orchestrator.rooms.livekit_grants import TOKEN_LASTS, Rights, rights_of, waits
from orchestrator.rooms.livekit_notes import notes_for, put_out_by
from orchestrator.rooms.provider import (
    CAPABILITIES,
    Guest,
    Join,
    Present,
    ProviderName,
    RoomRef,
    RoomSpec,
    RoomTrouble,
)

if TYPE_CHECKING:
    from orchestrator.rooms.livekit_client import Person


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
    can = CAPABILITIES["livekit"]

    def __init__(self, account: LivekitAccount, clock: Clock) -> None:
        try:
            from orchestrator.rooms.livekit_client import LivekitClient  # noqa: PLC0415 - an extra
        except ModuleNotFoundError as error:
            raise RoomTrouble("not_installed", "livekit-api", lasting=True) from error
        self.client = LivekitClient(account)
        self._clock = clock
        self._noting = asyncio.Lock()

    async def create(self, spec: RoomSpec, known: RoomRef | None) -> RoomRef:  # noqa: ARG002 - the name says all
        """The room by its name, whether it was there or not."""
        name = room_name(spec.organisation_id, spec.room_id)
        await self.client.make(name, notes_for(spec))
        return RoomRef("livekit", spec.organisation_id, name)

    async def apply(self, ref: RoomRef, spec: RoomSpec) -> None:
        """Those who may not be in are put out and rights taken away; only when that is done are any given."""
        written = (await self.client.rooms(ref.id)).get(ref.id)
        if written is None:
            await self.client.make(ref.id, notes_for(spec))
        put_out = put_out_by(written or "")
        takes: list[Callable[[], Awaitable[None]]] = []
        gives: list[Callable[[], Awaitable[None]]] = []
        for one in await self.client.people(ref.id):
            due = _due(spec, one, put_out)
            if due.rights is None:
                takes.append(partial(self.client.put_out, ref.id, one.identity))
            elif due.differs:
                change = partial(self.client.give, ref.id, one.identity, due.rights, waiting=due.waits)
                (gives if due.rights.sources else takes).append(change)
        await _all(takes)
        if written not in (None, notes_for(spec, put_out)):
            await self._note(ref, spec, lambda before: before)
        await _all(gives)

    async def verify(self, ref: RoomRef, spec: RoomSpec) -> tuple[str, ...]:
        """The names of what differs.

        "inside": somebody who may not be; "rights": of those who may; "auto_create": a setting of the server.
        """
        rooms = await self.client.rooms(ref.id)
        if ref.id not in rooms:
            raise RoomTrouble("gone")
        put_out = put_out_by(rooms[ref.id])
        dues = [_due(spec, one, put_out) for one in await self.client.people(ref.id)]
        found = {
            "metadata": rooms[ref.id] != notes_for(spec, put_out),
            "inside": any(due.rights is None for due in dues),
            "rights": any(due.rights is not None and due.differs for due in dues),
            "auto_create": await self.client.makes_rooms_by_itself(),
        }
        return tuple(name for name, differs in found.items() if differs)

    async def join(self, ref: RoomRef, spec: RoomSpec, guest: Guest) -> Join:
        """A token with the rights of this moment and no more: what is given later is given in the room."""
        rooms = await self.client.rooms(ref.id)
        waiting = waits(spec, guest.identity, guest.role, put_out_by(rooms.get(ref.id, "")))
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
        """Let somebody in who waits, or who has been put out. Nothing happens if they have gone."""
        await self._note(ref, spec, lambda before: before - {identity})
        await unless_gone(self._admit(ref, spec, identity))

    async def mute(self, ref: RoomRef, identity: str) -> None:
        """Shut somebody's microphone, which they may open again; taking the floor from them is `apply`."""
        await unless_gone(self.client.mute(ref.id, identity))

    async def put_out(self, ref: RoomRef, spec: RoomSpec, identity: str) -> None:
        """Put somebody out who is in; if they come back they wait. Not a host: RoomTrouble("refused")."""
        await unless_gone(self._put_out(ref, spec, identity))

    async def _admit(self, ref: RoomRef, spec: RoomSpec, identity: str) -> None:
        one = await self.client.person(ref.id, identity)
        rights = rights_of(spec, identity, one.role, waiting=False)
        if rights is None:
            raise RoomTrouble("not_allowed_in")
        if one.waiting:
            await self.client.give(ref.id, identity, rights, waiting=False)

    async def _put_out(self, ref: RoomRef, spec: RoomSpec, identity: str) -> None:
        if (await self.client.person(ref.id, identity)).role == "host":
            raise RoomTrouble("refused", "a host cannot be put out")
        await self._note(ref, spec, lambda before: before | {identity})
        await self.client.put_out(ref.id, identity)

    async def _note(
        self, ref: RoomRef, spec: RoomSpec, put_out: Callable[[frozenset[str]], frozenset[str]]
    ) -> None:
        """Write on the room what is wanted of it, and who is put out after those that stand there."""
        async with self._noting:
            written = (await self.client.rooms(ref.id)).get(ref.id)
            if written is None:
                return
            wanted = notes_for(spec, put_out(put_out_by(written)))
            if wanted != written:
                await self.client.describe(ref.id, wanted)

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


@dataclass(frozen=True, slots=True)
class _Due:
    """What somebody who is in may do; None: they may not be in. ``differs``: it is not what they have."""

    rights: Rights | None
    waits: bool
    differs: bool


def _due(spec: RoomSpec, one: "Person", put_out: AbstractSet[str]) -> _Due:
    """What a recorder may do is LiveKit's affair, and it may be in except behind closed doors."""
    if one.recorder:
        return _Due(None if spec.door == "locked" else Rights(), waits=False, differs=False)
    waiting = (one.waiting or one.identity in put_out) and waits(spec, one.identity, one.role, put_out)
    rights = rights_of(spec, one.identity, one.role, waiting=waiting)
    return _Due(rights, waiting, differs=one.rights != rights or one.waiting != waiting)


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
