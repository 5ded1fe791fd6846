// The speaker list rearranged: an entry is dragged by its handle, or moved with Alt and the arrow keys while it has focus.
// Markup: <… id="queue" data-steady><ol data-reorder="where to send"> with <li id="r-{id}" data-request="{id}" data-name="…">
// and in each a [data-grip], and the buttons [data-gives] (Enter) and [data-strikes] (Delete). What is sent is move_request, which
// names the entry and the one it goes before. Until the answer is here the list shows what was meant, and nothing that others
// do replaces it; when it is refused, it goes back.

const QUIET = 350; // milliseconds after the last arrow key
const ANSWERED = 400; // milliseconds until what was done is shown
let dragged, due, before;

const rows = (list) => [...list.children].filter((row) => row.dataset.request);
const fragment = (list) => list.closest("[data-steady]");

function hold(list) {
  const part = fragment(list);
  if (part.hasAttribute("data-hold")) return;
  before = part.outerHTML;
  part.setAttribute("data-hold", "");
}

function letGo() {
  if (dragged || due) return;
  document.querySelector("[data-hold]")?.removeAttribute("data-hold");
  document.dispatchEvent(new CustomEvent("release"));
}

function send(row) {
  const list = row.parentElement;
  const { form, status } = sender(list);
  const next = row.nextElementSibling?.dataset.request ?? null;
  const command = { type: "move_request", request_id: row.dataset.request, before_id: next };
  form.elements.command.value = JSON.stringify(command);
  const place = rows(list).indexOf(row) + 1;
  status.textContent = list.dataset.movedWords.replace("{name}", row.dataset.name).replace("{place}", place);
  form.requestSubmit();
}

// The form that is sent, and what is read out. They stand outside what the stream replaces.
function sender(list) {
  const part = fragment(list);
  let form = part.parentElement.querySelector("[data-moves]");
  if (!form) {
    form = document.createElement("form");
    form.innerHTML = '<input type="hidden" name="command"><p class="ds-sr-only" role="status"></p>';
    Object.assign(form, { method: "post", action: list.dataset.reorder, className: "act" });
    Object.assign(form.dataset, { live: "", moves: "" });
    part.before(form);
  }
  return { form, status: form.querySelector("[role=status]") };
}

document.addEventListener("sent", ({ detail: { form } }) => {
  if (form.matches("[data-moves]")) setTimeout(letGo, ANSWERED);
});
document.addEventListener("refused", ({ detail: { form } }) => {
  if (!form.matches("[data-moves]")) return;
  const part = document.querySelector("[data-hold]");
  letGo();
  // Unless something newer has come meanwhile, it is as it was.
  if (part?.isConnected) document.dispatchEvent(new CustomEvent("put", { detail: { id: part.id, html: before } }));
});

// By keyboard.

function step(row, down) {
  const other = down ? row.nextElementSibling : row.previousElementSibling;
  if (!other?.dataset.request) return;
  hold(row.parentElement);
  if (down) row.before(other);
  else row.after(other);
  number(row.parentElement);
  row.scrollIntoView({ block: "nearest" });
  clearTimeout(due);
  due = setTimeout(() => {
    due = null;
    send(row);
  }, QUIET);
}

function choose(row) {
  if (!row) return;
  for (const other of rows(row.parentElement)) other.tabIndex = -1;
  row.tabIndex = 0;
  row.focus();
}

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("[data-reorder] > [data-request]");
  if (!row || event.ctrlKey || event.metaKey) return;
  const button = { Enter: "[data-gives]", Delete: "[data-strikes]" }[event.key];
  if (button && event.target === row) return row.querySelector(button)?.click();
  const down = event.key === "ArrowDown";
  if (!down && event.key !== "ArrowUp") return;
  event.preventDefault();
  if (event.altKey) step(row, down);
  else choose(down ? row.nextElementSibling : row.previousElementSibling);
});

// The key that leads to the list leads to the one chosen in it.
document.addEventListener("focusin", ({ target }) => {
  if (target.matches("[data-reorder]")) choose(rows(target).find((row) => row.tabIndex === 0) ?? rows(target)[0]);
});

// By pointer.

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-grip]");
  if (!grip || event.button) return;
  event.preventDefault();
  const row = grip.closest("[data-request]");
  const list = row.parentElement;
  hold(list);
  grip.setPointerCapture(event.pointerId);
  dragged = { row, list, from: event.clientY, scrolled: list.scrollTop, started: rows(list).indexOf(row) };
  row.setAttribute("data-dragged", "");
});

document.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const { row, list } = dragged;
  const { top, bottom } = list.getBoundingClientRect();
  if (event.clientY < top + 24) list.scrollBy(0, -8);
  if (event.clientY > bottom - 24) list.scrollBy(0, 8);
  // The others make room as soon as the pointer has passed half of them. The row itself keeps its place in the document, or the
  // pointer would lose it.
  const all = rows(list);
  const place = all.indexOf(row);
  const middle = (other) => other.getBoundingClientRect().top + other.offsetHeight / 2;
  for (const other of all.slice(place + 1)) if (event.clientY > middle(other)) pass(() => row.before(other));
  for (const other of all.slice(0, place).reverse()) if (event.clientY < middle(other)) pass(() => row.after(other));
  row.style.translate = `0 ${event.clientY - dragged.from + list.scrollTop - dragged.scrolled}px`;
});

function pass(change) {
  const top = dragged.row.offsetTop;
  change();
  dragged.from += dragged.row.offsetTop - top;
  number(dragged.list);
}

function drop(moved) {
  if (!dragged) return;
  const { row, list, started } = dragged;
  dragged = null;
  row.removeAttribute("data-dragged");
  row.style.translate = "";
  if (moved && rows(list).indexOf(row) !== started) return send(row);
  if (!moved) restore(row, list, started);
  letGo();
}

function restore(row, list, place) {
  row.remove();
  list.insertBefore(row, rows(list)[place] ?? null);
  number(list);
}

document.addEventListener("pointerup", () => drop(true));
document.addEventListener("pointercancel", () => drop(false));
document.addEventListener("keydown", (event) => event.key === "Escape" && drop(false));

function number(list) {
  rows(list).forEach((row, place) => (row.querySelector(".queue__place").textContent = place + 1));
}

// What others do slides to its place.

let places = new Map();
const still = matchMedia("(prefers-reduced-motion: reduce)");

function arrived(list) {
  const now = new Map(rows(list).map((row) => [row.id, row.offsetTop]));
  if (!still.matches) {
    for (const row of rows(list)) {
      const from = places.get(row.id);
      const frames = from === undefined ? { opacity: [0, 1] } : { translate: [`0 ${from - now.get(row.id)}px`, "0 0"] };
      if (from !== now.get(row.id) && places.size) row.animate(frames, { duration: 200, easing: "ease-out" });
    }
  }
  places = now;
  const focused = document.activeElement?.closest("[data-request]");
  const first = rows(list).find((row) => row === focused) ?? rows(list)[0];
  list.tabIndex = -1; // its rows have the focus now
  for (const row of rows(list)) row.tabIndex = row === first ? 0 : -1;
}

function look(root) {
  for (const list of root.querySelectorAll("[data-reorder]")) arrived(list);
}

document.addEventListener("fragment", (event) => look(event.target));
look(document);
