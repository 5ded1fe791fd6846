// Asks our service for the way into a room: {url, token}; {why} if there is none now; nothing of it if there is no answer.

const WHY = { room_locked: "locked", room_kept_out: "kept_out", room_not_open: "closed" };

export async function wayIn(address) {
  const answer = await fetch(address, { method: "POST", headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.ok) return answer.json();
  return answer?.status === 409 ? { why: WHY[(await answer.json()).rule] } : {};
}
