"""What the page names is what the picture shows: while live, after jumping back, and in the recording."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.postgres import Database
from tests.stories.coded import READ, seconds_between, stamp
from tests.stories.council import Council, council

WITHIN = 0.5
"""Seconds from a change in the picture within which the page must name the new item and speaker."""

SAMPLE = """() => {
  const video = document.querySelector("video");
  const text = (name) => document.querySelector(`[data-now-${name}]`)?.textContent.trim() ?? "";
  const picture = video.readyState > 1 ? readPicture(video) : null;
  return {picture, number: text("number"), title: text("title"), speaker: text("speaker")};
}"""

pytestmark = [pytest.mark.story, pytest.mark.timed, pytest.mark.timeout(300)]


async def playing(page: Page) -> None:
    """Start the video, as a viewer would, once there is a picture."""
    for _ in range(300):
        if await page.evaluate("document.querySelector('video').readyState > 1"):
            break
        await asyncio.sleep(0.1)
    await page.evaluate("video = document.querySelector('video'), video.muted = true, video.play()")


async def watch(page: Page, seconds: float) -> list[dict[str, Any]]:
    """What picture and page show, ten times a second."""
    samples = []
    for _ in range(int(seconds * 10)):
        sample = await page.evaluate(SAMPLE)
        if sample["picture"]:
            samples.append(sample)
        await asyncio.sleep(0.1)
    return samples


def apart_from_changes(samples: list[dict[str, Any]], hall: Council) -> list[dict[str, Any]]:
    """The samples whose picture was taken more than `WITHIN` from every change."""
    changes = [stamp(at) for at, _, _ in hall.changes]
    return [
        sample
        for sample in samples
        if all(abs(seconds_between(change, sample["picture"]["stamp"])) > WITHIN for change in changes)
    ]


def disagreements(samples: list[dict[str, Any]], hall: Council, names: list[str]) -> list[str]:
    """Samples in which the page names another item or speaker than the picture shows, not near a change."""
    numbers = {1: "", 2: "Sak 72/26", 3: "Sak 47/26", 0: ""}
    changes = [stamp(at) for at, _, _ in hall.changes]
    found = []
    for sample in apart_from_changes(samples, hall):
        picture = sample["picture"]
        if picture["item"] == 0:
            continue
        speaker = names[picture["speaker"] - 1] if picture["speaker"] else ""
        said = sample["speaker"]
        right_speaker = speaker in said if speaker else not any(name in said for name in names[:3])
        if sample["number"] != numbers[picture["item"]] or not right_speaker:
            since = [round(seconds_between(change, picture["stamp"]), 2) for change in changes]
            found.append(
                f"{picture} but the page says {sample['number']!r} {said!r}, {since} s after changes"
            )
    return found


async def debate(hall: Council) -> None:
    """Two items, three speakers, about half a minute."""
    await hall.opens_item(1)
    await asyncio.sleep(4)
    await hall.opens_item(2)
    await asyncio.sleep(3)
    for number in (1, 2, 3):
        await hall.gives_floor(number)
        await asyncio.sleep(4)
    await hall.ends_speech()
    await asyncio.sleep(2)
    await hall.opens_item(3)
    await hall.gives_floor(1)
    await asyncio.sleep(5)
    await hall.ends_speech()
    await asyncio.sleep(2)


async def test_what_the_page_names_is_what_the_picture_shows(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    names = ["Kari Nordli", "Ola Vik", "Siri Moen"]
    async with council(database, tmp_path, delay_ms=280) as hall:
        async with hall.encoder(await hall.source_port()):
            await asyncio.sleep(3)
            await hall.says("open_session")
            await hall.says("call_roll", present=[str(person) for person in hall.town.people])
            await hall.published("live.m3u8")
            page = await browser.new_page(viewport={"width": 390, "height": 844})
            await page.add_init_script(READ)
            await page.goto(hall.page)
            await playing(page)
            debating = asyncio.create_task(debate(hall))
            live = await watch(page, 40)
            await debating
            assert len(live) > 150
            assert {sample["picture"]["speaker"] for sample in live} == {0, 1, 2, 3}
            assert disagreements(live, hall, names) == []

            # Jump back to the first case that has a number, while the meeting still runs.
            await page.click(f"[data-item='{hall.items[1]}'] [data-play]")
            await page.wait_for_timeout(1500)
            back = await watch(page, 10)
            assert {sample["picture"]["item"] for sample in apart_from_changes(back, hall)} == {2}
            assert 1 in {sample["picture"]["speaker"] for sample in back}
            assert disagreements(back, hall, names) == []

            await hall.says("adjourn_session")
            await hall.published("recording.m3u8", within=2)
        again = await browser.new_page(viewport={"width": 1280, "height": 800})
        await again.add_init_script(READ)
        await again.goto(f"{hall.page}?sak=47-26")
        await playing(again)
        recorded = await watch(again, 8)
        assert {sample["picture"]["item"] for sample in apart_from_changes(recorded, hall)} == {3}
        assert disagreements(recorded, hall, names) == []
