"""A real browser for tests, and what every page must stand: axe, narrow windows, a clean console."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from orchestrator.web.assets import NODE_MODULES

# Chromium's own address field is a page too, as dear as ours, loaded anew for every window nobody types in.
_OF_THE_ADDRESS_FIELD = (
    "PreloadTopChromeWebUI",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxPopup",
)
# Only the last list on the command line holds, so this one takes the place of Playwright's.
_FEATURES_OFF = (
    *_OF_THE_ADDRESS_FIELD,
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
_ARGUMENTS = [
    f"--disable-features={','.join(_FEATURES_OFF)}",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=15_000)  # a machine may be slow; what must be quick says so where it is expected


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    """Chromium from the machine, or the one that Playwright has installed; ``more`` are its arguments."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=[*_ARGUMENTS, *more])
        try:
            yield browser
        finally:
            await browser.close()


@pytest.fixture(scope="session")
async def _chromium() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest.fixture
async def browser(_chromium: Browser) -> AsyncIterator[Browser]:
    """Chromium, started once per worker; the windows that a test leaves open are closed after it."""
    yield _chromium
    await _close_windows(_chromium)


@pytest.fixture(scope="session")
async def _chromium_in_large_type() -> AsyncIterator[Browser]:
    async with chromium(TEXT_AT_200_PERCENT) as started:
        yield started


@pytest.fixture
async def large_type(_chromium_in_large_type: Browser) -> AsyncIterator[Browser]:
    """The same as somebody has set it who reads large type."""
    yield _chromium_in_large_type
    await _close_windows(_chromium_in_large_type)


async def _close_windows(browser: Browser) -> None:
    for context in browser.contexts:
        await context.close()


async def answered(page: Page) -> None:
    """No dialog is open any more: a key or a click from here on goes to the page itself."""
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def until(page: Page, script: str) -> None:
    """Wait for this to be true in the page, whose policy lets nothing wait inside it."""
    async with asyncio.timeout(30):
        while not await page.evaluate(script):
            await asyncio.sleep(0.05)


def complaints(page: Page) -> list[str]:
    """A list that fills with the errors of the page's scripts and what its policy refuses."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    return found


TEXT_AT_200_PERCENT = "--blink-settings=defaultFontSize=32"
"""For ``chromium``: what somebody has set who reads large type."""


async def accessibility_findings(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is now, one line per rule; empty when all is well."""
    await page.evaluate((NODE_MODULES / "axe-core/axe.min.js").read_text(encoding="utf-8"))
    violations = await page.evaluate("axe.run().then((result) => result.violations)")
    return [f"{found['impact']} {found['id']}: {_places(found)}" for found in violations]


def _places(found: dict[str, Any]) -> list[str]:
    return [" ".join(map(str, node["target"])) for node in found["nodes"]]


async def sideways(page: Page) -> list[str]:
    """The elements that make the page scroll sideways; empty when it fits the window."""
    found = await page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? []
            : [...document.body.querySelectorAll("*")]
            .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
            .map((element) => element.outerHTML.slice(0, 120))"""
    )
    return [str(element) for element in found]


async def covered(page: Page) -> list[str]:
    """The links, buttons and fields that cannot be reached by a finger, something else lying over them."""
    found = await page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
            .filter((element) => {
                if (!element.checkVisibility({ visibilityProperty: true })) return false;
                const scope = document.querySelector("dialog:modal");
                if (scope && !scope.contains(element)) return false;
                element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
                const box = element.getClientRects()[0];
                if (!box || box.width < 2 || box.height < 2) return false;
                const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
                const hit = document.elementFromPoint(x, y);
                return hit && ![...(element.labels ?? []), element].some((one) => one.contains(hit));
            })
            .map((element) => element.outerHTML.slice(0, 120))"""
    )
    return [str(element) for element in found]
