"""Playlists read by other people's strict parsers (Node.js)."""

import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]


def complaints(playlists: Iterable[str]) -> list[str]:
    """What hls-parser (strict) and m3u8-parser find wrong; empty if nothing."""
    with tempfile.TemporaryDirectory() as directory:
        files = []
        for number, text in enumerate(playlists):
            files.append(Path(directory) / f"{number:05}.m3u8")
            files[-1].write_text(text)
        command = ["node", "tools/check_playlist.mjs", *map(str, files)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode in {0, 1}, done.stderr
        return done.stdout.splitlines() + done.stderr.splitlines()
