"""Everything one session's stream has told so far, as values."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import AwareDatetime, Field

from orchestrator.domain.base import Model, Period, running
from orchestrator.domain.dispatch import Rulebook
from orchestrator.domain.errors import Refused
from orchestrator.domain.items import Approval, ChatMode, Item, LegalBasis, Question
from orchestrator.domain.programme import Move, Topic
from orchestrator.domain.rules import DebateRules
from orchestrator.domain.seats import Absence, Leave, Seating, settled
from orchestrator.domain.speech import SpeechRequest
from orchestrator.domain.votes import Proposal, Vote, VoteResult


class Rights(Model):
    """What a person may do in this body: four separate rights (kommuneloven gives them separately)."""

    attend: bool = True
    speak: bool = True
    propose: bool = True
    vote: bool = True


class Member(Model):
    """A person in a session, by id: names live in tables, where they can be corrected or erased.

    ``list_order``: a substitute, with this place on the list of the group.
    """

    person_id: UUID
    group: Annotated[str, Field(max_length=40)] | None = None
    rights: Rights = Rights()
    substitutes_for: UUID | None = None
    list_order: Annotated[int, Field(ge=1, le=999)] | None = None
    seat: Annotated[int, Field(ge=1, le=999)] | None = None

    @property
    def substitute(self) -> bool:
        """Whether this person has no seat of their own."""
        return self.substitutes_for is not None or self.list_order is not None


class Chair(Model):
    """One who leads the meeting once it is open, and from when; somebody else's ``since`` is until when."""

    person_id: UUID
    since: AwareDatetime
    behind_doors: bool = False


DoorPart = Literal["debate", "items"]


class Closing(Model):
    """One procedure of closing the doors (kommuneloven § 11-5): proposed, debated, voted on, closed."""

    closing_id: UUID
    item_ids: tuple[UUID, ...]
    legal_basis: LegalBasis
    debate_closed: bool = False
    proposed_at: AwareDatetime
    vote: VoteResult | None = None
    voted_at: AwareDatetime | None = None
    debate: tuple[Period, ...] = ()
    periods: tuple[Period, ...] = ()
    remaining: str = ""
    dropped: bool = False

    @property
    def shut(self) -> bool:
        """Whether the doors are closed because of it now."""
        return self.part is not None

    @property
    def mandatory(self) -> bool:
        """Whether the law leaves no choice; nobody then takes part from elsewhere (§ 11-7)."""
        return self.legal_basis.mandatory

    @property
    def part(self) -> DoorPart | None:
        """What the doors are closed for now."""
        if running(self.periods):
            return "items"
        return "debate" if running(self.debate) else None


BreakKind = Literal["pause", "group_meeting", "lunch"]


class Break(Model):
    """A break in the meeting, with the time it was said to resume, and the group that asked for it.

    ``confirmed_at``: when it was established who had come back.
    """

    kind: BreakKind
    period: Period
    resume_at: AwareDatetime | None = None
    asked_by: str | None = None
    confirmed_at: AwareDatetime | None = None


class Undoable(Model):
    """One step that can be undone: what it touched, as it was before, and where things stood."""

    first_id: int
    event_id: int
    what: str
    requests: tuple[SpeechRequest, ...] = ()
    items: tuple[Item, ...] = ()
    votes: tuple[Vote, ...] = ()
    waiting: tuple[UUID, ...] = ()


Status = Literal["unplanned", "planned", "open", "adjourned", "cancelled"]
SessionKind = Literal["plenary", "parallel", "breakout", "break", "social", "briefing"]


