// The conversation of a room's page with a room on a LiveKit server, in the same words as talk.js. What hosts do they ask our service for.

import { newRoom, roleOf, seen, SOURCES, waits } from "./livekit.js";
import { wayIn } from "./way_in.js";

const ACTS = { admit: "slipp-inn", mute: "demp", put_out: "ta-ut" };

export class LivekitTalk {
  tracks = new Map();
  #room = newRoom(() => this.#tell());
  #met = new Map(); // everybody who has been seen in the room, so that those who were put out have names
  #work = Promise.resolve();
  #over = false;

  constructor(wayIn, on) {
    Object.assign(this, { wayIn, on });
  }

  async start() {
    const { url, token, why } = await wayIn(this.wayIn);
    if (this.#over) return;
    if (!token) return why ? this.#end("bye", why) : this.#end("lost");
    const { RoomEvent } = LivekitClient;
    this.#room.on(RoomEvent.TrackMuted, (sent, who) => this.#muted(sent, who));
    this.#room.on(RoomEvent.Reconnecting, () => this.on.wavers());
    this.#room.on(RoomEvent.Disconnected, (reason) => this.#disconnected(reason));
    try {
      await this.#room.connect(url, token);
    } catch (error) {
      const reached = error.message.includes("could not establish pc connection"); // the server, but not for sound and pictures
      reached ? this.#end("bye", "no_media") : this.#end("lost");
    }
  }

  async say(type, { identity }) {
    const body = new URLSearchParams({ identity });
    const headers = { Accept: "application/json" };
    const answer = await fetch(`${this.wayIn}/${ACTS[type]}`, { method: "POST", headers, body }).catch(() => null);
    if (!answer?.ok) this.on.notDone();
  }

  leave() {
    this.close();
  }

  close() {
    this.#over = true;
    this.#room.disconnect();
  }

  // What of {audio, video} is sent from `source`: tracks, or null for what is off. Rejects if the room refuses.
  send(source, tracks) {
    const work = this.#work.then(() => this.#send(source, tracks));
    this.#work = work.catch(() => {});
    return work;
  }

  async #send(source, tracks) {
    const me = this.#room.localParticipant;
    const shares = (one) => one.getTrackPublication(SOURCES.screen.video);
    if (source === "screen" && tracks.video && [...this.#room.remoteParticipants.values()].some(shares)) throw new Error("taken");
    for (const [kind, name] of Object.entries(SOURCES[source])) {
      const current = me.getTrackPublication(name)?.track;
      const wanted = tracks[kind] ?? undefined;
      if (current?.mediaStreamTrack === wanted) continue;
      if (current) await me.unpublishTrack(current);
      if (wanted && this.#over) throw new Error("over");
      if (wanted) await me.publishTrack(wanted, { source: name });
    }
  }

  #tell() {
    const me = this.#room.localParticipant;
    if (this.#over || this.#room.state !== "connected" || !roleOf(me)) return;
    if (waits(me)) return this.on.room({ state: "waiting", identity: me.identity, people: [], waiting: [], put_out: [], streams: [] });
    const { people, waiting, put_out, streams, tracks } = seen(this.#room);
    this.tracks = tracks;
    for (const one of [...people, ...waiting]) this.#met.set(one.identity, one);
    const here = new Set([...people, ...waiting].map((one) => one.identity));
    const hosts = roleOf(me) === "host";
    const may = (name) => me.permissions.canPublish && me.permissions.canPublishSources.map(LivekitClient.Track.sourceFromProto).includes(name);
    this.on.room({
      state: "inside",
      identity: me.identity,
      may_speak: may(SOURCES.camera.audio),
      may_share: may(SOURCES.screen.video),
      people: people.filter((one) => hosts || one.role !== "observer"),
      observers: people.filter((one) => one.role === "observer").length,
      waiting: hosts ? waiting : [],
      put_out: put_out.filter((one) => hosts && this.#met.has(one) && !here.has(one)).map((one) => this.#met.get(one)),
      streams,
    });
  }

  #muted({ track }, who) {
    const byHost = who === this.#room.localParticipant && track.mediaStreamTrack.readyState === "live"; // else the device is gone
    if (byHost && track.source === SOURCES.camera.audio) this.on.muted();
  }

  // Whoever has been put out asks our service whether they could come in again: that tells a host's decision from closed doors.
  async #disconnected(reason) {
    if (this.#over) return;
    const { DUPLICATE_IDENTITY, PARTICIPANT_REMOVED, ROOM_DELETED } = LivekitClient.DisconnectReason;
    if (reason === DUPLICATE_IDENTITY) return this.#end("bye", "replaced");
    if (![PARTICIPANT_REMOVED, ROOM_DELETED].includes(reason)) return this.#end("lost");
    const { token, why } = await wayIn(this.wayIn);
    this.#end("bye", why ?? (token && reason === PARTICIPANT_REMOVED ? "put_out" : "closed"));
  }

  #end(event, why) {
    if (this.#over) return;
    this.close();
    this.on[event](why);
  }
}
