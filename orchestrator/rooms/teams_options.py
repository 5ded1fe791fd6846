"""What a room in Teams is set to, by what is wanted of it; all of it pure.

Teams knows presenters and attendees. Our observers are attendees, and so is everybody who is no presenter:
what is allowed to one attendee is allowed to all.
"""

from dataclasses import dataclass, field, fields

from orchestrator.rooms.provider import RoomSpec

SAID_TOGETHER = frozenset({"allowed_presenters", "presenters"})
"""Graph takes the rule only beside the whole list."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody on the meeting's list. A role of None is one that was not set or that we do not know."""

    address: str
    role: str | None
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Options:
    """The options of ours. None: not told, or newer than this program; never as wanted."""

    allowed_presenters: str | None
    presenters: frozenset[Attendee] | None
    microphones: bool | None
    """Of attendees; a presenter's is their own affair."""
    cameras: bool | None
    lobby: str | None
    """Who passes it without being let in."""
    telephones_pass: bool | None
    admitters: str | None
    chat: str | None
    recording: bool | None
    record_automatically: bool | None
    transcription: bool | None
    announcements: bool | None


SHUT = Options(
    allowed_presenters=None,
    presenters=None,
    microphones=False,
    cameras=False,
    lobby="organizer",
    telephones_pass=False,
    admitters="organizerAndCoOrganizers",
    chat="disabled",
    recording=False,
    record_automatically=None,
    transcription=False,
    announcements=None,
)
"""A room that is closed: all that takes effect while people are in it."""


def wanted(spec: RoomSpec, *, observers_have_link: bool = False) -> Options:
    """The options for `spec`.

    ``observers_have_link``: it was given to observers earlier. Nobody can take it back, so the microphones
    of attendees stay shut then, also where `spec` would have them open.
    """
    is_open = spec.door == "open"
    may_speak = is_open and spec.open_microphones and not observers_have_link
    return Options(
        allowed_presenters="roleIsPresenter",
        presenters=frozenset(
            Attendee(one.address.casefold(), "presenter", one.name)
            for one in spec.presenters
            if one.address and one.identity not in spec.kept_out
        ),
        microphones=may_speak,
        cameras=may_speak,
        # Presenters are invited, so that somebody can come in and let the others in.
        lobby=("invited" if spec.lobby else "everyone") if is_open else "organizer",
        telephones_pass=False,
        admitters="organizerAndCoOrganizersAndPresenters" if is_open else "organizerAndCoOrganizers",
        # The chat is the meeting's, not a role's: where an observer may be, nobody writes in it.
        chat="limited" if is_open and not spec.observers and not observers_have_link else "disabled",
        recording=spec.recorded and spec.door != "locked",
        record_automatically=spec.recorded,
        transcription=spec.transcribed and spec.door != "locked",
        announcements=False,
    )


def told(options: Options) -> frozenset[str]:
    """The names of the options that say something."""
    return frozenset(one.name for one in fields(Options) if getattr(options, one.name) is not None)


def breaches(read: Options, wish: Options) -> frozenset[str]:
    """The names of the options that hinder opening the room.

    Whether a meeting is recorded automatically cannot be changed while it lasts, and need not be where
    nothing can be recorded.
    """
    unrecorded = read.recording is False and wish.recording is False
    return differences(read, wish) - ({"record_automatically"} if unrecorded else set())


def differences(read: Options, wish: Options) -> frozenset[str]:
    """The names of the options that are not as wished."""
    return frozenset(
        one.name for one in fields(Options) if getattr(read, one.name) != getattr(wish, one.name)
    )


def shortcomings(spec: RoomSpec, *, observers_have_link: bool) -> frozenset[str]:
    """What Teams cannot be brought to for `spec`, whatever its options say."""
    short = set[str]()
    present = [one for one in spec.presenters if one.identity not in spec.kept_out]
    if any(not one.address for one in present):
        short.add("presenters")  # known by nothing that Teams knows people by
    if spec.door == "open" and spec.lobby and not any(one.address for one in present):
        short.add("admitters")  # everyone would wait, and nobody could let them in
    if spec.door == "locked":
        short.add("inside")  # Graph neither tells who is in a meeting nor puts anybody out of it
    if spec.door == "open" and spec.open_microphones and observers_have_link:
        short.add("microphones")
    return frozenset(short)
