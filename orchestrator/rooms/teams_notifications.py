"""What Microsoft Graph tells of by itself: it is heard here, and only says where to look; pure.

A web handler answers at once and looks afterwards: Graph wants an answer within 3 s (10 s to a validation),
and gives up on an address that is slow. Recordings that were missed are not told of again, so somebody must
also look without being told.
"""

import hmac
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_RESOURCE = re.compile(
    r"onlineMeetings\('(?P<meeting>[^']+)'\)/(?P<kind>recordings|transcripts)\('(?P<id>[^']+)'\)"
)


@dataclass(frozen=True, slots=True)
class Made:
    """A recording or transcript is there to be fetched."""

    kind: Literal["recording", "transcript"]
    meeting_id: str
    id: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a delivery says. ``refused``: how many of its notices lacked our secret, or made no sense."""

    made: tuple[Made, ...] = ()
    renew: frozenset[str] = frozenset()
    """Subscriptions that must be renewed now to go on."""
    subscribe: bool = False
    """Whether a subscription was removed and must be made again."""
    look: bool = False
    """Whether something was missed, so that it must be looked for."""
    refused: int = 0


class _Notice(BaseModel):
    model_config = ConfigDict(extra="ignore")
    subscription_id: Annotated[str, Field(alias="subscriptionId")]
    client_state: Annotated[str | None, Field(alias="clientState")] = None
    resource: str | None = None
    lifecycle_event: Annotated[str | None, Field(alias="lifecycleEvent")] = None


def validation_answer(query: Mapping[str, str]) -> str | None:
    """The text to answer with, as text/plain, when Graph asks whether an address is ours; else None.

    ``query``: decoded. What could be markup is escaped, as Graph asks: its own tokens have nothing of it.
    """
    token = query.get("validationToken")
    return None if token is None else html.escape(token, quote=False)


class NotADelivery(ValueError):
    """It is nothing that Graph sends."""


def read(delivery: object, client_state: str) -> Told:
    """What a delivery says, of what knows the secret we gave when subscribing. Raises NotADelivery."""
    notices = delivery.get("value") if isinstance(delivery, dict) else None
    if not isinstance(notices, list):
        raise NotADelivery
    made: list[Made] = []
    renew = set[str]()
    lifecycle = set[str]()
    refused = 0
    for given in notices:
        try:
            notice = _Notice.model_validate(given)
        except ValidationError:
            refused += 1
            continue
        if not hmac.compare_digest((notice.client_state or "").encode(), client_state.encode()):
            refused += 1
        elif notice.lifecycle_event:
            lifecycle.add(notice.lifecycle_event)
            if notice.lifecycle_event == "reauthorizationRequired":
                renew.add(notice.subscription_id)
        elif where := _RESOURCE.search(notice.resource or ""):
            kind: Literal["recording", "transcript"] = (
                "recording" if where["kind"] == "recordings" else "transcript"
            )
            made.append(Made(kind, where["meeting"], where["id"]))
        else:
            refused += 1
    removed = "subscriptionRemoved" in lifecycle
    # What was made while nobody was told is found only by looking; so too after an event unknown to us.
    return Told(
        tuple(made), frozenset(renew), removed, bool(lifecycle - {"reauthorizationRequired"}), refused
    )
