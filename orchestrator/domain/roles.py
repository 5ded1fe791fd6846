"""Who may do what: one table from command to roles, for every door into the service."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What somebody is in a session. Observers have no role: they are not logged in."""

    CHAIR = "chair"
    DEPUTY = "deputy"
    SECRETARY = "secretary"
    PARTICIPANT = "participant"
    IT_SUPPORT = "it_support"
    ADMINISTRATOR = "administrator"
    DISPLAY = "display"
    """A screen on a wall or in the picture: may send nothing, and read only what the public may see."""


@dataclass(frozen=True)
class Actor:
    """Who sends a command: their roles here, and which person they are, if any."""

    roles: frozenset[Role]
    person_id: UUID | None = None

    @property
    def leads(self) -> bool:
        """Whether they run the meeting: what they ask for on behalf of others is allowed."""
        return bool(self.roles & LEADS)


PEOPLE = frozenset(Role) - {Role.DISPLAY}
"""Whoever is let in as somebody: what any of them may read, a screen may not."""
_LEAD = frozenset({Role.CHAIR, Role.DEPUTY})
LEADS = _LEAD | {Role.SECRETARY}
_PLAN = frozenset({Role.SECRETARY, Role.ADMINISTRATOR})
_ROOMS = _PLAN | {Role.IT_SUPPORT}
_SLATE = LEADS | {Role.IT_SUPPORT}
_FLOOR = LEADS | {Role.PARTICIPANT}

MAY_SEND: dict[str, frozenset[Role]] = {
    # planning
    "plan_meeting": _PLAN,
    "change_meeting": _PLAN,
    "publish_meeting": _PLAN,
    "move_meeting": _PLAN,
    "cancel_meeting": _PLAN,
    "plan_room": LEADS | _ROOMS,
    "change_room": _ROOMS,
    "remove_room": _ROOMS,
    "plan_session": _PLAN,
    "change_session": _PLAN,
    "cancel_session": _PLAN,
    "move_session": LEADS | _ROOMS,
    "use_room": LEADS | _ROOMS,
    "add_item": LEADS | _PLAN,
    "change_item": LEADS | _PLAN,
    "remove_item": LEADS | _PLAN,
    "move_item": LEADS | _PLAN,
    "mark_item": LEADS | _PLAN,
    # approving the agenda
    "approve_agenda": LEADS,
    "reorder_agenda": LEADS,
    "postpone_item": LEADS,
    "object_to_item": _FLOOR,
    # who is there, and who is not
    "register_presence": _FLOOR,
    "confirm_presence": LEADS,
    "confirm_attendance": LEADS,
    "attend_remotely": _FLOOR,
    "confirm_alone": _FLOOR,
    "report_absence": _FLOOR | _PLAN,
    "withdraw_absence": _FLOOR | _PLAN,
    "ask_leave": _FLOOR,
    "grant_leave": LEADS,
    "refuse_leave": LEADS,
    "seat_substitute": LEADS,
    "unseat_substitute": LEADS,
    "skip_substitute": LEADS,
    # impartiality
    "raise_impartiality": _FLOOR,
    "withdraw_impartiality": _FLOOR,
    "explain_impartiality": _FLOOR,
    "decide_impartiality": LEADS,
    # the course of the meeting
    "open_session": LEADS,
    "call_roll": LEADS,
    "record_arrival": LEADS,
    "record_departure": LEADS,
    "hand_over_chair": LEADS,
    "open_item": LEADS,
    "close_item": LEADS,
    "start_break": LEADS,
    "end_break": LEADS,
    "adjourn_session": LEADS,
    "reopen_session": LEADS,
    "correct_time": LEADS,
    "undo": LEADS,
    # the speaker list
    "request_floor": _FLOOR,
    "request_floors": _FLOOR,
    "withdraw_request": _FLOOR,
    "call_next_speaker": LEADS,
    "start_speech": LEADS,
    "interrupt_speech": LEADS,
    "pause_speech": LEADS,
    "resume_speech": LEADS,
    "extend_speech": LEADS,
    "end_speech": _FLOOR,
    "move_request": LEADS,
    "propose_closing_list": _FLOOR,
    "call_last": LEADS,
    "close_list": LEADS,
    "reopen_list": LEADS,
    "add_group_time": LEADS,
    "share_overrun": LEADS,
    "use_template": LEADS | _PLAN,
    "change_rules": LEADS | _PLAN,
    # the chat
    "set_chat": LEADS,
    # decisions
    "put_proposal": LEADS,
    "withdraw_proposal": LEADS,
    "start_vote": LEADS,
    "cancel_vote": LEADS,
    "record_vote": LEADS,
    "record_decision": LEADS,
    # doors and the stream
    "propose_closing": LEADS,
    "drop_closing": LEADS,
    "record_closing_vote": LEADS,
    "close_doors": LEADS,
    "open_doors": LEADS,
    "stop_broadcast": _SLATE,
    "resume_broadcast": _SLATE,
    "release_item": frozenset({Role.SECRETARY}),
    "release_recording": frozenset({Role.SECRETARY}),
    "delete_recording": frozenset({Role.ADMINISTRATOR}),
}

MAY_CHAT = LEADS | {Role.PARTICIPANT, Role.IT_SUPPORT}
"""Who may write in a session's chat, and read it. Its lines are no commands: they are not kept in the log."""


def may_send(roles: frozenset[Role], command_type: str) -> bool:
    """Whether any of ``roles`` may send this command. An unknown command: nobody."""
    return bool(roles & MAY_SEND.get(command_type, frozenset()))
