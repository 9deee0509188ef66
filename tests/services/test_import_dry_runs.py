"""A dry run of moved people says what the import will say, also about what the import itself would make."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from tests.support.imports import Files, everything, people_in, report_of, run
from wizard.models import Account, AuditEvent, Membership, Office, Organisation
from wizard.services import imports
from wizard.services.import_transactions import BATCH
from wizard.services.imports import Order

__all__ = ["people_in"]  # a fixture
pytestmark = pytest.mark.usefixtures("app_context")

HEADER = "username,email,organisation,organisation_kind,office,office_kind,country,role"
TABLES: tuple[type[Any], ...] = (Account, Organisation, Office, Membership, AuditEvent)


def filler(name: str) -> list[str]:
    """As many people as a batch has rows."""
    of = "Filler,company,Main,headquarters,,reader"
    return [f"{name}{number},{name}{number}@t.example,{of}" for number in range(BATCH)]


KNOWN = "old,old@t.example,Known,national-ngo,Old house,headquarters,CH,reader"
ROWS = [
    "a,a@t.example,Tamaris,international-ngo,Niamey,country-office,NE,reader",
    "b,b@t.example,Known,company,Old house,,ML,reader",
    *filler("p"),
    "c,c@t.example,Tamaris,,Niamey,,,reader",
    "d,d@t.example,Tamaris,,Niamei,,,reader",
    "e,e@t.example,Tamaris,company,Maradi,country-office,,editor",
    ",a@t.example,Tamaris,,Niamey,,,reader",
    "old,old@t.example,Known,company,Old house,,ML,editor",
    *filler("q"),
    "f,f@t.example,Tamaris,,Maradi,,,reader",
    "g,g@t.example,Unheard Of,,Main,,,reader",
    "h,h@t.example,Known,company,Old house,,,reader",
]


@pytest.mark.parametrize("update", [False, True], ids=["plain", "update"])
def test_a_dry_run_says_the_same_as_the_import_and_writes_nothing(
    people_in: Files, tmp_path: Path, update: bool
) -> None:
    run(people_in(KNOWN, header=HEADER, name="known.csv"), journey="migrated-account")
    before = everything(*TABLES)
    file = people_in(*ROWS, header=HEADER)
    reports = [tmp_path / "dry.csv", tmp_path / "real.csv"]
    options = {"journey": "migrated-account", "update": update}
    dry = run(file, dry_run=True, report=reports[0], **options)
    assert everything(*TABLES) == before
    real = run(file, report=reports[1], **options)
    assert report_of(reports[0]) == report_of(reports[1])
    assert (dry.counts, dry.organisations, dry.offices, dry.doubtful) == (
        real.counts, real.organisations, real.offices, real.doubtful,
    )  # fmt: skip
    assert (real.organisations, real.offices, real.doubtful) == (2, 3, 1)
    refused = {row["line"]: row["reason"] for row in report_of(reports[1]) if row["result"] == "refused"}
    assert ["Did you mean “Niamey”?" in reason for reason in refused.values()] == [True, False]


def test_an_import_of_more_organisations_needs_no_more_memory(people_in: Files) -> None:
    def kept_until_the_end(count: int) -> int:
        """How many bytes the dry run still holds at the last row, the batches before it being settled."""
        file = people_in(
            *(f"p{n},p{n}@t.example,Organisation {n},company,Main {n},headquarters,CH,reader" for n in range(count)),
            header=HEADER, name=f"{count}.csv",
        )  # fmt: skip
        size, kept = file.stat().st_size, 0

        def at(read: int) -> None:
            nonlocal kept
            if read == size:
                gc.collect()  # when Python would do it by itself depends on the tests before this one
                kept = tracemalloc.get_traced_memory()[0]

        tracemalloc.start()
        imports.run(Order(file, journey="migrated-account", dry_run=True), at)
        tracemalloc.stop()
        assert kept
        return kept

    kept_until_the_end(1000)
    few, many = kept_until_the_end(1000), kept_until_the_end(6000)
    assert many < few + 500_000, "Organisations are kept in memory."
