"""How `search_index` is asked: who has these words and marks, those with words that begin so first, in an order that stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from wizard.domain.search_terms import GAP, beginning
from wizard.models.database import db
from wizard.models.search_index import kind

_SHORTEST_PART = 3


@dataclass(frozen=True)
class Wanted:
    """Parts that must all be in a text: `strict` all at beginnings of words, `loose` anywhere where the database can tell.

    `marks` must all be there besides, and `scope`, a condition on `Account`, decides in the end.
    """

    strict: tuple[str, ...]
    loose: tuple[str, ...]
    marks: tuple[str, ...]
    scope: ColumnElement[bool]

    def is_strict(self, folded: str) -> bool:
        """Whether each word of the question begins a word of the text."""
        return all(part in folded for part in self.strict)


def ranked(words: Sequence[str], marks: Sequence[str], scope: ColumnElement[bool], most: int) -> list[str]:
    """The first `most` accounts whose texts have these folded words (`search_terms.words`), of those whom `scope` allows.

    Beginnings of words come before parts of words, and the older entry first. `scope` is a condition on `Account`; `marks` are those that
    everybody has whom it allows.
    """
    from wizard.models import search_in_postgresql, search_in_sqlite

    strict = tuple(beginning(word) for word in words)
    loose = tuple(part if by_words(part) else _loose(part) for part in strict)
    wanted = Wanted(strict, loose, tuple(marks), scope)
    if db.engine.dialect.name == "sqlite":
        return search_in_sqlite.ranked(wanted, most)
    return search_in_postgresql.ranked(wanted, most)


def _loose(part: str) -> str:
    inside = part.removeprefix(GAP)
    return inside if len(inside.split(GAP)[0]) >= _SHORTEST_PART else part


def by_words(part: str) -> bool:
    """Whether this part can only be found where a word begins with it."""
    how = kind()
    return how == "prefixes" or (how == "latin-trigrams" and not part.isascii())
