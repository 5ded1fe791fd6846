// Sends <form method="post" data-live> in the background. The page stays as it is; what changed comes by the event stream.
// The answer may be: JSON with "location" (go there) · 2xx (done: a "sent" event, its detail.form the form) · problem details
// (RFC 9457: `detail` beside the pressed button, `errors: [{field, message}]` at the fields) · a redirect (go there).
// Nothing that was written is lost. What "new" names in a command gets its id here, so that whatever is sent again is the same.
// data-retry: on a bad line it is tried again for some seconds, and then plainly not sent: "unsent" {again} on the form, and a
// button that tries again. A refusal is a "refused" event. Without this script the form is an ordinary POST.
import { successor, successorsPart } from "./successor.js";

const SAID = 10000; // milliseconds that a refusal outlives the part of the page it was said in
const PATIENCE = 15000; // milliseconds for an answer
const RETRIES = [1000, 2000, 4000]; // milliseconds before it is sent again
const HASTE = 5000; // milliseconds for an answer, of what is tried again
let refused = null;

const texts = document.body.dataset;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-live]")) return;
  event.preventDefault();
  const button = event.submitter ?? form.querySelector("[type=submit]");
  const body = written(form, button);
  if (form.hasAttribute("aria-busy")) return wait(form, button, body);
  clear(form);
  send(form, button, body);
});

const written = (form, button) => String(new URLSearchParams(new FormData(form, button)));

// Pressed while an answer is awaited: the same again is a double click; something else is sent next, so that two hands raised
// in a hurry are two on the list.
function wait(form, button, body) {
  form.waiting ??= [];
  if (body !== form.sending && !form.waiting.some((other) => other.body === body)) form.waiting.push({ button, body });
}

async function send(form, button, body) {
  form.sending = body;
  form.setAttribute("aria-busy", "true");
  button?.setAttribute("aria-busy", "true");
  try {
    await settle(form, button, body, await post(form, button, body));
  } catch {
    if (form.hasAttribute("data-retry")) return tell(form, "unsent", { words: button?.textContent.trim(), again: () => send(form, button, body) });
    refuse(form, button, texts.offlineText);
    tell(form, "refused");
  } finally {
    form.removeAttribute("aria-busy");
    button?.removeAttribute("aria-busy");
    const next = form.waiting?.shift();
    if (next) send(form, next.button, next.body);
  }
}

async function post(form, button, body) {
  // The same words sent again after a lost answer carry the same key and the same ids, so that nothing is done twice.
  if (form.sentBody !== body) Object.assign(form, { sentBody: body, sentKey: newId(), sentAs: named(body) });
  const address = button?.getAttribute("formaction") ? button.formAction : form.action;
  const headers = { Accept: "application/json", "Idempotency-Key": form.sentKey };
  const once = (patience) => fetch(address, { method: "POST", body: new URLSearchParams(form.sentAs), headers, signal: AbortSignal.timeout(patience) });
  if (!form.hasAttribute("data-retry")) return once(PATIENCE);
  for (const pause of RETRIES) {
    const answer = await once(HASTE).catch(() => null);
    if (answer && answer.status < 502) return answer;
    tell(form, "sending");
    await new Promise((done) => setTimeout(done, pause));
  }
  const answer = await once(HASTE);
  if (answer.status >= 502) throw new Error("not sent");
  return answer;
}

// What is to be made gets its id from here.
function named(body) {
  const fields = new URLSearchParams(body);
  const commands = fields.getAll("command");
  fields.delete("command");
  for (const text of commands) fields.append("command", text.replace(/(: *)"new"/g, (_, colon) => `${colon}"${newId()}"`));
  return String(fields);
}

// Its own replacement may have come before the answer: then the document says it. The form is in the detail.
const tell = (form, name, detail = {}) =>
  (form.isConnected ? form : document).dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { ...detail, form } }));

async function settle(form, button, body, response) {
  form.sentBody = undefined;
  if (response.redirected) return location.assign(response.url);
  const json = response.headers.get("Content-Type")?.includes("json");
  const answer = json ? await response.json() : {};
  if (!response.ok) {
    explain(form, button, answer);
    return tell(form, "refused");
  }
  if (answer.location) return location.assign(answer.location);
  if (form.dataset.live === "reset" && written(form, button) === body) form.reset(); // not what was written meanwhile
  tell(form, "sent", answer);
}

function explain(form, button, problem) {
  const left = (problem.errors ?? []).filter(({ field, message }) => !atField(form, field, message));
  const first = form.querySelector("[aria-invalid=true]");
  const words = left.map(({ message }) => message);
  if (!first || words.length) refuse(form, button, words.join(" ") || problem.detail || texts.failedText);
  first?.focus();
}

function atField(form, name, message) {
  const control = form.elements.namedItem(name);
  const input = control instanceof RadioNodeList ? control[0] : control;
  const place = input && document.getElementById(`${input.closest("fieldset[id]")?.id ?? input.id}-error`);
  if (!place) return false;
  place.textContent = message;
  place.hidden = false;
  input.setAttribute("aria-invalid", "true");
  return true;
}

function refuse(form, button, text) {
  const place = document.createElement("p");
  place.className = "ds-validation-message refusal";
  place.setAttribute("role", "alert");
  place.textContent = text;
  refused = { form, button, place, at: Date.now() };
  if (form.isConnected) put(form, button, place);
  else sayAgain();
}

function put(form, button, place) {
  const row = button?.closest(".row");
  (row && form.contains(row) ? row : (button ?? form.lastElementChild)).after(place);
  if (form.closest("dialog")) place.scrollIntoView({ block: "nearest" }); // a long dialog ends at its buttons
}

// What somebody else did at the same moment has replaced the form: it is said beside the same button as it is now.
function sayAgain() {
  if (!refused || refused.place.isConnected || Date.now() - refused.at > SAID) return;
  const part = successorsPart(refused.form);
  const button = refused.button && successor(refused.button, part);
  if (button) put(button.form ?? part, button, refused.place);
  else part.append(refused.place);
}

document.addEventListener("fragment", sayAgain);

function clear(form) {
  refused = null;
  for (const old of form.querySelectorAll(".refusal")) old.remove();
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  for (const place of form.querySelectorAll(".ds-validation-message")) place.hidden = true;
}

function newId() {
  // randomUUID is there only over HTTPS and on localhost; a phone in the same room may have neither.
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
