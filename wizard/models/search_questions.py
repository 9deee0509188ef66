"""How `search_index` is asked: who has these words, those with words that begin so first, in an order that stays.

SQLite's index names rows in the order of their numbers, so that a frequent word costs no more than a rare one. PostgreSQL's hands out
all its rows at once: there a sample of the texts tells which words are frequent, and those are looked for in the texts as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    SQLColumnExpression,
    and_,
    case,
    cast,
    column,
    func,
    literal_column,
    not_,
    select,
    table,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.elements import True_

from wizard.domain.search_terms import GAP, beginning, trigrams
from wizard.models.account import Account
from wizard.models.database import db
from wizard.models.search_entry import SearchEntry
from wizard.models.search_index import BEGINNINGS, PREFIX, kind

WINDOW = 40
SAMPLE = 5000
FREQUENT = 10  # hits in a sample
SPREAD = 100
"""Texts in which SQLite's trigrams are counted; what is in more than COMMON of them is not asked for where something rarer is there."""
COMMON = 0.1
MOST_TRIGRAMS = 6
_SHORTEST_PART = 3

# What is rare or frequent is known here better than by the planner: a plan made for a frequent word is wrong for a rare one, and a scope
# is asked about the few rows that were found, never gathered whole for a join.
_PLANNING = ("plan_cache_mode", "jit", "enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_bitmapscan")
_FOR_RARE = "; ".join(
    ["SET LOCAL plan_cache_mode = force_custom_plan", *(f"SET LOCAL {name} = off" for name in _PLANNING[1:-1])]
)
_FOR_FREQUENT = "SET LOCAL enable_bitmapscan = off"
_AS_BEFORE = "; ".join(f"SET LOCAL {name} TO DEFAULT" for name in _PLANNING)


@dataclass(frozen=True)
class Wanted:
    """Parts that must all be in a text: `strict` all at beginnings of words, `loose` anywhere where the database can tell."""

    strict: tuple[str, ...]
    loose: tuple[str, ...]

    def rank(self, folded: str) -> int | None:
        """0 when each word of the question begins a word of the text, 1 when it is inside, None when one is missing."""
        if all(part in folded for part in self.strict):
            return 0
        return 1 if all(part in folded for part in self.loose) else None


def wanted(words: Sequence[str]) -> Wanted:
    """What to look for when somebody has typed these folded words (`search_terms.words`)."""
    strict = tuple(beginning(word) for word in words)
    return Wanted(strict, tuple(part if _by_words(part) else _loose(part) for part in strict))


def _loose(part: str) -> str:
    inside = part.removeprefix(GAP)
    return inside if len(inside) >= _SHORTEST_PART else part


def _by_words(part: str) -> bool:
    how = kind()
    return how == "prefixes" or (how == "latin-trigrams" and not part.isascii())


def ranked(sought: Wanted, scope: ColumnElement[bool], most: int) -> list[str]:
    """The first `most` accounts: beginnings of words before parts of words, the older entry first.

    `scope` is a condition on `Account`.
    """
    if db.engine.dialect.name == "sqlite":
        return _ranked_in_sqlite(sought, scope, most)
    with _planning():
        return _ranked_in_postgresql(sought, scope, most)


@contextmanager
def _planning() -> Iterator[None]:
    """The planner's settings for the block; afterwards they are as before, because the transaction goes on."""
    connection = db.session.connection()
    connection.exec_driver_sql(_FOR_RARE)
    yield
    connection.exec_driver_sql(_AS_BEFORE)


def _ranked_in_sqlite(sought: Wanted, scope: ColumnElement[bool], most: int) -> list[str]:
    """Few: all of them, ranked here. Many: first those of the first rank, then the others, as many as are needed."""
    texts = _some_texts()
    found = _rows(_by_trigrams(sought.loose, texts, scope, max(WINDOW, most)))
    if len(found) < max(WINDOW, most):
        return [account_id for account_id, _ in sorted(found, key=lambda row: sought.rank(row.text) or 0)][:most]
    best = [row.account_id for row in _rows(_by_trigrams(sought.strict, texts, scope, most))]
    if len(best) == most or sought.strict == sought.loose:
        return best
    others = _by_trigrams(sought.loose, texts, scope, most - len(best)).where(not_(_has_all(sought.strict)))
    return best + [row.account_id for row in _rows(others)]


def _by_trigrams(
    parts: Sequence[str], texts: Sequence[str], condition: ColumnElement[bool], most: int
) -> Select[*tuple[Any, ...]]:
    index = table(PREFIX, column("rowid"))
    names = _telling([name for part in parts for name in trigrams(part)], texts)
    asked = " AND ".join('"' + name.replace('"', '""') + '"' for name in names)
    candidates = index.join(SearchEntry, SearchEntry.number == index.c.rowid)
    rows = _within(candidates, condition).where(literal_column(PREFIX).op("MATCH")(asked), _has_all(parts))
    return rows.order_by(index.c.rowid).limit(most)


