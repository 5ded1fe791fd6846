// Keeps a page as the service sees it. <body data-live-url="/…"> names an event stream; each event carries an id.
//   event: fragment  data: {"id": "kø", "html": "<ol id=\"kø\">…</ol>"}   replaces the element with that id
//   event: time      data: "2026-05-05T16:00:00.123Z"                     sets the clocks
//   event: goto      data: "/inn"                                         leaves the page (a link was revoked; "": asks for it anew)
// Nothing is replaced while a pointer is pressed or a dialog is open inside it. What is being typed or chosen, what has
// focus, what is open and where it is scrolled stays. A hidden tab lets go of its stream and resumes after the last id
// (?after=). A page that was rendered at a position says so itself: data-live-url="/…?after=17".

import { successor } from "./successor.js";

const address = document.body.dataset.liveUrl;
const root = document.documentElement;
const waiting = new Map();
let source, retry, pressed;
let failures = 0;
let lastId = "";

function connect() {
  clearTimeout(retry);
  source?.close();
  const url = new URL(address, location.href);
  if (lastId) url.searchParams.set("after", lastId);
  source = new EventSource(url);
  source.onopen = () => {
    if (failures > 1) show("back");
    failures = 0;
  };
  source.onerror = () => {
    source.close();
    if (document.hidden) return;
    failures += 1;
    if (failures > 1) show("lost");
    retry = setTimeout(connect, Math.min(15000, 500 * 2 ** failures) * (0.5 + Math.random()));
  };
  listen("fragment", (data) => put(JSON.parse(data)));
  listen("time", (data) => (root.dataset.clockOffset = Date.parse(data) - Date.now()));
  listen("goto", (data) => (data ? location.assign(data) : location.reload()));
}

function listen(type, act) {
  source.addEventListener(type, (event) => {
    lastId = event.lastEventId || lastId;
    act(event.data);
  });
}

function show(state) {
  for (const banner of document.querySelectorAll("[data-connection]")) {
    banner.querySelector("[data-connection-lost]").hidden = state !== "lost";
    banner.querySelector("[data-connection-back]").hidden = state !== "back";
  }
  if (state === "back") setTimeout(() => failures || show(null), 4000);
}

function put({ id, html }) {
  const old = document.getElementById(id);
  if (!old) return;
  if ((pressed && old.contains(pressed)) || old.querySelector("dialog[open]")) return waiting.set(id, html);
  const box = document.createElement("template");
  box.innerHTML = html;
  const fresh = box.content.firstElementChild;
  if (!fresh) return old.remove();
  const restore = remember(old);
  old.replaceWith(fresh);
  restore(fresh);
  fresh.dispatchEvent(new CustomEvent("fragment", { bubbles: true }));
}

function remember(old) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  // A button that was clicked lets go: the next key is a shortcut, not a second click.
  const byKeyboard = focused?.matches(":focus-visible");
  const selection = focused && "selectionStart" in focused ? [focused.selectionStart, focused.selectionEnd] : null;
  const written = [...old.querySelectorAll("input[id]:not([type=hidden]), textarea[id], select[id]")].filter(isChanged);
  const open = [...old.querySelectorAll("details[id][open]")];
  const scrolled = [old, ...old.querySelectorAll("[id]")].map(({ id, scrollTop, scrollLeft }) => ({ id, top: scrollTop, left: scrollLeft }));
  const now = (element) => element?.id && document.getElementById(element.id);
  return (fresh) => {
    for (const field of written) if (now(field)) Object.assign(now(field), { value: field.value, checked: field.checked });
    for (const details of open) now(details)?.setAttribute("open", "");
    for (const { id, top, left } of scrolled) if (top || left) document.getElementById(id)?.scrollTo({ top, left, behavior: "instant" });
    const heir = byKeyboard && successor(focused, fresh);
    if (!heir) return;
    heir.focus({ preventScroll: true });
    if (selection?.[0] != null) heir.setSelectionRange(...selection);
  };
}

function isChanged(field) {
  if (field.matches("select")) return field.selectedIndex !== Math.max(0, [...field.options].findLastIndex((option) => option.defaultSelected));
  return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
}

function release() {
  // After the click that belongs to this press, which must land on the element it was aimed at.
  setTimeout(() => {
    pressed = null;
    const due = [...waiting];
    waiting.clear();
    for (const [id, html] of due) put({ id, html });
  });
}

if (address) {
  addEventListener("pointerdown", (event) => (pressed = event.target), true);
  addEventListener("pointerup", release, true);
  addEventListener("pointercancel", release, true);
  addEventListener("close", release, true); // a dialog's
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return connect();
    clearTimeout(retry);
    source?.close();
  });
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && connect());
  if (!document.hidden) connect();
}

// For a page's own script that has the HTML already: document.dispatchEvent(new CustomEvent("put", { detail: { id, html } }))
document.addEventListener("put", (event) => put(event.detail));
