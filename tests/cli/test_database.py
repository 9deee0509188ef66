"""`perron init`: from nothing to a database that can be served, safe to repeat."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

from tests.support.served import PERRON, ROOT
from tests.support.settings import INSTALLATION


def init(tmp_path: Path, **settings: Any) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PERRON_")}
    environment |= {"PERRON_INSTANCE_PATH": str(tmp_path / "instance")}
    environment |= {f"PERRON_{name.upper()}": str(value) for name, value in (INSTALLATION | settings).items() if value}
    return subprocess.run(
        [*map(str, PERRON), "init"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_makes_secret_and_database_and_can_be_repeated(tmp_path: Path) -> None:
    key = tmp_path / "secrets" / "key"
    first = init(tmp_path, secret_key="", secret_key_file=key)
    assert (first.returncode, "The database is ready." in first.stdout) == (0, True), first.stderr
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    secret = key.read_text(encoding="utf-8")
    assert secret.strip() not in first.stdout + first.stderr

    again = init(tmp_path, secret_key="", secret_key_file=key)
    assert (again.returncode, "Backed up" in again.stdout) == (0, False)
    assert key.read_text(encoding="utf-8") == secret
    assert [path.name for path in (tmp_path / "instance").glob("*-before-*")] == []


def test_bad_settings_end_it_with_status_1_and_every_reason(tmp_path: Path) -> None:
    done = init(tmp_path, code_tries="many", time_zone="Mars")
    assert done.returncode == 1
    assert "CODE_TRIES" in done.stderr
    assert "TIME_ZONE" in done.stderr
    assert not (tmp_path / "instance").exists()
