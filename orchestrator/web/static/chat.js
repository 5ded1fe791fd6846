// The chat on whatever page: one's own lines are marked and can be deleted, unread ones are counted until they have been on the
// screen, and new ones are read aloud only while the chat is open. It stays at the last line for whoever is there.

import { Announcer } from "./js/announcer.js";

const chat = document.querySelector("[data-chat]");
if (chat) begin();

function begin() {
  const panel = chat.closest("details");
  const badge = document.querySelector("[data-chat-unread]") ?? inTab();
  const stored = `chat ${chat.querySelector("form").action}`;
  const said = new Announcer((text) => (chat.querySelector("[data-chat-said]").textContent = text), { on: () => visible });
  const lines = () => document.getElementById("chat-lines");
  let visible = false;
  let atEnd = true;
  let seen = Number(read() ?? 0);
  let told = last();

  function read() {
    try {
      return localStorage.getItem(stored);
    } catch {
      return null; // storage is closed to us: what was read is remembered as long as the page
    }
  }

  function last() {
    return Number(lines().querySelector(".line:last-of-type")?.dataset.place ?? 0);
  }

  function look() {
    for (const line of lines().querySelectorAll(".line")) {
      const own = line.dataset.author === chat.dataset.author;
      line.toggleAttribute("data-own", own);
      if (own) line.querySelector(".line__delete")?.removeAttribute("hidden");
    }
    if (visible && !document.hidden) remember();
    const unread = [...lines().querySelectorAll(".line:not([data-own], [data-gone])")].filter((line) => line.dataset.place > seen).length;
    badge.hidden = !unread;
    const words = chat.dataset.unreadWords.replace("{n}", unread);
    badge.textContent = unread && !badge.closest("a") ? words : "";
    if (unread && badge.closest("a")) badge.append(hiddenFromSight(words.replace(unread, "")), unread); // a tab is narrow
  }

  function remember() {
    seen = Math.max(seen, last());
    try {
      localStorage.setItem(stored, seen);
    } catch {
      // see above
    }
  }

  function toEnd() {
    lines().scrollTop = lines().scrollHeight;
    atEnd = true;
  }

  function tell() {
    const line = lines().querySelector(".line:last-of-type");
    if (!line || line.dataset.place <= told) return;
    told = Number(line.dataset.place);
    const words = [".line__who strong", ".line__text", ".line__came"].map((part) => line.querySelector(part)?.textContent.trim());
    if (!line.hasAttribute("data-own") && !line.hasAttribute("data-gone")) said.tell(words.filter(Boolean).join(". "));
  }

  new IntersectionObserver(([{ isIntersecting }]) => {
    visible = isIntersecting;
    if (visible && atEnd) toEnd();
    look();
  }).observe(chat);

  chat.addEventListener("scroll", ({ target }) => {
    if (target.id === "chat-lines") atEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 40;
  }, true);
  document.addEventListener("visibilitychange", look);
  document.addEventListener("fragment", ({ target }) => {
    if (target.id !== "chat-lines") return;
    const follow = atEnd;
    look();
    tell();
    if (follow) toEnd();
  });
  document.addEventListener("sent", ({ detail }) => chat.contains(detail.form) && (atEnd = true));

  panel?.addEventListener("toggle", () => {
    if (!panel.open) return;
    toEnd();
    document.getElementById("chat-text")?.focus();
  });
  panel?.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !panel.open) return;
    panel.open = false;
    panel.querySelector("summary").focus();
  });
  toEnd();
  look();
}

function hiddenFromSight(text) {
  const span = document.createElement("span");
  span.className = "ds-sr-only";
  span.textContent = text;
  return span;
}

// On a participant's page the chat is a tab.
function inTab() {
  const mark = document.createElement("span");
  mark.className = "chat__unread";
  mark.hidden = true;
  document.getElementById("chat-tab")?.append(" ", mark);
  return mark;
}
