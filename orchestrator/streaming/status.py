"""What IT sees of a source; codes and values here, words on the page."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

State = Literal["waiting", "receiving", "lost", "failed"]


@dataclass(frozen=True, slots=True)
class SourceWarning:
    """Something that IT can put right.

    `keyframes_far_apart {seconds}`, `no_sound`, `sound_stopped`, `sound_too_low {dbfs}`,
    `picture_converted {codec}`, `sound_converted {codec}`, `packager_restarted {times}`,
    `machine_too_slow`, and of the last ten minutes `wrong_passphrase {times}`, `not_understood {times}`
    (what came was no media) and `time_stood_still {times}` (the connection was made anew for it).
    """

    code: str
    values: dict[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source at one moment; None is what is not known (yet).

    `waiting`: never connected since start; `lost`: it was, and is not; `failed`: cannot work until
    something is done about `reason`: `ffmpeg_missing`, `port_in_use`, `url_refused`,
    `not_understood`, `no_picture`, `unreachable`, `disk`, `internal`; `detail` is for a log, in English.
    """

    state: State
    since: datetime
    reason: str | None = None
    detail: str = ""
    connections: int = 0
    bits_per_second: float | None = None
    frames_per_second: float | None = None
    keyframe_interval: float | None = None
    width: int | None = None
    height: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    video_copied: bool | None = None
    audio_copied: bool | None = None
    sound_dbfs: float | None = None
    last_fragment_at: datetime | None = None
    warnings: tuple[SourceWarning, ...] = ()
