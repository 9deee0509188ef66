"""What is wanted (`search_wanted`), asked of SQLite: its index of trigrams names candidates, the texts decide.

The index names rows in the order of their numbers, so that a frequent word costs no more than a rare one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, column, func, literal_column, not_, select, table

from wizard.domain import search_marks
from wizard.domain.search_terms import trigrams
from wizard.models.database import db
from wizard.models.search_entry import SearchEntry
from wizard.models.search_index import PREFIX
from wizard.models.search_wanted import Wanted

WINDOW = 40
SPREAD = 100
"""Texts in which trigrams are counted; what is in more than COMMON of them is not asked for where something rarer is there."""
COMMON = 0.1
MOST_TRIGRAMS = 6
_GOLDEN = (5**0.5 - 1) / 2


def ranked(wanted: Wanted, most: int) -> list[str]:
    """Few: all of them, ranked here. Many: first those of the first rank, then the others, as many as are needed."""
    texts = _some_texts()
    found = _rows(_having(wanted.loose, wanted, texts, max(WINDOW, most)))
    if len(found) < max(WINDOW, most):
        return [row.account_id for row in sorted(found, key=lambda row: not wanted.is_strict(row.text))][:most]
    best = [row.account_id for row in _rows(_having(wanted.strict, wanted, texts, most))]
    if len(best) == most or wanted.strict == wanted.loose:
        return best
    others = _having(wanted.loose, wanted, texts, most - len(best)).where(not_(_has_all(wanted.strict)))
    return best + [row.account_id for row in _rows(others)]


def _having(parts: Sequence[str], wanted: Wanted, texts: Sequence[str], most: int) -> Select[*tuple[Any, ...]]:
    marks = [search_marks.sought(mark) for mark in wanted.marks]
    names = _telling([name for part in (*parts, *marks) for name in trigrams(part)], texts)
    asked = " AND ".join('"' + name.replace('"', '""') + '"' for name in names)
    index = table(PREFIX, column("rowid"))
    rows = select(SearchEntry.account_id, SearchEntry.text).select_from(
        index.join(SearchEntry, SearchEntry.number == index.c.rowid)
    )
    rows = rows.where(literal_column(PREFIX).op("MATCH")(asked), _has_all(parts), _has_all(marks, SearchEntry.marks))
    return rows.order_by(index.c.rowid).limit(most)


def _has_all(parts: Sequence[str], inside: Any = SearchEntry.text) -> ColumnElement[bool]:
    return and_(True, *(func.instr(inside, part) > 0 for part in parts))


def _some_texts() -> Sequence[str]:
    """Texts with their marks from all over the table; in no even steps, which would meet the same people as an even import."""
    newest = db.session.scalar(select(func.max(SearchEntry.number))) or 0
    spread = {1 + int(turn * _GOLDEN % 1 * newest) for turn in range(SPREAD)}
    return db.session.scalars(select(SearchEntry.text + SearchEntry.marks).where(SearchEntry.number.in_(spread))).all()


def _telling(names: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The trigrams worth asking for, the rarest first: those that nearly everybody has only cost time. The texts decide in the end."""
    counted = sorted((sum(name in folded for folded in texts), name) for name in dict.fromkeys(names))
    rare = [name for count, name in counted if count <= len(texts) * COMMON]
    return (rare or [name for _, name in counted])[:MOST_TRIGRAMS]


def _rows(statement: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    return db.session.execute(statement).all()
