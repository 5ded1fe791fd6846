// When a part of the page is replaced, what stood in it lives on in its successor: the element with the same id, else the button
// that says the same.

const label = (button) => button.ariaLabel ?? button.firstChild?.textContent.trim();

// In `root`, the successor of `old`; undefined when there is none.
export function successor(old, root) {
  if (old.id) return document.getElementById(old.id) ?? undefined;
  if (!old.matches("button, a")) return undefined;
  return [...root.querySelectorAll(old.localName)].find((other) => label(other) === label(old));
}

// The part of the page, as it is now, that `old` stood in.
export function successorsPart(old) {
  for (let part = old; part; part = part.parentElement?.closest("[id]")) {
    const now = part.id && document.getElementById(part.id);
    if (now && !now.matches("ol, ul, dl, table, tbody, tr")) return now;
  }
  return document.getElementById("main");
}
