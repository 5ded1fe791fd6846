"""The browser's own reckoning of time and pictures, in Node: tests/web/js/*.test.js."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "js"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("script", sorted(path.name for path in HERE.glob("*.test.js")))
def test_scripts_of_the_meeting_page(script: str) -> None:
    result = subprocess.run(
        ["node", "--test", HERE / script], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
