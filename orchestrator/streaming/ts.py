"""An MPEG transport stream as it passes: where its keyframes are, and enough to begin again from one.

Only the receiver's own output comes here, so the layout is known: packets of 188 bytes from the
first byte on, the picture on the first PID that ffmpeg gives out and the sound on the next
(ISO/IEC 13818-1). Everything is searched for, not walked through: it costs next to nothing.
"""

from collections import deque
from collections.abc import Callable, Iterator

PACKET = 188
_PICTURE_STARTS = bytes([0x47, 0x41, 0x00])
"""A packet in which a picture starts: sync byte, payload_unit_start_indicator, PID 0x100."""
_SOUND_STARTS = bytes([0x47, 0x41, 0x01])
_HAS_ADAPTATION, _RANDOM_ACCESS = 0x20, 0x40
_WRAP = 1 << 33
_LONGEST_HEAD = 1 << 16
LARGEST_GROUP = 32 << 20
"""Bytes kept since the last keyframe; beyond this there is nothing to begin again from."""


class TransportStream:
    """Watches the chunks of one connection."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._rest = b""
        self._group: deque[bytes] = deque()
        self._group_size = 0
        self._tables = b""
        self._head: bytes | None = b""
        self._last_pts: int | None = None
        self._keyframe_pts: int | None = None
        self.bytes = 0
        """Received in all."""
        self.pictures = 0
        """Seen in all."""
        self.keyframes = 0
        self.keyframe_interval: float | None = None
        """Seconds of media between the last two keyframes."""
        self.sound_at: float | None = None
        """When sound last came (`now`)."""

    @property
    def last_time(self) -> float | None:
        """Seconds of the last picture's presentation time, which begins anywhere."""
        return None if self._last_pts is None else self._last_pts / 90_000

    @property
    def since_keyframe(self) -> float:
        """Seconds of media since the last keyframe; 0 before the first."""
        if self._keyframe_pts is None or self._last_pts is None:
            return 0.0
        ahead = (self._last_pts - self._keyframe_pts) % _WRAP
        return ahead / 90_000 if ahead < _WRAP // 2 else 0.0

    def feed(self, chunk: bytes) -> bytes:
        """Take a chunk; returns the whole packets that are now there."""
        self.bytes += len(chunk)
        data = self._rest + chunk
        whole = len(data) - len(data) % PACKET
        data, self._rest = data[:whole], data[whole:]
        if not self._tables and self._head is not None:
            self._head += data
            self._tables = _leading_tables(self._head)
            if self._tables or len(self._head) > _LONGEST_HEAD:
                self._head = None
        begin = self._pictures(data)
        if begin is not None:
            self._group.clear()
            self._group_size = 0
        self._group.append(data[begin or 0 :])
        self._group_size += len(data) - (begin or 0)
        if self._group_size > LARGEST_GROUP:
            self._group.clear()
            self._group_size = 0
        if next(_packets(data, _SOUND_STARTS), None) is not None:
            self.sound_at = self._now()
        return data

    def from_keyframe(self) -> bytes:
        """The tables and everything since the last keyframe (or the beginning): a decoder may start here."""
        return self._tables + b"".join(self._group)

    def _pictures(self, data: bytes) -> int | None:
        """Count the pictures; returns where the last keyframe among them begins."""
        begin = None
        for at in _packets(data, _PICTURE_STARTS):
            self.pictures += 1
            pts = _presentation_time(data[at : at + PACKET])
            self._last_pts = pts if pts is not None else self._last_pts
            if data[at + 3] & _HAS_ADAPTATION and data[at + 4] and data[at + 5] & _RANDOM_ACCESS:
                if self._keyframe_pts is not None and pts is not None:
                    ahead = (pts - self._keyframe_pts) % _WRAP
                    self.keyframe_interval = ahead / 90_000 if ahead < _WRAP // 2 else None
                self._keyframe_pts = pts
                self.keyframes += 1
                begin = at
        return begin


def _packets(data: bytes, start: bytes) -> Iterator[int]:
    at = data.find(start)
    while at >= 0:
        if at % PACKET == 0:
            yield at
            at += PACKET
        else:
            at += 1
        at = data.find(start, at)


def _leading_tables(data: bytes) -> bytes:
    """The program tables that the muxer begins with: every packet before the first with media."""
    for at in range(0, len(data), PACKET):
        pid = (data[at + 1] & 0x1F) << 8 | data[at + 2]
        if pid in {0x100, 0x101}:
            return data[:at]
    return b""


def _presentation_time(packet: bytes) -> int | None:
    """PTS of the PES packet that starts here, in 1/90000 s."""
    at = 4 + (1 + packet[4] if packet[3] & _HAS_ADAPTATION else 0)
    if len(packet) < at + 14 or packet[at : at + 3] != b"\0\0\1" or not packet[at + 7] & 0x80:
        return None
    a, b, c, d, e = packet[at + 9 : at + 14]
    return (a >> 1 & 7) << 30 | b << 22 | c >> 1 << 15 | d << 7 | e >> 1
