"""What is wanted (`search_wanted`), asked of PostgreSQL.

Its index hands out all its rows at once: a sample of the texts tells which words are frequent, and those are looked for by walking
through the texts in their order. The statements are written as SQL: made of objects, they would take longer to make than to answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from wizard.domain import search_marks
from wizard.domain.search_terms import trigrams
from wizard.models.database import db
from wizard.models.search_frequencies import share_of
from wizard.models.search_index import BEGINNINGS, MARKS
from wizard.models.search_wanted import Wanted, by_words

SAMPLE = 2500
FREQUENT = 4
"""Hits in a sample from which on walking through the texts is faster than fetching all that the index names."""
MOST_SAMPLED = 150
FEW = 1 / 2000
"""The part of all texts that may be left to look at, behind what the index is asked for."""
COMMON = 0.5
COMMON_LETTERS = 0.25
"""What more of them have is not worth asking for beside something rarer: among the pieces of a question, among the letters of a piece."""
MOST_LETTERS = 6

_PIECE = re.compile(r"(?:  )?[^\W_]+(?:[^\w ]|_)?")
"""A word as the index takes it, with the marks that tell where it begins and ends."""

# What is rare or frequent is known here better than by the planner: a plan made for a frequent word is wrong for a rare one.
_PLANNING = ("plan_cache_mode", "jit", "enable_seqscan", "enable_bitmapscan")
_FOR_RARE = "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off; SET LOCAL enable_seqscan = off"
_FOR_FREQUENT = "SET LOCAL enable_bitmapscan = off"
_AS_BEFORE = "; ".join(f"SET LOCAL {name} TO DEFAULT" for name in _PLANNING)


class Condition(NamedTuple):
    """A condition in SQL on an entry, and the values for its `%s` in their order."""

    sql: str
    values: tuple[Any, ...] = ()


def ranked(wanted: Wanted, most: int) -> list[str]:
    """A sample first; it may be all that is needed. What it shows as rare is asked of the index, what is frequent of the texts."""
    with _planning():
        return _ranked(wanted, most)


@contextmanager
def _planning() -> Iterator[None]:
    """The planner's settings for the block; afterwards they are as before, because the transaction goes on."""
    _rows(_FOR_RARE)
    yield
    _rows(_AS_BEFORE)


def _ranked(wanted: Wanted, most: int) -> list[str]:
    sampled = _sample(wanted)
    best = [row.account_id for row in sampled if row.is_strict][:most]
    if len(best) == most:
        return best
    if len(sampled) < FREQUENT:
        return _from_index(wanted.loose, wanted, most, first=wanted.strict)
    last_sampled = sampled[-1].number
    if len(best) < FREQUENT:
        best = _from_index(wanted.strict, wanted, most)
    else:
        best += _from_texts(_has_all(wanted.strict), wanted, last_sampled, most - len(best))
    if len(best) == most or wanted.strict == wanted.loose:
        return best
    best += [row.account_id for row in sampled if not row.is_strict][: most - len(best)]
    others = _all(_has_all(wanted.loose), _not(_has_all(wanted.strict)))
    return best + _from_texts(others, wanted, last_sampled, most - len(best))


def _sample(wanted: Wanted) -> Sequence[Any]:
    """Who of the oldest SAMPLE entries has what is wanted, MOST_SAMPLED at most, and whether words begin so."""
    strict, hit = _has_all(wanted.strict), _all(_has_marks(wanted.marks), _has_all(wanted.loose))
    return _rows(
        f"""SELECT number, account_id, {strict.sql} AS is_strict
            FROM (SELECT * FROM search_entries ORDER BY number LIMIT {SAMPLE}) AS oldest
            WHERE {hit.sql} ORDER BY number LIMIT {MOST_SAMPLED}""",
        *strict.values,
        *hit.values,
    )


