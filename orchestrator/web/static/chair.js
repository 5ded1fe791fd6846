// A hand raised in the hall: the kind's key puts the cursor in the field, a seat number or two letters sends it (pick.js).

const form = document.getElementById("add");
const select = document.getElementById("add-person");
const field = () => document.getElementById("add-person-who");
const kinds = [...form.querySelectorAll("button[name=kind]")];
let kind = "speech";

function mark() {
  const here = document.activeElement === field();
  for (const button of kinds) button.toggleAttribute("data-chosen", here && button.value === kind);
}

for (const button of kinds) {
  button.addEventListener("click", (event) => {
    if (select.value) return; // somebody is chosen: this is the sending itself
    event.preventDefault();
    kind = button.value;
    field().focus();
    mark();
  });
}

select.addEventListener("picked", () => {
  form.elements.parent_id.value = document.getElementById("floor")?.dataset.speech ?? "";
  form.requestSubmit(kinds.find((button) => button.value === kind));
  select.value = "";
  field().blur();
});

form.addEventListener("focusin", mark);
form.addEventListener("focusout", (event) => {
  if (event.target === field()) kind = "speech";
  mark();
});
