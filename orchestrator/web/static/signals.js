// What a speech's clock says besides words and figures when its time is nearly out, and when it is: by colour, icon and sound,
// and a phone by shaking. Each is a switch of this browser's own:  <input type="checkbox" data-signal="sound">
// The choices stand in <html data-signal-color="off" …> for style sheets. Only a clock with data-clock-of (the speech's id) is
// heard and felt, and only when it gets that far while one is here: not when a page is opened on somebody who is over time.

const STORED = "klokkevarsel";
const USUALLY = { color: true, icon: true, sound: false, vibration: true };
const root = document.documentElement;
const FAR = { "": 0, near: 1, over: 2 };
let last = { speech: null, far: 0 };
let chosen = { ...USUALLY, ...stored() };
let audio;

function stored() {
  try {
    return JSON.parse(localStorage.getItem(STORED)) ?? {};
  } catch {
    return {}; // storage is closed to us: the choice lasts as long as the page
  }
}

function show() {
  for (const [name, on] of Object.entries(chosen)) root.setAttribute(`data-signal-${name}`, on ? "on" : "off");
  for (const box of document.querySelectorAll("[data-signal]")) {
    box.checked = chosen[box.dataset.signal];
    if (box.dataset.signal === "vibration" && !navigator.vibrate) box.closest("label").hidden = true;
  }
}

// A soft tone once when the time is nearly out, twice when it is.
function sound(times) {
  if (!chosen.sound) return;
  audio ??= new AudioContext();
  audio.resume();
  for (let time = 0; time < times; time += 1) {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    const start = audio.currentTime + time * 0.35;
    tone.frequency.value = 660;
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(0.25, start + 0.03);
    loudness.gain.exponentialRampToValueAtTime(0.001, start + 0.3);
    tone.connect(loudness).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.3);
  }
}

function shake(times) {
  if (chosen.vibration) navigator.vibrate?.(Array(2 * times - 1).fill(250));
}

document.addEventListener("clock", ({ target, detail }) => {
  const speech = target.dataset.clockOf;
  if (!speech) return;
  const far = FAR[detail];
  const further = last.speech === speech && far > last.far;
  last = { speech, far };
  if (!further || !target.dataset.since) return;
  sound(far);
  shake(far);
});

document.addEventListener("change", ({ target }) => {
  const name = target.dataset.signal;
  if (!name) return;
  chosen = { ...chosen, [name]: target.checked };
  try {
    localStorage.setItem(STORED, JSON.stringify(chosen));
  } catch {
    // as above
  }
  show();
  if (target.checked && name === "sound") sound(1);
  if (target.checked && name === "vibration") shake(1);
});

// A browser lets nothing sound before somebody has touched the page.
for (const type of ["pointerdown", "keydown"]) {
  addEventListener(type, () => chosen.sound && (audio ??= new AudioContext()).resume(), { once: true });
}
show();
