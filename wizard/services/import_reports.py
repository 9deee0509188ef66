"""The report of an import: what became of every row, as a CSV."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ADDED, UNCHANGED, UPDATED, CONFLICT, REFUSED = RESULTS = ("added", "unchanged", "updated", "conflict", "refused")
REPORT_COLUMNS = ("line", "key", "result", "column", "reason")
LISTED = 100  # results that a summary names; the report has them all

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True)
class RowResult:
    """One line of the report. `result` is added, unchanged, updated, conflict or refused."""

    line: int
    key: str
    result: str
    column: str = ""
    reason: str = ""


@contextmanager
def report_file(path: Path | None) -> Iterator[Callable[[Iterable[RowResult]], None]]:
    """Give a function that writes results to the report at `path` (None: to nowhere).

    The report appears whole or not at all. It names people, so only its owner may read it. Raises `OSError` before
    anything was imported when the folder cannot be written to.
    """
    if path is None:
        yield lambda _results: None
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(REPORT_COLUMNS)
            yield lambda results: writer.writerows(_cells(result) for result in results)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _cells(result: RowResult) -> list[str]:
    """A carriage return, which the writer leaves bare, would begin a row of its own in some programs."""
    texts = (result.key, result.result, result.column, result.reason)
    return [str(result.line), *(defused(text).replace("\r", " ") for text in texts)]


def defused(cell: str) -> str:
    """A cell that no spreadsheet program takes for a formula (ASVS 5.0, 1.2.10)."""
    return "'" + cell if cell.startswith(_FORMULA_STARTS) else cell
