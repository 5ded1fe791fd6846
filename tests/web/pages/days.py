"""A day with a conference in it, for tests of what IT is shown."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from orchestrator.domain.rooms import Room
from orchestrator.domain.state import SessionState
from orchestrator.store.records import Person
from orchestrator.store.rooms import RoomStanding
from orchestrator.store.views import Listed, MeetingView, SessionView
from orchestrator.web.pages.day import DayFacts, OnDay, RoomFacts
from orchestrator.web.pages.it import SourceCard

DAY = date(2027, 5, 4)
HERE, MEETING, HALL = uuid4(), uuid4(), uuid4()
HELPER = Person(id=uuid4(), organisation_id=HERE, name="Siri Moen", help_phone="22 00 00 42")


def at(hour: float, day: date = DAY) -> datetime:
    """A time of the day on a Norwegian clock."""
    minutes = round(hour * 60)
    local = datetime(
        day.year, day.month, day.day, minutes // 60 % 24, minutes % 60, tzinfo=ZoneInfo("Europe/Oslo")
    )
    return local.astimezone(UTC) + timedelta(days=minutes // 1440)


def session(
    title: str,
    start: float,
    end: float,
    room_id: UUID | None = None,
    *,
    status: Any = "planned",
    **state: Any,
) -> OnDay:
    """A session of the conference."""
    session_id, source_id = uuid4(), state.pop("source_id", None)
    meeting = MeetingView(
        meeting_id=MEETING,
        organisation_id=HERE,
        slug="dialog",
        body_id=None,
        title="Dialog",
        status=state.pop("meeting", "published"),
        public=True,
        starts_at=at(start),
        ends_at=at(end),
        place="",
        kind="conference",
        changed_at=None,
        version=1,
    )
    view = SessionView(
        session_id=session_id,
        meeting_id=MEETING,
        organisation_id=HERE,
        title=title,
        kind="plenary",
        status=status,
        public=True,
        starts_at=at(start),
        ends_at=at(end),
        opened_at=None,
        adjourned_at=None,
        current_item_id=None,
        current_item_number=None,
        current_item_title=None,
        current_speaker_id=None,
        broadcast_id=uuid4(),
        source_id=source_id,
        recording_published=False,
        duration_seconds=None,
        version=1,
        room_id=room_id,
    )
    told = SessionState(
        session_id=session_id,
        status="open" if status in ("open", "break", "closed_doors") else status,
        meeting_id=MEETING,
        title=title,
        starts_at=at(start),
        ends_at=at(end),
        room_id=room_id,
        source_id=source_id,
        **state,
    )
    return OnDay(Listed(meeting, view), told)


def standing(room_id: UUID, **fields: Any) -> RoomStanding:
    """How a room stands: verified, unless said otherwise."""
    given: dict[str, Any] = {"state": "verified", "changed_at": at(6), "verified_at": at(6), "door": "shut"}
    return RoomStanding(room_id=room_id, organisation_id=HERE, **(given | fields))


def room(name: str, sessions: list[OnDay], **fields: Any) -> RoomFacts:
    """A room of these sessions; ``stands``: how, None is not at all."""
    room_id = sessions[0].state.room_id
    assert room_id
    stands = fields.pop("stands", standing(room_id))
    plan = {"room_id": room_id, "name": name, "provider": "embedded"} | fields
    return RoomFacts(Room.model_validate(plan), "dialog", stands)


def card(name: str = "Sal A", **fields: Any) -> SourceCard:
    """A source that receives."""
    given: dict[str, Any] = {
        "id": str(HALL),
        "name": name,
        "state": "Mottar",
        "color": "success",
        "receiving": True,
        "since": None,
        "facts": (),
        "problems": (),
        "address": "",
        "by_srt": True,
    }
    return SourceCard(**(given | fields))


def facts(sessions: list[OnDay], rooms: list[RoomFacts], *cards: SourceCard) -> DayFacts:
    """The day."""
    return DayFacts(sessions, {one.room.room_id: one for one in rooms}, cards, {HELPER.id: HELPER})
