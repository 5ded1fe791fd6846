"""After eight hours the chair adjourns: the recording plays, with every chapter, however long it was."""

import pytest

from tests.bench.adjourn import CASES, HOURS
from tests.bench.playing import measure

pytestmark = [pytest.mark.story, pytest.mark.timeout(180)]


async def test_the_recording_of_eight_hours_plays_with_all_its_chapters() -> None:
    seen = await measure()
    assert abs(seen["recording_seconds"] - HOURS * 3600) < 120
    assert seen["chapters"] >= CASES - 1
