"""A product that is nothing but a dictionary, and fails when told to."""

from dataclasses import dataclass, field
from uuid import UUID

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


@dataclass
class InMemory:
    """One room in it."""

    ref: RoomRef
    spec: RoomSpec | None = None
    inside: dict[str, Guest] = field(default_factory=dict)


class MemoryRooms:
    """Implements RoomProvider; ``calls`` is what it was asked, ``troubles`` what the next calls raise."""

    name: ProviderName = "livekit"
    can = Capabilities(holds_observers_mute=True, puts_out=True, gives_floor=True, tells_who_is_in=True)

    def __init__(self) -> None:
        self.rooms: dict[UUID, InMemory] = {}
        self.calls: list[str] = []
        self.troubles: list[BaseException | None] = []
        self.made = 0

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.troubles and (trouble := self.troubles.pop(0)) is not None:
            raise trouble

    def _room(self, ref: RoomRef) -> InMemory:
        for room in self.rooms.values():
            if room.ref.id == ref.id:
                return room
        raise RoomTrouble("gone")

    async def create(self, spec: RoomSpec, known: RoomRef | None) -> RoomRef:
        if spec.room_id not in self.rooms:
            self.made += 1
            url = f"https://rooms.example/secret-{self.made}"
            ref = RoomRef(self.name, spec.organisation_id, f"room-{self.made}", url)
            self.rooms[spec.room_id] = InMemory(ref)
        self._called("create")  # the answer may be lost after the work is done
        return self.rooms[spec.room_id].ref

    async def apply(self, ref: RoomRef, spec: RoomSpec) -> None:
        room = self._room(ref)
        self._called("apply")
        room.spec = spec
        room.inside = {id_: guest for id_, guest in room.inside.items() if spec.may_be_in(id_, guest.role)}

    async def verify(self, ref: RoomRef, spec: RoomSpec) -> tuple[str, ...]:
        room = self._room(ref)
        self._called("verify")
        if room.spec == spec:
            return ()
        return ("microphones",)

    async def join(self, ref: RoomRef, spec: RoomSpec, guest: Guest) -> Join:
        if not spec.may_be_in(guest.identity, guest.role):
            raise RoomTrouble("not_allowed_in")
        self._room(ref).inside[guest.identity] = guest
        return Join(ref.join_url or "", f"token-{guest.identity}")

    async def present(self, ref: RoomRef) -> tuple[Present, ...]:
        return tuple(Present(one.identity, one.name, one.role) for one in self._room(ref).inside.values())

    async def close(self, ref: RoomRef) -> None:
        self._called("close")
        if room := next((one for one in self.rooms.values() if one.ref.id == ref.id), None):
            room.inside.clear()

    async def delete(self, ref: RoomRef) -> None:
        self._called("delete")
        self.rooms = {id_: one for id_, one in self.rooms.items() if one.ref.id != ref.id}

    async def all_of(self, organisation_id: UUID) -> tuple[tuple[UUID, RoomRef], ...]:
        return tuple(
            (id_, one.ref) for id_, one in self.rooms.items() if one.ref.organisation_id == organisation_id
        )

    async def aclose(self) -> None:
        pass
