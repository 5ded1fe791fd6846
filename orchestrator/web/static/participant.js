// Shows one's own look among those that everybody is sent, marks one's own lines in the list, and says what came of a press:
// received, being sent, or plainly not sent.

const me = document.querySelector("[data-me]").dataset.me;
const said = document.querySelector("[data-said]");
// What is read aloud when it changes: where one stands, and what others have done about it.
const headline = () => ["mine-headline", "mine-told"].map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();
let shown = headline();

function fill(root) {
  for (const field of root.querySelectorAll("[data-mine]")) field.value = me;
  for (const part of root.querySelectorAll("[data-only]")) part.hidden = !part.dataset.only.split(" ").includes(me);
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
  if (event.target.id !== "mine" || headline() === shown) return;
  shown = headline();
  said.textContent = shown;
  if (receipt.dataset.state === "unsent") tell(""); // it did arrive: only the answer was lost
});
fill(document);

const receipt = document.querySelector("[data-receipt]");
const again = receipt.querySelector("[data-again]");
let tryAgain, forget;

function tell(state, words = "") {
  clearTimeout(forget);
  receipt.dataset.state = state;
  receipt.querySelector("[data-receipt-words]").textContent = words;
  again.hidden = state !== "unsent";
}

// Plainly received, also when what came of it is slow to be shown.
document.addEventListener("sent", ({ detail }) => {
  if (detail.form?.closest("[data-chat]")) return; // it is seen in the chat itself
  const time = new Date().toLocaleTimeString("nb-NO", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  tell("received", receipt.dataset.received.replace("{time}", time));
  forget = setTimeout(() => tell(""), 6000);
});
document.addEventListener("sending", () => tell("sending", receipt.dataset.sending));
document.addEventListener("unsent", ({ detail }) => {
  tryAgain = detail.again;
  tell("unsent", receipt.dataset.unsent.replace("{what}", detail.words));
});
document.addEventListener("refused", () => receipt.dataset.state === "sending" && tell(""));
again.addEventListener("click", () => {
  tell("sending", receipt.dataset.sending);
  tryAgain();
});

// What the secretary or the meeting answers about oneself is in nothing that all are sent: whoever waits for it asks.
const ASKED_AGAIN = 10000; // milliseconds
setInterval(async () => {
  if (document.hidden || !document.querySelector("#standing[data-awaited]")) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("standing");
  if (!fresh || fresh.textContent === document.getElementById("standing").textContent) return;
  document.dispatchEvent(new CustomEvent("put", { detail: { id: "standing", html: fresh.outerHTML } }));
  said.textContent = [...fresh.querySelectorAll("p.mine__standing, .mine__standing > p")].map((line) => line.textContent).join(" ");
}, ASKED_AGAIN);
