// Single-key shortcuts: data-key="n" on a button or link presses it, on a field puts the cursor there, and with data-key-focus
// moves the focus there.
// They act only when no field has focus and no modifier is held, can be switched off (WCAG 2.1.4), and that is remembered.
// A dialog has the keys for itself. What is pressed while the answer to it is awaited is meant for the page behind, and acts there
// once the dialog has closed; it is forgotten when the answer is a refusal, or takes long.

const STORED = "hurtigtaster";
const root = document.documentElement;
const PATIENCE = 2000; // milliseconds from pressing ahead to acting
let ahead = [];

function setOn(on) {
  root.dataset.keys = on ? "on" : "off";
  for (const box of document.querySelectorAll("[data-keys-switch]")) box.checked = on;
}

function stored(value) {
  try {
    if (value) localStorage.setItem(STORED, value);
    return localStorage.getItem(STORED);
  } catch {
    return value; // storage is closed to us: the choice lasts as long as the page
  }
}

const isField = (element) => element.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const ownsKey = (element, key) => (key === " " || key === "Enter") && element.matches("a, button, summary, input, [tabindex='0']:not(li)");

function find(key) {
  const scope = document.querySelector("dialog:modal") ?? document;
  return [...scope.querySelectorAll("[data-key]")].find(
    (element) => element.dataset.key === key && !element.disabled && element.checkVisibility(),
  );
}

document.addEventListener("keydown", (event) => {
  if (root.dataset.keys === "off" || event.repeat || event.defaultPrevented) return;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const focused = document.activeElement ?? document.body;
  if (isField(focused) || ownsKey(focused, event.key)) return;
  const key = event.key.toLowerCase();
  if (document.querySelector("dialog:modal form[aria-busy]")) ahead.push({ key, at: Date.now() });
  else if (press(key)) event.preventDefault();
});

function press(key) {
  const target = find(key);
  if (!target) return false;
  if (isField(target) || target.hasAttribute("data-key-focus")) target.focus();
  else target.click();
  return true;
}

function pressAhead() {
  while (ahead.length && !document.querySelector("dialog:modal")) {
    const [{ key, at }] = ahead;
    if (isField(document.activeElement)) return void (ahead = []); // what follows was to be written there
    if (Date.now() - at < PATIENCE && !press(key)) return; // a fragment may bring it
    ahead.shift();
  }
}

document.addEventListener("sent", () => setTimeout(pressAhead)); // after the dialog has closed
document.addEventListener("fragment", pressAhead);
document.addEventListener("refused", () => (ahead = []));

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-keys-switch]")) return;
  stored(event.target.checked ? "on" : "off");
  setOn(event.target.checked);
});

setOn(stored() !== "off");
