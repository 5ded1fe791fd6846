"""The rows of the directory, as the API shows them."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from orchestrator.domain.base import Text
from orchestrator.domain.meeting import Slug
from orchestrator.domain.rules import DebateRules

Language = Literal["nb", "nn"]
Gender = Literal["female", "male"]
"""As in the National Population Register, which the law's rules of gender balance go by."""
HelpPhone = Annotated[str, Field(pattern=r"^(\+?[0-9 ]{3,20})?$")]
Milliseconds = Annotated[int, Field(ge=0, le=60_000)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Organisation(_Record):
    """A municipality, and what its pages look like."""

    id: UUID
    name: Text
    slug: Slug
    hosts: tuple[str, ...] = ()
    language: Language = "nb"
    colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#0051be"
    logo_url: Annotated[str, Field(pattern=r"^(https://[^\s\"'<>]+|/[^\s\"'<>]*)?$", max_length=500)] = ""
    welcome: Annotated[str, Field(max_length=2_000)] = ""
    keep_unpublished: bool = False
    """Whether media that was never public is kept (encrypted) instead of deleted at once."""
    statistics_public: bool = False
    """Whether everybody may see who has spoken how long in public."""
    chat_days: Annotated[int, Field(ge=1, le=365)] = 30
    """So many days after a session its chat is deleted."""
    recording_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """So many days after a session its published recording is deleted; None: it is kept for good."""


class Body(_Record):
    """A council or committee."""

    id: UUID
    organisation_id: UUID
    name: Text
    slug: Slug
    recording_public: Literal["at_once", "on_word"] = "at_once"
    language: Language = "nb"
    rules: DebateRules | None = None
    """Its rules of procedure; a session gets a copy when it is planned."""


class Person(_Record):
    """Somebody as the public may see them."""

    id: UUID
    organisation_id: UUID
    name: Text
    group_name: Annotated[str, Field(max_length=200)] = ""
    group_short: Annotated[str, Field(max_length=20)] = ""
    title: Annotated[str, Field(max_length=200)] = ""
    gender: Gender | None = None
    """Where the municipality records it: for statistics, never shown with a name."""
    help_phone: HelpPhone = ""
    """The number that the public may call for help in a meeting; their own phone is a Contact's."""


EmailAddress = Annotated[str, Field(max_length=320, pattern=r"^([^@\s]+@[^@\s]+)?$")]
"""Empty: none."""


class Contact(_Record):
    """How to reach a person; kept apart, because it is never public."""

    email: Annotated[str, Field(max_length=320, repr=False)] = ""
    phone: Annotated[str, Field(max_length=40, repr=False)] = ""


class Source(_Record):
    """An encoder or camera in a hall. ``srt``: it sends to our port; ``pull``: we fetch from its URL."""

    id: UUID
    organisation_id: UUID
    name: Text
    slug: Slug
    kind: Literal["srt", "pull"]
    port: Annotated[int, Field(ge=1024, le=65535)] | None = None
    passphrase: Annotated[SecretStr, Field(min_length=10, max_length=79)] | None = None
    url: Annotated[str | None, Field(max_length=2_000, repr=False, exclude=True)] = None
    delay_ms: Milliseconds = 0
    spread_ms: Milliseconds = 5_000

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = ("port", "passphrase") if self.kind == "srt" else ("url",)
        for name in needed:
            if getattr(self, name) is None:
                raise ValueError(f"{name}: is required for this kind of source")
        return self

    @property
    def shown_url(self) -> str | None:
        """The URL without what may be secret in it: its user, password and query."""
        if self.url is None:
            return None
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
