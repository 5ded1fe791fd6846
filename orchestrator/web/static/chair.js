// A hand raised in the hall: the kind's key puts the cursor in the field, a seat number or two letters sends it (pick.js).

const form = document.getElementById("add");
const select = document.getElementById("add-person");
const field = () => document.getElementById("add-person-who");
const kinds = () => [...form.querySelectorAll("button[name=kind]")]; // they follow the rules of the item
let kind = "";
const chosen = () => kinds().find((button) => button.value === kind) ?? kinds()[0];

function mark() {
  const here = form.contains(document.activeElement);
  for (const button of kinds()) button.toggleAttribute("data-chosen", here && button === chosen());
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=kind]");
  if (!button || select.value) return; // somebody is chosen: this is the sending itself
  event.preventDefault();
  kind = button.value;
  button.closest("details")?.removeAttribute("open");
  field().focus();
  mark();
});

select.addEventListener("picked", () => {
  form.requestSubmit(chosen());
  select.value = "";
  field().blur();
});

form.addEventListener("focusin", mark);
document.addEventListener("fragment", mark);
form.addEventListener("focusout", (event) => {
  if (form.contains(event.relatedTarget)) return; // on to the category, or to whom the reply is for
  kind = "";
  mark();
});
