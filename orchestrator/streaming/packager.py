"""The second ffmpeg: makes fragmented H.264 and AAC of whatever the receiver passes on, or a file holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.streaming.probe import Audio, Video

FARTHEST_KEYFRAMES = 4.0
"""Seconds between keyframes beyond which segments cannot be cut, so the picture is made anew."""

SAMPLE_RATE = 48_000
CHANNELS = 2
FRAGMENT = 480_000
"""Microseconds after which a fragment ends at the next picture."""

_WIDEST, _HIGHEST = 1280, 720  # of a picture that we encode: 0.4 of a processor core


@dataclass(frozen=True, slots=True)
class Plan:
    """What is copied and what is made anew; without sound, silence is put in."""

    copy_video: bool
    copy_audio: bool
    silence: bool


def plan(video: Video, audio: Audio | None, *, keyframes_far_apart: bool, sound_missing: bool) -> Plan:
    """Copy what every browser plays as it is; what ffmpeg could not tell yet is hoped to be so.

    `sound_missing`: the sound was announced, but does not come.
    """
    return Plan(
        copy_video=not keyframes_far_apart
        and video.codec == "h264"
        and video.pixels in {"yuv420p", "yuvj420p", "", "none"}
        and not (video.width % 2 or video.height % 2),
        copy_audio=audio is not None
        and not sound_missing
        and audio.codec == "aac"
        and audio.profile in {"LC", ""}
        and audio.sample_rate in {SAMPLE_RATE, 0}
        and audio.channels in {CHANNELS, 0},
        silence=audio is None or sound_missing,
    )


def packager_args(chosen: Plan) -> list[str]:
    """The arguments of ffmpeg: from a transport stream on stdin to fragments on stdout."""
    given = ("-probesize", "5000000", "-analyzeduration", "700000", "-f", "mpegts", "-i", "pipe:0")
    return _args(chosen, ("-protocol_whitelist", "pipe", *given))


def file_packager_args(chosen: Plan, path: Path) -> list[str]:
    """The arguments of ffmpeg: from a whole MP4 file to fragments on stdout."""
    # The silence, which has no end, ends with the picture.
    return _args(chosen, file_input(path), ("-shortest",) if chosen.silence else ())


def file_input(path: Path) -> tuple[str, ...]:
    """How ffmpeg is told to read an MP4 file: as nothing else, whatever somebody may have put into it."""
    return ("-protocol_whitelist", "file", "-f", "mov", "-i", f"file:{path}")


def _args(chosen: Plan, given: Sequence[str], ending: Sequence[str] = ()) -> list[str]:
    """From `given` to fragments on stdout.

    `delay_moov` because the kind of AAC is known only when the first of it has come; without an edit
    list, so that times in the fragments are times in the film.
    """
    silence = ("-f", "lavfi", "-i", f"anullsrc=r={SAMPLE_RATE}:cl=stereo") if chosen.silence else ()
    sound = ("-map", "1:a" if chosen.silence else "0:a:0")
    return [
        *("-loglevel", "info", *given, *silence),
        *("-map", "0:v:0", *sound, *ending, *(_COPY_VIDEO if chosen.copy_video else _ENCODE_VIDEO)),
        *(_COPY_AUDIO if chosen.copy_audio else _ENCODE_SILENCE if chosen.silence else _ENCODE_AUDIO),
        *("-max_interleave_delta", "1000000", "-f", "mp4", "-use_editlist", "0"),
        *("-movflags", "frag_keyframe+empty_moov+delay_moov+default_base_moof"),
        *("-frag_duration", str(FRAGMENT), "-flush_packets", "1", "pipe:1"),
    ]


_COPY_VIDEO = ("-c:v", "copy")
_SCALE = f"min(1,min({_WIDEST}/iw,{_HIGHEST}/ih))"
_ENCODE_VIDEO = (
    *(
        "-vf",
        f"yadif=deint=interlaced,scale='2*trunc(iw*{_SCALE}/2)':'2*trunc(ih*{_SCALE}/2)',format=yuv420p",
    ),
    *("-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency"),
    *("-crf", "23", "-maxrate", "3500k", "-bufsize", "7000k", "-sc_threshold", "0", "-g", "600"),
    *("-force_key_frames", "expr:gte(t,n_forced*2)", "-forced-idr", "1", "-fps_mode", "passthrough"),
)
_COPY_AUDIO = ("-c:a", "copy", "-bsf:a", "aac_adtstoasc")
_ENCODE_SILENCE = ("-c:a", "aac", "-b:a", "32k", "-ar", str(SAMPLE_RATE), "-ac", str(CHANNELS))
_ENCODE_AUDIO = (
    *("-af", f"aresample={SAMPLE_RATE}:async=1:first_pts=0"),
    *("-c:a", "aac", "-b:a", "128k", "-ar", str(SAMPLE_RATE), "-ac", str(CHANNELS)),
)
