"""What an import keeps in mind about its file: in a scratch file of SQLite's own, because a million keys fill memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

_END = "\U0010ffff"  # sorts behind every text that begins alike


class Scratch:
    """Texts by key. Nothing of it outlives the import."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-4000"):
            self._file.execute(f"PRAGMA {pragma}")
        self._file.execute("CREATE TABLE kept (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
        self._file.execute("BEGIN")

    def first(self, key: str, value: str) -> str:
        """The value that was told first for `key`; `value` itself when that is now."""
        if self._file.execute("INSERT OR IGNORE INTO kept VALUES (?, ?)", (key, value)).rowcount:
            return value
        return self.get(key) or value

    def first_line(self, key: str, line: int) -> int:
        """The line on which `key` stood first; `line` itself when that is now."""
        return int(self.first(key, str(line)))

    def put(self, key: str, value: str) -> None:
        self._file.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (key, value))

    def get(self, key: str) -> str | None:
        row = self._file.execute("SELECT value FROM kept WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def under(self, prefix: str, limit: int) -> list[str]:
        """The values of at most `limit` keys that begin with `prefix`, by key."""
        between = "SELECT value FROM kept WHERE key >= ? AND key < ? ORDER BY key LIMIT ?"
        return [str(row[0]) for row in self._file.execute(between, (prefix, prefix + _END, limit))]

    def close(self) -> None:
        self._file.close()


@contextmanager
def scratch() -> Iterator[Scratch]:
    """A scratch file for one reading of a file; it is gone afterwards."""
    with closing(Scratch()) as kept:
        yield kept
