// This device's cameras and microphones: which is chosen, the track that is open of each, and how loud it is.

const KINDS = { audio: "audioinput", video: "videoinput" };
const SIZE = { width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { ideal: 25, max: 30 } };

export class Devices {
  tracks = { audio: null, video: null };
  chosen = { audio: "", video: "" };

  // Opens one; what was open of its kind is closed. Rejects when there is none or it is not allowed.
  async open(kind) {
    this.close(kind);
    const wanted = { ...(kind === "video" ? SIZE : {}), ...(this.chosen[kind] && { deviceId: { exact: this.chosen[kind] } }) };
    const [track] = (await navigator.mediaDevices.getUserMedia({ [kind]: wanted })).getTracks();
    this.close(kind);
    return (this.tracks[kind] = track);
  }

  close(kind) {
    this.tracks[kind]?.stop();
    this.tracks[kind] = null;
  }

  closeAll() {
    for (const kind of Object.keys(KINDS)) this.close(kind);
  }

  async fill(select, kind) {
    const found = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === KINDS[kind]);
    const current = this.tracks[kind]?.getSettings().deviceId;
    select.replaceChildren(...found.map((one, number) => new Option(one.label || `${number + 1}`, one.deviceId, false, one.deviceId === current)));
    select.disabled = !found.length;
  }
}

// Shows how loud a track is, ten times a second; the answer stops it.
export function measure(track, show) {
  const audio = new AudioContext();
  const ear = audio.createAnalyser();
  audio.createMediaStreamSource(new MediaStream([track])).connect(ear);
  const heard = new Float32Array(ear.fftSize);
  const timer = setInterval(() => {
    ear.getFloatTimeDomainData(heard);
    const loud = Math.sqrt(heard.reduce((sum, one) => sum + one * one, 0) / heard.length);
    show(Math.min(1, loud * 5));
  }, 100);
  return () => {
    clearInterval(timer);
    audio.close();
    show(0);
  };
}
