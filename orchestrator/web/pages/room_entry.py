"""Who somebody is in a digital room, and what its door says to them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from orchestrator.domain.roles import Role
from orchestrator.domain.state import SessionState
from orchestrator.roomkeeping.wishes import HOSTS, identity
from orchestrator.rooms.provider import Capabilities, Guest, RoomRole
from orchestrator.rooms.wanted import Audience, presenting
from orchestrator.store.rooms import RoomStanding
from orchestrator.web.auth import Login
from orchestrator.web.i18n import N_

_OURS: Final = (
    N_("Rommet åpnes her i nettleseren. Du trenger ikke noe program og ingen konto."),
    N_("Kamera og mikrofon er av når du kommer inn."),
)
GUIDES: Final = {
    "embedded": _OURS,
    "livekit": _OURS,
    "teams": (
        N_("Rommet er i Microsoft Teams. Velg «Fortsett i denne nettleseren» hvis du ikke har Teams."),
        N_("Skriv navnet ditt, slå av kamera og mikrofon, og vent i lobbyen til noen slipper deg inn."),
    ),
    "link": (N_("Rommet er i et annet program, som åpnes i en ny side."),),
}
"""How one comes in, in the words of the room's own product."""

OBSERVERS: Final = N_("Som tilhører ser og hører du møtet. Du kan ikke snakke, skrive eller bli sett.")


@dataclass(frozen=True)
class Door:
    """What the page at the door shows.

    ``open``: whether there is a way in for this guest now. ``stream``: they are offered the stream instead.
    """

    guest: Guest
    open: bool
    words: str
    stream: bool = False


def guest_of(
    login: Login | None,
    meeting_id: UUID,
    sessions: Sequence[SessionState],
    names: dict[UUID, str],
    stranger: str,
) -> Guest:
    """Who is at the door. ``stranger``: what an observer is called in the room, of their own each time."""
    grants = [one for one in login.grants if one.meeting_id in (None, meeting_id)] if login else []
    for grant in grants:
        if grant.roles & HOSTS:
            name = names.get(grant.person_id, "") if grant.person_id else ""
            return Guest(identity(grant.person_id, grant.link_id or grant.id), name, "host")
    for grant in grants:
        person_id = grant.person_id
        if Role.PARTICIPANT in grant.roles and person_id is not None and _takes_part(person_id, sessions):
            return Guest(str(person_id), names.get(person_id, ""), "participant")
    return Guest(f"observer-{stranger}", "", "observer")


def _takes_part(person_id: UUID, sessions: Sequence[SessionState]) -> bool:
    """In a session with members: those, and its presenters; else whoever takes part in the meeting."""
    used = [one for one in sessions if one.status != "cancelled"]
    return any(not one.members or person_id in one.members or person_id in presenting(one) for one in used)


def door_of(standing: RoomStanding | None, can: Capabilities | None, guest: Guest, public: Audience) -> Door:
    """What this guest is told at the door; who must wait is told so, and who is not let in, why."""
    if guest.role == "observer" and not (can and public.held_by(can)):
        return Door(guest, open=False, words=N_("Rommet er for deltakerne."), stream=True)
    if standing is not None and standing.door == "locked" and guest.role == "observer":
        return Door(guest, open=False, words=N_("Møtet er lukket. Rommet åpner igjen når dørene åpnes."))
    if standing is not None and standing.joinable:
        return Door(guest, open=True, words="")
    if standing is not None and standing.state == "verified" and guest.role == "host":
        return Door(guest, open=True, words=N_("Rommet er klart, men bare åpent for dem som leder."))
    if standing is not None and standing.state == "closed":
        return Door(guest, open=False, words=N_("Rommet er stengt."))
    return Door(guest, open=False, words=N_("Rommet er ikke åpnet ennå. Siden følger med og sier fra."))


ROLE_NAMES: Final[dict[RoomRole, str]] = {
    "host": N_("Møteledelsen"),
    "participant": N_("Deltaker"),
    "observer": N_("Tilhører"),
}
"""What somebody whose name is not known is called."""
