// Where a moment of the meeting is in the video, and which case and speaker it belongs to.
// Times are milliseconds since 1970; offsets are seconds in a playlist. `which` is "live" or "recording".

export function read(json) {
  const at = (text) => (text === null ? null : Date.parse(text));
  return {
    ...json,
    stretches: json.stretches.map((stretch) => ({ ...stretch, start: at(stretch.start), end: at(stretch.end) })),
    entries: json.entries.map((entry) => ({ ...entry, start: at(entry.start), end: at(entry.end) })),
  };
}

const field = { live: "live_offset", recording: "recording_offset" };

// The wall-clock time shown `offset` seconds into the playlist, or null.
export function wallAt(timeline, which, offset) {
  for (const stretch of timeline.stretches) {
    const from = stretch[field[which]];
    if (from === null) continue;
    const into = (offset - from) * 1000;
    if (into >= 0 && into < stretch.end - stretch.start + 1) return stretch.start + into;
  }
  return null;
}

// Where the playlist shows `wall`; in a gap, where it goes on after it. Null when it is not there.
export function offsetAt(timeline, which, wall) {
  for (const stretch of timeline.stretches) {
    const from = stretch[field[which]];
    if (from === null || wall >= stretch.end) continue;
    return from + Math.max(0, wall - stretch.start) / 1000;
  }
  return null;
}

// The playlist in which to see `wall`: the live one where it has it (or soon will), else the recording; null when
// there is neither. After reopening the live one holds the newest part only, and the recording those before it.
export function playlistFor(timeline, wall) {
  const live = timeline.state === "live" ? timeline.live : null;
  const { recording } = timeline;
  if (!live || !recording) return live ?? recording;
  const after = timeline.stretches.find((stretch) => wall < stretch.end);
  return after && after.live_offset === null ? recording : live;
}

const lasts = (entry, wall) => entry.start <= wall && (entry.end === null || wall < entry.end);

// What goes on at `wall`: {item, speech, vote, break, closed}, each an entry or undefined.
export function at(timeline, wall) {
  const found = {};
  for (const entry of timeline.entries) if (lasts(entry, wall)) found[entry.kind] = entry;
  return found;
}

// When an entry with this id first began, or null.
export function startOf(timeline, id) {
  return timeline.entries.find((entry) => entry.id === id)?.start ?? null;
}

// How many milliseconds to wait before asking for the timeline again.
export function pollDelay(timeline, now, { hidden = false, chance = Math.random() } = {}) {
  if (hidden) return 15000;
  if (timeline?.state === "ended") {
    const last = timeline.stretches.at(-1)?.end ?? now;
    // The recording comes a moment after the end, or on the secretary's word.
    if (timeline.recording || now - last > 60000) return 30000;
  }
  return 2000 + 500 * chance;
}
