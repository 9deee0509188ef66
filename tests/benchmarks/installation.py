"""An installation to measure: a migrated SQLite database in a folder that is gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

from tests.support.clock import START, MovableClock
from tests.support.databases import close
from tests.support.rows import beside
from tests.support.settings import make_settings
from wizard import create_app
from wizard.services import database_upgrade


@contextmanager
def installation(**settings: Any) -> Iterator[Flask]:
    """The application with these settings on an empty database, with a clock that stands still."""
    with tempfile.TemporaryDirectory(prefix="perron-benchmark-") as folder:
        app = create_app(make_settings(Path(folder), **settings))
        app.testing = True
        app.extensions["perron"].clock = MovableClock()
        beside(app, lambda: database_upgrade.upgrade(START))
        try:
            yield app
        finally:
            close(app)


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A table for reading: the first column to the left, numbers to the right."""
    lines = [head, *[tuple(f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in row) for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
