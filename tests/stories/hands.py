"""Two ways to use a page: with a pointer, and with the keyboard alone."""

import asyncio
import time
from typing import Any, Final, Protocol

from playwright.async_api import Locator, Page, expect

from tests.browser import answered

FOCUS: Final = """() => {
  const element = document.activeElement;
  // Between the last and the first, or on a part of a field that the browser draws.
  const elsewhere = element === document.body || !element.matches(":focus");
  const texts = [element.ariaLabel, element.textContent, element.labels?.[0]?.textContent];
  const style = getComputedStyle(element);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const marked = ring || style.boxShadow !== "none" || element.closest(".link-card") !== null;
  const box = element.getBoundingClientRect();
  const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  const seen = elsewhere || (inside && marked && element.matches(":focus-visible"));
  return { seen, name: texts.map((text) => text?.trim()).find((text) => text) ?? "" };
}"""
"""What has focus, and whether one can see that."""
ON: Final = "(element) => element === document.activeElement"
NEAR: Final = """(element) => element === document.activeElement
    || (element.type === "radio" && document.activeElement.name === element.name
        && document.activeElement.form === element.form)"""
"""On the element, or on another of the choices it is one of, between which arrows move."""
FAR: Final = 250
"""Keystrokes after which there is taken to be no way to an element."""


class Hands(Protocol):
    """How somebody uses a page."""

    async def press(self, element: Locator) -> None:
        """A button, a link, a tab, something that opens."""

    async def tick(self, box: Locator, *, on: bool = True) -> None:
        """One of several choices, or a box that is ticked or not."""

    async def choose(self, field: Locator, option: str) -> None:
        """What begins with these words, in a list that unfolds."""

    async def turn_to(self, tab: Locator) -> None:
        """One of several tabs."""

    async def write(self, field: Locator, words: str) -> None:
        """In place of what stands there."""


class Pointer:
    """A mouse, or a finger; and keys to write with."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def press(self, element: Locator) -> None:
        await element.click()

    async def tick(self, box: Locator, *, on: bool = True) -> None:
        await box.set_checked(on)

    async def choose(self, field: Locator, option: str) -> None:
        found = field.locator("option").filter(has_text=option).first
        await field.select_option(value=await found.get_attribute("value"))

    async def turn_to(self, tab: Locator) -> None:
        await tab.click()

    async def write(self, field: Locator, words: str) -> None:
        await field.fill(words)


class Keyboard:
    """Keys alone: one always sees where one is, and presses the key that a button shows when it has one."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def keys(self, *keys: str) -> None:
        """One after another, as fingers do."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def press(self, element: Locator) -> None:
        key = await element.get_attribute("data-key")
        if key and not await self.page.locator("dialog:modal").count():
            await self.keys(key)
            return
        await self._go_to(element)
        await self.keys("Enter")

    async def tick(self, box: Locator, *, on: bool = True) -> None:
        await self._go_to(box, NEAR)
        for _ in range(FAR):
            if await box.evaluate(ON):
                break
            await self.keys("ArrowDown")
        if await box.is_checked() != on:
            await self.keys(" ")

    async def choose(self, field: Locator, option: str) -> None:
        await self._go_to(field)
        chosen = "(field) => field.selectedOptions[0].textContent.trim()"
        await self.keys("Home")
        for _ in range(FAR):
            if str(await field.evaluate(chosen)).startswith(option):
                return
            await self.keys("ArrowDown")
        raise AssertionError(f"no {option!r} to choose")

    async def turn_to(self, tab: Locator) -> None:
        await self._go_to(tab.locator("..").get_by_role("tab", selected=True))
        for _ in range(FAR):
            if await tab.evaluate(ON):
                return
            await self.keys("ArrowRight")

    async def write(self, field: Locator, words: str) -> None:
        await self._go_to(field)
        await self.keys("Control+a")
        await self.page.keyboard.insert_text(words)

    async def _go_to(self, element: Locator, there: str = ON) -> None:
        for _ in range(FAR):
            if await element.evaluate(there):
                return
            await self.keys("Tab")
            await self.focus()
        raise AssertionError(f"no way by Tab to {element}")

    async def tab_to(self, name: str) -> None:
        """Press Tab until what has focus begins with this; on the way one always sees where one is."""
        for _ in range(FAR):
            await self.keys("Tab")
            if (await self.focus())["name"].startswith(name):
                return
        raise AssertionError(f"no way by Tab to {name!r}")

    async def focus(self) -> dict[str, Any]:
        """What has focus, and is seen to have it; not in the moment in which a dialog closes."""
        give_up = time.monotonic() + 2
        while not (focus := await self.page.evaluate(FOCUS))["seen"]:
            assert time.monotonic() < give_up, f"focus cannot be seen on {focus['name'][:60]!r}"
            await asyncio.sleep(0.05)
        return dict(focus)

    async def go(self, *names: str) -> None:
        """Go to each and press Enter: a button, and what it asks; then see the dialog open, or closed."""
        for name in names:
            await self.tab_to(name)
            await self.keys("Enter")
            if name.endswith("…"):
                await expect(self.page.get_by_role("dialog")).to_be_visible()
            else:
                await answered(self.page)
