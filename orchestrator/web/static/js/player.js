// The video of a meeting: one <video>, the live playlist or the recording, and the wall-clock time of its picture.
import { offsetAt, wallAt } from "./timeline.js";

const BEHIND = 20; // seconds behind the newest picture that still count as live
const RETRY = 3000; // milliseconds

export class Player extends EventTarget {
  constructor(video, base) {
    super();
    this.video = video;
    this.base = base;
    this.which = null;
    this.name = null;
    this.timeline = null;
    this.captions = null;
    this.track = null;
  }

  // Show a playlist by its name; from `wall` on when that is given. Goes on playing if it played, or if `play` says so.
  load(name, { wall = null, play = !this.video.paused } = {}) {
    this.which = name === "recording.m3u8" ? "recording" : "live";
    this.name = name;
    clearTimeout(this.retry);
    this.ready?.abort(); // what waited for another playlist waits no more
    this.ready = new AbortController();
    this.hls?.destroy();
    this.hls = null;
    const url = `${this.base}/${name}`;
    if (window.Hls?.isSupported()) {
      const { Events } = window.Hls;
      const hls = new window.Hls({ maxBufferLength: 30, backBufferLength: 120, liveSyncDurationCount: 2, enableWorker: true });
      this.hls = hls;
      hls.on(Events.ERROR, (_, error) => error.fatal && this.hls === hls && this.#recover(error));
      hls.once(Events.LEVEL_LOADED, () => this.hls === hls && wall !== null && this.#when(() => this.seek(wall)));
      hls.loadSource(url);
      hls.attachMedia(this.video);
    } else {
      this.video.src = url;
      if (wall !== null) this.#once("loadedmetadata", () => this.seek(wall));
    }
    // A new source stops the video, whatever it did before.
    if (play) this.#once("loadedmetadata", () => this.play());
  }

  // Offer what is said as captions of the recording, shown if `shown`; true where there are any.
  caption(label, shown) {
    const name = this.which === "recording" ? (this.timeline?.captions ?? null) : null;
    if (name !== this.captions) {
      this.captions = name;
      this.track?.remove();
      this.track = name && document.createElement("track");
      if (name) {
        Object.assign(this.track, { kind: "captions", label, srclang: "no", src: `${this.base}/${name}` });
        this.video.append(this.track);
      }
    }
    if (this.track) this.track.track.mode = shown ? "showing" : "disabled";
    return Boolean(this.track);
  }

  play() {
    this.video.play().catch(() => {}); // the browser wants a click first
  }

  #once(event, act) {
    this.video.addEventListener(event, act, { once: true, signal: this.ready.signal });
  }

  #when(act) {
    if (this.video.readyState > 0) act();
    else this.#once("loadedmetadata", act);
  }

  #recover(error) {
    this.dispatchEvent(new Event("trouble"));
    const [wall, play] = [this.wall(), !this.video.paused];
    if (error.type === window.Hls.ErrorTypes.MEDIA_ERROR) {
      this.hls.recoverMediaError();
      if (play) this.#once("loadedmetadata", () => this.play());
      return;
    }
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.load(this.name, { wall, play }), RETRY);
  }

  // hls.js knows each segment's PROGRAM-DATE-TIME; elsewhere the timeline's offsets say the same.
  #fragments() {
    const details = this.hls?.latestLevelDetails ?? this.hls?.levels?.[this.hls.currentLevel]?.details;
    return details?.fragments?.filter((fragment) => fragment.programDateTime) ?? [];
  }

  // The timeline's offsets are those of the recording and of the newest live playlist, not of a former part's.
  get #mapped() {
    return Boolean(this.timeline) && (this.which === "recording" || this.name === this.timeline.live);
  }

  // The wall-clock time of the picture being shown, in milliseconds, or null.
  wall() {
    const time = this.video.currentTime;
    for (const fragment of this.#fragments()) {
      if (time >= fragment.start && time < fragment.start + fragment.duration) {
        return fragment.programDateTime + (time - fragment.start) * 1000;
      }
    }
    return this.#mapped ? wallAt(this.timeline, this.which, time) : null;
  }

  // Go to the picture of `wall`; false when this playlist does not have it.
  seek(wall) {
    const there = (fragment) => wall < fragment.programDateTime + fragment.duration * 1000;
    const fragment = this.#fragments().find(there);
    let time = fragment ? fragment.start + Math.max(0, wall - fragment.programDateTime) / 1000 : null;
    if (time === null && this.#mapped) time = offsetAt(this.timeline, this.which, wall);
    if (time === null) return false;
    this.video.currentTime = time;
    return true;
  }

  // Whether what is shown is the live playlist of the part being held now.
  get live() {
    return this.timeline?.state === "live" && this.name === this.timeline.live;
  }

  // Seconds behind the newest picture that can be seen, or 0.
  behind() {
    const { seekable, currentTime } = this.video;
    if (this.which !== "live" || seekable.length === 0) return 0;
    const seconds = (this.hls?.liveSyncPosition ?? seekable.end(seekable.length - 1)) - currentTime;
    return seconds > BEHIND ? seconds : 0;
  }

  goLive() {
    const { seekable } = this.video;
    if (seekable.length) this.video.currentTime = this.hls?.liveSyncPosition ?? seekable.end(seekable.length - 1);
  }

  get playing() {
    return !this.video.paused && this.video.readyState > 2;
  }
}
