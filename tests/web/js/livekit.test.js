// The page's talk with a LiveKit room, without a server: what is shown of it, what is sent, why one is out of it.
import assert from "node:assert/strict";
import { test } from "node:test";

const REASONS = { DUPLICATE_IDENTITY: 2, SERVER_SHUTDOWN: 3, PARTICIPANT_REMOVED: 4, ROOM_DELETED: 5 };
const everyName = new Proxy({}, { get: (_, name) => name });

class Participant {
  sent = new Map();
  permissions = { canPublish: false, canPublishSources: [] };
  constructor(identity, role, more = {}) {
    Object.assign(this, { identity, name: `Name of ${identity}`, attributes: { person: identity, role, ...more } });
  }
  getTrackPublication(source) {
    return this.sent.get(source);
  }
  sends(source, isMuted = false) {
    const mediaStreamTrack = { readyState: "live" };
    this.sent.set(source, { trackSid: `${this.identity} ${source}`, isMuted, track: { mediaStreamTrack, source } });
    return this;
  }
  async publishTrack(mediaStreamTrack, { source }) {
    this.sent.set(source, { trackSid: source, isMuted: false, track: { mediaStreamTrack, source } });
  }
  async unpublishTrack(track) {
    this.sent.delete(track.source);
  }
}

class Room {
  static newest;
  #heard = {};
  state = "disconnected";
  metadata = "";
  localParticipant = new Participant("me", "participant");
  remoteParticipants = new Map();
  constructor() {
    Room.newest = this;
  }
  on(name, handler) {
    (this.#heard[name] ??= []).push(handler);
  }
  emit(name, ...told) {
    for (const handler of this.#heard[name] ?? []) handler(...told);
  }
  async connect() {
    this.state = "connected";
    this.emit("Connected");
  }
  disconnect() {
    this.state = "disconnected";
  }
  holds(...people) {
    for (const one of people) this.remoteParticipants.set(one.identity, one);
    return this;
  }
}

globalThis.LivekitClient = { Room, RoomEvent: everyName, DisconnectReason: REASONS, Track: { sourceFromProto: (source) => source } };
const { seen } = await import("../../../orchestrator/web/static/room/livekit.js");
const { LivekitTalk } = await import("../../../orchestrator/web/static/room/talk_livekit.js");

const settled = () => new Promise((done) => setTimeout(done, 0));
const WAY = { status: 200, body: { url: "wss://rooms.example", token: "t" } };

// A page that has come in; `said` is what it was told, `asked` what it asked our service for.
async function page(answers = {}) {
  const said = [];
  const asked = [];
  const on = {};
  for (const name of ["room", "muted", "bye", "lost", "wavers", "notDone"]) on[name] = (told) => said.push([name, told]);
  globalThis.fetch = async (address, { body }) => {
    asked.push([address, body?.toString()]);
    const { status, body: told } = answers[address] ?? WAY;
    return { ok: status < 300, status, json: async () => told };
  };
  const talk = new LivekitTalk("/in", on);
  const room = Room.newest;
  const changes = async (event = "ParticipantConnected", ...told) => {
    room.emit(event, ...told);
    await settled();
    return said.at(-1);
  };
  return { talk, room, said, asked, changes };
}

test("who is in, who waits, who has the floor; nobody who calls themselves somebody else", () => {
  const room = new Room().holds(
    new Participant("chair", "host"),
    new Participant("kari", "participant").sends("microphone").sends("camera", true).sends("screen_share"),
    new Participant("ola", "participant", { waiting: "yes" }),
    new Participant("kari#2", "host", { person: "kari" }),
  );
  room.metadata = JSON.stringify({ speakers: ["kari"], put_out: ["siri"] });
  const found = seen(room);
  assert.deepEqual(found.people.map((one) => [one.identity, one.role, one.floor, one.microphone, one.camera, one.screen]), [
    ["me", "participant", false, false, false, false],
    ["chair", "host", false, false, false, false],
    ["kari", "participant", true, true, false, true],
  ]);
  assert.deepEqual(found.waiting.map((one) => one.identity), ["ola"]);
  assert.deepEqual(found.put_out, ["siri"]);
  assert.deepEqual(found.streams, [
    { identity: "kari", source: "camera", audio: "kari microphone", video: "kari camera" },
    { identity: "kari", source: "screen", audio: undefined, video: "kari screen_share" },
  ]);
  assert.deepEqual([...found.tracks.keys()], ["kari microphone", "kari camera", "kari screen_share"]);
});

test("what is written on the room by others is nothing to us", () => {
  const room = new Room();
  for (const written of ["", "changed by hand", "{}"]) {
    room.metadata = written;
    assert.deepEqual(seen(room).put_out, []);
  }
});

test("hosts see by name who observes, waits and was put out; others see how many observe", async () => {
  const { talk, room, changes } = await page();
  await talk.start();
  room.holds(new Participant("o", "observer"), new Participant("ola", "participant", { waiting: "yes" }), new Participant("siri", "participant"));
  await changes();
  room.remoteParticipants.delete("siri");
  room.metadata = JSON.stringify({ speakers: [], put_out: ["siri", "never seen"] });
  const names = ({ people, waiting, put_out }) => [people, waiting, put_out].map((list) => list.map((one) => one.identity));
  const [, participant] = await changes();
  assert.deepEqual(names(participant), [["me"], [], []]);
  assert.equal(participant.observers, 1);
  room.localParticipant.attributes.role = "host";
  const [, host] = await changes();
  assert.deepEqual(names(host), [["me", "o"], ["ola"], ["siri"]]);
});

test("the right to send comes and goes with the floor, and whoever waits sees nobody", async () => {
  const { talk, room, changes } = await page();
  room.localParticipant.attributes.waiting = "yes";
  await talk.start();
  assert.deepEqual((await changes())[1].state, "waiting");
  delete room.localParticipant.attributes.waiting;
  const rights = ({ state, may_speak, may_share }) => [state, may_speak, may_share];
  assert.deepEqual(rights((await changes())[1]), ["inside", false, false]);
  room.localParticipant.permissions = { canPublish: true, canPublishSources: ["camera", "microphone"] };
  assert.deepEqual(rights((await changes("ParticipantPermissionsChanged"))[1]), ["inside", true, false]);
  room.localParticipant.permissions.canPublishSources.push("screen_share");
  assert.deepEqual(rights((await changes("ParticipantPermissionsChanged"))[1]), ["inside", true, true]);
});

test("what is on is sent and what is off is not; there is one screen at a time", async () => {
  const { talk, room } = await page();
  await talk.start();
  const [audio, video] = [{}, {}];
  const sent = () => [...room.localParticipant.sent].map(([source, { track }]) => [source, track.mediaStreamTrack]);
  await talk.send("camera", { audio, video: null });
  await talk.send("camera", { audio, video });
  assert.deepEqual(sent(), [["microphone", audio], ["camera", video]]);
  await talk.send("camera", { audio: null, video });
  assert.deepEqual(sent(), [["camera", video]]);
  await talk.send("camera", {});
  room.holds(new Participant("kari", "participant").sends("screen_share"));
  await assert.rejects(talk.send("screen", { video }), /taken/);
  room.remoteParticipants.clear();
  await talk.send("screen", { video });
  assert.deepEqual(sent(), [["screen_share", video]]);
  talk.close();
  await assert.rejects(talk.send("camera", { audio }), /over/);
});

test("a host who mutes is told from a device that is gone", async () => {
  const { talk, room, said, changes } = await page();
  await talk.start();
  const mine = room.localParticipant.sends("microphone").getTrackPublication("microphone");
  const other = new Participant("kari", "participant").sends("microphone");
  const heard = () => said.filter(([name]) => name === "muted").length;
  await changes("TrackMuted", other.getTrackPublication("microphone"), other);
  assert.equal(heard(), 0);
  await changes("TrackMuted", mine, room.localParticipant);
  assert.equal(heard(), 1);
  mine.track.mediaStreamTrack.readyState = "ended";
  await changes("TrackMuted", mine, room.localParticipant);
  assert.equal(heard(), 1);
});

test("why one is out of the room", async () => {
  const closed = (rule) => ({ status: 409, body: { rule } });
  for (const [reason, answer, ...expected] of [
    ["DUPLICATE_IDENTITY", WAY, "bye", "replaced"],
    ["PARTICIPANT_REMOVED", WAY, "bye", "put_out"],
    ["PARTICIPANT_REMOVED", closed("room_locked"), "bye", "locked"],
    ["PARTICIPANT_REMOVED", closed("room_kept_out"), "bye", "kept_out"],
    ["ROOM_DELETED", closed("room_not_open"), "bye", "closed"],
    ["ROOM_DELETED", WAY, "bye", "closed"],
    ["ROOM_DELETED", { status: 503 }, "bye", "closed"],
    ["SERVER_SHUTDOWN", WAY, "lost", undefined],
  ]) {
    const { talk, said, changes, room } = await page({ get "/in"() { return room?.state === "connected" ? answer : WAY; } });
    await talk.start();
    assert.deepEqual(await changes("Disconnected", REASONS[reason]), expected, reason);
    const before = said.length;
    await changes();
    assert.equal(said.length, before, "nothing is told afterwards");
  }
});

test("where there is no way in, one is told why or that contact is lost", async () => {
  for (const [answer, ...expected] of [
    [{ status: 409, body: { rule: "room_locked" } }, "bye", "locked"],
    [{ status: 409, body: { rule: "room_not_open" } }, "bye", "closed"],
    [{ status: 503 }, "lost", undefined],
  ]) {
    const { talk, said } = await page({ "/in": answer });
    await talk.start();
    assert.deepEqual(said, [expected]);
  }
  for (const [error, ...expected] of [
    ["could not establish pc connection", "bye", "no_media"],
    ["could not establish signal connection", "lost", undefined],
  ]) {
    const { talk, room, said } = await page();
    room.connect = () => Promise.reject(new Error(error));
    await talk.start();
    assert.deepEqual(said, [expected]);
  }
});

test("what hosts do is asked of our own service, and told when it was not done", async () => {
  const { talk, asked, said } = await page({ "/in/demp": { status: 503 } });
  await talk.say("admit", { identity: "ola" });
  await talk.say("put_out", { identity: "a b" });
  assert.deepEqual(said, []);
  await talk.say("mute", { identity: "ola" });
  assert.deepEqual(asked, [["/in/slipp-inn", "identity=ola"], ["/in/ta-ut", "identity=a+b"], ["/in/demp", "identity=ola"]]);
  assert.deepEqual(said, [["notDone", undefined]]);
});
