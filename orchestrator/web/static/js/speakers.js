// The speaker list alone: fetched anew when timeline.json, a static file, says that something happened; where there is no
// picture and so no such file, every few seconds. The page holds no connection.
import { pageAnnouncer } from "./announcer.js";

const { media } = document.querySelector("[data-speakers]").dataset;
const announcer = pageAnnouncer();
const list = () => document.getElementById("speakers");
let known;
let next;

const text = (address, options) => fetch(address, options).then((answer) => (answer.ok ? answer.text() : null)).catch(() => null);

async function refresh() {
  const html = await text(location.pathname + location.search);
  const fresh = html && new DOMParser().parseFromString(html, "text/html").getElementById("speakers");
  if (fresh && fresh.outerHTML !== list().outerHTML) list().replaceWith(fresh);
  return Boolean(fresh);
}

async function poll() {
  clearTimeout(next);
  const told = media ? await text(`${media}/timeline.json`, { cache: "no-cache" }) : null;
  if (told === null || told !== known) {
    // Not all at once, and not before the page has been made anew.
    if (known !== undefined) await new Promise((done) => setTimeout(done, 300 + 1500 * Math.random()));
    if (await refresh()) known = told;
  }
  clearTimeout(next);
  next = setTimeout(poll, document.hidden ? 15000 : (told === null ? 5000 : 2000) + 500 * Math.random());
}

setInterval(() => announcer.tell(list().dataset.said), 500);
document.addEventListener("visibilitychange", () => document.hidden || poll());
poll();
