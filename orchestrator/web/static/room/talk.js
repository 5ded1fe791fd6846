// The conversation of a room's page with its room: messages over a WebSocket, one connection to listen on, and one for each
// thing that is sent (camera with microphone, screen). `on` is told: room (as it is now), muted, bye (why), lost.
// tracks: what comes in, by the part of the connection (mid) that the room's list of streams names.

import { wayIn } from "./way_in.js";

export class Talk {
  tracks = new Map();
  #socket = null;
  #listening = null;
  #sending = {};
  #awaited = {};
  #work = Promise.resolve();
  #over = false;
  #subscribed = false;

  constructor(wayIn, on) {
    Object.assign(this, { wayIn, on });
  }

  async start() {
    const { url, token, why } = await wayIn(this.wayIn);
    if (this.#over) return;
    if (!token) return why ? this.#end("bye", why) : this.#end("lost");
    const address = new URL(url, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.#socket = new WebSocket(address);
    this.#socket.onopen = () => this.say("hello", { token });
    this.#socket.onmessage = ({ data }) => this.#heard(JSON.parse(data));
    this.#socket.onclose = () => this.#end("lost");
  }

  say(type, more = {}) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ type, ...more }));
  }

  leave() {
    this.say("leave");
  }

  close() {
    this.#over = true;
    this.#socket?.close();
    this.#listening?.close();
    for (const { connection } of Object.values(this.#sending)) connection.close();
    for (const { no } of Object.values(this.#awaited)) no(new Error("over"));
  }

  // What of {audio, video} is sent from `source`: tracks, or null for what is off. Rejects if the room refuses.
  send(source, tracks) {
    const work = this.#work.then(() => this.#send(source, tracks));
    this.#work = work.catch(() => {});
    return work;
  }

  #heard(message) {
    if (message.type === "room") {
      if (message.state === "inside" && !this.#subscribed) this.say("subscribe");
      this.#subscribed ||= message.state === "inside";
      this.on.room(message);
    } else if (message.type === "offer") this.#answer(message);
    else if (message.type === "published") this.#awaited[message.source]?.yes(message.sdp);
    else if (message.type === "refused" && message.what === "publish") Object.values(this.#awaited)[0]?.no(new Error(message.rule));
    else if (message.type === "muted") this.on.muted();
    else if (message.type === "bye") this.#end("bye", message.why);
  }

  async #answer({ number, sdp }) {
    if (!this.#listening) {
      this.#listening = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
      this.#listening.ontrack = ({ transceiver, track }) => this.tracks.set(transceiver.mid, track);
    }
    await this.#listening.setRemoteDescription({ type: "offer", sdp });
    await this.#listening.setLocalDescription();
    this.say("answer", { number, sdp: this.#listening.localDescription.sdp });
  }

  async #send(source, tracks) {
    if (!tracks.audio && !tracks.video) return this.#stop(source);
    const { senders } = this.#sending[source] ?? (await this.#publish(source));
    await Promise.all(["audio", "video"].map((kind) => senders[kind].replaceTrack(tracks[kind] ?? null)));
    if (source === "camera") this.say("devices", { microphone: Boolean(tracks.audio), camera: Boolean(tracks.video) });
  }

  async #publish(source) {
    const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    const senders = Object.fromEntries(
      ["audio", "video"].map((kind) => [kind, connection.addTransceiver(kind, { direction: "sendonly" }).sender]),
    );
    try {
      await connection.setLocalDescription();
      const sdp = await new Promise((yes, no) => {
        this.#awaited[source] = { yes, no };
        this.say("publish", { source, sdp: connection.localDescription.sdp });
      });
      await connection.setRemoteDescription({ type: "answer", sdp });
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      delete this.#awaited[source];
    }
    return (this.#sending[source] = { connection, senders });
  }

  #stop(source) {
    if (!this.#sending[source]) return;
    this.say("unpublish", { source });
    this.#sending[source].connection.close();
    delete this.#sending[source];
  }

  #end(event, why) {
    if (this.#over) return;
    this.close();
    this.on[event](why);
  }
}
