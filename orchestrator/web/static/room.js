// The page of one room: check of devices, in, lobby, the room itself, out, and back when contact was lost.
// <… data-room data-line="embedded|livekit" data-role="host|participant|observer" data-way-in="/…"> holds a <section data-shows="state"> for each state.

import { Devices, measure } from "./room/devices.js";
import { showPeople, showStage } from "./room/stage.js";
import { Talk } from "./room/talk.js";
import { LivekitTalk } from "./room/talk_livekit.js";

const root = document.querySelector("[data-room]");
const words = JSON.parse(root.dataset.words);
const part = (name) => root.querySelector(`[data-${name}]`);
const RETRIES_BY_ITSELF = { closed: 15000, locked: 15000, kept_out: 15000, full: 15000, token: 1000, slow: 1000 }; // milliseconds
const LINES = { embedded: Talk, livekit: LivekitTalk }; // how one talks with the room, by the product that it is in
const devices = new Devices();
let talk, room, retry, stopMeter, screen;
let state = "check";
let failures = 0;

// What the page shows

function enter(next, why = "") {
  const changed = next !== state;
  state = next;
  for (const section of root.querySelectorAll("[data-shows]")) section.hidden = section.dataset.shows !== next;
  for (const reason of root.querySelectorAll("[data-why]")) reason.hidden = reason.dataset.why !== why;
  part("back-in").hidden = ["lost", "token", "slow"].includes(why);
  if (!changed && next !== "out") return;
  const heading = root.querySelector(`[data-shows="${next}"] [data-heading]:not([hidden])`) ?? root.querySelector(`[data-why="${why}"]`);
  say("");
  heading?.focus({ preventScroll: next === "inside" }); // which reads it aloud
}

function say(text) {
  part("said").textContent = text.trim();
}

function showRoom() {
  const own = { camera: [devices.tracks.audio, devices.tracks.video], screen: screen?.getTracks() ?? [] };
  showStage(room, talk.tracks, own);
  showPeople(room, (what, identity) => talk.say(what, { identity }));
  if (root.dataset.role !== "observer") showButtons();
}

function showButtons() {
  const on = { audio: devices.tracks.audio, video: devices.tracks.video, screen };
  for (const button of root.querySelectorAll("[data-toggle]")) {
    const what = button.dataset.toggle;
    button.toggleAttribute("data-active", Boolean(on[what]));
    button.querySelector("[data-label]").textContent = on[what] ? button.dataset.on : button.dataset.off;
    button.disabled = !(what === "screen" ? room.may_share : room.may_speak);
  }
  part("no-floor").hidden = room.may_speak;
  part("told").hidden = !room.may_speak;
}

// The conversation

function join() {
  clearTimeout(retry);
  talk?.close();
  if (state !== "lost") enter("connecting");
  const on = { room: told, muted, bye: out, lost, wavers: () => enter("lost"), notDone: () => trouble(words.notDone) };
  talk = new LINES[root.dataset.line](root.dataset.wayIn, on);
  talk.start();
}

function told(message) {
  const before = room;
  room = message;
  failures = 0;
  if (room.state === "waiting") return enter("waiting");
  if (state !== "inside") {
    enter("inside");
    if (room.may_speak && (devices.tracks.audio || devices.tracks.video)) send(); // contact was lost and is back
  }
  if (root.dataset.role !== "observer") changedFloor(before);
  if (before && room.waiting.length > before.waiting.length) say(words.somebodyWaits);
  showRoom();
}

function changedFloor(before) {
  if (!room.may_speak) {
    devices.closeAll();
    talk.send("camera", {});
  }
  if (!room.may_share) stopScreen();
  if (before?.state === "inside" && before.may_speak !== room.may_speak) say(room.may_speak ? words.floorGiven : words.floorTaken);
}

function muted() {
  devices.close("audio");
  send();
  say(words.muted);
}

