// Choosing a person by seat number, two letters or name. A select with data-people (JSON: id, name, group, seat, code) gets a
// field beside it that searches; the select keeps the value, and is all there is without this script.
// data-pick="once": what cannot become anybody else by another key is taken at once, and the field is emptied afterwards.
// Choosing somebody sends a "picked" event from the select.

const seat = (person) => (person.seat == null ? "" : String(person.seat));
const label = (person) => (person.group ? `${person.name} (${person.group})` : person.name);
let made = 0;

function search(people, text) {
  const wanted = text.trim().toUpperCase();
  if (!wanted) return [];
  if (/^\d+$/.test(wanted)) return people.filter((person) => seat(person).startsWith(wanted)).sort((a, b) => a.seat - b.seat);
  const words = (person) => [person.code, ...person.name.toUpperCase().split(/[\s-]+/), person.name.toUpperCase()];
  const exact = people.filter((person) => person.code === wanted);
  return [...exact, ...people.filter((person) => !exact.includes(person) && words(person).some((word) => word.startsWith(wanted)))];
}

function certain(found, text) {
  const wanted = text.trim().toUpperCase();
  if (/^\d+$/.test(wanted)) return found.length === 1 && seat(found[0]) === wanted ? found[0] : null;
  return wanted.length === 2 && found[0]?.code === wanted ? found[0] : null;
}

function enhance(select) {
  const people = JSON.parse(select.dataset.people);
  const once = select.dataset.pick === "once";
  const field = document.createElement("input");
  const popup = document.createElement("ul");
  let found = [];
  let chosen = 0;

  function begin() {
    made += 1;
    field.id = `${select.id}-who`;
    field.className = "ds-input";
    field.placeholder = select.dataset.hint;
    field.autocomplete = "off";
    field.value = select.value ? select.selectedOptions[0].textContent : "";
    if (select.dataset.key) field.dataset.key = select.dataset.key;
    delete select.dataset.key;
    popup.id = `found-${made}`;
    popup.className = "pick-list";
    popup.setAttribute("role", "listbox");
    popup.hidden = true;
    const roles = { role: "combobox", "aria-expanded": "false", "aria-controls": popup.id, "aria-autocomplete": "list" };
    for (const [name, value] of Object.entries(roles)) field.setAttribute(name, value);
    for (const named of select.labels ?? []) {
      popup.setAttribute("aria-label", named.textContent);
      named.htmlFor = field.id;
    }
    select.hidden = true;
    select.required = false;
    select.dataset.enhanced = "";
    select.before(field, popup);
  }

  function draw() {
    const text = field.value.trim();
    const lines = found.slice(0, 6).map((person, place) => {
      const line = document.createElement("li");
      line.id = `${popup.id}-${place}`;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(place === chosen));
      line.append(...[seat(person), person.code, label(person)].map((part) => Object.assign(document.createElement("span"), { textContent: part })));
      line.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(person);
      });
      return line;
    });
    if (!lines.length && text) {
      const none = Object.assign(document.createElement("li"), { className: "pick-list__none", textContent: select.dataset.none });
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      lines.push(none);
    }
    popup.replaceChildren(...lines);
    popup.hidden = !text;
    field.setAttribute("aria-expanded", String(!popup.hidden));
    if (found.length) field.setAttribute("aria-activedescendant", `${popup.id}-${chosen}`);
    else field.removeAttribute("aria-activedescendant");
  }

  function close() {
    popup.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function take(person) {
    close();
    select.value = person.id;
    field.value = once ? "" : label(person);
    select.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: person }));
  }

  field.addEventListener("input", () => {
    select.value = "";
    found = search(people, field.value);
    chosen = 0;
    const person = once ? certain(found, field.value) : null;
    if (person) take(person);
    else draw();
  });
  field.addEventListener("keydown", (event) => {
    const many = Math.min(6, found.length);
    if (event.key === "Escape") {
      field.value = "";
      field.blur();
    } else if (event.key === "Enter" && !popup.hidden && many) {
      event.preventDefault();
      take(found[chosen]);
    } else if (event.key === "Enter" && once) {
      event.preventDefault();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (many) chosen = (chosen + (event.key === "ArrowDown" ? 1 : many - 1)) % many;
      draw();
    }
  });
  field.addEventListener("blur", () => {
    close();
    if (!select.value) field.value = "";
  });
  select.form?.addEventListener("reset", () => (field.value = ""));
  begin();
}

function all(root) {
  for (const select of root.querySelectorAll("select[data-people]:not([data-enhanced])")) enhance(select);
}

document.addEventListener("fragment", (event) => all(event.target));
all(document);
