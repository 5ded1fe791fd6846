// The parts of a page that are fetched anew with it: each is replaced when it differs from what was served last, and what is
// open in it and where the keyboard is stays. A part is any element with an id and data-refresh.

const parts = [...document.querySelectorAll("[data-refresh]")];
const served = new Map(parts.map((part) => [part.id, part.innerHTML]));

// The page as it is now, in the language it is read in; null when the service does not answer.
export async function fetchPage() {
  const language = new URLSearchParams(location.search).get("lang");
  const address = location.pathname + (language ? `?lang=${encodeURIComponent(language)}` : "");
  const answer = await fetch(address, { cache: "no-cache" }).catch(() => null); // what was fetched a second ago is old
  return answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

export function replaceParts(page) {
  for (const part of parts) {
    const fresh = page.getElementById(part.id);
    if (!fresh || fresh.innerHTML === served.get(part.id)) continue;
    const open = new Set([...part.querySelectorAll("details[open]")].map((details) => details.id));
    const focused = part.contains(document.activeElement) && selectorOf(document.activeElement);
    served.set(part.id, fresh.innerHTML);
    part.innerHTML = fresh.innerHTML;
    for (const details of part.querySelectorAll("details")) details.open = open.has(details.id);
    if (focused) part.querySelector(focused)?.focus({ preventScroll: true });
  }
}

// What finds the same control again when its row has been replaced.
function selectorOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const { play, wall } = element.dataset;
  const own = play
    ? `[data-play="${CSS.escape(play)}"]${wall ? `[data-wall="${CSS.escape(wall)}"]` : ""}`
    : element.matches("a[href]")
      ? `a[href="${CSS.escape(element.getAttribute("href"))}"]`
      : element.localName;
  const row = element.parentElement.closest("[id]");
  return `#${CSS.escape(row.id)} ${own}`;
}
