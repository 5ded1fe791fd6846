"""The one Protocol through which rooms are reached. Every provider passes tests/rooms/contract.py.

A provider is told what is wanted (`RoomSpec`) and brings the room there, as often as it is asked: everything
here may be done twice, by two processes, or be cut off half-way and begun again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol
from uuid import UUID

ProviderName = Literal["teams", "livekit", "embedded", "link"]
Door = Literal["shut", "open", "locked"]
"""shut: hosts alone. open: whoever was given a way in. locked: behind closed doors, see `inside`."""
RoomRole = Literal["host", "participant", "observer"]
"""host: chair, secretary, IT support; lets in, mutes, puts out. observer: sees and hears."""

KeptOut = Literal["closed", "locked", "kept_out", "token"]
"""Why somebody may not be in a room: it is not open to them, its doors are closed, they are put out, or their
link was taken back."""


@dataclass(frozen=True, slots=True)
class Presenter:
    """Somebody who may speak and share a screen without being given the floor.

    ``address``: e-mail, where the product knows people by it.
    """

    identity: str
    name: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class RoomSpec:
    """All that is wanted of a room now, by value.

    ``starts_at`` and ``ends_at`` span its sessions. Identities are people's ids as text.
    """

    room_id: UUID
    organisation_id: UUID
    name: str
    starts_at: datetime
    ends_at: datetime
    door: Door = "shut"
    lobby: bool = True
    """Whether others than hosts wait until they are let in."""
    observers: bool = True
    """Whether observers may come in at all; else they are given the stream."""
    open_microphones: bool = False
    """Whether participants may speak without being given the floor (group work, a lunch room)."""
    speakers: frozenset[str] = frozenset()
    """Who has the floor."""
    presenters: tuple[Presenter, ...] = ()
    inside: frozenset[str] = frozenset()
    """Who may be in the room while its door is locked, hosts too."""
    kept_out: frozenset[str] = frozenset()
    """Who is put out and kept out whatever the door, such as a disqualified member."""
    ended: frozenset[tuple[str, RoomRole]] = frozenset()
    """Who may be in as that no longer, by identity and role: the link that they came by was taken back."""
    recorded: bool = False
    transcribed: bool = False
    url: str | None = field(default=None, repr=False)
    """Of a room elsewhere (link)."""

    def may_be_in(self, identity: str, role: RoomRole) -> bool:
        """Whether somebody may be in the room now."""
        return self.keeps_out(identity, role) is None

    def keeps_out(self, identity: str, role: RoomRole) -> KeptOut | None:
        """Why somebody may not be in the room now; None if they may."""
        if identity in self.kept_out:
            return "kept_out"
        if (identity, role) in self.ended:
            return "token"
        match self.door:
            case "open":
                return None if role != "observer" or self.observers else "closed"
            case "locked":
                return None if role != "observer" and identity in self.inside else "locked"
            case "shut":
                return None if role == "host" else "closed"

    def may_speak(self, identity: str, role: RoomRole) -> bool:
        """Whether somebody's microphone and camera may be open now. An observer's never."""
        if role == "observer" or not self.may_be_in(identity, role):
            return False
        return (
            role == "host"
            or self.open_microphones
            or identity in self.speakers
            or any(presenter.identity == identity for presenter in self.presenters)
        )

    def may_share(self, identity: str, role: RoomRole) -> bool:
        """Whether somebody may share a screen: hosts, presenters, and who has the floor."""
        return self.may_speak(identity, role) and (
            role == "host"
            or identity in self.speakers
            or any(presenter.identity == identity for presenter in self.presenters)
        )


@dataclass(frozen=True, slots=True)
class RoomRef:
    """What the product calls the room. ``join_url`` is secret until the room has been verified."""

    provider: ProviderName
    organisation_id: UUID
    id: str
    join_url: str | None = field(default=None, repr=False)
    more: tuple[tuple[str, str], ...] = ()
    """What else the provider must remember, such as the calendar event's id."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who wants in."""

    identity: str
    name: str
    role: RoomRole


