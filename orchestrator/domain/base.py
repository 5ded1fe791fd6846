"""What every command, event and value of the domain is: a frozen pydantic model with a name."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, field_validator

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Count = Annotated[int, Field(ge=0, le=10_000)]


class Model(BaseModel):
    """A value: frozen, and with no field it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*")
    @classmethod
    def _storable(cls, value: object) -> object:
        """PostgreSQL's text holds every character but NUL."""
        if isinstance(value, str) and "\0" in value:
            raise ValueError("must not contain the character NUL")
        return value


class Command(Model):
    """Something asked for, in the imperative; names what its sender saw."""

    type: str


class Event(Model):
    """Something that happened, at ``at`` (UTC). ``continues``: by the same command as the event before it."""

    type: str
    at: AwareDatetime
    continues: bool = False


class Period(Model):
    """A stretch of wall-clock time; ``stop`` is null while it lasts."""

    start: AwareDatetime
    stop: AwareDatetime | None = None

    def seconds(self, now: datetime) -> float:
        """Its length in seconds as of ``now``, never negative."""
        return max(0.0, ((self.stop or now) - self.start).total_seconds())


def closed(periods: tuple[Period, ...], at: datetime) -> tuple[Period, ...]:
    """The same periods with the last one stopped at ``at``, if it was running."""
    if not periods or periods[-1].stop is not None:
        return periods
    return (*periods[:-1], Period(start=periods[-1].start, stop=max(at, periods[-1].start)))


def running(periods: tuple[Period, ...]) -> bool:
    """Whether the last period still lasts."""
    return bool(periods) and periods[-1].stop is None
