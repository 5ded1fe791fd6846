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
