// The video of a meeting: one <video>, the live playlist or the recording, and the wall-clock time of its picture.
import { offsetAt, wallAt } from "./timeline.js";

const BEHIND = 20; // seconds behind the newest picture that still count as live

export class Player extends EventTarget {
  constructor(video, base) {
    super();
    this.video = video;
    this.base = base;
    this.which = null;
    this.timeline = null;
  }

  // Show a playlist by its name; from `wall` on when that is given.
  load(name, wall = null) {
    this.which = name === "recording.m3u8" ? "recording" : "live";
    this.name = name;
    this.hls?.destroy();
    this.hls = null;
    const url = `${this.base}/${name}`;
    if (window.Hls?.isSupported()) {
      this.hls = new window.Hls({ maxBufferLength: 30, backBufferLength: 120, liveSyncDurationCount: 2, enableWorker: true });
      this.hls.on(window.Hls.Events.ERROR, (_, error) => error.fatal && this.#recover(error));
      this.hls.once(window.Hls.Events.LEVEL_LOADED, () => wall !== null && this.#when(() => this.seek(wall)));
      this.hls.loadSource(url);
      this.hls.attachMedia(this.video);
    } else {
      this.video.src = url;
      if (wall !== null) this.video.addEventListener("loadedmetadata", () => this.seek(wall), { once: true });
    }
  }

  #when(ready) {
    if (this.video.readyState > 0) ready();
    else this.video.addEventListener("loadedmetadata", ready, { once: true });
  }

  #recover(error) {
    this.dispatchEvent(new Event("trouble"));
    const { name } = this;
    if (error.type === window.Hls.ErrorTypes.MEDIA_ERROR) return this.hls.recoverMediaError();
    setTimeout(() => this.name === name && this.load(name, this.wall()), 3000);
  }

  // hls.js knows each segment's PROGRAM-DATE-TIME; elsewhere the timeline's offsets say the same.
  #fragments() {
    const details = this.hls?.latestLevelDetails ?? this.hls?.levels?.[this.hls.currentLevel]?.details;
    return details?.fragments?.filter((fragment) => fragment.programDateTime) ?? [];
  }

  // The wall-clock time of the picture being shown, in milliseconds, or null.
  wall() {
    const time = this.video.currentTime;
    for (const fragment of this.#fragments()) {
      if (time >= fragment.start && time < fragment.start + fragment.duration) {
        return fragment.programDateTime + (time - fragment.start) * 1000;
      }
    }
    return this.timeline && this.which ? wallAt(this.timeline, this.which, time) : null;
  }

  // Go to the picture of `wall`; false when this playlist does not have it.
  seek(wall) {
    const there = (fragment) => wall < fragment.programDateTime + fragment.duration * 1000;
    const fragment = this.#fragments().find(there);
    let time = fragment ? fragment.start + Math.max(0, wall - fragment.programDateTime) / 1000 : null;
    if (time === null && this.timeline) time = offsetAt(this.timeline, this.which, wall);
    if (time === null) return false;
    this.video.currentTime = time;
    return true;
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
