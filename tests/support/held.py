"""A SQLite database that somebody else holds: what a backup, a second installation or an editor does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def held_by_another(path: Path | str) -> Iterator[None]:
    """Hold the write lock of the SQLite file at `path` through a connection of our own until the block ends."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
