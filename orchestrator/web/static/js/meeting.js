// The meeting page: the picture, the case and speaker of the frame being watched, and jumps to what was treated.
// Everything it knows comes from static files beside the playlist (timeline.json), polled; it holds no connection.
import { Player } from "./player.js";
import { at, read, startOf } from "./timeline.js";

const root = document.querySelector("[data-meeting]");
const words = JSON.parse(document.getElementById("words").textContent);
const video = root.querySelector("video");
const $ = (name) => root.querySelector(`[data-${name}]`);
const player = new Player(video, root.dataset.media);
let timeline = null;
let shape = null;

const serverNow = () => Date.now() + Number(document.documentElement.dataset.clockOffset || 0);

function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

async function poll() {
  try {
    const answer = await fetch(`${root.dataset.media}/timeline.json`, { cache: "no-cache" });
    if (answer.ok) take(read(await answer.json()));
  } catch {
    // The next poll tries again; what is shown stays true for the frame being watched.
  }
  const ended = timeline?.state === "ended" && (timeline.recording || player.which);
  setTimeout(poll, document.hidden ? 15000 : ended ? 30000 : 2000 + Math.random() * 500);
}

function take(fresh) {
  const first = timeline === null;
  const before = timeline;
  timeline = player.timeline = fresh;
  const playable = fresh.state === "live" ? fresh.live : fresh.recording;
  if (playable && !player.which) start(playable);
  // A new part begins after reopening; whoever watches the former part to its end goes on into it.
  else if (before && fresh.live !== before.live && player.which === "live" && video.ended) player.load(fresh.live);
  const now = JSON.stringify([fresh.entries.map((entry) => [entry.id, entry.end !== null]), fresh.recording, fresh.state]);
  if (!first && now !== shape) refreshSoon();
  shape = now;
  root.dataset.state = fresh.state;
  render();
}

function start(playlist) {
  const asked = new URLSearchParams(location.search);
  const item = asked.get("sak") && document.querySelector(`[data-key="${CSS.escape(asked.get("sak"))}"]`);
  const wall = asked.get("t") ? Date.parse(asked.get("t")) : item ? startOf(timeline, item.dataset.item) : null;
  video.hidden = false;
  if ($("message")) $("message").hidden = true;
  if (Number.isFinite(wall) && wall !== null) jump(wall, { play: false });
  else player.load(playlist);
}

// Show the picture of `wall`, in the live playlist where it has it, else in the recording.
function jump(wall, { play = true } = {}) {
  const live = timeline.state === "live" ? timeline.live : null;
  const has = (field) => timeline.stretches.some((stretch) => stretch[field] !== null && wall < stretch.end);
  const inLive = live && has("live_offset");
  const name = inLive || !timeline.recording ? live : timeline.recording;
  if (!name) return;
  if (player.name === name) player.seek(wall);
  else player.load(name, wall);
  if (play) video.play().catch(() => {});
}

// The case list is the server's; it is fetched anew when something in the meeting has changed, a little later
// for some than for others.
let waiting = false;
function refreshSoon() {
  if (waiting) return;
  waiting = true;
  setTimeout(refresh, 300 + Math.random() * 1500);
}

async function refresh() {
  waiting = false;
  const answer = await fetch(location.pathname).catch(() => null);
  if (!answer?.ok) return refreshSoon();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-refresh]")) {
    const fresh = page.getElementById(part.id);
    if (!fresh || fresh.innerHTML === part.dataset.html) continue;
    const open = new Set([...part.querySelectorAll("details[open]")].map((details) => details.id));
    const focus = document.activeElement?.id;
    part.dataset.html = fresh.innerHTML;
    part.innerHTML = fresh.innerHTML;
    for (const details of part.querySelectorAll("details")) details.open = open.has(details.id);
    if (focus && part.contains(document.getElementById(focus))) document.getElementById(focus).focus();
  }
  render();
}