def _from_texts(has: Condition, wanted: Wanted, after: int, most: int) -> list[str]:
    """Walks through the texts behind the entry `after`, until there are `most`."""
    if most <= 0:
        return []
    _rows(_FOR_FREQUENT)
    hit = _all(_has_marks(wanted.marks), has)
    asked = f"SELECT account_id FROM search_entries WHERE number > %s AND {hit.sql} ORDER BY number LIMIT %s"
    return [row.account_id for row in _rows(asked, after, *hit.values, most)]


def _from_index(parts: Sequence[str], wanted: Wanted, most: int, first: Sequence[str] = ()) -> list[str]:
    """All that the index names, sorted afterwards: asked for the first few in order, the planner would rather read the texts.

    Those that have all of `first` come before the others.
    """
    later = _not(_has_all(first)) if first else Condition("false")
    hit = _all(_named_by_index(parts, wanted.marks), _has_marks(wanted.marks), _has_all(parts))
    asked = f"""WITH found AS MATERIALIZED (SELECT account_id, number, {later.sql} AS later FROM search_entries WHERE {hit.sql})
                SELECT account_id FROM found ORDER BY later, number LIMIT %s"""
    return [row.account_id for row in _rows(asked, *later.values, *hit.values, most)]


def _named_by_index(parts: Sequence[str], marks: Sequence[str]) -> Condition:
    """What the index is asked for: no more than leaves few to look at, the rarest first. The texts decide in the end."""
    begun = [part for part in parts if by_words(part)]
    asked = [Condition(f"{BEGINNINGS} @@ %s::tsquery", (_beginnings(begun),))] if begun else []
    pieces = [piece for part in parts if not by_words(part) for piece in _PIECE.findall(part)]
    offered = [_letters(piece) for piece in dict.fromkeys(pieces)] + [_mark(mark) for mark in marks]
    left = 1.0
    for share, condition in sorted(offered, key=lambda each: each[0]):
        if asked and (left <= FEW or share > COMMON):
            break
        asked.append(condition)
        left *= share
    return _all(*asked)


def _letters(piece: str) -> tuple[float, Condition]:
    """The rarest three letters of a piece, each asked for by itself: `LIKE` with all of it would ask for the frequent ones too."""
    shares = sorted((share_of(letters), letters) for letters in trigrams(piece))
    if not shares:
        return 1.0, Condition("text LIKE %s", (f"%{_plain(piece)}%",))
    telling = [letters for share, letters in shares if share <= COMMON_LETTERS][:MOST_LETTERS] or [shares[0][1]]
    return shares[0][0], _all(*(Condition("text LIKE %s", (f"%{_plain(letters)}%",)) for letters in telling))


def _mark(mark: str) -> tuple[float, Condition]:
    return share_of(mark), Condition(f"{MARKS} @> %s::text[]", ([mark],))


def _beginnings(parts: Sequence[str]) -> str:
    """The parts' words as PostgreSQL's full text search takes them, each quoted and each the beginning of a word."""
    each_word = dict.fromkeys(word for part in parts for word in part.split())
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in each_word)
    return " & ".join(f"'{word}':*" for word in quoted)


def _has_all(parts: Sequence[str]) -> Condition:
    return _all(*(Condition("strpos(text, %s) > 0", (part,)) for part in parts))


def _has_marks(marks: Sequence[str]) -> Condition:
    return _all(*(Condition("strpos(marks, %s) > 0", (search_marks.sought(mark),)) for mark in marks))


def _all(*conditions: Condition) -> Condition:
    asked = [each for each in conditions if each != _TRUE]
    if not asked:
        return _TRUE
    return Condition(" AND ".join(each.sql for each in asked), tuple(value for each in asked for value in each.values))


def _not(condition: Condition) -> Condition:
    return Condition(f"NOT ({condition.sql})", condition.values)


_TRUE = Condition("true")


def _plain(part: str) -> str:
    """A part of a LIKE pattern in which nothing stands for something else."""
    return re.sub(r"([\\%_])", r"\\\1", part)


def _rows(sql: str, *values: Any) -> Sequence[Any]:
    """Run a statement whose text holds nothing that anybody typed; all that is typed is in `values`."""
    result = db.session.connection().exec_driver_sql(sql, values or None)
    return result.all() if result.returns_rows else ()
