"""What an unwelcome answer of Microsoft Graph means for a room."""

import re
from collections.abc import Mapping

from orchestrator.rooms.provider import RoomTrouble

POLICY_TAKES_EFFECT_S = 300.0
"""Seconds until it is worth asking again: a new application access policy works after up to 30 minutes."""
TRANSCRIPTS_DISABLED = "GraphAccessToTranscriptsDisabled"
"""The tenant's administrator has not let applications read transcripts: a state to show, nothing to retry."""


def trouble_of(
    status: int,
    *,
    code: str | None = None,
    inner: str | None = None,
    message: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> RoomTrouble:
    """The trouble that an HTTP status with Graph's error body stands for."""
    words = f"{status} {inner or code or ''}".rstrip()
    wait = retry_after(headers or {})
    if status == 404:  # noqa: PLR2004
        return RoomTrouble("gone", words)
    if status == 429:  # noqa: PLR2004
        return RoomTrouble("throttled", words, retry_after=wait)
    if status >= 500 or status == 408:  # noqa: PLR2004
        return RoomTrouble("unavailable", words, retry_after=wait)
    if status == 403 and inner is None and _is_policy(code, message):  # noqa: PLR2004
        return RoomTrouble("no_policy", words, retry_after=POLICY_TAKES_EFFECT_S)
    return RoomTrouble("refused", words, lasting=True)


def _is_policy(code: str | None, message: str | None) -> bool:
    """Only the text tells a missing policy from a missing permission; both are refused alike."""
    return "application access policy" in (message or "").casefold() or code == "Unauthorized"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait. Graph has been seen to answer "30,120": the longer one is polite."""
    given = next((value for name, value in headers.items() if name.casefold() == "retry-after"), "")
    numbers = [float(one) for one in re.findall(r"\d+(?:\.\d+)?", given)]
    return max(numbers) if re.fullmatch(r"[\d., ]+", given) and numbers else None
