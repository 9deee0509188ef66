"""`python -m tests`: sets up what the tests need besides Python packages, then runs them.

Chromium and PostgreSQL are installed with apt-get where they are missing and this is root; elsewhere the line to type
is printed and the tests that need them are skipped with that reason. All arguments go to pytest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
APT_TRIES = 3
APT_PATIENCE = 900  # seconds for one call
# A test that hangs this long (seconds) ends the run with the stacks of all threads.
HANGS = ["-o", "faulthandler_timeout=300", "-o", "faulthandler_exit_on_timeout=true"]

# A file's tests stay in one process, so that what they share is made once. Files are taken in our own order.
TWO_AT_ONCE = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
# A whole run writes gigabytes into memory; only what a failed test wrote will be looked at.
LEFT_BEHIND = ["-o", "tmp_path_retention_policy=failed"]
ENOUGH_MEMORY = 2 * 1024**3  # bytes


def main(arguments: list[str]) -> NoReturn:
    os.chdir(ROOT)
    missing = missing_packages()
    if missing:
        install(missing)
    for package, reason in missing_packages().items():
        print(f"Without {package} some tests cannot run: {reason}", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    # A process of its own: pytest must be the first to import the modules whose asserts it explains.
    options = [*HANGS, *TWO_AT_ONCE, *LEFT_BEHIND, *in_memory()]
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *options, *arguments])


def in_memory() -> list[str]:
    """Keep the tests' databases in memory where the machine offers that: each commit would wait for the disk."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < ENOUGH_MEMORY:
        return []
    return ["--basetemp", str(memory / f"perron-tests-{os.getpid()}")]


def missing_packages() -> dict[str, str]:
    """Debian's names of the programs that are missing, each with the reason and the line to type."""
    from tests.support.chromium import HOW_TO_GET_IT, find_chromium
    from tests.support.postgresql import NoPostgresql, usable_binaries

    missing = {}
    if find_chromium() is None:
        missing["chromium"] = f"no browser on PATH. To get it: {HOW_TO_GET_IT}."
    if not os.environ.get("TEST_DATABASE_URL"):
        try:
            usable_binaries()
        except NoPostgresql as reason:
            missing["postgresql"] = str(reason)
    return missing


def install(packages: dict[str, str]) -> None:
    """Install Debian packages where that is possible without asking; says what it does and what failed."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"To run every test: sudo apt-get install {' '.join(packages)}", file=sys.stderr)
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for number in range(1, APT_TRIES + 1):
        print(f"Installing {', '.join(packages)} (try {number} of {APT_TRIES}).", flush=True)
        calls = (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        )
        if all(run(call, environment) for call in calls):
            return


def run(command: list[str], environment: dict[str, str]) -> bool:
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=APT_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        print(f"{' '.join(command)} took longer than {APT_PATIENCE} s.", file=sys.stderr)
        return False
    if done.returncode:
        print(
            f"{' '.join(command)} ended with status {done.returncode}:\n{done.stderr.strip()[-2000:]}", file=sys.stderr
        )
    return done.returncode == 0


if __name__ == "__main__":
    main(sys.argv[1:])
