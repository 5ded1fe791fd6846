// Where a moment is in the video, and whose it is. Run by tests/web/test_timeline_js.py.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, offsetAt, playlistFor, pollDelay, read, startOf, wallAt } from "../../../orchestrator/web/static/js/timeline.js";

const time = (clock) => Date.parse(`2026-05-05T${clock}Z`);
const stretch = (start, end, live_offset, recording_offset = null) => ({
  start: `2026-05-05T${start}Z`,
  end: `2026-05-05T${end}Z`,
  live_offset,
  recording_offset,
});
const entry = (kind, id, start, end, more = {}) => ({
  kind,
  id,
  start: `2026-05-05T${start}Z`,
  end: end && `2026-05-05T${end}Z`,
  ...more,
});
const meeting = (more = {}) =>
  read({
    version: 1,
    state: "live",
    live: "live.m3u8",
    recording: null,
    // 18:10 to 18:20 was behind closed doors: slates in live, cut out of the recording.
    stretches: [stretch("18:00:00.000", "18:10:00.000", 0), stretch("18:20:00.000", "18:30:00.000", 1200)],
    entries: [
      entry("item", "a", "18:00:00.000", "18:10:00.000", { title: "En sak" }),
      entry("speech", "s", "18:02:00.500", "18:04:00.000", { person: "Kari" }),
      entry("closed", "closed-1", "18:10:00.000", "18:20:00.000"),
      entry("item", "a", "18:20:00.000", null, { title: "En sak" }),
    ],
    next: [],
    ...more,
  });

test("wall and offset answer each other", () => {
  const timeline = meeting();
  for (const clock of ["18:00:00.000", "18:09:59.500", "18:20:00.000", "18:29:59.999"]) {
    const offset = offsetAt(timeline, "live", time(clock));
    assert.equal(wallAt(timeline, "live", offset), time(clock));
  }
});

test("a moment behind closed doors is shown where the picture goes on", () => {
  assert.equal(offsetAt(meeting(), "live", time("18:15:00.000")), 1200);
});

test("what the slate hides has no wall-clock time", () => {
  assert.equal(wallAt(meeting(), "live", 900), null);
});

test("a moment before the broadcast is its beginning, one after it is not there", () => {
  assert.equal(offsetAt(meeting(), "live", time("17:00:00.000")), 0);
  assert.equal(offsetAt(meeting(), "live", time("19:00:00.000")), null);
});

test("a playlist that does not have a stretch knows nothing of it", () => {
  assert.equal(offsetAt(meeting(), "recording", time("18:05:00.000")), null);
  assert.equal(wallAt(meeting(), "recording", 5), null);
});

test("what goes on is found to the millisecond", () => {
  const timeline = meeting();
  assert.equal(at(timeline, time("18:02:00.499")).speech, undefined);
  assert.equal(at(timeline, time("18:02:00.500")).speech.person, "Kari");
  assert.equal(at(timeline, time("18:04:00.000")).speech, undefined);
  assert.equal(at(timeline, time("18:25:00.000")).item.title, "En sak");
});

test("behind closed doors nothing but that goes on", () => {
  assert.deepEqual(Object.keys(at(meeting(), time("18:15:00.000"))), ["closed"]);
});

test("an item begins where it first began", () => {
  assert.equal(startOf(meeting(), "a"), time("18:00:00.000"));
  assert.equal(startOf(meeting(), "unknown"), null);
});

test("while it is live everything is in the live playlist", () => {
  assert.equal(playlistFor(meeting(), time("18:05:00.000")), "live.m3u8");
  assert.equal(playlistFor(meeting(), time("18:31:00.000")), "live.m3u8");
});

test("afterwards it is in the recording, once that is public", () => {
  const ended = { state: "ended", recording: "recording.m3u8" };
  assert.equal(playlistFor(meeting(ended), time("18:05:00.000")), "recording.m3u8");
  assert.equal(playlistFor(meeting({ state: "ended" }), time("18:05:00.000")), null);
});

test("after reopening the first part is in the recording, the second live", () => {
  const reopened = meeting({
    live: "live-2.m3u8",
    recording: "recording.m3u8",
    stretches: [stretch("18:00:00.000", "18:10:00.000", null, 0), stretch("18:20:00.000", "18:30:00.000", 0)],
  });
  assert.equal(playlistFor(reopened, time("18:05:00.000")), "recording.m3u8");
  assert.equal(playlistFor(reopened, time("18:15:00.000")), "live-2.m3u8");
  assert.equal(playlistFor(reopened, time("18:25:00.000")), "live-2.m3u8");
  assert.equal(playlistFor(reopened, time("18:40:00.000")), "live-2.m3u8");
  assert.equal(offsetAt(reopened, "live", time("18:25:00.000")), 300);
});

test("the timeline is asked for often while there is more to come, seldom when there is not", () => {
  const now = time("18:30:01.000");
  assert.equal(pollDelay(null, now, { chance: 0 }), 2000);
  assert.equal(pollDelay(meeting(), now, { chance: 1 }), 2500);
  assert.equal(pollDelay(meeting(), now, { hidden: true }), 15000);
  assert.equal(pollDelay(meeting({ state: "ended" }), now, { chance: 0 }), 2000);
  assert.equal(pollDelay(meeting({ state: "ended", recording: "recording.m3u8" }), now), 30000);
  assert.equal(pollDelay(meeting({ state: "ended" }), time("18:40:00.000")), 30000);
});