@dataclass(frozen=True, slots=True)
class Join:
    """A way in for one guest, until ``expires_at``. ``url`` and ``token`` are never logged."""

    url: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is in the room, or waits in its lobby."""

    identity: str
    name: str
    role: RoomRole
    waiting: bool = False
    microphone: bool = False
    camera: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a product can hold people to. What it cannot, we do without: observers get the stream instead."""

    holds_observers_mute: bool
    """It can let observers in and keep them from speaking, whatever their client sends."""
    puts_out: bool
    """It can put somebody out and keep them out: needed for closed doors."""
    gives_floor: bool
    """It can open and shut one person's microphone at once."""
    tells_who_is_in: bool
    records: bool = False
    read_back: bool = True
    """Its options can be read back; where they cannot, there are none of ours to verify."""


CAPABILITIES: Final[Mapping[ProviderName, Capabilities]] = {
    "embedded": Capabilities(
        holds_observers_mute=True, puts_out=True, gives_floor=True, tells_who_is_in=True
    ),
    "teams": Capabilities(
        holds_observers_mute=True, puts_out=False, gives_floor=False, tells_who_is_in=False, records=True
    ),
    "livekit": Capabilities(holds_observers_mute=True, puts_out=True, gives_floor=True, tells_who_is_in=True),
    "link": Capabilities(
        holds_observers_mute=False, puts_out=False, gives_floor=False, tells_who_is_in=False, read_back=False
    ),
}
"""What each product can do, also where it is not installed."""


TroubleCode = Literal[
    "throttled",
    "unavailable",
    "refused",
    "no_policy",
    "gone",
    "not_configured",
    "not_installed",
    "not_as_wanted",
    "not_allowed_in",
    "no_egress",
    "sends_nothing",
]


class RoomTrouble(Exception):
    """The product did not do what it was asked; ``code`` is turned into words and what to do about it.

    ``retry_after``: seconds it asked us to wait. ``lasting``: trying again alone will not help.
    """

    def __init__(
        self, code: TroubleCode, detail: str = "", *, retry_after: float | None = None, lasting: bool = False
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code: TroubleCode = code
        self.detail = detail
        self.retry_after = retry_after
        self.lasting = lasting


class RoomProvider(Protocol):
    """One product. All methods raise RoomTrouble."""

    @property
    def name(self) -> ProviderName:
        """Which product this is."""
        ...

    @property
    def can(self) -> Capabilities:
        """What it can do."""
        ...

    async def create(self, spec: RoomSpec, known: RoomRef | None) -> RoomRef:
        """The room for ``spec.room_id``: made, or found if it was made before, also if nobody remembered it.

        ``known``: what was remembered of it.
        """
        ...

    async def apply(self, ref: RoomRef, spec: RoomSpec) -> None:
        """Bring the room to ``spec``: options, door, who may speak; put out who may not be in."""
        ...

    async def verify(self, ref: RoomRef, spec: RoomSpec) -> tuple[str, ...]:
        """Read the room back; the names of what is not as ``spec`` wants it. Unknown counts as not so."""
        ...

    async def join(self, ref: RoomRef, spec: RoomSpec, guest: Guest) -> Join:
        """A way in that gives this guest no more than their role. RoomTrouble("not_allowed_in") if none."""
        ...

    async def present(self, ref: RoomRef) -> tuple[Present, ...]:
        """Who is in the room and its lobby; empty where the product does not tell."""
        ...

    async def close(self, ref: RoomRef) -> None:
        """Everyone out, nobody in, recording ended. The room may be opened again by `apply`."""
        ...

    async def delete(self, ref: RoomRef) -> None:
        """As if it had never been; a room that is gone is no trouble."""
        ...

    async def all_of(self, organisation_id: UUID) -> tuple[tuple[UUID, RoomRef], ...]:
        """The rooms that we have made there, as (room_id, ref): what nobody wants any more is an orphan."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...
