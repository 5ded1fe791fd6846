"""Rules of procedure as values: each session's stream holds its own copy."""

from typing import Annotated

from pydantic import Field

from orchestrator.domain.base import Model

Seconds = Annotated[int, Field(ge=5, le=7200)]


class DebateRules(Model):
    """What a municipality's rules of procedure (reglement) say about a debate. Times in seconds."""

    speech_seconds: Seconds = 180
    later_speech_seconds: Seconds = 120
    reply_seconds: Seconds = 60
    point_of_order_seconds: Seconds = 120
    warning_seconds: Annotated[int, Field(ge=0, le=600)] = 30
    replies_per_speech: Annotated[int, Field(ge=0, le=100)] = 2
    replies_after_close: bool = True
    presence_required: bool = True
