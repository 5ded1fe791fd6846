// The secretary's page. What is being written survives a change of item, a lost connection and a reload: every field with
// data-draft keeps its text in this tab until it has been sent.

const key = (field) => `utkast ${location.pathname} ${field.id}`;

function restore(root) {
  for (const field of root.querySelectorAll("[data-draft]")) {
    const text = sessionStorage.getItem(key(field));
    if (text !== null && text !== field.value) field.value = text;
  }
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-draft]")) sessionStorage.setItem(key(event.target), event.target.value);
});

document.addEventListener("sent", ({ detail: { form } }) => {
  for (const field of form.querySelectorAll("[data-draft]")) sessionStorage.removeItem(key(field));
  if (document.getElementById("work-chosen")?.contains(form)) location.reload();
});

document.addEventListener("submit", (event) => {
  // Without the background sending of forms.js nobody says that it arrived; the page that follows shows what did.
  if (!event.target.matches("[data-live]")) for (const field of event.target.querySelectorAll("[data-draft]")) sessionStorage.removeItem(key(field));
});

function countRoll() {
  const form = document.querySelector("[data-roll]");
  const place = form?.querySelector("[data-roll-count]");
  if (place) place.textContent = place.dataset.words.replace("{n}", form.querySelectorAll("input[name=present]:checked").length);
}

// One key for each who is called: there, or missing, and on to the next. Only while one of the boxes has focus.
const ROLL = { j: [true, 1], m: [false, 1], arrowdown: [null, 1], arrowup: [null, -1] };

document.addEventListener("keydown", (event) => {
  const [present, way] = ROLL[event.key.toLowerCase()] ?? [];
  if (!way || event.ctrlKey || event.metaKey || event.altKey || !event.target.matches("[data-roll] input[name=present]")) return;
  event.preventDefault();
  const boxes = [...event.target.form.querySelectorAll("input[name=present]")];
  if (present !== null) event.target.checked = present;
  (boxes[boxes.indexOf(event.target) + way] ?? (way > 0 ? event.target.form.querySelector("button") : event.target)).focus();
  countRoll();
});

document.addEventListener("change", (event) => event.target.closest("[data-roll]") && countRoll());
document.addEventListener("fragment", (event) => {
  restore(event.target);
  countRoll();
});
restore(document);
countRoll();

// Why somebody is absent, asks for leave or is questioned: fetched when it is asked for, and gone from the page when it is closed.
const reason = document.querySelector("[data-reason-shown]");
const say = (heading, words) => {
  document.getElementById("reason-heading").textContent = heading;
  document.getElementById("reason-words").textContent = words;
};

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-reason]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const answer = await fetch(link.href, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return location.assign(link.href); // which says why not
  const told = await answer.json();
  say(told.heading, told.reason);
  reason.showModal();
});
reason.addEventListener("close", () => say("", ""));