function render() {
  if (!timeline) return;
  const watched = player.which && (player.playing || video.currentTime > 0) ? player.wall() : null;
  const live = timeline.state === "live";
  const wall = watched ?? (live ? serverNow() : null);
  const here = wall === null ? {} : at(timeline, wall);
  const named = here.item ? [words.item, here.item.number].filter(Boolean).join(" ") : "";
  write($("now-label"), watched === null && live ? words.inMeeting : words.now);
  write($("now-number"), here.item?.number ? named : "");
  write($("now-title"), here.item?.title ?? (here.closed ? words.closed : here.break ? words.break : words.noItem));
  write($("now-speaker"), speaker(here));
  write($("now-clock"), here.speech && wall ? clock((wall - here.speech.start) / 1000) : "");
  const next = live && !player.behind() ? timeline.next.map((each) => signed(each)).join(", ") : "";
  write($("now-next"), next ? `${words.next} ${next}` : "");
  mark(here.item?.id);
  const behind = player.behind();
  root.dataset.behind = behind ? "yes" : "no";
  $("live-badge").hidden = !live || player.which === "recording" || behind > 0;
  $("behind").hidden = !live || !(behind > 0 || player.which === "recording");
  write($("behind-text"), behind ? words.behind.replace("{time}", clock(behind)) : words.watchingRecording);
  announce(here);
}

const signed = ({ person, group }) => (group ? `${person} (${group})` : person);

function speaker(here) {
  if (here.closed || here.break) return "";
  if (here.vote) return words.vote;
  if (here.speech?.person) return `${signed(here.speech)}${here.speech.title === "reply" ? ` · ${words.reply}` : ""}`;
  return here.item ? (root.dataset.chair || words.nobody) : "";
}

function mark(id) {
  for (const row of root.querySelectorAll("[data-item]")) {
    const now = row.dataset.item === id;
    row.toggleAttribute("data-now", now);
    const state = row.querySelector("[data-watching]");
    if (state) state.hidden = !now;
  }
}

let said = "";
function announce(here) {
  const region = document.getElementById("announcement");
  if (!document.getElementById("announce")?.checked) return;
  const text = [here.item?.title, speaker(here)].filter(Boolean).join(". ");
  if (text !== said) write(region, text);
  said = text;
}

root.addEventListener("click", async (event) => {
  const play = event.target.closest("[data-play]");
  if (play && timeline) {
    const wall = play.dataset.wall ? Date.parse(play.dataset.wall) : startOf(timeline, play.dataset.play);
    if (wall === null || Number.isNaN(wall)) return;
    event.preventDefault();
    jump(wall);
    video.focus({ preventScroll: true });
    video.scrollIntoView({ block: "nearest" });
  }
  if (event.target.closest("[data-go-live]")) {
    if (player.name === timeline.live) player.goLive();
    else player.load(timeline.live);
    video.play().catch(() => {});
  }
  const share = event.target.closest("[data-share]");
  if (share) {
    event.preventDefault();
    const url = new URL(share.href, location.href).href;
    if (navigator.share) return navigator.share({ title: document.title, url }).catch(() => {});
    await navigator.clipboard?.writeText(url).catch(() => {});
    const label = share.querySelector("[data-share-text]") ?? share;
    const before = label.textContent;
    write(label, words.copied);
    setTimeout(() => write(label, before), 2500);
  }
});

video.addEventListener("ended", () => {
  // Live has ended and was seen to the end: the recording is what there is to see now.
  if (timeline?.state === "live" && player.name !== timeline.live) player.load(timeline.live);
});
player.addEventListener("trouble", () => {
  write($("trouble"), words.trouble);
  $("trouble").hidden = false;
});
video.addEventListener("playing", () => {
  $("trouble").hidden = true;
});
video.addEventListener("seeked", render);
setInterval(() => document.hidden || render(), 100);
poll();
