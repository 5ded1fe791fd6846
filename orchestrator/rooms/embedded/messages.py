"""What a page and its room say to each other, as JSON over one channel, and which role may say what."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from orchestrator.rooms.provider import RoomRole

LONGEST: Final = 128 * 1024
"""Characters in one message; an answer has about one thousand for each picture and sound."""

Kind = Literal["audio", "video"]
KINDS: Final[tuple[Kind, ...]] = ("audio", "video")
Source = Literal["camera", "screen"]
Why = Literal[
    "left", "replaced", "put_out", "kept_out", "closed", "locked", "full", "no_media", "slow", "token"
]
"""Why somebody is no longer in the room. token: it does not hold, or no longer; a new one may."""
Rule = Literal["invalid", "unknown", "not_allowed", "not_now", "taken", "full", "nobody"]


class Refusal(Exception):
    """What was asked is not done: ``rule`` for programs, ``detail`` in words."""

    def __init__(self, rule: Rule, detail: str) -> None:
        super().__init__(detail)
        self.rule: Rule = rule
        self.detail = detail


class Message(BaseModel):
    """One message; nothing in it that is not described here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# From the page

Description = Annotated[str, Field(max_length=LONGEST)]
Identity = Annotated[str, Field(max_length=100)]


class Hello(Message):
    """The first message, whatever the role."""

    type: Literal["hello"]
    token: Annotated[str, Field(max_length=4000)]


class Subscribe(Message):
    """Ready to see and hear."""

    type: Literal["subscribe"]


class Answer(Message):
    """To the offer of that number."""

    type: Literal["answer"]
    number: int
    sdp: Description


class Publish(Message):
    """An offer to send a camera with its microphone, or a screen."""

    type: Literal["publish"]
    source: Source
    sdp: Description


class Unpublish(Message):
    """No more of it."""

    type: Literal["unpublish"]
    source: Source


class Devices(Message):
    """What is switched on of one's published camera, at first nothing; the rest does not pass."""

    type: Literal["devices"]
    microphone: bool
    camera: bool


class Leave(Message):
    """Out of the room; one may come back."""

    type: Literal["leave"]


class Admit(Message):
    """Let somebody in from the lobby."""

    type: Literal["admit"]
    identity: Identity


class Mute(Message):
    """Switch somebody's microphone off; they may switch it on again while they may speak."""

    type: Literal["mute"]
    identity: Identity


class PutOut(Message):
    """Out, and not in again until admitted."""

    type: Literal["put_out"]
    identity: Identity


ToRoom = Subscribe | Answer | Publish | Unpublish | Devices | Leave | Admit | Mute | PutOut

_EVERYBODY: Final = frozenset[RoomRole]({"observer", "participant", "host"})
_SPEAKERS: Final = frozenset[RoomRole]({"participant", "host"})
_HOSTS: Final = frozenset[RoomRole]({"host"})

MAY_SAY: Final[Mapping[str, frozenset[RoomRole]]] = {
    "subscribe": _EVERYBODY,
    "answer": _EVERYBODY,
    "leave": _EVERYBODY,
    "publish": _SPEAKERS,
    "unpublish": _SPEAKERS,
    "devices": _SPEAKERS,
    "admit": _HOSTS,
    "mute": _HOSTS,
    "put_out": _HOSTS,
}
"""What is not here nobody may say. Whether a participant may publish just now the room's spec says."""

_to_room: Final = TypeAdapter[ToRoom](Annotated[ToRoom, Field(discriminator="type")])


def read(text: str, role: RoomRole) -> ToRoom:
    """One message from somebody of this role. Raises Refusal."""
    if len(text) > LONGEST:
        raise Refusal("invalid", f"a message has at most {LONGEST} characters")
    try:
        message = _to_room.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if not first["loc"]:  # no JSON, no object, or no type that there is
            raise Refusal("unknown", "there is no such message") from None
        place = ".".join(str(part) for part in first["loc"][1:])
        raise Refusal("invalid", f"{place}: {first['msg']}") from None
    if role not in MAY_SAY[message.type]:
        raise Refusal("not_allowed", f"{message.type} is not for the role {role}")
    return message


def read_hello(text: str) -> str:
    """The token in the first message. Raises Refusal."""
    try:
        return Hello.model_validate_json(text).token
    except ValidationError:
        raise Refusal("invalid", "the first message is hello with a token") from None


# To the page


class PersonSeen(Message):
    """Somebody who is in the room, or waits, as the others see them."""

    identity: str
    name: str
    role: RoomRole
    microphone: bool = False
    camera: bool = False
    screen: bool = False
    floor: bool = False


class Stream(Message):
    """Whose picture and sound comes in which parts of this page's connection."""

    identity: str
    source: Source
    audio: str
    video: str


class RoomSeen(Message):
    """All that this page may know of the room, sent whole whenever it changes.

    ``waiting`` and ``put_out`` are for hosts; whoever waits sees nothing but that. Observers are counted,
    and named to hosts only.
    """

    type: Literal["room"] = "room"
    state: Literal["inside", "waiting"]
    name: str
    identity: str
    may_speak: bool = False
    may_share: bool = False
    people: tuple[PersonSeen, ...] = ()
    observers: int = 0
    waiting: tuple[PersonSeen, ...] = ()
    put_out: tuple[PersonSeen, ...] = ()
    streams: tuple[Stream, ...] = ()


class Offer(Message):
    """To listen; answered with its number."""

    type: Literal["offer"] = "offer"
    number: int
    sdp: str


class Published(Message):
    """The answer to a publish."""

    type: Literal["published"] = "published"
    source: Source
    sdp: str


class Muted(Message):
    """A host has switched this page's microphone off."""

    type: Literal["muted"] = "muted"


class Refused(Message):
    """``what``: the type of the message that was refused, if it was one."""

    type: Literal["refused"] = "refused"
    what: str
    rule: Rule
    detail: str


class Bye(Message):
    """The last message."""

    type: Literal["bye"] = "bye"
    why: Why


ToPage = RoomSeen | Offer | Published | Muted | Refused | Bye
