// A short tone while something urgent waits for somebody to acknowledge it; silent until IT has switched it on.

const button = document.getElementById("alarm");
const said = document.getElementById("alarm-said");
const AGAIN = 15000; // milliseconds between tones
let sound = null;
let known = urgent();

function urgent() {
  return Number(document.getElementById("problems")?.dataset.urgent ?? 0);
}

function ring() {
  if (!sound || !urgent()) return;
  const tone = sound.createOscillator();
  const volume = sound.createGain();
  const now = sound.currentTime;
  tone.frequency.setValueAtTime(880, now);
  tone.frequency.setValueAtTime(660, now + 0.2);
  volume.gain.setValueAtTime(0.2, now);
  volume.gain.linearRampToValueAtTime(0, now + 0.45);
  tone.connect(volume).connect(sound.destination);
  tone.start(now);
  tone.stop(now + 0.5);
}

button.addEventListener("click", () => {
  if (sound) sound.close();
  sound = sound ? null : new AudioContext();
  button.setAttribute("aria-pressed", String(Boolean(sound)));
  ring();
});

document.addEventListener("fragment", (event) => {
  if (event.target.id !== "problems") return;
  if (urgent() > known) {
    said.textContent = "";
    said.textContent = button.dataset.said;
    ring();
  }
  known = urgent();
});

setInterval(ring, AGAIN);
