"""How `search_index` is asked: who has these words and marks, those with words that begin so first, in an order that stays."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.models import search_in_postgresql, search_in_sqlite
from wizard.models.database import db
from wizard.models.search_wanted import wanted


def ranked(words: Sequence[str], marks: Sequence[str], most: int) -> list[str]:
    """The first `most` accounts whose texts have these folded words (`search_terms.words`), of those with these marks.

    Beginnings of words come before parts of words, and the older entry first.
    """
    sought = wanted(words, marks)
    if db.engine.dialect.name == "sqlite":
        return search_in_sqlite.ranked(sought, most)
    return search_in_postgresql.ranked(sought, most)
