// What LiveKit's egress service films of a room. It opens this page with ?url=…&token=… added, films from the moment START_RECORDING
// is in the console and ends at END_RECORDING. live.js keeps #scene, #plate and #pulse as the service sends them, and display.js
// says when that may be old (data-stale): then, and whenever #scene does not say data-shows, nobody is seen or heard.
// Only what is shown is asked for: a large meeting has more cameras than one browser can decode.

import { Chooser } from "./choose.js";
import { roleOf } from "./livekit.js";

const { Room, RoomEvent, Track } = LivekitClient;
const LOOKS = 200; // milliseconds between looks at who speaks, and at whether what is shown may be old
const body = document.body;
const way = new URLSearchParams(location.search);
const places = Object.fromEntries([...document.querySelectorAll("[data-place]")].map((one) => [one.dataset.place, one]));
const room = new Room({ adaptiveStream: false, disconnectOnPageLeave: true });
const chooser = new Chooser();
const asked = new WeakMap(); // by publication: whether the server was asked for it
let begun = false;

function look() {
  const { shows, floor } = document.getElementById("scene").dataset;
  const public_ = shows !== undefined && !body.hasAttribute("data-stale");
  const sent = public_ ? [...room.remoteParticipants.values()].filter(roleOf).flatMap(publications) : [];
  const pictures = new Map(sent.filter(isPicture).map(picture).map((one) => [one.key, one]));
  const { main, small } = chooser.choose([...pictures.values()], new Set(floor.split(" ").filter(Boolean)), Date.now());
  show(places.main, main, pictures);
  show(places.small, small, pictures);
  const sounds = sent.map((one) => one.publication).filter((one) => one.kind === Track.Kind.Audio);
  hear(sounds);
  const seen = new Set([main?.key, small?.key, ...[...body.querySelectorAll("video")].map((one) => one.dataset.key)]);
  const wanted = new Set([...sounds, ...[...pictures.values()].filter((one) => seen.has(one.key)).map((one) => one.publication)]);
  for (const one of room.remoteParticipants.values()) for (const publication of one.trackPublications.values()) ask(publication, wanted.has(publication));
  begin();
}

function publications(participant) {
  return [...participant.trackPublications.values()].map((publication) => ({ participant, publication }));
}

function isPicture({ publication }) {
  return publication.kind === Track.Kind.Video && !publication.isMuted;
}

function picture({ participant, publication }) {
  return {
    key: publication.trackSid,
    publication,
    identity: participant.identity,
    screen: publication.source === Track.Source.ScreenShare,
    host: roleOf(participant) === "host",
    spokeAt: participant.isSpeaking ? Date.now() : (participant.lastSpokeAt?.getTime() ?? 0),
  };
}

function ask(publication, wanted) {
  if ((asked.get(publication) ?? false) === wanted) return;
  asked.set(publication, wanted);
  publication.setSubscribed(wanted);
}

// Who is seen stays until the next one's first picture is here, unless they may not be seen any more.
function show(place, wanted, possible) {
  for (const video of place.querySelectorAll("video")) {
    const { key, waits } = video.dataset;
    if (!wanted || !possible.has(key) || (waits !== undefined && key !== wanted.key)) drop(video);
  }
  const track = wanted?.publication.track;
  if (track && ![...place.children].some((one) => one.dataset.key === wanted.key)) place.append(playing(track, wanted));
}

function playing(track, { key, screen }) {
  const video = document.createElement("video");
  Object.assign(video.dataset, { key, waits: "", ...(screen && { screen: "" }) });
  video.track = track;
  video.addEventListener("playing", () => {
    delete video.dataset.waits;
    for (const other of [...(video.parentElement?.children ?? [])]) if (other !== video) drop(other);
  });
  track.attach(video);
  return video;
}

function hear(publications) {
  const tracks = new Set(publications.map((one) => one.track).filter(Boolean));
  for (const sound of body.querySelectorAll("audio")) tracks.delete(sound.track) || drop(sound);
  for (const track of tracks) {
    const sound = Object.assign(document.createElement("audio"), { track });
    track.attach(sound);
    body.append(sound);
  }
}

function drop(element) {
  element.track.detach(element);
  element.remove();
}

function begin() {
  if (begun || room.state !== "connected" || body.hasAttribute("data-stale")) return;
  begun = true;
  console.log("START_RECORDING");
}

function end() {
  clearInterval(looking);
  for (const element of body.querySelectorAll("video, audio")) drop(element);
  console.log("END_RECORDING");
}

const NEWS = ["TrackPublished", "TrackUnpublished", "TrackSubscribed", "TrackUnsubscribed", "TrackMuted", "TrackUnmuted", "ActiveSpeakersChanged"];
for (const name of NEWS) room.on(RoomEvent[name], look);
document.addEventListener("fragment", look);
const looking = setInterval(look, LOOKS);
if (way.get("url") && way.get("token")) {
  room.on(RoomEvent.Disconnected, end);
  room.connect(way.get("url"), way.get("token"), { autoSubscribe: false }).then(look, end);
}
