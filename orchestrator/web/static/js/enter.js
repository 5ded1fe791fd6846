// The way in to a screen that nobody sits at. The link's secret stands after # in the address: taken out of it at once,
// sent to log in, and kept nowhere. The login is a cookie, as everybody else's.

const secret = location.hash.slice(1);
if (location.hash) history.replaceState(null, "", location.pathname + location.search);

function say(what) {
  for (const line of document.querySelectorAll("[data-enter]")) line.hidden = line.dataset.enter !== what;
}

async function enter(attempt = 0) {
  say("wait");
  const answer = await fetch("/inn", { method: "POST", body: new URLSearchParams({ secret }) }).catch(() => null);
  if (answer?.ok) return location.reload();
  if (answer && answer.status < 429) return say("refused");
  setTimeout(() => enter(attempt + 1), Math.min(30000, 1000 * 2 ** attempt) * (0.5 + Math.random()));
}

if (secret) enter();
// A name plate over a picture asks for nothing: whoever sees it cannot help.
else if (!document.body.classList.contains("overlay")) say("none");
