from orchestrator.streaming.probe import Audio, Probe, Video, parse_audio, parse_video

SAID = """\
Input #0, concat, from '/private/input.ffconcat':
  Duration: N/A, start: 0.000000, bitrate: N/A
  Stream #0:0: Video: h264 (High) ([27][0][0][0] / 0x001B), yuv420p(tv, bt709, progressive), 1280x720 \
[SAR 1:1 DAR 16:9], 25 fps, 25 tbr, 90k tbn, start 0.021333
  Stream #0:1[0x101](nor): Audio: aac (LC) ([15][0][0][0] / 0x000F), 48000 Hz, stereo, fltp, 129 kb/s
Stream mapping:
  Stream #0:0 -> #0:0 (copy)
Output #0, mpegts, to 'pipe:1':
  Stream #0:0: Video: hevc, yuv420p, 640x360
"""


def test_the_inputs_streams_are_known_and_the_outputs_ignored() -> None:
    probe = Probe()
    for line in SAID.splitlines():
        probe.line(line)
    assert probe.known.is_set()
    assert probe.video == Video("h264", "High", "yuv420p", 1280, 720, 25.0)
    assert probe.audio == Audio("aac", "LC", 48000, 2)


def test_a_picture_that_ffmpeg_could_not_tell_the_size_of() -> None:
    video = parse_video("h264 ([27][0][0][0] / 0x001B), none, 90k tbr, 90k tbn")
    assert (video.codec, video.pixels, video.width) == ("h264", "none", 0)


def test_other_descriptions() -> None:
    mpeg2 = (
        "mpeg2video (Main) ([2][0][0][0] / 0x0002), yuv420p(tv, top first), 720x576 [SAR 64:45], 29.97 fps"
    )
    assert parse_video(mpeg2) == Video("mpeg2video", "Main", "yuv420p", 720, 576, 29.97)
    hevc = "hevc (Main 10) ([36][0][0][0] / 0x0024), yuv420p10le(tv), 1920x1080, 50 fps, 50 tbr, 90k tbn"
    assert parse_video(hevc) == Video("hevc", "Main 10", "yuv420p10le", 1920, 1080, 50.0)
    assert parse_audio("ac3 ([129][0][0][0] / 0x0081), 48000 Hz, 5.1(side), fltp, 384 kb/s").channels == 6
    assert parse_audio("pcm_alaw ([6][0][0][0] / 0x0006), 8000 Hz, 1 channels, s16, 64 kb/s") == Audio(
        "pcm_alaw", "", 8000, 1
    )
