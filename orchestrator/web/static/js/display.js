// Screens that nobody sits at: the hall display and the lower third. live.js puts in what the service sends.
// A pulse comes every 5 s. Without one what is shown may be old: then no clock runs and no name plate is in the
// picture, and after a minute the hall display names nobody either.

const STALE = 12000; // milliseconds
const LOST = 60000;
const LEAVES = 400; // as long as the plate's transition in display.css

const body = document.body;
const onAir = document.getElementById("on-air");
let seen = onAir ? -Infinity : performance.now(); // what lies over a picture waits until the stream confirms it

if (location.hash) history.replaceState(null, "", location.pathname + location.search); // the link's secret, if any

function check() {
  const age = performance.now() - seen;
  body.toggleAttribute("data-stale", Boolean(body.dataset.liveUrl) && age > STALE);
  body.toggleAttribute("data-lost", Boolean(body.dataset.liveUrl) && age > LOST);
  if (onAir) air();
}

// The lower third: what is in the picture leaves before the next comes in.
let leaving;
function air() {
  const wanted = body.hasAttribute("data-stale") ? "" : (document.getElementById("plate")?.innerHTML.trim() ?? "");
  if (leaving || wanted === (onAir.dataset.shows ?? "")) return;
  if (onAir.hasAttribute("data-in")) {
    onAir.removeAttribute("data-in");
    leaving = setTimeout(() => {
      leaving = null;
      show("");
      air();
    }, LEAVES);
  } else {
    show(wanted);
    onAir.getBoundingClientRect(); // drawn outside first, so that it moves in
    onAir.toggleAttribute("data-in", wanted !== "");
  }
}

function show(html) {
  onAir.innerHTML = html;
  onAir.dataset.shows = html;
}

// As large as fits its box, in whole pixels.
function fit(element) {
  const box = element.parentElement;
  const fits = (size) => {
    element.style.fontSize = `${size}px`;
    return element.scrollWidth <= box.clientWidth && element.offsetHeight <= box.clientHeight;
  };
  element.style.fontSize = "";
  let [low, high] = [parseFloat(getComputedStyle(element).fontSize), innerHeight];
  if (!fits(Math.ceil(low))) return (element.style.fontSize = "");
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  element.style.fontSize = `${Math.floor(low)}px`;
}

function fitAll() {
  for (const element of document.querySelectorAll("[data-fit]")) fit(element);
}

document.addEventListener("fragment", ({ target }) => {
  if (target.id === "pulse") seen = performance.now();
  else fitAll();
  check();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) seen = Math.min(seen, performance.now() - STALE - 1); // live.js lets go of the stream
  check();
});
addEventListener("resize", fitAll);
document.fonts.ready.then(fitAll);
fitAll();
check();
setInterval(check, 500);
