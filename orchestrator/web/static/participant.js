// Shows one's own look among those that everybody is sent, and marks one's own lines in the list.

const me = document.querySelector("[data-me]").dataset.me;
const said = document.querySelector("[data-said]");
let shown = document.getElementById("mine-headline")?.textContent;

function fill(root) {
  for (const field of root.querySelectorAll("[data-mine]")) field.value = me;
  for (const line of root.querySelectorAll("[data-person]")) line.toggleAttribute("data-own", line.dataset.person === me);
}

function look() {
  const all = document.getElementById("variants");
  const number = JSON.parse(all.dataset.people)[me] ?? 0;
  const own = all.querySelectorAll("template")[number]?.content.getElementById("mine").cloneNode(true);
  if (!own) return;
  fill(own);
  const before = document.getElementById("mine");
  if (before.outerHTML === own.outerHTML) return;
  document.dispatchEvent(new CustomEvent("put", { detail: { id: "mine", html: own.outerHTML } }));
}

document.addEventListener("fragment", (event) => {
  if (event.target.id === "variants") return look();
  fill(event.target);
  const headline = document.getElementById("mine-headline")?.textContent;
  if (event.target.id !== "mine" || headline === shown) return;
  shown = headline;
  said.textContent = headline;
});
fill(document);

// Plainly received, also when what came of it is slow to be shown.
const received = document.querySelector("[data-received]");
document.addEventListener("sent", () => {
  const time = new Date().toLocaleTimeString("nb-NO", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  received.textContent = received.dataset.words.replace("{time}", time);
  setTimeout(() => (received.textContent = ""), 6000);
});
