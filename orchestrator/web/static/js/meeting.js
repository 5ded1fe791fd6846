// The meeting page: the picture, the case and speaker of the frame being watched, and jumps to what was treated.
// Everything it knows comes from static files beside the playlist (timeline.json), polled; it holds no connection.
import { pageAnnouncer } from "./announcer.js";
import { Player } from "./player.js";
import { fetchPage, replaceParts } from "./refresh.js";
import { at, playlistFor, pollDelay, read, startOf } from "./timeline.js";

const root = document.querySelector("[data-meeting]");
const words = JSON.parse(document.getElementById("words").textContent);
const video = root.querySelector("video");
const $ = (name) => root.querySelector(`[data-${name}]`);
const player = new Player(video, root.dataset.media);
const announcer = pageAnnouncer();
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

let next;
async function poll() {
  clearTimeout(next);
  try {
    const answer = await fetch(`${root.dataset.media}/timeline.json`, { cache: "no-cache" });
    if (answer.ok) take(read(await answer.json()));
  } catch {
    // The next poll tries again; what is shown stays true for the frame being watched.
  }
  clearTimeout(next);
  next = setTimeout(poll, pollDelay(timeline, serverNow(), { hidden: document.hidden }));
}

function take(fresh) {
  const first = timeline === null;
  timeline = player.timeline = fresh;
  const playable = fresh.state === "live" ? fresh.live : fresh.recording;
  if (playable && !player.which) start(playable);
  else goOn();
  const now = JSON.stringify([fresh.entries.map((entry) => [entry.id, entry.end !== null]), fresh.next, fresh.recording, fresh.state]);
  // The first timeline of those who have waited for the meeting to open is news too.
  if (first ? root.dataset.status === "planned" : now !== shape) refreshSoon();
  shape = now;
  root.dataset.state = fresh.state;
  captions();
  render();
}

// What is said, in writing: off until somebody chooses it, here or among the video's own controls.
let captioned = false;
function captions() {
  const button = $("captions");
  button.hidden = !player.caption(button.textContent.trim(), captioned);
  button.setAttribute("aria-pressed", String(captioned));
}

// A new part begins after reopening; whoever has watched the former part to its end goes on into it.
function goOn() {
  if (!video.ended || timeline?.state !== "live" || player.live) return;
  player.load(timeline.live, { wall: player.wall(), play: true });
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

// Show the picture of `wall`.
function jump(wall, { play = true } = {}) {
  const name = playlistFor(timeline, wall);
  if (!name) return;
  if (player.name !== name) return player.load(name, { wall, play });
  player.seek(wall);
  if (play) player.play();
}

// The case list is the server's; it is fetched anew when something in the meeting has changed, a little later
// for some than for others.
const SOON = [300, 1800];
const LATER = [10000, 20000]; // the service is away: not everyone asks at once
let waiting = false;
function refreshSoon([least, most] = SOON) {
  if (waiting) return;
  waiting = true;
  setTimeout(refresh, least + Math.random() * (most - least));
}

async function refresh() {
  waiting = false;
  const page = await fetchPage();
  if (!page) return refreshSoon(LATER);
  const told = page.querySelector("[data-meeting]")?.dataset;
  root.dataset.chair = told?.chair ?? "";
  root.dataset.status = told?.status ?? "";
  replaceParts(page);
  render();
}

function render() {
  if (!timeline) return;
  const watched = player.which && (player.playing || video.currentTime > 0) ? player.wall() : null;
  const live = timeline.state === "live";
  const wall = watched ?? (live ? serverNow() : null);
  const here = wall === null ? {} : at(timeline, wall);
  write($("now-label"), watched !== null ? words.now : live ? words.inMeeting : "");
  write($("now-number"), here.item?.number ? `${words.item} ${here.item.number}` : "");
  write($("now-title"), here.item?.title ?? (shut(here) || (wall === null || untold(here) ? "" : words.noItem)));
  const who = wall === null || untold(here) ? "" : speaker(here);
  write($("now-speaker"), who);
  write($("now-clock"), here.speech && wall ? clock((wall - here.speech.start) / 1000) : "");
  const behind = player.behind();
  const elsewhere = live && player.which !== null && !player.live; // in the recording, or in a part that is over
  const nexts = live && !behind && !elsewhere ? timeline.next.slice(0, 3).map(signed).join(", ") : "";
  write($("now-next"), nexts ? `${words.next} ${nexts}` : "");
  mark(here.item?.id);
  root.dataset.behind = behind || elsewhere ? "yes" : "no";
  $("live-badge").hidden = !live || elsewhere || behind > 0;
  $("behind").hidden = !live || !(behind > 0 || elsewhere);
  write($("behind-text"), elsewhere ? words.watchingRecording : words.behind.replace("{time}", clock(behind)));
  announcer.tell([here.item?.title ?? shut(here), who, nexts && `${words.next} ${nexts}`].filter(Boolean).join(". "));
}

const signed = ({ person, group }) => (group ? `${person} (${group})` : person);

const shut = (here) => (here.closed ? words.closed : here.break ? words.break : "");

// While the broadcast is stopped nobody outside is told what goes on: not that nothing does either.
const untold = (here) => root.dataset.status === "stopped" && !here.item && !shut(here);

function speaker(here) {
  if (here.closed || here.break) return "";
  if (here.vote) return words.vote;
  if (here.speech?.person) return [signed(here.speech), words.kinds[here.speech.title]].filter(Boolean).join(" · ");
  return (here.item && root.dataset.chair) || words.nobody;
}

function mark(id) {
  for (const row of root.querySelectorAll("[data-item]")) {
    const now = row.dataset.item === id;
    row.toggleAttribute("data-now", now);
    const state = row.querySelector("[data-watching]");
    if (state) state.hidden = !now;
  }
}

async function copy(share) {
  try {
    await navigator.clipboard.writeText(share.href);
  } catch {
    return location.assign(share.href); // no clipboard here: the address bar has it
  }
  const label = share.querySelector("[data-share-text]") ?? share;
  label.dataset.words ??= label.textContent;
  write(label, words.copied);
  write(document.getElementById("announcement"), words.copied);
  setTimeout(() => write(label, label.dataset.words), 2500);
}

root.addEventListener("click", (event) => {
  const play = event.target.closest("[data-play]");
  if (play && timeline) {
    const wall = play.dataset.wall ? Date.parse(play.dataset.wall) : startOf(timeline, play.dataset.play);
    if (wall === null || Number.isNaN(wall)) return;
    event.preventDefault();
    jump(wall);
    video.focus({ preventScroll: true });
    video.scrollIntoView({ block: "nearest" });
  }
  if (event.target.closest("[data-captions]")) {
    captioned = !captioned;
    captions();
  }
  if (event.target.closest("[data-go-live]")) {
    if (!player.live) return player.load(timeline.live, { play: true });
    player.goLive();
    player.play();
  }
  const share = event.target.closest("[data-share]");
  if (share) {
    event.preventDefault();
    if (navigator.share) navigator.share({ title: document.title, url: share.href }).catch(() => {});
    else copy(share);
  }
});

video.addEventListener("ended", goOn);
video.addEventListener("loadedmetadata", captions); // another playlist has others, or none
video.textTracks.addEventListener("change", () => {
  if (!player.track) return;
  captioned = player.track.track.mode === "showing";
  $("captions").setAttribute("aria-pressed", String(captioned));
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
document.addEventListener("visibilitychange", () => document.hidden || poll());
poll();
