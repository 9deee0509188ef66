"""How long an import of moved people takes and how much memory it needs at most; a second import must change nothing.

`python -m tests.benchmarks.imports [PEOPLE] [ORGANISATIONS]` (100 000 in 5 000). A dry run, the import and the same import again run each
in a process of its own, on SQLite in a temporary folder, so that each has its own peak.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.installation import table
from tests.support.clock import START
from tests.support.databases import close
from tests.support.rows import beside
from tests.support.settings import make_settings
from wizard import create_app
from wizard.services import database_upgrade, imports
from wizard.services.imports import Order

HEADER = "email,given_name,family_name,language,organisation,organisation_kind,office,office_kind,country,role"
COUNTRIES = ("NE", "ML", "TD", "BF")
ROLES = ("reader", "editor", "administrator")
RUNS = ("dry run", "import", "import again")


def write_file(path: Path, people: int, organisations: int) -> None:
    """People dealt out to organisations like cards, each with headquarters and four country offices."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER + "\n")
        for number in range(people):
            turn, organisation = divmod(number, organisations)
            office = turn % (len(COUNTRIES) + 1)
            place = ("Headquarters", "headquarters", "CH") if not office else _country_office(COUNTRIES[office - 1])
            name = f"Given{number:06d},Family{number:06d},en"
            of = f"Relief Organisation No {organisation:05d},international-ngo"
            role = ROLES[number % 3]
            file.write(f"person{number:06d}@org{organisation:05d}.example,{name},{of},{','.join(place)},{role}\n")


def _country_office(country: str) -> tuple[str, str, str]:
    return f"Office {country}", "country-office", country


def run(folder: Path, file: Path, *, dry_run: bool) -> dict[str, object]:
    """One import in this process: seconds, peak memory in MiB, and what became of the rows."""
    app = create_app(make_settings(folder))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    summary = beside(app, lambda: imports.run(Order(file, "migrated-account", dry_run=dry_run)))
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    close(app)
    told = {"organisations": summary.organisations, "offices": summary.offices, **summary.counts}
    return {"seconds": took, "before": before / 1024, "peak": peak / 1024, "told": told}


def main(people: int = 100_000, organisations: int = 5_000) -> int:
    with tempfile.TemporaryDirectory(prefix="perron-benchmark-") as name:
        folder, file = Path(name), Path(name) / "people.csv"
        write_file(file, people, organisations)
        app = create_app(make_settings(folder))
        beside(app, lambda: database_upgrade.upgrade(START))
        close(app)
        rows: list[tuple[object, ...]] = []
        for what in RUNS:
            command = [sys.executable, "-m", "tests.benchmarks.imports", "--run", what, str(folder), str(file)]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            rows.append((what, found["seconds"], people / found["seconds"], found["before"], found["peak"]))
            print(f"{what}: {found['told']}")
        print(f"{people} people in {organisations} organisations, file {file.stat().st_size / 1e6:.1f} MB, ", end="")
        print(f"load before {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores:")
        print(table(("what", "seconds", "rows a second", "MiB before", "MiB at most"), rows))
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        print(json.dumps(run(Path(sys.argv[3]), Path(sys.argv[4]), dry_run=sys.argv[2] == RUNS[0])))
        sys.exit(0)
    sys.exit(main(*map(int, sys.argv[1:3])))
