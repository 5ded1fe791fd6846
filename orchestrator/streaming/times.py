"""How times are written in files for the public: RFC 3339 in UTC with milliseconds."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """For example 2026-01-14T17:00:00.000Z; rounded down, so that order is kept."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
