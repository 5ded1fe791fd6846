"""The rooms of this process, as every provider's are reached; and the conversation of each page in them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.rooms.embedded import signalling
from orchestrator.rooms.embedded.channel import Channel
from orchestrator.rooms.embedded.messages import Refusal
from orchestrator.rooms.embedded.room import Room
from orchestrator.rooms.embedded.tokens import LASTS, Claims, Tokens
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


class EmbeddedRooms:
    """Rooms that live as long as this process: after a restart they are created and opened anew.

    ``key``: the service's own, join tokens are made with one derived from it. ``socket``: the address that
    pages converse at (web/room_socket.py). ``addresses``: those of ours that browsers are told; none: every
    address of the machine but loopback.
    """

    name: ProviderName = "embedded"
    can = CAPABILITIES["embedded"]

    def __init__(self, clock: Clock, key: bytes, *, socket: str, addresses: Sequence[str] = ()) -> None:
        self._clock = clock
        self._tokens = Tokens(key, clock)
        self._socket = socket
        self._addresses = addresses
        self._rooms: dict[tuple[UUID, UUID], Room] = {}
        self.on_lobby: Callable[[UUID], None] = lambda _: None
        """Called when somebody begins or ends to wait in a room's lobby."""

    async def create(self, spec: RoomSpec, known: RoomRef | None) -> RoomRef:
        """The room, closed until it is applied to."""
        del known  # a room's id is its own
        here = (spec.organisation_id, spec.room_id)
        if here not in self._rooms:
            self._rooms[here] = Room(
                spec,
                addresses=self._addresses,
                clock=self._clock,
                on_lobby=lambda: self.on_lobby(spec.room_id),
            )
        return _ref(spec.organisation_id, spec.room_id)

    async def apply(self, ref: RoomRef, spec: RoomSpec) -> None:
        """At once: when this returns nothing passes that may not."""
        self._room(ref).apply(spec)

    async def verify(self, ref: RoomRef, spec: RoomSpec) -> tuple[str, ...]:
        """What the room holds, and who is in it."""
        return self._room(ref).not_as(spec)

    async def join(self, ref: RoomRef, spec: RoomSpec, guest: Guest) -> Join:
        """A token for this guest as this role; the room asks its spec again when it is used."""
        room = self._room(ref)
        if room.kept_from(guest) or not spec.may_be_in(guest.identity, guest.role):
            raise RoomTrouble("not_allowed_in")
        claims = Claims(
            organisation_id=ref.organisation_id,
            room_id=UUID(ref.id),
            identity=guest.identity,
            name=guest.name,
            role=guest.role,
        )
        return Join(self._socket, self._tokens.make(claims), self._clock.now() + LASTS)

    async def present(self, ref: RoomRef) -> tuple[Present, ...]:
        """Who is in, and who waits."""
        return self._room(ref).present()

    async def close(self, ref: RoomRef) -> None:
        """A room that is gone is closed."""
        if room := self._rooms.get(_key(ref)):
            room.close()

    async def delete(self, ref: RoomRef) -> None:
        """Closed and forgotten."""
        if room := self._rooms.pop(_key(ref), None):
            room.close()
            await room.ended()

    async def all_of(self, organisation_id: UUID) -> tuple[tuple[UUID, RoomRef], ...]:
        """Its rooms in this process."""
        return tuple(
            (room_id, _ref(organisation, room_id))
            for organisation, room_id in self._rooms
            if organisation == organisation_id
        )

    def live(self) -> tuple[Room, ...]:
        """The rooms of this process themselves, for what is made of them (roomkeeping/casts.py)."""
        return tuple(self._rooms.values())

    async def aclose(self) -> None:
        """Every room closed, every task ended."""
        rooms = list(self._rooms.values())
        for room in rooms:
            room.close()
        for room in rooms:
            await room.ended()
        self._rooms.clear()

    async def admit(self, ref: RoomRef, identity: str) -> None:
        """Let somebody in from the lobby, or in again."""
        with _refusal_is_trouble():
            self._room(ref).admit(identity)

    async def mute(self, ref: RoomRef, identity: str) -> None:
        """Switch somebody's microphone off."""
        with _refusal_is_trouble():
            self._room(ref).mute(identity)

    async def put_out(self, ref: RoomRef, identity: str) -> None:
        """Out, and not in again until admitted."""
        with _refusal_is_trouble():
            self._room(ref).put_out(identity)

    async def converse(self, channel: Channel) -> None:
        """A page's whole conversation; returns when it is over and the channel closed."""
        claims = await signalling.introduced(channel, self._tokens)
        if claims is None:
            return
        room = self._rooms.get((claims.organisation_id, claims.room_id))
        if room is None:
            await signalling.turn_away(channel, "closed")
            return
        await signalling.talk(channel, room, claims)

    def _room(self, ref: RoomRef) -> Room:
        if room := self._rooms.get(_key(ref)):
            return room
        raise RoomTrouble("gone")


@contextmanager
def _refusal_is_trouble() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        raise RoomTrouble("refused", refusal.detail) from None


def _ref(organisation_id: UUID, room_id: UUID) -> RoomRef:
    return RoomRef("embedded", organisation_id, str(room_id))


def _key(ref: RoomRef) -> tuple[UUID, UUID]:
    return ref.organisation_id, UUID(ref.id)
