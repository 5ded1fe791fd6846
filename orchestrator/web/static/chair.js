// The chair's console: a hand raised in the hall takes the kind's key and then a seat number or two letters.
// The list of people stands in the select (data-people); with this script a field takes its place.

const form = document.getElementById("add");
const select = document.getElementById("add-person");
const people = JSON.parse(select.dataset.people);
const kinds = [...form.querySelectorAll("button[name=kind]")];
const field = document.createElement("input");
const popup = document.createElement("ul");
let kind = "speech";
let found = [];
let chosen = 0;

function begin() {
  select.hidden = true;
  select.required = false;
  field.id = "add-who";
  field.className = "ds-input";
  field.placeholder = select.dataset.hint;
  field.autocomplete = "off";
  field.dataset.key = "/";
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": "add-found", "aria-autocomplete": "list" })) field.setAttribute(name, value);
  popup.id = "add-found";
  popup.className = "choices-popup";
  popup.setAttribute("role", "listbox");
  popup.hidden = true;
  form.querySelector("label").htmlFor = field.id;
  select.before(field, popup);
  mark();
}

const seat = (person) => (person.seat == null ? "" : String(person.seat));

function search(text) {
  const wanted = text.trim().toUpperCase();
  if (!wanted) return [];
  if (/^\d+$/.test(wanted)) return people.filter((person) => seat(person).startsWith(wanted)).sort((a, b) => a.seat - b.seat);
  const words = (person) => [person.code, ...person.name.toUpperCase().split(/[\s-]+/)];
  const exact = people.filter((person) => person.code === wanted);
  return [...exact, ...people.filter((person) => !exact.includes(person) && words(person).some((word) => word.startsWith(wanted)))];
}

// What cannot become anybody else by another key is taken at once: a whole seat number, or two letters.
function certain(text) {
  const wanted = text.trim().toUpperCase();
  if (/^\d+$/.test(wanted)) return found.length === 1 && seat(found[0]) === wanted ? found[0] : null;
  return wanted.length === 2 && found[0]?.code === wanted ? found[0] : null;
}

function show() {
  popup.replaceChildren(
    ...found.slice(0, 6).map((person, place) => {
      const line = document.createElement("li");
      line.id = `add-found-${place}`;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(place === chosen));
      for (const text of [seat(person), person.code, person.group ? `${person.name} (${person.group})` : person.name]) {
        line.append(Object.assign(document.createElement("span"), { textContent: text }));
      }
      line.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(person);
      });
      return line;
    }),
  );
  if (!found.length && field.value.trim()) {
    popup.replaceChildren(Object.assign(document.createElement("li"), { className: "quiet", textContent: select.dataset.none }));
  }
  popup.hidden = !field.value.trim();
  field.setAttribute("aria-expanded", String(!popup.hidden));
  if (found.length) field.setAttribute("aria-activedescendant", `add-found-${chosen}`);
  else field.removeAttribute("aria-activedescendant");
}

function look() {
  found = search(field.value);
  chosen = 0;
  const person = certain(field.value);
  if (person) take(person);
  else show();
}

function take(person) {
  select.value = person.id;
  form.elements.parent_id.value = document.getElementById("floor")?.dataset.speech ?? "";
  field.value = "";
  popup.hidden = true;
  field.setAttribute("aria-expanded", "false");
  form.requestSubmit(kinds.find((button) => button.value === kind));
  select.value = "";
  field.blur();
}

function mark() {
  for (const button of kinds) button.setAttribute("aria-pressed", String(button.value === kind && document.activeElement === field));
}

for (const button of kinds) {
  button.addEventListener("click", (event) => {
    if (select.value) return; // a person is chosen: this is the submission itself
    event.preventDefault();
    kind = button.value;
    if (found.length && field.value.trim()) return take(found[chosen]);
    field.focus();
    mark();
  });
}

field.addEventListener("input", look);
field.addEventListener("focus", mark);
field.addEventListener("blur", () => {
  kind = "speech";
  field.value = "";
  popup.hidden = true;
  mark();
});
field.addEventListener("keydown", (event) => {
  if (event.key === "Escape") field.blur();
  else if (event.key === "Enter") {
    event.preventDefault();
    if (found.length && field.value.trim()) take(found[chosen]);
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const many = Math.min(6, found.length);
    if (many) chosen = (chosen + (event.key === "ArrowDown" ? 1 : many - 1)) % many;
    show();
  }
});
begin();
