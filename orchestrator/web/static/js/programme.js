// The programme follows by itself: while it is looked at, the page is fetched anew now and then. It holds no connection.
import { fetchPage, replaceParts } from "./refresh.js";

const root = document.querySelector("[data-programme]");
let next;

async function follow() {
  clearTimeout(next);
  const page = document.hidden ? null : await fetchPage();
  const told = page?.querySelector("[data-programme]");
  if (told) {
    replaceParts(page);
    root.toggleAttribute("data-follow", told.hasAttribute("data-follow"));
  }
  clearTimeout(next);
  // Not everyone at once; and no more when it is over.
  if (root.hasAttribute("data-follow")) next = setTimeout(follow, 15000 + 10000 * Math.random());
}

if (root.hasAttribute("data-follow")) {
  next = setTimeout(follow, 15000 + 10000 * Math.random());
  document.addEventListener("visibilitychange", () => document.hidden || follow());
}
