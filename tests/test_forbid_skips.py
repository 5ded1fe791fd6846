import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TENANT = "import pytest\n@pytest.mark.tenant\ndef test_tenant(): pytest.skip('no tenant')\n"
PLAIN = "import pytest\ndef test_plain(): pytest.skip('no reason')\n"
MODULE = "import pytest\npytest.importorskip('no_such_module')\n"


@pytest.mark.parametrize(
    ("text", "workers", "code"), [(TENANT, "1", 0), (PLAIN, "1", 1), (PLAIN, "0", 1), (MODULE, "1", 1)]
)
def test_only_what_needs_somebody_elses_service_may_be_skipped(
    tmp_path: Path, text: str, workers: str, code: int
) -> None:
    (tmp_path / "test_it.py").write_text(text)
    (tmp_path / "test_good.py").write_text("def test_good(): pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = tenant\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.forbid_skips", "-n", workers, "-c"]
    done = subprocess.run(
        [*command, tmp_path / "pytest.ini", tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert ("without leave" in done.stdout) == bool(code)
