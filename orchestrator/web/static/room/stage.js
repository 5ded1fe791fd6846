// The pictures: a shared screen largest, else whoever has the floor; and the list of those who are in the room.

const root = document.querySelector("[data-room]");
const words = JSON.parse(root.dataset.words);
const template = (name) => root.querySelector(`template[data-template="${name}"]`).content.firstElementChild.cloneNode(true);

function largest(streams, people) {
  const floor = new Set(people.filter((one) => one.floor).map((one) => one.identity));
  const hosts = new Set(people.filter((one) => one.role === "host").map((one) => one.identity));
  const order = [(one) => one.source === "screen", (one) => floor.has(one.identity), (one) => hosts.has(one.identity), () => true];
  for (const isIt of order) {
    const found = streams.find(isIt);
    if (found) return found;
  }
  return null;
}

// Keeps a list's elements as they are where they are still wanted: a picture that is moved or made anew would blink.
function keep(list, wanted, make, fill) {
  const old = new Map([...list.children].map((one) => [one.dataset.key, one]));
  wanted.forEach((one, place) => {
    const element = old.get(one.key) ?? Object.assign(make(one), {});
    element.dataset.key = one.key;
    old.delete(one.key);
    fill(element, one);
    if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null);
  });
  for (const element of old.values()) element.remove();
}

function show(video, tracks) {
  const now = video.srcObject ?? (video.srcObject = new MediaStream());
  const wanted = tracks.filter(Boolean);
  for (const track of now.getTracks()) if (!wanted.includes(track)) now.removeTrack(track);
  for (const track of wanted) if (!now.getTracks().includes(track)) now.addTrack(track);
  if (video.paused && wanted.length) video.play().catch(() => {});
}

export function showStage(room, tracks, own) {
  const people = new Map(room.people.map((one) => [one.identity, one]));
  const streams = room.streams.filter((one) => people.has(one.identity));
  const ownStreams = ["camera", "screen"].filter((source) => own[source].some(Boolean)).map((source) => ({ identity: room.identity, source, own: true }));
  const all = [...streams, ...ownStreams].map((one) => ({ ...one, key: `${one.identity} ${one.source}`, person: people.get(one.identity) }));
  const main = largest(all, room.people);
  keep(root.querySelector("[data-tiles]"), all, () => template("tile"), (tile, one) => {
    const video = tile.querySelector("video");
    video.muted = Boolean(one.own);
    show(video, one.own ? own[one.source] : [tracks.get(one.audio), tracks.get(one.video)]);
    const isScreen = one.source === "screen";
    const picture = isScreen || one.person?.camera;
    tile.toggleAttribute("data-main", one === main);
    tile.toggleAttribute("data-screen", isScreen);
    tile.toggleAttribute("data-own", Boolean(one.own && !isScreen));
    tile.toggleAttribute("data-no-picture", !picture);
    const name = one.own ? words.you : one.person.name;
    tile.querySelector("[data-name]").textContent = isScreen ? words.screenOf.replace("{name}", name) : name;
    tile.querySelector("[data-facts]").textContent = isScreen ? "" : facts(one.person).join(" · ");
    tile.querySelector("[data-none]").textContent = words.noPicture;
  });
  root.querySelector("[data-nobody]").hidden = all.length > 0;
}

function facts(person) {
  if (!person) return [];
  return [person.floor && words.floor, person.microphone ? words.microphoneOn : words.microphoneOff].filter(Boolean);
}

export function showPeople(room, decide) {
  const pressed = document.activeElement;
  const section = pressed?.closest(".room__people section");
  fillPeople(room, decide);
  // A button that goes with what it was pressed for: not to the next one, which a second press would reach.
  if (section && !pressed.checkVisibility()) (section.checkVisibility() ? section.querySelector("h3") : root.querySelector("[data-inside]")).focus();
}

function fillPeople(room, decide) {
  const inside = room.people.map((one) => ({ ...one, key: one.identity }));
  root.querySelector("[data-count]").textContent = inside.filter((one) => one.role !== "observer").length;
  root.querySelector("[data-observers]").textContent = words.observers.replace("{number}", room.observers);
  list("people", inside, (line, one) => {
    const mine = one.identity === room.identity;
    line.querySelector("[data-name]").textContent = mine ? `${one.name} (${words.you.toLowerCase()})` : one.name;
    line.querySelector("[data-facts]").textContent = [words.roles[one.role], ...(one.role === "observer" ? [] : facts(one))].join(" · ");
    act(line, "mute", one, decide, !mine && one.microphone);
    act(line, "put_out", one, decide, one.role !== "host");
  });
  for (const name of ["waiting", "put_out"]) {
    const section = root.querySelector(`[data-section="${name}"]`);
    if (!section) continue;
    section.hidden = !room[name].length;
    list(name, room[name].map((one) => ({ ...one, key: one.identity })), (line, one) => {
      line.querySelector("[data-name]").textContent = one.name;
      line.querySelector("[data-facts]").textContent = one.name === words.roles[one.role] ? "" : words.roles[one.role];
      act(line, "admit", one, decide, true);
      if (name === "waiting") act(line, "put_out", one, decide, true);
    });
  }
}

function list(name, wanted, fill) {
  keep(root.querySelector(`[data-list="${name}"]`), wanted, () => template(name), fill);
}

function act(line, what, one, decide, offered) {
  const button = line.querySelector(`[data-act="${what}"]`);
  if (!button) return;
  button.hidden = !offered;
  button.setAttribute("aria-label", `${button.textContent.trim()}: ${one.name}`);
  button.onclick = () => decide(what, one.identity);
}