class SessionState(Model):
    """A session as its events have told it, at ``version``."""

    session_id: UUID
    version: int = 0
    last_at: AwareDatetime | None = None
    status: Status = "unplanned"
    meeting_id: UUID | None = None
    body_id: UUID | None = None
    kind: SessionKind = "plenary"
    title: str = ""
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    public: bool = False
    source_id: UUID | None = None
    recording_at_once: bool = True
    recording_released: bool = False
    recording_deleted_at: AwareDatetime | None = None
    rules: DebateRules = DebateRules()
    chair_id: UUID | None = None
    chairs: tuple[Chair, ...] = ()
    """Who has led the meeting since it was opened, in order."""
    members: dict[UUID, Member] = {}
    room_id: UUID | None = None
    former_room_id: UUID | None = None
    """Where it was before it went on in another room."""
    left_rooms: frozenset[UUID] = frozenset()
    """Where it has been since it was first opened, and is no longer: it may come back, and links stay."""
    by_itself: bool = False
    description: str = ""
    topics: tuple[Topic, ...] = ()
    presenter_ids: tuple[UUID, ...] = ()
    contact_ids: tuple[UUID, ...] = ()
    moves: tuple[Move, ...] = ()
    presence: dict[UUID, tuple[Period, ...]] = {}
    roll_called_at: AwareDatetime | None = None
    registered: dict[UUID, AwareDatetime] = {}
    """Who says they are there, until somebody has seen that they are."""
    remote: frozenset[UUID] = frozenset()
    """Who takes part from elsewhere, when they are present."""
    alone: frozenset[UUID] = frozenset()
    """Which of them have said that they are alone, for the closing under way."""
    absences: dict[UUID, Absence] = {}
    leaves: tuple[Leave, ...] = ()
    seatings: tuple[Seating, ...] = ()
    unavailable: frozenset[UUID] = frozenset()
    """Substitutes who were called and cannot come."""
    questions: dict[UUID, Question] = {}
    approval: Approval | None = None
    reorderings: tuple[Approval, ...] = ()
    items: dict[UUID, Item] = {}
    removed_items: frozenset[UUID] = frozenset()
    parts: tuple[Period, ...] = ()
    breaks: tuple[Break, ...] = ()
    stops: tuple[Period, ...] = ()
    closings: tuple[Closing, ...] = ()
    current_item_id: UUID | None = None
    current_speech_id: UUID | None = None
    requests: dict[UUID, SpeechRequest] = {}
    waiting: tuple[UUID, ...] = ()
    proposals: dict[UUID, Proposal] = {}
    votes: dict[UUID, Vote] = {}
    chat: ChatMode | None = None
    undoable: tuple[Undoable, ...] = ()
    before_doors: Annotated["SessionState | None", Field(exclude=True, repr=False)] = None
    """While the doors are closed: all as it was when they closed, which is what the public still sees."""

    @property
    def broadcast_id(self) -> UUID:
        """The one broadcast of this session; known before it starts, the same for every part."""
        return uuid5(self.session_id, "broadcast")

    @property
    def recording_public(self) -> bool:
        """Whether what was broadcast may be seen afterwards."""
        released = self.recording_at_once or self.recording_released
        return self.public and self.status == "adjourned" and released and not self.recording_deleted_at

    @property
    def in_break(self) -> bool:
        """Whether a break lasts."""
        return bool(self.breaks) and self.breaks[-1].period.stop is None

    @property
    def stopped(self) -> bool:
        """Whether someone has put up the slate with «Stopp sending»."""
        return running(self.stops)

    @property
    def off_air(self) -> bool:
        """Whether what happens now is not for the public: not open, in a break, stopped, closed doors."""
        return self.status != "open" or self.in_break or self.stopped or self.doors_closed

    @property
    def closing(self) -> Closing | None:
        """The closing procedure under way, if any: from proposal until the doors are open again."""
        last = self.closings[-1] if self.closings else None
        return None if last is None or last.dropped or (last.periods and not last.shut) else last

    @property
    def doors_closed(self) -> bool:
        """Whether the doors are closed, for the items or for the debate on closing."""
        return bool(self.closings) and self.closings[-1].shut

    @property
    def doors(self) -> tuple[Period, ...]:
        """When the doors were closed, for the debate on closing too."""
        return tuple(period for closing in self.closings for period in (*closing.debate, *closing.periods))

    @property
    def current_item(self) -> Item | None:
        """The item being treated."""
        return self.items.get(self.current_item_id) if self.current_item_id else None

    @property
    def chat_mode(self) -> ChatMode:
        """What the chat is for now."""
        item = self.current_item
        return (item and item.chat) or self.usual_chat_mode

    @property
    def usual_chat_mode(self) -> ChatMode:
        """Where no item says otherwise; unless said, asking for the floor in a body's meetings."""
        return self.chat or ("floor_only" if self.body_id else "open")

    @property
    def current_speech(self) -> SpeechRequest | None:
        """The speech being held, its clock running or stopped."""
        return self.requests.get(self.current_speech_id) if self.current_speech_id else None

    @property
    def current_vote(self) -> Vote | None:
        """The vote being held."""
        return next((vote for vote in self.votes.values() if vote.being_held), None)

    @property
    def agenda(self) -> tuple[Item, ...]:
        """The items in the order of the list."""
        return tuple(sorted(self.items.values(), key=lambda item: (item.position, str(item.item_id))))

    @property
    def speaker_list(self) -> tuple[SpeechRequest, ...]:
        """Who waits for the floor in the current item, in order."""
        return tuple(
            self.requests[request_id]
            for request_id in self.waiting
            if self.requests[request_id].item_id == self.current_item_id
        )

    def rules_for(self, item_id: UUID | None) -> DebateRules:
        """The rules of procedure in this item: its own, else the session's."""
        item = self.items.get(item_id) if item_id else None
        return self.rules if item is None or item.rules is None else item.rules

    @property
    def present(self) -> tuple[UUID, ...]:
        """Who is in the hall now."""
        return tuple(person for person, periods in self.presence.items() if running(periods))

    @property
    def remote_present(self) -> frozenset[UUID]:
        """Who is in the meeting now from elsewhere."""
        return self.remote & frozenset(self.present)

    @property
    def seats(self) -> int:
        """How many members the body has who may vote, substitutes not counted."""
        return sum(one.rights.vote and not one.substitute for one in self.members.values())

    def disqualified(self, item_id: UUID | None) -> frozenset[UUID]:
        """Who takes no part in this item: found disqualified, or exempted."""
        return frozenset(
            one.person_id
            for one in self.questions.values()
            if one.item_id == item_id and one.outcome in ("disqualified", "exempted")
        )

    def questioned(self, item_id: UUID | None) -> frozenset[UUID]:
        """Whose impartiality in this item is yet to be decided on."""
        return frozenset(
            one.person_id for one in self.questions.values() if one.item_id == item_id and one.outcome is None
        )

    def sitting(self, item_id: UUID | None) -> tuple[UUID, ...]:
        """Those present who have a seat with a vote in this item; null: in any other."""
        held = [one for one in self.seatings if one.holds(item_id)]
        taken = {one.for_id for one in held} | self.disqualified(item_id)
        filled = {one.person_id for one in held} - taken
        return tuple(
            person
            for person in self.present
            if (member := self.members.get(person))
            and member.rights.vote
            and (person in filled if member.substitute else person not in taken)
        )

    def require_part(self, person_id: UUID, item_id: UUID) -> None:
        """Refuse unless this person may take part in the item: neither disqualified nor without a seat."""
        if person_id in self.disqualified(item_id):
            raise Refused("disqualified")
        if person_id in self.questioned(item_id):
            raise Refused("impartiality_undecided", "the body decides first who takes part")
        member = self.members.get(person_id)
        listed = member is not None and member.list_order is not None and self.roll_called_at is not None
        if listed and not any(one.person_id == person_id and one.holds(item_id) for one in self.seatings):
            raise Refused("not_seated")

    def group_in(self, member: Member, item_id: UUID) -> str | None:
        """Whose time this member speaks on in the item: the group of the seat they have there."""
        held = (one for one in self.seatings if one.person_id == member.person_id and one.holds(item_id))
        sits = (self.members[one.for_id].group for one in held if one.for_id in self.members)
        return next((group for group in sits if group), member.group)

    def reseated(self, at: datetime, *, between: bool | None = None) -> "SessionState":
        """The same state with its seats filled by those who are there now; see ``settled``."""
        if self.roll_called_at is None:
            return self
        stand_ins = [(one.person_id, one.substitutes_for) for one in self.members.values()]
        seatings = settled(
            self.seatings,
            [(person_id, for_id) for person_id, for_id in stand_ins if for_id],
            frozenset(self.present),
            at,
            between=self.current_item_id is None if between is None else between,
        )
        return self if seatings == self.seatings else self.replace(seatings=seatings)

    def led(self, at: datetime) -> "SessionState":
        """The same state with who leads now noted as leading from ``at``, if that is somebody else."""
        if self.chair_id is None or (self.chairs and self.chairs[-1].person_id == self.chair_id):
            return self
        chair = Chair(person_id=self.chair_id, since=at, behind_doors=self.doors_closed)
        return self.replace(chairs=(*self.chairs, chair))

    @property
    def quorate(self) -> bool:
        """At least half of the seats are filled by members who may vote (kommuneloven § 11-9)."""
        return len(self.sitting(self.current_item_id)) * 2 >= self.seats

    def replace(self, **changes: object) -> "SessionState":
        """The same state with some fields changed."""
        return self.model_copy(update=changes)

    def with_item(self, item_id: UUID, change: Callable[[Item], Mapping[str, object]]) -> "SessionState":
        """The same state with one item changed; one that is not there changes nothing."""
        item = self.items.get(item_id)
        if item is None:
            return self
        return self.replace(items={**self.items, item_id: item.model_copy(update=change(item))})

    def with_request(
        self, request_id: UUID, change: Callable[[SpeechRequest], Mapping[str, object]]
    ) -> "SessionState":
        """The same state with one entry of the speaker list changed, likewise."""
        request = self.requests.get(request_id)
        if request is None:
            return self
        return self.replace(
            requests={**self.requests, request_id: request.model_copy(update=change(request))}
        )


session: Rulebook[SessionState] = Rulebook()
