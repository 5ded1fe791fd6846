"""How long a speech may take: by its kind and turn, and by what its group or the item has left."""

from datetime import datetime

from orchestrator.domain.budget import COUNTED, group_left, time_left
from orchestrator.domain.speech import SpeechKind, SpeechRequest
from orchestrator.domain.state import SessionState


def limit_for(state: SessionState, request: SpeechRequest, at: datetime) -> int:
    """The seconds this entry may take: by kind and turn, and by what its group or the item has left."""
    seconds, own = _by_rule(state, request), request.request_id
    if request.kind in COUNTED:
        left = group_left(state, request.item_id, request.group, at, but=own)
        seconds = seconds if left is None else min(seconds, int(left))
    left = time_left(state, request.item_id, at, but=own)
    return seconds if left is None else min(seconds, int(left))


def _by_rule(state: SessionState, request: SpeechRequest) -> int:
    rules = state.rules_for(request.item_id)
    seconds = {
        SpeechKind.REPLY: rules.reply_seconds,
        SpeechKind.REJOINDER: rules.rejoinder_seconds,
        SpeechKind.POINT_OF_ORDER: rules.point_of_order_seconds,
        SpeechKind.POINT_OF_INFORMATION: rules.point_of_information_seconds,
        SpeechKind.EXPLANATION_OF_VOTE: rules.explanation_seconds,
        SpeechKind.QUESTION: rules.question_seconds,
        SpeechKind.PRESENTATION: rules.presentation_seconds,
    }.get(request.kind)
    if seconds is not None:
        return seconds
    spoken = any(
        held.person_id == request.person_id
        and held.item_id == request.item_id
        and held.kind is SpeechKind.SPEECH
        and held.status == "done"
        for held in state.requests.values()
    )
    return rules.later_speech_seconds if spoken else rules.speech_seconds
