// Opens confirmations as modal dialogs. Without this script the same link shows the dialog through :target (page.css).
//   <a href="#hev" data-opens="hev">  …  <dialog id="hev">… <a href="#main" data-closes>
// data-about on the link: what is chosen in the dialog's <select data-about> when it opens.

function open(id, about) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  const choice = about && dialog.querySelector("select[data-about]");
  if (choice) choice.value = about;
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  const closer = event.target.closest("[data-closes]");
  if (opener) {
    event.preventDefault();
    open(opener.dataset.opens, opener.dataset.about);
  } else if (closer?.closest("dialog")) {
    event.preventDefault();
    closer.closest("dialog").close();
  }
});

// A link that opens a dialog is a button to those who listen and to those who press the space bar.
function name() {
  for (const opener of document.querySelectorAll("[data-opens]:not([role])")) {
    opener.setAttribute("role", "button");
    opener.setAttribute("aria-haspopup", "dialog");
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target.matches?.("a[role=button]")) {
    event.preventDefault();
    event.target.click();
  }
});

document.addEventListener("sent", ({ detail: { form } }) => form.closest("dialog")?.close());
document.addEventListener("fragment", name);
name();
