// The player, with and without hls.js, on a video element that only remembers. Run by tests/web/test_timeline_js.py.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Player } from "../../../orchestrator/web/static/js/player.js";

class Video extends EventTarget {
  paused = true;
  currentTime = 0;
  readyState = 0;
  plays = 0;
  ends = 1000;
  get seekable() {
    return { length: 1, end: () => this.ends };
  }
  async play() {
    this.plays += 1;
    this.paused = false;
  }
  // As an element does when it is given a new source.
  restarted() {
    Object.assign(this, { paused: true, currentTime: 0, readyState: 0 });
  }
  loaded() {
    this.readyState = 1;
    this.dispatchEvent(new Event("loadedmetadata"));
  }
}

class Hls {
  static isSupported = () => true;
  static Events = { ERROR: "error", LEVEL_LOADED: "loaded" };
  static ErrorTypes = { MEDIA_ERROR: "media", NETWORK_ERROR: "network" };
  static made = [];
  handlers = {};
  latestLevelDetails = null;
  constructor() {
    Hls.made.push(this);
  }
  on(event, act) {
    this.handlers[event] = act;
  }
  once = this.on;
  loadSource(url) {
    this.url = url;
  }
  attachMedia(video) {
    video.restarted();
  }
  destroy() {
    this.destroyed = true;
  }
  recoverMediaError() {
    this.recovered = true;
  }
  fire(event, data) {
    this.handlers[event]("", data);
  }
}

const START = 1_000_000;
const timeline = {
  state: "live",
  live: "live.m3u8",
  recording: null,
  stretches: [{ start: START, end: START + 600_000, live_offset: 0, recording_offset: null }],
};
let video, player;

function made({ hls }) {
  globalThis.window = hls ? { Hls } : {};
  Hls.made = [];
  video = new Video();
  player = new Player(video, "/media/x");
  player.timeline = timeline;
}

beforeEach(() => made({ hls: false }));

test("without hls.js the browser plays the playlist and the timeline's offsets say the time", () => {
  player.load("live.m3u8", { wall: START + 30_000 });
  assert.equal(video.src, "/media/x/live.m3u8");
  assert.equal(video.currentTime, 0);
  video.loaded();
  assert.equal(video.currentTime, 30);
  assert.equal(player.wall(), START + 30_000);
});

test("offsets of a newer part say nothing about the former", () => {
  player.load("live.m3u8");
  video.currentTime = 30;
  player.timeline = { ...timeline, live: "live-2.m3u8" };
  assert.equal(player.wall(), null);
  assert.equal(player.seek(START + 30_000), false);
  assert.equal(player.live, false);
});

test("what waited for another playlist waits no more", () => {
  player.load("live.m3u8", { wall: START + 30_000, play: true });
  player.load("recording.m3u8");
  video.loaded();
  assert.equal(video.currentTime, 0);
  assert.equal(video.plays, 0);
});

test("who was watching goes on watching in another playlist", () => {
  video.paused = false;
  player.load("live.m3u8");
  video.paused = true;
  video.loaded();
  assert.equal(video.plays, 1);
});

test("with hls.js each segment's own time is used", () => {
  made({ hls: true });
  player.load("live.m3u8", { wall: START + 5_000 });
  const [hls] = Hls.made;
  hls.latestLevelDetails = {
    fragments: [
      { start: 0, duration: 4, programDateTime: START },
      { start: 4, duration: 4, programDateTime: START + 4_000 },
      { start: 8, duration: 4, programDateTime: START + 60_000 },
    ],
  };
  hls.fire("loaded");
  video.loaded();
  assert.equal(video.currentTime, 5);
  player.seek(START + 30_000);
  assert.equal(video.currentTime, 8, "in a gap: where it goes on");
  assert.equal(player.wall(), START + 60_000);
});

test("after a lost network the same picture is found again and goes on playing, once", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  made({ hls: true });
  player.load("live.m3u8");
  const [hls] = Hls.made;
  hls.latestLevelDetails = { fragments: [{ start: 0, duration: 60, programDateTime: START }] };
  Object.assign(video, { currentTime: 12, paused: false, readyState: 4 });
  let troubles = 0;
  player.addEventListener("trouble", () => (troubles += 1));
  hls.fire("error", { fatal: false, type: "network" });
  hls.fire("error", { fatal: true, type: "network" });
  hls.fire("error", { fatal: true, type: "network" });
  t.mock.timers.tick(10_000);
  assert.equal(troubles, 2);
  assert.equal(Hls.made.length, 2);
  assert.equal(hls.destroyed, true);
  Hls.made[1].latestLevelDetails = hls.latestLevelDetails;
  Hls.made[1].fire("loaded");
  video.loaded();
  assert.equal(video.currentTime, 12);
  assert.equal(video.plays, 1);
});

test("a retry is forgotten when something else is shown meanwhile", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  made({ hls: true });
  player.load("live.m3u8");
  Hls.made[0].fire("error", { fatal: true, type: "network" });
  player.load("recording.m3u8");
  t.mock.timers.tick(10_000);
  assert.deepEqual(Hls.made.map((hls) => hls.url), ["/media/x/live.m3u8", "/media/x/recording.m3u8"]);
});

test("a broken decoder is restarted and goes on playing", () => {
  made({ hls: true });
  player.load("live.m3u8");
  video.paused = false;
  Hls.made[0].fire("error", { fatal: true, type: "media" });
  assert.equal(Hls.made[0].recovered, true);
  video.paused = true;
  video.loaded();
  assert.equal(video.plays, 1);
});

test("twenty seconds from the newest picture still count as live", () => {
  player.load("live.m3u8");
  video.currentTime = 981;
  assert.equal(player.behind(), 0);
  video.currentTime = 900;
  assert.equal(player.behind(), 100);
  player.load("recording.m3u8");
  assert.equal(player.behind(), 0);
});

function element() {
  const made = { track: { mode: "disabled" }, remove: () => (video.tracks = video.tracks.filter((one) => one !== made)) };
  return made;
}

test("captions are those of the recording, shown when somebody wants them", () => {
  globalThis.document = { createElement: element };
  video.tracks = [];
  video.append = (track) => video.tracks.push(track);
  player.load("live.m3u8");
  player.timeline = { ...timeline, recording: "recording.m3u8", captions: "captions.vtt" };
  assert.equal(player.caption("Teksting", true), false);
  player.load("recording.m3u8");
  assert.equal(player.caption("Teksting", false), true);
  assert.equal(player.caption("Teksting", true), true);
  assert.equal(video.tracks.length, 1);
  const [{ label, kind, src, track }] = video.tracks;
  assert.deepEqual([label, kind, src, track.mode], ["Teksting", "captions", "/media/x/captions.vtt", "showing"]);
  player.timeline = { ...timeline, recording: "recording.m3u8", captions: null };
  assert.equal(player.caption("Teksting", true), false);
  assert.deepEqual(video.tracks, []);
});
