"""A conference's session with presenters has an item of its own, so that there is a speaker list in it."""

from typing import Final
from uuid import UUID, uuid5

from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.planning import AddItem, ChangeItem, written
from orchestrator.domain.state import SessionKind, SessionState

_DEBATED: Final[frozenset[SessionKind]] = frozenset(("plenary", "parallel", "breakout", "briefing"))


def own_item(meeting: MeetingState, session: SessionState, former_title: str = "") -> AddItem | None:
    """What gives a session that has just been planned its own item, by the session's title; else None.

    Only where somebody presents and its plan names no item; one that was taken off is not put there again.
    ``former_title``: of the session; an item that was called so follows.
    """
    if meeting.kind != "conference" or session.kind not in _DEBATED or session.status != "planned":
        return None
    item_id = uuid5(session.session_id, "item")
    own = session.items.get(item_id)
    if own is not None:
        follows = own.title == former_title != session.title
        return ChangeItem(item_id=item_id, **written(own) | {"title": session.title}) if follows else None
    presented = session.presenter_ids or any(topic.presenter_ids for topic in session.topics)
    if not presented or session.items or session.removed_items:
        return None
    return AddItem(item_id=item_id, title=session.title, kind="briefing_item")


def opens_with(meeting: MeetingState, session: SessionState) -> UUID | None:
    """The item that is opened with a session that opens by itself: its only one, in a conference.

    A council's items are opened by whoever leads, always; and so are those of a session that has several.
    """
    if meeting.kind != "conference" or len(session.items) != 1:
        return None
    (item,) = session.items.values()
    return None if item.hidden or item.dropped else item.item_id
