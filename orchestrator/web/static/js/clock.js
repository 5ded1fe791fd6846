// Clocks that run by themselves, on the service's time and not this device's.
//   <time data-countdown="2026-05-05T16:00:00Z" data-words="dag|dager|time|timer|minutt|minutter|under 1 minutt"
//     data-late="what the whole badge says once the moment has passed">
//   <span data-elapsed data-spoken="12" data-since="…" data-limit="180" data-warning="30"><span data-elapsed-text></span><progress>…</span>
//     <span data-over-text></span></span>; a "clock" event from it says when it begins to be "near" the limit, or "over" it
//   <time data-until="…"> counts down to a moment in minutes and seconds, and stands at 0:00 afterwards (data-over is set)
//   <div data-shuts-at="…"> holds a button that is shut from then on, and what says so: <p data-shut hidden>
//   <time data-clock>
// The offset to the service's clock, in milliseconds, stands in <html data-clock-offset>; live.js corrects it.

const root = document.documentElement;
const UNITS = [86400, 3600, 60];

function measureOffset() {
  const served = Date.parse(document.querySelector("meta[name=server-time]")?.content);
  const arrival = performance.getEntriesByType("navigation")[0]?.responseStart || 0;
  root.dataset.clockOffset = Math.round(served - (performance.timeOrigin + arrival)) || 0;
}

const now = () => Date.now() + Number(root.dataset.clockOffset || 0);

function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function countdown(element) {
  const words = element.dataset.words.split("|");
  const seconds = (Date.parse(element.dataset.countdown) - now()) / 1000;
  if (seconds <= 0) return write(element.closest(".countdown"), element.dataset.late);
  const unit = UNITS.findIndex((length) => seconds >= length);
  if (unit < 0) return write(element, words[6]);
  const count = Math.floor(seconds / UNITS[unit]);
  write(element, `${count}\u00a0${words[2 * unit + (count === 1 ? 0 : 1)]}`);
}

function lasted(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (number) => String(number).padStart(2, "0");
  const [hour, minute, second] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hour ? `${hour}:${pad(minute)}:${pad(second)}` : `${minute}:${pad(second)}`;
}

function elapsed(element) {
  const { spoken, since, limit, warning } = element.dataset;
  const seconds = Number(spoken) + (since ? Math.max(0, (now() - Date.parse(since)) / 1000) : 0);
  write(element.querySelector("[data-elapsed-text]"), lasted(seconds));
  const bar = element.querySelector("progress");
  if (bar) bar.value = Math.min(seconds, Number(limit));
  const over = Boolean(limit) && seconds > Number(limit);
  element.toggleAttribute("data-over", over);
  const near = Boolean(warning) && !over && seconds > Number(limit) - Number(warning);
  element.toggleAttribute("data-near", near);
  if (over) write(element.querySelector("[data-over-text]"), lasted(seconds - Number(limit)));
  say(element, over ? "over" : near ? "near" : "");
}

function say(element, state) {
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  element.dispatchEvent(new CustomEvent("clock", { bubbles: true, detail: state }));
}

function until(element) {
  const left = (Date.parse(element.dataset.until) - now()) / 1000;
  element.toggleAttribute("data-over", left <= 0);
  element.closest(".last-call")?.toggleAttribute("data-over", left <= 0);
  write(element, lasted(Math.ceil(left)));
  aloud(element, left > 0 ? "begun" : "ended");
}

const told = new Set();

// A countdown is read aloud when it begins and when it ends, once each, however often it is drawn anew.
function aloud(element, edge) {
  const region = document.querySelector("[data-line-said]");
  const key = `${element.dataset.until} ${edge}`;
  if (!region || !element.dataset[edge] || told.has(key)) return;
  told.add(key);
  region.textContent = element.dataset[edge];
}

function shut(element) {
  if (Date.parse(element.dataset.shutsAt) > now()) return;
  element.querySelector("button").disabled = true;
  element.querySelector("[data-shut]").hidden = false;
}

const oslo = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Oslo", hour: "2-digit", minute: "2-digit" });

function tick() {
  for (const element of document.querySelectorAll("[data-countdown]")) countdown(element);
  for (const element of document.querySelectorAll("[data-elapsed]")) elapsed(element);
  for (const element of document.querySelectorAll("[data-until]")) until(element);
  for (const element of document.querySelectorAll("[data-shuts-at]")) shut(element);
  for (const element of document.querySelectorAll("[data-clock]")) write(element, oslo.format(now()));
}

measureOffset();
tick();
setInterval(() => document.hidden || tick(), 250);
document.addEventListener("visibilitychange", () => document.hidden || tick());
document.addEventListener("fragment", tick);
