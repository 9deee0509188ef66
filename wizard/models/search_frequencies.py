"""How frequent letters and marks are in PostgreSQL's texts: what many have costs its index time and tells nobody apart.

Counted now and then in some texts from all over the table, and kept in the process: three letters in a row and how many have them, no
text and no name. A count decides how soon somebody is found, never who.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from time import monotonic
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from wizard.models.database import db

SEEN = 1000
"""Texts that are looked at."""
COUNTED_EVERY = 3600.0
COUNTED_EVERY_WHILE_FEW = 60.0
"""Seconds; the second while there were fewer than half of SEEN texts: an import may follow."""
_GOLDEN = (5**0.5 - 1) / 2
# In no even steps: they would meet the same people as an even import.
_SPREAD = [turn * _GOLDEN % 1 for turn in range(1, SEEN + 1)]
_SOME = """SELECT DISTINCT number, text, marks
           FROM unnest(%s::float8[]) AS part, (SELECT min(number) AS first, max(number) AS last FROM search_entries) AS ends,
                LATERAL (SELECT number, text, marks FROM search_entries
                         WHERE number >= first + (part * (last - first))::bigint ORDER BY number LIMIT 1) AS entry"""


class _Counted(NamedTuple):
    having: Counter[str]
    texts: int
    until: float


_counted: WeakKeyDictionary[Engine, _Counted] = WeakKeyDictionary()


def share_of(name: str) -> float:
    """The part of all texts (0 to 1) that have these three letters in a row, or this mark; never 0, for what was not seen may exist."""
    counted = _counted.get(db.engine)
    if counted is None or monotonic() >= counted.until:
        counted = _counted[db.engine] = _count()
    return max(counted.having[name], 0.5) / max(counted.texts, 1)


def _count() -> _Counted:
    rows = db.session.connection().exec_driver_sql(_SOME, (_SPREAD,)).all()
    having = Counter(name for row in rows for name in _names(row.text, row.marks))
    lasts = COUNTED_EVERY if len(rows) > SEEN // 2 else COUNTED_EVERY_WHILE_FEW
    return _Counted(having, len(rows), monotonic() + lasts)


def _names(text: str, marks: str) -> Iterable[str]:
    return {*(text[at : at + 3] for at in range(len(text) - 2)), *marks.split()}
