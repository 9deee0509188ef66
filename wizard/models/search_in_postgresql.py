"""What is wanted (`search_wanted`), asked of PostgreSQL.

Its index hands out all its rows at once: a sample of the texts tells which words are frequent, and those are looked for by walking
through the texts in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, cast, func, literal_column, not_, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.elements import True_

from wizard.domain import search_marks
from wizard.models.account import Account
from wizard.models.database import db
from wizard.models.search_entry import SearchEntry
from wizard.models.search_index import BEGINNINGS, MARKS
from wizard.models.search_wanted import Wanted, by_words

SAMPLE = 5000
FREQUENT = 7
"""Hits in a sample from which on walking through the texts is faster than fetching all that the index names."""
MOST_SAMPLED = 150
SEEN = 100
"""Texts in which the pieces of a question are counted; what is in more than COMMON of them is not asked of the index."""
COMMON = 0.5
NOBODY_BEHIND = 2**31 - 1  # the highest number of an entry

_PIECE = re.compile(r"[\W_]*[^\W_]+[\W_]?")
"""A word as the index takes it, with the marks that tell where it begins and ends."""


# What is rare or frequent is known here better than by the planner: a plan made for a frequent word is wrong for a rare one, and a scope
# is asked about the few rows that were found, never gathered whole for a join.
_PLANNING = ("plan_cache_mode", "jit", "enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_bitmapscan")
_FOR_RARE = "; ".join(
    ["SET LOCAL plan_cache_mode = force_custom_plan", *(f"SET LOCAL {name} = off" for name in _PLANNING[1:-1])]
)
_FOR_FREQUENT = "SET LOCAL enable_bitmapscan = off"
_AS_BEFORE = "; ".join(f"SET LOCAL {name} TO DEFAULT" for name in _PLANNING)


def ranked(wanted: Wanted, most: int) -> list[str]:
    """A sample first; it may be all that is needed. What it shows as rare is asked of the index, what is frequent of the texts."""
    with _planning():
        return _ranked(wanted, most)


@contextmanager
def _planning() -> Iterator[None]:
    """The planner's settings for the block; afterwards they are as before, because the transaction goes on."""
    connection = db.session.connection()
    connection.exec_driver_sql(_FOR_RARE)
    yield
    connection.exec_driver_sql(_AS_BEFORE)


def _ranked(wanted: Wanted, most: int) -> list[str]:
    sampled = _sample(wanted)
    best = [row.account_id for row in sampled if row.strict][:most]
    if len(best) == most:
        return best
    if len(sampled) < FREQUENT:
        return _from_index(wanted.loose, wanted, most, first=wanted.strict)
    after = sampled[-1].number if len(sampled) == MOST_SAMPLED else _end_of_sample()
    if len(best) < FREQUENT:
        best = _from_index(wanted.strict, wanted, most)
    else:
        best += _from_texts(_has_all(wanted.strict), wanted, after, most - len(best))
    if len(best) == most or wanted.strict == wanted.loose:
        return best
    best += [row.account_id for row in sampled if not row.strict][: most - len(best)]
    others = and_(_has_all(wanted.loose), not_(_has_all(wanted.strict)))
    return best + _from_texts(others, wanted, after, most - len(best))


def _sample(wanted: Wanted) -> Sequence[Any]:
    """Who of the oldest SAMPLE entries has what is wanted; MOST_SAMPLED at most."""
    oldest = select(SearchEntry.number, SearchEntry.account_id, SearchEntry.text, SearchEntry.marks)
    sample = oldest.order_by(SearchEntry.number).limit(SAMPLE).subquery()
    hits = select(sample.c.number, sample.c.account_id, _has_all(wanted.strict, sample.c.text).label("strict"))
    hits = hits.where(_has_all(wanted.loose, sample.c.text), *_seen(wanted, sample.c.account_id, sample.c.marks))
    return db.session.execute(hits.order_by(sample.c.number).limit(MOST_SAMPLED)).all()


def _end_of_sample() -> int:
    numbers = select(SearchEntry.number).order_by(SearchEntry.number)
    return db.session.scalar(numbers.offset(SAMPLE - 1).limit(1)) or NOBODY_BEHIND


