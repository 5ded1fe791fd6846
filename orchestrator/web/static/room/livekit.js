// A room on a LiveKit server as our pages see it. The library is the global LivekitClient: the page loads its script first.

const WHAT_CHANGES = [
  "Connected", "Reconnected", "ParticipantConnected", "ParticipantDisconnected", "ParticipantAttributesChanged", "ParticipantPermissionsChanged",
  "RoomMetadataChanged", "TrackPublished", "TrackUnpublished", "TrackSubscribed", "TrackUnsubscribed", "TrackMuted", "TrackUnmuted",
  "LocalTrackPublished", "LocalTrackUnpublished",
];
// The library's name for each sound and picture of ours.
export const SOURCES = { camera: { audio: "microphone", video: "camera" }, screen: { audio: "screen_share_audio", video: "screen_share" } };

// A room, not yet connected: room.connect(url, token). `changed` is called when something in it may look different.
export function newRoom(changed) {
  const { Room, RoomEvent } = LivekitClient;
  const room = new Room({ dynacast: true, stopLocalTrackOnUnpublish: false });
  let waits = false;
  const soon = () => {
    if (waits) return;
    waits = true;
    queueMicrotask(() => {
      waits = false;
      changed();
    });
  };
  for (const name of WHAT_CHANGES) room.on(RoomEvent[name], soon);
  return room;
}

// Who is in the room and what each of them sends; `tracks` holds what comes in, by the ids that `streams` name.
export function seen(room) {
  const notes = notesOf(room);
  const everybody = [room.localParticipant, ...room.remoteParticipants.values()].filter(roleOf);
  const people = everybody.filter((one) => !waits(one));
  const tracks = new Map();
  const streams = [];
  for (const one of people.filter((one) => one !== room.localParticipant)) {
    for (const [source, names] of Object.entries(SOURCES)) {
      const [audio, video] = [names.audio, names.video].map((name) => one.getTrackPublication(name)).map((sent) => sent?.track && sent);
      for (const sent of [audio, video]) if (sent) tracks.set(sent.trackSid, sent.track.mediaStreamTrack);
      if (audio || video) streams.push({ identity: one.identity, source, audio: audio?.trackSid, video: video?.trackSid });
    }
  }
  const shown = (one) => person(one, notes.speakers);
  return { people: people.map(shown), waiting: everybody.filter(waits).map(shown), put_out: notes.put_out, streams, tracks };
}

// Only our service can write attributes; one that names somebody else belongs to a connection that is not from us.
export function roleOf({ identity, attributes }) {
  return attributes.person === identity ? attributes.role : undefined;
}

export function waits({ attributes }) {
  return Boolean(attributes.waiting);
}

function person(one, speakers) {
  const on = (name) => one.getTrackPublication(name)?.isMuted === false;
  return {
    identity: one.identity,
    name: one.name,
    role: roleOf(one),
    microphone: on(SOURCES.camera.audio),
    camera: on(SOURCES.camera.video),
    screen: on(SOURCES.screen.video),
    floor: speakers.includes(one.identity),
  };
}

// What our service has written on the room (rooms/livekit_notes.py).
function notesOf(room) {
  const none = { speakers: [], put_out: [] };
  try {
    return { ...none, ...JSON.parse(room.metadata) };
  } catch {
    return none; // not yet, or not by us
  }
}