def _some_texts() -> Sequence[str]:
    newest = db.session.scalar(select(func.max(SearchEntry.number))) or 0
    spread = range(1, newest + 1, max(1, newest // SPREAD))
    return db.session.scalars(select(SearchEntry.text).where(SearchEntry.number.in_(spread))).all()


def _telling(names: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The trigrams worth asking for, the rarest first: those that nearly everybody has only cost time. The texts decide in the end."""
    counted = sorted((sum(name in folded for folded in texts), name) for name in dict.fromkeys(names))
    rare = [name for count, name in counted if count <= len(texts) * COMMON]
    return (rare or [name for _, name in counted])[:MOST_TRIGRAMS]


def _ranked_in_postgresql(sought: Wanted, scope: ColumnElement[bool], most: int) -> list[str]:
    """A sample first; it may be all that is needed. What it shows as rare is asked of the index, what is frequent of the texts."""
    oldest = select(SearchEntry.number, SearchEntry.account_id, SearchEntry.text)
    sample = oldest.order_by(SearchEntry.number).limit(SAMPLE).subquery()
    is_strict = _has_all(sought.strict, sample.c.text)
    in_scope: ColumnElement[bool] = literal_column("true")
    if not _is_everybody(scope):
        in_scope = _seen(scope, sample.c.account_id)
    hits = select(sample.c.account_id, is_strict.label("strict"), in_scope.label("seen"))
    hits = hits.where(_has_all(sought.loose, sample.c.text)).order_by(sample.c.number).limit(FREQUENT * 20)
    sampled = db.session.execute(hits).all()
    best = [row.account_id for row in sampled if row.strict and row.seen][:most]
    if len(best) == most:
        return best
    if not _is_frequent(sampled):
        return [row.account_id for row in _rows(_rare(sought.loose, sought.strict, scope, most))]
    is_frequent = _is_frequent([row for row in sampled if row.strict])
    first = _frequent(sought.strict, scope, most) if is_frequent else _rare(sought.strict, (), scope, most)
    if is_frequent:
        db.session.connection().exec_driver_sql(_FOR_FREQUENT)
    best = [row.account_id for row in _rows(first)]
    if len(best) == most or sought.strict == sought.loose:
        return best
    db.session.connection().exec_driver_sql(_FOR_FREQUENT)
    others = _frequent(sought.loose, scope, most - len(best)).where(not_(_has_all(sought.strict)))
    return best + [row.account_id for row in _rows(others)]


def _is_frequent(hits: Sequence[Any]) -> bool:
    """Whether walking through the texts is faster than the index.

    The index costs as much as there are hits, the walk the less the more of them are within the scope.
    """
    seen = sum(1 for row in hits if row.seen)
    return len(hits) * seen >= FREQUENT * FREQUENT


def _frequent(parts: Sequence[str], condition: ColumnElement[bool], most: int) -> Select[*tuple[Any, ...]]:
    rows = _within(SearchEntry.__table__, condition).where(_has_all(parts))
    return rows.order_by(SearchEntry.number).limit(most)


def _rare(
    parts: Sequence[str], first: Sequence[str], condition: ColumnElement[bool], most: int
) -> Select[*tuple[Any, ...]]:
    """All that the index names, sorted afterwards: asked for the first few in order, the planner would rather read the texts."""
    begun = [part for part in parts if _by_words(part)]
    found = select(SearchEntry.number, SearchEntry.account_id, SearchEntry.text).where(_has_all(parts))
    if begun:
        found = found.where(literal_column(BEGINNINGS).op("@@")(cast(_beginnings(begun), postgresql.TSQUERY)))
    entries = found.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
    rows = select(entries.c.account_id, entries.c.text)
    if not _is_everybody(condition):
        rows = rows.where(_seen(condition, entries.c.account_id))
    if first:
        rows = rows.order_by(case((_has_all(first, entries.c.text), 0), else_=1))
    return rows.order_by(entries.c.number).limit(most)


def _beginnings(parts: Sequence[str]) -> str:
    """The parts' words as PostgreSQL's full text search takes them, each quoted and each the beginning of a word."""
    each_word = dict.fromkeys(word for part in parts for word in part.split())
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in each_word)
    return " & ".join(f"'{word}':*" for word in quoted)


def _within(entries: FromClause, condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    rows: Select[*tuple[Any, ...]] = select(SearchEntry.account_id, SearchEntry.text)
    if _is_everybody(condition):
        return rows.select_from(entries)
    if db.engine.dialect.name == "postgresql":
        return rows.select_from(entries).where(_seen(condition, SearchEntry.account_id))
    return rows.select_from(entries.join(Account, Account.id == SearchEntry.account_id)).where(condition)


def _seen(condition: ColumnElement[bool], account_id: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """The condition as a question about one account: inside CASE, PostgreSQL's planner cannot turn it into a join with everybody in it."""
    is_there = select(Account.id).where(Account.id == account_id, condition).correlate_except(Account).exists()
    return case((is_there, literal_column("true")), else_=literal_column("false"))


def _has_all(parts: Sequence[str], texts: ColumnElement[str] | None = None) -> ColumnElement[bool]:
    inside = SearchEntry.text if texts is None else texts
    if db.engine.dialect.name == "sqlite":
        return and_(*(func.instr(inside, part) > 0 for part in parts))
    return and_(*(inside.like(f"%{_plain(part)}%") for part in parts))


def _plain(part: str) -> str:
    """A part of a LIKE pattern in which nothing stands for something else."""
    return re.sub(r"([\\%_])", r"\\\1", part)


def _is_everybody(condition: ColumnElement[bool]) -> bool:
    return isinstance(condition, True_)


def _rows(statement: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    return db.session.execute(statement).all()