def _from_texts(has: ColumnElement[bool], wanted: Wanted, after: int, most: int) -> list[str]:
    """Walks through the texts behind the entry `after`, until there are `most`."""
    if most <= 0:
        return []
    db.session.connection().exec_driver_sql(_FOR_FREQUENT)
    rows = select(SearchEntry.account_id).where(SearchEntry.number > after, has)
    rows = rows.where(*_seen(wanted, SearchEntry.account_id, SearchEntry.marks))
    return list(db.session.scalars(rows.order_by(SearchEntry.number).limit(most)))


def _from_index(parts: Sequence[str], wanted: Wanted, most: int, first: Sequence[str] = ()) -> list[str]:
    """All that the index names, sorted afterwards: asked for the first few in order, the planner would rather read the texts.

    The scope is asked about last, in this order, until there are `most`.
    """
    rank = case((_has_all(first), 0), else_=1) if first else literal_column("0")
    named = select(SearchEntry.account_id, SearchEntry.number, rank.label("rank"))
    named = named.where(*_named_by_index(parts, wanted.marks), _has_all(parts), *_has_marks(wanted, SearchEntry.marks))
    found = named.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
    in_order = select(found).order_by(found.c.rank, found.c.number).subquery()
    rows = select(in_order.c.account_id).where(*_allowed(wanted.scope, in_order.c.account_id))
    return list(db.session.scalars(rows.order_by(in_order.c.rank, in_order.c.number).limit(most)))


def _named_by_index(parts: Sequence[str], marks: Sequence[str]) -> list[ColumnElement[bool]]:
    """What the index is asked for: the pieces and marks that not everybody has. The texts decide in the end."""
    begun = [part for part in parts if by_words(part)]
    pieces = [piece for part in parts if not by_words(part) for piece in _PIECE.findall(part)]
    telling = _telling([*pieces, *(search_marks.sought(mark) for mark in marks)])
    asked: list[ColumnElement[bool]] = [
        SearchEntry.text.like(f"%{_plain(piece)}%") for piece in pieces if piece in telling
    ]
    if begun:
        asked.append(literal_column(BEGINNINGS).op("@@")(cast(_beginnings(begun), postgresql.TSQUERY)))
    rare = [mark for mark in marks if search_marks.sought(mark) in telling]
    if rare:
        asked.append(literal_column(MARKS).op("@>")(cast(rare, postgresql.ARRAY(postgresql.TEXT))))
    return asked


def _telling(pieces: Sequence[str]) -> set[str]:
    """Without the pieces that nearly everybody has, as the ending of all addresses: the index would list everybody for each of them."""
    some = select(SearchEntry.text + SearchEntry.marks).order_by(SearchEntry.number).limit(SEEN)
    texts = db.session.scalars(some).all() if len(pieces) > 1 else ()
    counted = {piece: sum(piece in folded for folded in texts) for piece in pieces}
    least = min(counted.values(), default=0)
    return {piece for piece, count in counted.items() if count <= max(least, len(texts) * COMMON)}


def _beginnings(parts: Sequence[str]) -> str:
    """The parts' words as PostgreSQL's full text search takes them, each quoted and each the beginning of a word."""
    each_word = dict.fromkeys(word for part in parts for word in part.split())
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in each_word)
    return " & ".join(f"'{word}':*" for word in quoted)


def _seen(
    wanted: Wanted, account_id: SQLColumnExpression[str], marks: SQLColumnExpression[str]
) -> list[ColumnElement[bool]]:
    """The marks first, which cost nothing, then the scope itself."""
    return [*_has_marks(wanted, marks), *_allowed(wanted.scope, account_id)]


def _has_marks(wanted: Wanted, marks: SQLColumnExpression[str]) -> list[ColumnElement[bool]]:
    return [func.strpos(marks, search_marks.sought(mark)) > 0 for mark in wanted.marks]


def _allowed(scope: ColumnElement[bool], account_id: SQLColumnExpression[str]) -> list[ColumnElement[bool]]:
    """The condition as a question about one account: as a value, PostgreSQL's planner cannot turn it into a join with everybody in it."""
    if isinstance(scope, True_):
        return []
    allowed = select(Account.id).where(Account.id == account_id, scope).correlate_except(Account)
    return [allowed.scalar_subquery().is_not(None)]


def _has_all(parts: Sequence[str], texts: Any = SearchEntry.text) -> ColumnElement[bool]:
    return and_(*(func.strpos(texts, part) > 0 for part in parts))


def _plain(part: str) -> str:
    """A part of a LIKE pattern in which nothing stands for something else."""
    return re.sub(r"([\\%_])", r"\\\1", part)
