"""Rules of procedure as values: each session's stream holds its own copy."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from orchestrator.domain.base import Model

Seconds = Annotated[int, Field(ge=5, le=7200)]
Hours = Annotated[int, Field(ge=5, le=24 * 3600)]
"""Seconds too, of a whole debate."""
Category = Annotated[str, Field(min_length=1, max_length=60)]


class DebateRules(Model):
    """What a municipality's rules of procedure (reglement) say about a debate. Times in seconds.

    ``name``: what the municipality calls them.
    ``rejoinder``: whether the one who is replied to answers (svarreplikk), and how often.
    ``point_of_order_categories``: the most urgent first.
    ``order``: ``fewest_turns`` puts those who have spoken least in the item first, but nobody is overtaken in
    the ``safe_places`` on top.
    ``keep_replies``: whether replies not yet held stand when their exchange is cut off by another speech.
    ``carry_speech``: whether a speaker keeps the remaining time when another item is opened.
    ``group_seconds``: the time each group has in an item, where there is such a limit.
    ``interpellation_seconds``, ``question_time_seconds``: what all of it may take.
    """

    name: Annotated[str, Field(max_length=120)] = ""
    speech_seconds: Seconds = 180
    later_speech_seconds: Seconds = 120
    reply_seconds: Seconds = 60
    rejoinder: Literal["none", "after_replies", "after_each"] = "none"
    rejoinder_seconds: Seconds = 60
    point_of_order_seconds: Seconds = 120
    point_of_information_seconds: Seconds = 120
    explanation_seconds: Seconds = 60
    question_seconds: Seconds = 60
    presentation_seconds: Seconds = 600
    interpellation_seconds: Hours = 1800
    question_time_seconds: Hours = 1800
    warning_seconds: Annotated[int, Field(ge=0, le=600)] = 30
    last_call_seconds: Annotated[int, Field(ge=0, le=3600)] = 120
    replies_per_speech: Annotated[int, Field(ge=0, le=100)] = 2
    replies_after_close: bool = True
    proposals_after_close: bool = True
    point_of_order_after_close: bool = True
    points_of_order_first: bool = True
    point_of_order_categories: Annotated[tuple[Category, ...], Field(max_length=20)] = ()
    category_required: bool = False
    order: Literal["arrival", "fewest_turns"] = "arrival"
    safe_places: Annotated[int, Field(ge=0, le=2)] = 0
    several_requests_allowed: bool = False
    keep_replies: bool = True
    carry_speech: bool = False
    group_seconds: Hours | None = None
    presence_required: bool = True

    @field_validator("point_of_order_categories")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(names) != len(set(names)):
            raise ValueError("the same category twice")
        return names

    @field_validator("category_required")
    @classmethod
    def _something_to_choose(cls, required: bool, info: ValidationInfo) -> bool:  # noqa: FBT001
        if required and not info.data.get("point_of_order_categories"):
            raise ValueError("there are no point_of_order_categories to choose from")
        return required