function letGo() {
  devices.closeAll();
  stopScreen();
  room = undefined;
}

function out(why) {
  letGo();
  enter("out", why);
  if (why in RETRIES_BY_ITSELF) retry = setTimeout(join, RETRIES_BY_ITSELF[why]);
}

function lost() {
  stopScreen();
  room = undefined;
  failures += 1;
  enter("lost");
  retry = setTimeout(join, Math.min(15000, 500 * 2 ** failures) * (0.5 + Math.random()));
}

// Devices

async function send() {
  try {
    await talk.send("camera", { ...devices.tracks });
  } catch {
    devices.closeAll();
    trouble(words.notSent);
  }
  if (room) showRoom();
}

async function toggle(what) {
  trouble("");
  if (what === "screen") return toggleScreen();
  if (devices.tracks[what]) devices.close(what);
  else {
    try {
      await devices.open(what);
    } catch (error) {
      return trouble(error.name === "NotAllowedError" ? words.notAllowed : words.noDevice);
    }
    if (!room?.may_speak) return devices.closeAll(); // the floor went while the browser asked
  }
  say(words.toggled[what][devices.tracks[what] ? "on" : "off"]);
  showRoom();
  await send();
}

async function toggleScreen() {
  if (screen) return stopScreen();
  try {
    screen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: true });
    const [video] = screen.getVideoTracks();
    video.addEventListener("ended", stopScreen);
    await talk.send("screen", { video, audio: screen.getAudioTracks()[0] });
  } catch (error) {
    stopScreen();
    if (error.name !== "NotAllowedError") trouble(error.message === "taken" ? words.screenTaken : words.notSent);
  }
  if (room) showRoom();
}

function stopScreen() {
  if (!screen) return;
  for (const track of screen.getTracks()) track.stop();
  screen = null;
  talk.send("screen", {}).catch(() => {});
  if (room) showRoom();
}

function trouble(text) {
  part("trouble").textContent = text;
  part("trouble").hidden = !text;
  part("check-trouble").textContent = text;
  part("check-trouble").hidden = !text;
}

// The check before one goes in

async function check(kind) {
  trouble("");
  for (const one of kind ? [kind] : ["audio", "video"]) {
    try {
      await devices.open(one);
    } catch (error) {
      trouble(error.name === "NotAllowedError" ? words.notAllowed : words.noDevice);
    }
  }
  part("own").srcObject = devices.tracks.video ? new MediaStream([devices.tracks.video]) : null;
  part("own-none").hidden = Boolean(devices.tracks.video);
  stopMeter?.();
  stopMeter = devices.tracks.audio && measure(devices.tracks.audio, (loud) => (part("level").value = loud));
  for (const select of root.querySelectorAll("[data-choose]")) await devices.fill(select, select.dataset.choose);
  part("chosen").hidden = false;
}

function endCheck() {
  stopMeter?.();
  stopMeter = null;
  if (part("own")) part("own").srcObject = null;
  devices.closeAll();
}

part("join").addEventListener("click", () => {
  endCheck();
  join();
});
part("check")?.addEventListener("click", () => check());
for (const select of root.querySelectorAll("[data-choose]")) {
  select.addEventListener("change", () => {
    devices.chosen[select.dataset.choose] = select.value;
    check(select.dataset.choose);
  });
}
for (const button of root.querySelectorAll("[data-toggle]")) button.addEventListener("click", () => toggle(button.dataset.toggle));
for (const button of root.querySelectorAll("[data-leave]")) {
  button.addEventListener("click", () => {
    clearTimeout(retry);
    talk.leave();
    talk.close();
    out("left");
  });
}
part("back-in").addEventListener("click", join);
part("admit-all")?.addEventListener("click", () => room.waiting.forEach(({ identity }) => talk.say("admit", { identity })));
addEventListener("online", () => state === "lost" && !room && join()); // with a room, the line mends by itself
addEventListener("pagehide", () => talk?.close());
