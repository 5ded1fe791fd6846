// Keeps a page as the service sees it. <body data-live-url="/…"> names an event stream; each event carries an id.
//   event: fragment  data: {"id": "kø", "html": "<ol id=\"kø\">…</ol>"}   replaces the element with that id
//   event: time      data: "2026-05-05T16:00:00.123Z"                     sets the clocks
//   event: goto      data: "/inn"                                         leaves the page (a link was revoked; "": asks for it anew)
//   event: beat                                                           nothing has happened, and the connection stands
// Nothing is replaced while a pointer is pressed or a dialog is open inside it, nor while it says data-hold (a script is moving
// something in it; it removes the attribute and sends "release"). In an element with data-steady nothing is replaced under a
// pointer that is on its way either, unless this page itself sent something. What is being typed or chosen, what has focus,
// what is open and where it is scrolled stays. A hidden tab lets go of its stream and resumes after the last id (?after=).
// A page that was rendered at a position says so itself: data-live-url="/…?after=17".
// <html data-connection="open|lost"> is the state of the connection, for style sheets.

import { successor } from "./successor.js";

const address = document.body.dataset.liveUrl;
const root = document.documentElement;
const waiting = new Map();
const SILENCE = 40000; // milliseconds without even a beat (every 15 s) after which the connection is dead, whatever it says
const ON_ITS_WAY = 600; // milliseconds after a pointer's last move
const LONGEST = 3000; // milliseconds that a restless pointer holds back what others do
const OWN = 2000; // milliseconds after something was sent from here, in which what comes is probably our own doing
let source, retry, pressed;
let failures = 0;
let lastId = "";
let heard = 0;
let sent = 0;
let pointer = { x: -1, y: -1, at: 0 };

function connect() {
  clearTimeout(retry);
  source?.close();
  const url = new URL(address, location.href);
  if (lastId) url.searchParams.set("after", lastId);
  source = new EventSource(url);
  heard = Date.now();
  source.onopen = () => {
    heard = Date.now();
    if (failures > 1) show("back");
    failures = 0;
    root.dataset.connection = "open";
  };
  source.onerror = fail;
  listen("fragment", (data) => put(JSON.parse(data)));
  listen("time", (data) => (root.dataset.clockOffset = Date.parse(data) - Date.now()));
  listen("goto", (data) => (data ? location.assign(data) : location.reload()));
  listen("beat", () => {});
}

function fail() {
  source.close();
  clearTimeout(retry);
  if (document.hidden) return;
  failures += 1;
  root.dataset.connection = "lost";
  if (failures > 1) show("lost");
  retry = setTimeout(connect, Math.min(15000, 500 * 2 ** failures) * (0.5 + Math.random()));
}

function listen(type, act) {
  source.addEventListener(type, (event) => {
    heard = Date.now();
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

function put({ id, html, since = Date.now() }) {
  const old = document.getElementById(id);
  if (!old) return;
  if (isHeld(old, since)) return waiting.set(id, { id, html, since: waiting.get(id)?.since ?? since });
  waiting.delete(id); // what is put now is newer
  const box = document.createElement("template");
  box.innerHTML = html;
  const fresh = box.content.firstElementChild;
  if (!fresh) return old.remove();
  const restore = remember(old);
  old.replaceWith(fresh);
  restore(fresh);
  fresh.dispatchEvent(new CustomEvent("fragment", { bubbles: true }));
}

function isHeld(old, since) {
  if ((pressed && old.contains(pressed)) || old.querySelector("dialog[open]") || old.hasAttribute("data-hold")) return true;
  if (!old.hasAttribute("data-steady") || Date.now() - sent < OWN || Date.now() - since > LONGEST) return false;
  const left = ON_ITS_WAY - (Date.now() - pointer.at);
  if (left <= 0 || !old.contains(document.elementFromPoint(pointer.x, pointer.y))) return false;
  setTimeout(release, left + 10);
  return true;
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
    const heir = byKeyboard && (successor(focused, fresh) ?? place(fresh));
    if (!heir) return;
    heir.focus({ preventScroll: true });
    if (selection?.[0] != null) heir.setSelectionRange?.(...selection);
  };
}

// Where the keyboard goes on from when what had focus is no more: the part that it stood in.
function place(part) {
  if (!part.textContent.trim()) return null;
  part.tabIndex = -1;
  return part;
}

function isChanged(field) {
  if (field.matches("select")) return field.selectedIndex !== Math.max(0, [...field.options].findLastIndex((option) => option.defaultSelected));
  return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
}

function release() {
  const due = [...waiting.values()];
  waiting.clear();
  for (const fragment of due) put(fragment);
}

function letGo() {
  // After the click that belongs to this press, which must land on the element it was aimed at.
  setTimeout(() => {
    pressed = null;
    release();
  });
}

if (address) {
  addEventListener("pointerdown", (event) => (pressed = event.target), true);
  addEventListener("pointermove", ({ clientX, clientY }) => (pointer = { x: clientX, y: clientY, at: Date.now() }), true);
  addEventListener("pointerup", letGo, true);
  addEventListener("pointercancel", letGo, true);
  addEventListener("close", letGo, true); // a dialog's
  document.addEventListener("release", release);
  document.addEventListener("sent", () => {
    sent = Date.now();
    release();
  });
  addEventListener("online", connect);
  addEventListener("offline", () => {
    failures = Math.max(failures, 1); // said at once: this device itself knows
    fail();
  });
  setInterval(() => {
    if (!document.hidden && source.readyState === EventSource.OPEN && Date.now() - heard > SILENCE) fail();
  }, 5000);
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
