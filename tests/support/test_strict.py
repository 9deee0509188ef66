"""A test that cannot run is a failure under `--require-all`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = {
    "at_run_time": "import pytest\ndef test_one():\n    pytest.skip('no such server')\n",
    "at_import": "import pytest\npytest.skip('no such server', allow_module_level=True)\n",
}


@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_a_skip_fails_and_says_why(sample: str, tmp_path: Path) -> None:
    place = tmp_path / f"test_{sample}.py"
    place.write_text(SAMPLES[sample], encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.strict", "-p", "no:cacheprovider", str(place)]
    lenient = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    strict = subprocess.run(
        [*command, "--require-all"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert "1 skipped" in lenient.stdout
    assert strict.returncode != 0
    assert "no such server" in strict.stdout
